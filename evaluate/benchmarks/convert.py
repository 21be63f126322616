"""Converting: a Label Studio export to CoNLL, beside label-studio-sdk's converter.

    python evaluate/benchmarks/convert.py [--quick]

Both read the same export, finished annotations of composed articles, as a folder with a file a task
and as one file with all, and write one file. Ours checks each task (hash of the text, alignment,
characters of each region) on its way. The converter's CONLL2003 has a word a line, ours a
character. `spans` says how many marked spans come out of each file with exactly their characters
and label. Times are the processor's.
"""

import json
import time
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
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.data.conll import read_conll
from jiqun.data.conversion import convert
from jiqun.spans import Document, Span, decode_tags, split_paragraphs

TASKS, ROUNDS = 5_000, 3


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
            ("a file a task", exported, by_folder),
            ("one file", file, in_order),
        ):
            theirs = partial(
                converter.convert_to_conll2003, str(source), str(out), is_dir=source.is_dir()
            )
            peer, path = f"label-studio-sdk CONLL2003, {form}", folder / "ours"
            ours = partial(convert, source, path, scheme)
            speed |= race(ours, {peer: theirs}, tasks, "tasks", rounds, time.process_time)
            spans[peer] = {
                "total": sum(len(document.spans) for document in gold),
                "ours": count_kept(read_conll(path), gold),
                "peer": count_theirs(out / "result.conll", names, gold),
            }
    return {"tasks": tasks, "speed": speed, "spans": spans}


def write_export(folder: Path, file: Path, count: int) -> list[Document]:
    """Tasks as Label Studio exports them, a file each and in one file, and what they hold."""
    articles = read_articles(min(count, 10_000))
    gold, tasks = [], []
    for number in range(count):
        item = articles[number % len(articles)]
        name = f"{item.document.id}-{number // len(articles)}"
        task = {"id": number + 1, **add_annotation(make_task(item.article), item.document.spans)}
        task["data"] = {**task["data"], "article": name}
        facts = {"completed_by": 1, "was_cancelled": False, "created_at": "2025-01-01T00:00:00Z"}
        task["annotations"][0] = {"id": number + 1, **facts, **task["annotations"][0]}
        tasks.append(json.dumps(task, ensure_ascii=False))
        (folder / f"{name}.json").write_text(tasks[-1], encoding="utf-8")
        gold.append(Document(name, item.document.text, item.document.spans))
    file.write_text(f"[{', '.join(tasks)}]", encoding="utf-8")
    return gold


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
