"""Converting: a Label Studio export to tags and to JSON, beside label-studio-sdk's converter.

    python evaluate/benchmarks/convert.py [--quick]

Both read the same folder with a file a task, finished annotations of composed articles, and write
one file. Ours checks each task (hash of the text, characters of each region) on its way. The
converter's CONLL2003 has a word a line, ours a character; its JSON is the tasks as they are, its
JSON_MIN the regions of each; ours for both is an object an article with its spans. `spans` says how
many marked spans come out of each file with exactly their characters and label.
"""

import json
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from articles import read_articles, read_labels
from label_studio_sdk.converter import Converter
from race import print_alone, race

from jiqun.annotation.config import make_label_config
from jiqun.annotation.export import read_labelled
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.data.formats import read_conll, write_conll, write_jsonl
from jiqun.scheme import Scheme
from jiqun.spans import Document, Span, decode_tags, split_paragraphs

TASKS, ROUNDS = 5_000, 3


def measure(quick: bool) -> dict[str, Any]:
    """Speed beside each format of the converter, and the spans that each keeps."""
    tasks = 40 if quick else TASKS
    scheme = read_labels()
    with TemporaryDirectory() as name:
        folder = Path(name)
        exported, out = folder / "exported", folder / "out"
        exported.mkdir()
        gold = write_export(exported, tasks)
        converter = Converter(make_label_config(scheme), str(folder), download_resources=False)
        runs = [
            (convert_to_conll, {"CONLL2003": (converter.convert_to_conll2003, read_theirs)}),
            (
                convert_to_json,
                {
                    "JSON": (converter.convert_to_json, read_tasks),
                    "JSON_MIN": (converter.convert_to_json_min, read_min),
                },
            ),
        ]
        speed, spans = {}, {}
        wanted = {document.id: set(document.spans) for document in gold}
        for ours, formats in runs:
            peers = {
                f"label-studio-sdk {format}": partial(convert, str(exported), str(out / format))
                for format, (convert, _) in formats.items()
            }
            rounds = 1 if quick else ROUNDS
            speed |= race(
                partial(ours, exported, scheme, folder / "ours"), peers, tasks, "tasks", rounds
            )
            kept = count_kept(read_ours(folder / "ours", ours is convert_to_conll), gold)
            for format, (_, read) in formats.items():
                found = read(out / format, gold)
                spans[f"label-studio-sdk {format}"] = {
                    "total": sum(map(len, wanted.values())),
                    "ours": kept,
                    "peer": sum(len(wanted[id] & set(marked)) for id, marked in found),
                }
    return {"tasks": tasks, "speed": speed, "spans": spans}


def write_export(folder: Path, count: int) -> list[Document]:
    """Tasks as Label Studio exports them, a file each, and what they hold."""
    articles = read_articles(min(count, 10_000))
    gold = []
    for number in range(count):
        item = articles[number % len(articles)]
        name = f"{item.document.id}-{number // len(articles)}"
        task = {"id": number + 1, **add_annotation(make_task(item.article), item.document.spans)}
        task["data"] = {**task["data"], "article": name}
        facts = {"completed_by": 1, "was_cancelled": False, "created_at": "2025-01-01T00:00:00Z"}
        task["annotations"][0] = {"id": number + 1, **facts, **task["annotations"][0]}
        path = folder / f"{name}.json"
        path.write_text(json.dumps(task, ensure_ascii=False), encoding="utf-8")
        gold.append(Document(name, item.document.text, item.document.spans))
    return gold


def convert_to_conll(folder: Path, scheme: Scheme, path: Path) -> None:
    labelled = (read_labelled(task, scheme)[0] for task in folder.glob("*.json"))
    write_conll((part for document in labelled for _, part in split_paragraphs(document)), path)


def convert_to_json(folder: Path, scheme: Scheme, path: Path) -> None:
    labelled = (read_labelled(task, scheme)[0] for task in folder.glob("*.json"))
    write_jsonl(
        (
            {
                "id": document.id,
                "text": document.text,
                "spans": [[span.start, span.end, span.label] for span in document.spans],
            }
            for document in labelled
        ),
        path,
    )


def read_ours(path: Path, paragraphs: bool) -> list[Document]:
    if paragraphs:
        return read_conll(path)
    rows = map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1])
    return [
        Document(row["id"], row["text"], tuple(Span(*span) for span in row["spans"]))
        for row in rows
    ]


def count_kept(found: list[Document], gold: list[Document]) -> int:
    """Spans of `gold` that `found` has, by article or, where its ids say so, by paragraph."""
    wanted = {document.id: document for document in gold}
    wanted |= {part.id: part for document in gold for _, part in split_paragraphs(document)}
    kept = 0
    for document in found:
        assert document.text == wanted[document.id].text
        kept += len(set(document.spans) & set(wanted[document.id].spans))
    return kept


def read_theirs(folder: Path, gold: list[Document]) -> Iterator[tuple[str, list[Span]]]:
    """The spans of a CONLL2003 file: words found again in the text, tags read by IOB2.

    Its blocks carry no ids; it takes the files in the folder's order, and so does this.
    """
    texts = {document.id: document.text for document in gold}
    names = [path.stem for path in (folder.parents[1] / "exported").glob("*.json")]
    blocks = (folder / "result.conll").read_text(encoding="utf-8").split("\n", 1)[1].split("\n\n")
    for name, block in zip(names, blocks):
        rows = [line.split(" -X- _ ") for line in block.split("\n") if line]
        position, places = 0, []
        for token, _ in rows:
            start = texts[name].index(token, position)
            position = start + len(token)
            places.append((start, position))
        spans = decode_tags([tag for _, tag in rows])
        yield name, [Span(places[s.start][0], places[s.end - 1][1], s.label) for s in spans]


def read_tasks(folder: Path, gold: list[Document]) -> Iterator[tuple[str, list[Span]]]:
    for task in json.loads((folder / "result.json").read_text(encoding="utf-8")):
        values = [region["value"] for region in task["annotations"][0]["result"]]
        yield task["data"]["article"], [Span(v["start"], v["end"], v["labels"][0]) for v in values]


def read_min(folder: Path, gold: list[Document]) -> Iterator[tuple[str, list[Span]]]:
    for row in json.loads((folder / "result.json").read_text(encoding="utf-8")):
        values = row.get("label", [])
        yield row["article"], [Span(v["start"], v["end"], v["labels"][0]) for v in values]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print_alone(measure, __doc__)
