"""Systems on a split of the data set: predictions, all figures, comparisons and a report."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import datasets

from .. import __version__
from ..annotation.tasks import hash_text
from ..errors import InputError
from ..files import read_bytes, read_json, read_json_lines, to_json, write_text
from ..predict import EMBEDDED, Predictor, Reader
from ..scheme import Scheme
from ..seeds.align import Alignment
from ..spans import Document, Prediction, Span, check_spans, split_paragraphs
from ..train.dataset import load_documents, load_rows
from .baselines import BASELINES, make_baseline
from .metrics import collect_mentions, compare, measure, split_id
from .report import make_report
from .suites import read_suites, run_suites

Predict = Callable[[Sequence[str]], Sequence[Sequence[Prediction]]]

RULES = "+rules"
# With fewer articles a test that exchanges whole articles cannot say much.
_FEWEST_ARTICLES = 10
_PACKAGES = ("torch", "transformers", "datasets", "numpy")


@dataclass(frozen=True, slots=True)
class System:
    """What is scored: `predict` is None for a file of predictions, which are then `found`.

    One that is `whole` wants whole articles, a line a paragraph.
    """

    name: str
    kind: str
    sha256: str | None
    predict: Predict | None = None
    found: list[list[Prediction]] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What the data set knows of an article beside its paragraphs."""

    publisher: str
    raw: str
    alignment: Alignment
    offsets: list[int]


def evaluate_systems(
    names: Sequence[str],
    data: str,
    split: str,
    scheme: Scheme,
    folder: Path,
    suites: Path | None = None,
    seed: int = 0,
) -> tuple[dict[str, Any], str]:
    """Score systems on a split, against all of its gold, and write what was found to `folder`.

    `results.json` has all figures and what they were made from, `report.html` shows them, and
    `predictions/` has the spans of each system. The same inputs give the same files.

    Args:
        names: models (folders, hub ids or `embedded`), files of predictions (`.jsonl` with `text`
            and `spans` an object), or baselines (`rules`, `lexicon`, `jieba`). With `+rules` behind
            it, a model marks whole articles as `jiqun predict` does.
        suites: folder of behaviour cases; None runs none.
        seed: of the bootstrap and of the tests between systems.

    Returns:
        The results, and what was done, in one line.

    Raises:
        InputError: a model, a file or the data cannot be loaded, or predictions do not fit it.
    """
    rows = load_rows(data, split)
    gold = load_documents(rows)
    training = load_training(data)
    cases = read_suites(suites, scheme) if suites else []
    systems = [load_system(name, gold, training) for name in names]
    twice = [s.name for s in systems if [t.name for t in systems].count(s.name) > 1]
    if twice:
        raise InputError(f"{twice[0]}: two systems have this name; rename a folder or file.")
    sources = load_sources(data, split)
    known = collect_mentions(training)
    publishers = {name: source.publisher or "unknown" for name, source in sources.items()}
    results, found = [], {}
    for system in systems:
        predicted = system.found
        if predicted is None:
            mark = mark_articles if system.whole else mark_paragraphs
            predicted = mark(system.predict, gold)
        found[system.name] = predicted
        figures = measure(gold, predicted, known=known, sources=publishers, seed=seed)
        for error in figures["errors"]:
            error["raw"] = locate(error, sources.get(error["article"]))
        behaviour = run_suites(cases, system.predict) if cases and system.predict else None
        about = {"name": system.name, "kind": system.kind, "sha256": system.sha256}
        results.append(about | figures | {"suites": behaviour})
    articles = list(dict.fromkeys(split_id(document.id)[0] for document in gold))
    by = "article" if len(articles) >= _FEWEST_ARTICLES else "paragraph"
    comparisons = [
        {"first": one, "second": other, "by": by}
        | compare(gold, found[one], found[other], seed, by=by)
        for one, other in combinations(found, 2)
    ]
    whole = {
        "made": {
            "versions": {"jiqun": __version__} | find_versions(),
            "seed": seed,
            "data": {
                "name": str(data),
                "config": "tokens",
                "split": split,
                "sha256": hash_text(to_json([asdict(document) for document in gold])),
                "paragraphs": len(gold),
                "articles": len(articles),
            },
            "labels": scheme.names,
        },
        "systems": results,
        "comparisons": comparisons,
        "curve": read_curve(names),
    }
    raw = {name: sources[name].raw for name in articles if name in sources}
    for name, predicted in found.items():
        lines = (describe(*pair) for pair in zip(gold, predicted, strict=True))
        write_text(folder / "predictions" / f"{name}.jsonl", "".join(lines))
    write_text(folder / "report.html", make_report(whole | {"raw": raw}, scheme))
    write_text(folder / "results.json", to_json(whole, indent=1) + "\n")
    spans = sum(len(document.spans) for document in gold)
    return whole, (
        f"evaluate: {len(systems)} systems, {len(gold)} paragraphs, {spans} gold spans → {folder}"
    )


