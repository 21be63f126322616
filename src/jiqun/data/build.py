"""Gold documents to parquet that `datasets.load_dataset` reads without a script."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from ..annotation.export import carry_over, read_labelled
from ..annotation.tasks import hash_text
from ..errors import InputError
from ..files import to_json, write_text
from ..scheme import Scheme
from ..seeds.manifest import SPLITS, Seed
from ..seeds.restore import Article
from ..spans import Document, encode_tags, split_paragraphs


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """A seed, restored, with its gold spans."""

    seed: Seed
    article: Article
    document: Document


def read_gold(seeds: Iterable[Seed], labelled: Path | str, scheme: Scheme) -> list[GoldArticle]:
    """The seeds with the labels that `labelled/<id>.json` holds for each.

    Raises:
        InputError: an article has no labelled file, a file has no article, or one is damaged.
    """
    seeds, labelled = list(seeds), Path(labelled)
    strangers = {path.stem for path in labelled.glob("*.json")} - {seed.id for seed in seeds}
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


def make_features(scheme: Scheme) -> dict[str, datasets.Features]:
    """The columns of each config."""
    value = datasets.Value
    span = {"start": value("int32"), "end": value("int32"), "label": value("string")}
    origin = {"fold": value("int32"), "origin": value("string")}
    return {
        "tokens": datasets.Features(
            id=value("string"),
            article=value("string"),
            tokens=datasets.List(value("string")),
            ner_tags=datasets.List(datasets.ClassLabel(names=scheme.tags)),
            **origin,
        ),
        "spans": datasets.Features(
            id=value("string"),
            text=value("string"),
            spans=datasets.List(span),
            raw=value("string"),
            raw_spans=datasets.List(span),
            title=value("string"),
            publisher=value("string"),
            date=value("string"),
            script=value("string"),
            **origin,
        ),
    }


def make_rows(gold: GoldArticle, fold: int, scheme: Scheme) -> dict[str, list[dict]]:
    """One article as rows: a paragraph a row of `tokens`, the whole article as one of `spans`."""
    document, article, seed = gold.document, gold.article, gold.seed
    origin = {"fold": fold, "origin": "gold"}
    classes = {tag: number for number, tag in enumerate(scheme.tags)}
    tokens = [
        {
            "id": paragraph.id,
            "article": document.id,
            "tokens": list(paragraph.text),
            "ner_tags": [classes[t] for t in encode_tags(paragraph.spans, len(paragraph.text))],
            **origin,
        }
        for _, paragraph in split_paragraphs(document)
    ]
    raw_ranges = [article.alignment.to_raw(span.start, span.end) for span in document.spans]
    spans = {
        "id": document.id,
        "text": document.text,
        "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in document.spans],
        "raw": article.raw,
        "raw_spans": [
            {"start": start, "end": end, "label": span.label}
            for (start, end), span in zip(raw_ranges, document.spans)
        ],
        **{key: getattr(seed, key) for key in ("title", "publisher", "date", "script")},
        **origin,
    }
    return {"tokens": tokens, "spans": [spans]}


def build(gold: list[GoldArticle], scheme: Scheme, folder: Path | str) -> str:
    """Write the data set to `folder`: parquet by config and split, and the README.md that makes
    `datasets.load_dataset(folder)` work.

    Articles go whole into the split that the manifest names; `fold` numbers them, for
    leave-one-article-out. The same gold gives the same bytes. The folder's `tokens/`, `spans/` and
    README.md are replaced, and only once all of the new ones are written.

    Returns:
        What was built, in one line.

    Raises:
        InputError: a split would be empty, or a span crosses a paragraph's end.
    """
    rows = {config: {split: [] for split in SPLITS} for config in ("tokens", "spans")}
    for fold, item in enumerate(gold):
        try:
            made = make_rows(item, fold, scheme)
        except ValueError as error:
            raise InputError(f"{error}; mark it in one paragraph.") from None
        for config, new in made.items():
            rows[config][item.seed.split] += new
    for split in SPLITS:
        if not rows["spans"][split]:
            raise InputError(f"no article of the manifest is in the split {split}; give it one.")
    folder, features = Path(folder), make_features(scheme)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as beside:
        for config, splits in rows.items():
            for split, table_rows in splits.items():
                path = Path(beside) / config / f"{split}.parquet"
                path.parent.mkdir(exist_ok=True)
                schema = features[config].arrow_schema.remove_metadata()
                pq.write_table(pa.Table.from_pylist(table_rows, schema=schema), path)
        for config in rows:
            shutil.rmtree(folder / config, ignore_errors=True)
            (Path(beside) / config).replace(folder / config)
    write_text(folder / "README.md", make_readme(features, hash_configs(rows)))
    spans = Counter(span.label for item in gold for span in item.document.spans)
    paragraphs = sum(map(len, rows["tokens"].values()))
    counts = ", ".join(f"{name} {spans[name]}" for name in scheme.names)
    return (
        f"build: {len(gold)} articles, {paragraphs} paragraphs, {spans.total()} spans ({counts}), "
        f"0 set aside → {folder}"
    )


def hash_configs(rows: dict[str, dict[str, list[dict]]]) -> dict[str, str]:
    """The sha256 of each config's rows, in hexadecimal."""
    return {config: hash_text(to_json(splits)) for config, splits in rows.items()}


def make_readme(features: dict[str, datasets.Features], hashes: dict[str, str]) -> str:
    """The front matter from which `load_dataset` learns configs, splits and features.

    It names the content's hash, since `load_dataset` keeps its cache as long as this text is the
    same, whatever became of the files.
    """
    configs = [
        {
            "config_name": config,
            **({"default": True} if config == "tokens" else {}),
            "description": f"sha256 of the rows: {hashes[config]}",
            "data_files": [
                {"split": split, "path": f"{config}/{split}.parquet"} for split in SPLITS
            ],
        }
        for config in features
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
        "```\n"
    )
