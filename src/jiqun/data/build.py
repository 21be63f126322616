"""Gold documents to parquet that `datasets.load_dataset` reads without a script."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from ..annotation.export import carry_over, is_earlier, read_labelled
from ..annotation.tasks import hash_text
from ..errors import InputError
from ..files import to_json, write_text
from ..scheme import Scheme
from ..seeds.composed import Composed
from ..seeds.manifest import SPLITS, Seed
from ..seeds.restore import Article
from ..spans import Document, Span, encode_tags, split_paragraphs
from .overlap import check_splits

_PLAN = ("industry", "province", "genre", "register", "year", "script", "noise")
_NO_FOLD = -1


@dataclass(frozen=True, slots=True)
class ComposedArticle:
    """An article written for the data set, restored, with its spans."""

    plan: Composed
    article: Article
    document: Document


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """A seed, restored, with its gold spans."""

    seed: Seed
    article: Article
    document: Document


def read_gold(seeds: Iterable[Seed], labelled: Path | str, scheme: Scheme) -> list[GoldArticle]:
    """The seeds with the labels that `labelled/<id>.json` holds for each.

    Labels of other texts of an article, which a pull keeps beside that file, are passed over.

    Raises:
        InputError: an article has no labelled file, a file has no article, or one is damaged.
    """
    seeds, labelled = list(seeds), Path(labelled)
    files = {path.stem for path in labelled.glob("*.json") if not is_earlier(path)}
    strangers = files - {seed.id for seed in seeds}
    if strangers:
        name = sorted(strangers)[0]
        raise InputError(f"{labelled / name}.json: the manifest lists no article {name}; add it.")
    gold = []
    for seed in seeds:
        article = seed.read()
        path = labelled / f"{seed.id}.json"
        document, alignment = read_labelled(path, scheme)
        if document.id != seed.id:
            raise InputError(f"{path}: holds the labels of {document.id}; rename the file.")
        gold.append(GoldArticle(seed, article, carry_over(document, alignment, article)))
    return gold


def restore_composed(plan: Iterable[Composed], scheme: Scheme) -> list[ComposedArticle]:
    """The composed articles of a plan; raises what `Composed.read` raises."""
    return [ComposedArticle(one, *one.read(scheme.names)) for one in plan]


def make_features(scheme: Scheme) -> dict[str, datasets.Features]:
    """The columns of each config."""
    value = datasets.Value
    span = {"start": value("int32"), "end": value("int32"), "label": value("string")}
    origin = {"fold": value("int32"), "origin": value("string")}
    tokens = {
        "id": value("string"),
        "article": value("string"),
        "tokens": datasets.List(value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=scheme.tags)),
    }
    plan = {name: value("int32" if name == "year" else "string") for name in _PLAN}
    return {
        "tokens": datasets.Features(**tokens, **origin),
        "spans": datasets.Features(
            id=value("string"),
            text=value("string"),
            spans=datasets.List(span),
            raw=value("string"),
            raw_spans=datasets.List(span),
            alignment=datasets.List(datasets.List(value("int32"))),
            title=value("string"),
            publisher=value("string"),
            date=value("string"),
            script=value("string"),
            **origin,
        ),
        "raw": datasets.Features(**tokens, **origin),
        "composed": datasets.Features(**tokens, **origin, **plan),
    }


def make_tokens(documents: Iterable[Document], article: str, scheme: Scheme) -> list[dict]:
    """Paragraphs as rows with a tag a character."""
    classes = {tag: number for number, tag in enumerate(scheme.tags)}
    return [
        {
            "id": document.id,
            "article": article,
            "tokens": list(document.text),
            "ner_tags": [classes[t] for t in encode_tags(document.spans, len(document.text))],
        }
        for document in documents
    ]


def split_raw(article: Article, spans: Iterable[Span]) -> Iterator[Document]:
    """The lines of the raw text from which something came into the text, with spans of raw.

    A line end within a mention does not end a line.
    """
    spans = list(spans)
    inside = {place for span in spans for place in range(span.start, span.end)}
    breaks = [m.start() for m in re.finditer("\n", article.raw) if m.start() not in inside]
    number = 0
    for start, end in pairwise([-1, *breaks, len(article.raw)]):
        first, last = article.alignment.to_text(start + 1, end)
        if first < last and article.text[first:last].strip():
            here = (s for s in spans if start < s.start and s.end <= end)
            moved = (Span(s.start - start - 1, s.end - start - 1, s.label) for s in here)
            yield Document(f"{article.id}#{number}", article.raw[start + 1 : end], tuple(moved))
            number += 1


def make_rows(
    item: GoldArticle | ComposedArticle, fold: int, scheme: Scheme
) -> dict[str, list[dict]]:
    """One article as rows of each config that holds it.

    Raises:
        ValueError: a span crosses a paragraph's end.
    """
    document, article = item.document, item.article
    gold = isinstance(item, GoldArticle)
    origin = {"fold": fold, "origin": "gold" if gold else "composed"}
    paragraphs = (paragraph for _, paragraph in split_paragraphs(document))
    tokens = make_tokens(paragraphs, document.id, scheme)
    ranges = [article.alignment.to_raw(span.start, span.end) for span in document.spans]
    raw_spans = [Span(*ends, span.label) for ends, span in zip(ranges, document.spans)]
    raw = make_tokens(split_raw(article, raw_spans), document.id, scheme)
    rows = {"raw": [row | origin for row in raw]}
    if not gold:
        plan = {name: getattr(item.plan, name) for name in _PLAN}
        return rows | {"composed": [row | origin | plan for row in tokens]}
    whole = {
        "id": document.id,
        "text": document.text,
        "spans": [asdict(span) for span in document.spans],
        "raw": article.raw,
        "raw_spans": [asdict(span) for span in raw_spans],
        "alignment": article.alignment.segments(),
        **{key: getattr(item.seed, key) for key in ("title", "publisher", "date", "script")},
        **origin,
    }
    return rows | {"tokens": [row | origin for row in tokens], "spans": [whole]}


def build(
    gold: list[GoldArticle], composed: list[ComposedArticle], scheme: Scheme, folder: Path | str
) -> str:
    """Write the data set to `folder`: parquet by config and split, and the README.md that makes
    `datasets.load_dataset(folder)` work.

    Gold articles go whole into the split that the manifest names; `fold` numbers them, for
    leave-one-article-out. Composed articles are all for training. The same input gives the same
    bytes. The configs' folders and README.md are replaced, and only once all of the new ones are
    written.

    Returns:
        What was built, in one line.

    Raises:
        InputError: a split would be empty, a span crosses a paragraph's end, or a person, a
            sentence or nearly the same text stands in test and in another split.
    """
    features = make_features(scheme)
    rows = {config: {split: [] for split in SPLITS} for config in features}
    documents: dict[str, list[Document]] = {split: [] for split in SPLITS}
    for fold, item in enumerate([*gold, *composed]):
        of_gold = isinstance(item, GoldArticle)
        split = item.seed.split if of_gold else "train"
        documents[split].append(item.document)
        try:
            made = make_rows(item, fold if of_gold else _NO_FOLD, scheme)
        except ValueError as error:
            raise InputError(f"{error}; mark it in one paragraph.") from None
        for config, new in made.items():
            rows[config][split] += new
    for split in SPLITS:
        if not rows["spans"][split]:
            raise InputError(f"no article of the manifest is in the split {split}; give it one.")
    if shared := check_splits(documents):
        raise InputError(f"{shared[0]} What is tested must be new; change one of them.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    present = {config: {s: r for s, r in splits.items() if r} for config, splits in rows.items()}
    present = {config: splits for config, splits in present.items() if splits}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as beside:
        for config, splits in present.items():
            for split, table_rows in splits.items():
                path = Path(beside) / config / f"{split}.parquet"
                path.parent.mkdir(exist_ok=True)
                schema = features[config].arrow_schema.remove_metadata()
                pq.write_table(pa.Table.from_pylist(table_rows, schema=schema), path)
        for config in features:
            shutil.rmtree(folder / config, ignore_errors=True)
        for config in present:
            (Path(beside) / config).replace(folder / config)
    write_text(folder / "README.md", make_readme(features, present))
    return f"build: {describe(gold, scheme)}; {describe(composed, scheme, 'composed ')} → {folder}"


def describe(
    items: list[GoldArticle] | list[ComposedArticle], scheme: Scheme, kind: str = ""
) -> str:
    """Counts of articles, paragraphs and spans, in a few words."""
    spans = Counter(span.label for item in items for span in item.document.spans)
    paragraphs = sum(1 for item in items for _ in split_paragraphs(item.document))
    counts = ", ".join(f"{name} {spans[name]}" for name in scheme.names)
    return f"{len(items)} {kind}articles, {paragraphs} paragraphs, {spans.total()} spans ({counts})"


def make_readme(
    features: dict[str, datasets.Features], rows: dict[str, dict[str, list[dict]]]
) -> str:
    """The front matter from which `load_dataset` learns configs, splits and features.

    It names the rows' sha256, since `load_dataset` keeps its cache as long as this text is the
    same, whatever became of the files.
    """
    features = {config: features[config] for config in rows}
    configs = [
        {
            "config_name": config,
            **({"default": True} if config == "tokens" else {}),
            "description": f"sha256 of the rows: {hash_text(to_json(splits))}",
            "data_files": [
                {"split": split, "path": f"{config}/{split}.parquet"} for split in splits
            ],
        }
        for config, splits in rows.items()
    ]
    information = DatasetInfosDict(
        {name: datasets.DatasetInfo(config_name=name, features=f) for name, f in features.items()}
    )
    card = DatasetCardData()
    information.to_dataset_card_data(card)
    matter = yaml.safe_dump({"configs": configs} | card.to_dict(), sort_keys=False)
    return (
        f"---\n{matter}---\n\n"
        "# Jiqun: the built data set\n\n"
        "Made by `jiqun build`; change labels or seeds, not these files. What it holds, how\n"
        "it was made and what may be done with it stands in `DATASET_CARD.md` one folder up.\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        'paragraphs = load_dataset("data")           # tokens and IOB2 tags, a paragraph a row\n'
        'articles = load_dataset("data", "spans")    # text, raw text and spans, an article a row\n'
        'crawled = load_dataset("data", "raw")       # as crawled, damage and all, a line a row\n'
        'composed = load_dataset("data", "composed") # written for this data set, to train on\n'
        "```\n"
    )