def read_curve(names: Sequence[str]) -> list[dict[str, Any]] | None:
    """The learning curve beside the first model that has one, `curve.json`: F1 by articles."""
    paths = (Path(name) / "curve.json" for name in names)
    return next((read_json(path) for path in paths if path.is_file()), None)


def load_system(name: str, gold: Sequence[Document], training: Sequence[Document]) -> System:
    """A system by what a user calls it; see `evaluate_systems`."""
    if name in BASELINES:
        return System(name, name, None, predict=make_baseline(name, training))
    model = name.removesuffix(RULES)
    path = EMBEDDED if model == EMBEDDED.name else Path(model)
    if path.suffix == ".jsonl":
        digest = hashlib.sha256(read_bytes(path)).hexdigest()
        return System(path.stem, "predictions", digest, found=read_predictions(path, gold))
    weights = path / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else None
    predictor = Predictor(path if path.is_dir() else model)
    if model == name:
        return System(path.name, "model", digest, predict=predictor)
    return System(
        path.name + RULES, "model and rules", digest, Reader(predictor.stream), whole=True
    )


def mark_paragraphs(predict: Predict, gold: Sequence[Document]) -> list[list[Prediction]]:
    """What a system finds in texts, each by itself."""
    return [list(found) for found in predict([document.text for document in gold])]


def mark_articles(predict: Predict, gold: Sequence[Document]) -> list[list[Prediction]]:
    """What a system finds in the paragraphs of articles, offsets in the paragraphs."""
    found = []
    for _, group in groupby(gold, lambda document: split_id(document.id)[0]):
        paragraphs = [document.text for document in group]
        [spans] = predict(["\n".join(paragraphs)])
        offset = 0
        for text in paragraphs:
            end = offset + len(text)
            own = (p for p in spans if offset <= p.span.start < end)
            found.append([p.shift(-offset) for p in own])
            offset = end + 1
    return found


def read_predictions(path: Path, gold: Sequence[Document]) -> list[list[Prediction]]:
    """Someone else's predictions for the texts of `gold`, in its order.

    Each line is an object with the `text` of a paragraph and its `spans`: `start` and `end`, half-
    open and in code points, `label`, and a `score` if there is one. Spans come in any order.

    Raises:
        InputError: a line is no such object, or a paragraph has none or two of them.
    """
    found: dict[str, list[Prediction]] = {}
    for number, record in enumerate(read_json_lines(path), 1):
        where = f"{path}: line {number}"
        try:
            text = record["text"]
            spans = sorted(
                (Span(s["start"], s["end"], s["label"]), float(s.get("score", 1.0)))
                for s in record["spans"]
            )
            check_spans([span for span, _ in spans], len(text))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = str(error) if type(error) is ValueError else "expected `text` and `spans`"
            raise InputError(f"{where}: {reason}; see the README for the format.") from None
        if text in found:
            raise InputError(f"{where}: predictions for this text stand twice; keep one.")
        found[text] = [Prediction(span, score) for span, score in spans]
    for document in gold:
        if document.text not in found:
            raise InputError(
                f"{path}: no predictions for {document.id} ({document.text[:20]!r}…); "
                "predict every paragraph of the split, its text unchanged."
            )
    return [found[document.text] for document in gold]


def load_training(data: str) -> list[Document]:
    """The training rows of all configs that a model may have learnt from."""
    configs = set(datasets.get_dataset_config_names(data)) & {"tokens", "composed"}
    return [
        document
        for config in sorted(configs, reverse=True)
        for document in load_documents(load_rows(data, "train", config))
    ]


def load_sources(data: str, split: str) -> dict[str, Source]:
    """What the config `spans` says of each article; nothing if the data set has none."""
    if "spans" not in datasets.get_dataset_config_names(data):
        return {}
    sources = {}
    for row in datasets.load_dataset(data, "spans", split=split):
        sources[row["id"]] = Source(
            row["publisher"],
            row["raw"],
            Alignment.from_segments(row["alignment"], len(row["raw"])),
            [offset for offset, _ in split_paragraphs(Document(row["id"], row["text"]))],
        )
    return sources


def locate(error: dict[str, Any], source: Source | None) -> list[int] | None:
    """Where the gold span of an error, or else the predicted one, stands in the raw article."""
    side = error["gold"] or error["predicted"]
    if source is None or error["paragraph"] is None:
        return None
    offset = source.offsets[error["paragraph"]]
    return list(source.alignment.to_raw(offset + side["start"], offset + side["end"]))


def describe(document: Document, predictions: Sequence[Prediction]) -> str:
    """A paragraph's predictions as a line of JSON, as `read_predictions` reads it."""
    spans = [asdict(p.span) | {"score": round(p.score, 4)} for p in predictions]
    return to_json({"id": document.id, "text": document.text, "spans": spans}) + "\n"


def find_versions() -> dict[str, str]:
    """The versions of the packages that decide a figure, of those that are installed."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
