"""Converting: a Label Studio export to CoNLL, beside label-studio-sdk's converter.

    python evaluate/benchmarks/convert.py [--quick]

Both read the same export, as the server gives it: composed articles that were pre-labelled by rules
and corrected to gold on the page. It comes as one file with all tasks, the server's own, and as a
folder with a file a task. Ours checks each task (hash of the text, alignment, characters of each
region) on its way, with a process on each core; how it does with one is a peer of its own. The
converter's CONLL2003 has a word a line, ours a character. `spans` says how many marked spans come
out of each file with exactly their characters and label. Times are the clock's.
"""

import json
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from articles import read_articles, read_labels
from label_studio_sdk.converter import Converter
from race import print_alone, race

from jiqun.annotation.config import make_label_config
from jiqun.annotation.prelabel import Prelabeller
from jiqun.annotation.tasks import add_prediction, make_result, make_task
from jiqun.data.build import ComposedArticle
from jiqun.data.conll import read_conll
from jiqun.data.conversion import convert, count_cores
from jiqun.spans import Document, Prediction, Span, decode_tags, split_paragraphs

TASKS, ROUNDS = 5_000, 5
TIME = "2025-01-01T00:00:00.000000Z"


def measure(quick: bool) -> dict[str, Any]:
    """Speed beside the converter, and the spans that each keeps, by the form of the export."""
    tasks, rounds = (40, 1) if quick else (TASKS, ROUNDS)
    scheme = read_labels()
    speed, spans = {}, {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        exported, file, out = folder / "exported", folder / "all.json", folder / "out"
        exported.mkdir()
        gold = write_export(exported, file, tasks)
        converter = Converter(make_label_config(scheme), name, download_resources=False)
        in_order = [document.id for document in gold]
        by_folder = [path.stem for path in exported.glob("*.json")]
        for form, source, names in (
            ("one file", file, in_order),
            ("a file a task", exported, by_folder),
        ):
            peer, path = f"label-studio-sdk CONLL2003, {form}", folder / "ours"
            peers = {
                peer: partial(
                    converter.convert_to_conll2003, str(source), str(out), is_dir=source.is_dir()
                ),
                f"jiqun with one process, {form}": partial(convert, source, path, scheme, 1),
            }
            speed |= race(partial(convert, source, path, scheme), peers, tasks, "tasks", rounds)
            spans[peer] = {
                "total": sum(len(document.spans) for document in gold),
                "ours": count_kept(read_conll(path), gold),
                "peer": count_theirs(out / "result.conll", names, gold),
            }
    return {"tasks": tasks, "processes": count_cores(), "speed": speed, "spans": spans}


def write_export(folder: Path, file: Path, count: int) -> list[Document]:
    """Tasks as Label Studio exports them, a file each and in one file, and what they hold."""
    articles = read_articles(min(count, 10_000))
    prelabeller = Prelabeller()
    found = [prelabeller(item.document.text) for item in articles]
    gold, tasks = [], []
    for number in range(count):
        item = articles[number % len(articles)]
        name = f"{item.document.id}-{number // len(articles)}"
        task = export(number + 1, name, item, found[number % len(articles)])
        tasks.append(json.dumps(task, ensure_ascii=False, separators=(",", ":")))
        (folder / f"{name}.json").write_text(tasks[-1], encoding="utf-8")
        gold.append(Document(name, item.document.text, item.document.spans))
    file.write_text(f"[{','.join(tasks)}]", encoding="utf-8")
    return gold


def export(
    number: int, name: str, item: ComposedArticle, found: Sequence[Prediction]
) -> dict[str, Any]:
    """A task as the server exports it: pre-labelled, and submitted on its page as `item` has it."""
    text = item.document.text
    task = make_task(item.article)
    scores = {one.span: one.score for one in found}
    [prediction] = add_prediction(task, [*scores], [*scores.values()], "rules")["predictions"]
    regions = []
    for span, region in zip(item.document.spans, make_result(text, item.document.spans)):
        kept = span in scores
        origin = {"origin": "prediction", "score": scores[span]} if kept else {"origin": "manual"}
        regions.append({"value": region.pop("value")} | region | origin)
    # The page puts what is marked anew behind what was there.
    regions.sort(key=lambda region: region["origin"] == "manual")
    shared = {"task": number, "project": 1}
    times = {"created_at": TIME, "updated_at": TIME}
    prediction = {
        "id": number,
        "result": prediction["result"],
        "model_version": prediction["model_version"],
        "created_ago": "1\xa0minute",
        "score": prediction["score"],
        **dict.fromkeys(("cluster", "neighbors")),
        "mislabeling": 0.0,
        **times,
        **dict.fromkeys(("model", "model_run")),
        **shared,
    }
    annotation = {
        "id": number,
        "completed_by": 1,
        "result": regions,
        "was_cancelled": False,
        "ground_truth": False,
        **times,
        "draft_created_at": None,
        "lead_time": 100.5,
        "prediction": prediction,
        "result_count": len(regions),
        "unique_id": "00000000-0000-0000-0000-000000000000",
        **dict.fromkeys(("import_id", "last_action")),
        "bulk_created": False,
        **shared,
        "updated_by": 1,
        "parent_prediction": number,
        **dict.fromkeys(("parent_annotation", "last_created_by")),
    }
    return {
        "id": number,
        "annotations": [annotation],
        "drafts": [],
        "predictions": [number],
        "data": {**task["data"], "article": name},
        "meta": task["meta"],
        **times,
        "allow_skip": True,
        "inner_id": number,
        **{"total_annotations": 1, "cancelled_annotations": 0, "total_predictions": 1},
        **dict.fromkeys(("comment_count", "unresolved_comment_count"), 0),
        "last_comment_updated_at": None,
        "project": 1,
        "updated_by": 1,
        "comment_authors": [],
    }


def count_kept(found: list[Document], gold: list[Document]) -> int:
    """Spans of `gold` that the paragraphs in `found` have."""
    wanted = {part.id: part for document in gold for _, part in split_paragraphs(document)}
    kept = 0
    for part in found:
        assert part.text == wanted[part.id].text
        kept += len(set(part.spans) & set(wanted[part.id].spans))
    return kept


def count_theirs(path: Path, names: list[str], gold: list[Document]) -> int:
    """Spans of `gold` that a CONLL2003 file has; its blocks carry no ids, `names` are their order.

    Its words are found again in the text, its tags are read by IOB2.
    """
    wanted = {document.id: document for document in gold}
    found = read_theirs(path, ((name, wanted[name].text) for name in names))
    return sum(len(set(spans) & set(wanted[name].spans)) for name, spans in found)


def read_theirs(path: Path, texts: Iterator[tuple[str, str]]) -> Iterator[tuple[str, list[Span]]]:
    blocks = path.read_text(encoding="utf-8").split("\n", 1)[1].split("\n\n")
    for (name, text), block in zip(texts, blocks):
        rows = [line.split(" -X- _ ") for line in block.split("\n") if line]
        position, places = 0, []
        for token, _ in rows:
            start = text.index(token, position)
            position = start + len(token)
            places.append((start, position))
        spans = decode_tags([tag for _, tag in rows])
        yield name, [Span(places[s.start][0], places[s.end - 1][1], s.label) for s in spans]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print_alone(measure, __doc__)
