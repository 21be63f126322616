"""Labels in files that other programs wrote, as tasks that Label Studio might have exported.

Label Studio's JSON says what its tasks are. JSON-MIN, doccano and CoNLL lose that: their texts are
looked up among known tasks, and what is found nowhere is set aside.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_text
from ..scheme import Scheme
from ..spans import Span
from .conll import find_style, gather, join, parse_conll
from .doccano import LABELS, read_entities
from .filing import file_imported, file_quarantine
from .intake import Intake, admit
from .placement import Articles, move
from .tasks import make_region

FORMATS = ("json", "json-min", "doccano", "conll")

# What JSON-MIN adds to a task's data, beside the results.
_ADDED = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}


@dataclass(slots=True)
class Reading:
    """What one file holds.

    Attributes:
        format: one of `FORMATS`.
        records: how many tasks, rows, lines or sentences it has.
        unplaced: how many of them belong to no known article.
        tasks: as Label Studio exports them, each with the file's name under `from`.
        asides: what cannot be carried on, as quarantine records.
    """

    format: str
    records: int = 0
    unplaced: int = 0
    tasks: list[dict[str, Any]] = field(default_factory=list)
    asides: list[dict[str, Any]] = field(default_factory=list)


def import_labels(
    paths: Sequence[Path],
    articles: Callable[[], Articles],
    scheme: Scheme,
    folder: Path | str,
    quarantine: Path | str,
    format: str | None = None,
    annotator: str | None = None,
    units: str | None = None,
    overwrite: bool = False,
) -> tuple[list[Reading], Intake]:
    """Add the labels of files to `folder`, a file a task; see `filing` for what lies there.

    Args:
        articles: gives the tasks that texts are looked up in, if a file needs that.
        format: one of `FORMATS`; None: as each file looks.
        annotator: who made the labels of files that do not say; None: the file's name.
        units: see `doccano.read_entities`.
        overwrite: the new labels of an annotator take the place of other ones.

    Raises:
        InputError: a file cannot be read, or is in none of the formats.
    """
    readings = [_Reader(path, articles, annotator, units).read(format) for path in paths]
    intake = Intake()
    labelled = admit((task for r in readings for task in r.tasks), scheme, intake)
    intake.quarantined += [record for reading in readings for record in reading.asides]
    file_imported(labelled, folder, intake, overwrite)
    file_quarantine(intake.quarantined, quarantine, {path.name for path in paths})
    return readings, intake


def recognize(text: str, path: Path | str) -> str:
    """The format of a file by its content.

    Raises:
        InputError: it looks like none.
    """
    records = _parse(text)
    if records is None:
        if text.lstrip()[:1] in ("{", "["):
            raise InputError(f"{path}: not valid JSON, nor JSON Lines; export it again.")
        return "conll"
    first = records[0] if records else None
    if isinstance(first, dict):
        if isinstance(first.get("data"), dict):
            return "json"
        if any(isinstance(first.get(key), list) and _is_doccano(first[key]) for key in LABELS):
            return "doccano"
        if isinstance(first.get("text"), str):
            return "json-min"
    raise InputError(f"{path}: none of {', '.join(FORMATS)}; name the --format.")


def _is_doccano(entities: list[Any]) -> bool:
    return not entities or isinstance(entities[0], list) or "start_offset" in entities[0]


def _parse(text: str) -> list[Any] | None:
    """The values of JSON or JSON Lines; None if it is neither."""
    try:
        value = json.loads(text)
        return value if isinstance(value, list) else [value]
    except json.JSONDecodeError:
        pass
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except json.JSONDecodeError:
        return None


class _Reader:
    """One file on its way to a `Reading`."""

    def __init__(
        self,
        path: Path,
        articles: Callable[[], Articles],
        annotator: str | None,
        units: str | None,
    ):
        self.path, self.articles, self.annotator, self.units = path, articles, annotator, units
        self.numbers: set[int] = set()

    def read(self, format: str | None) -> Reading:
        text = read_text(self.path).removeprefix("\ufeff")
        self.reading = Reading(format or recognize(text, self.path))
        if self.reading.format == "conll":
            self._read_conll(text)
        else:
            records = _parse(text)
            if records is None or not all(isinstance(record, dict) for record in records):
                raise InputError(f"{self.path}: not {self.reading.format}; name another --format.")
            read = {
                "json": self._read_task,
                "json-min": self._read_row,
                "doccano": self._read_line,
            }[self.reading.format]
            for number, record in enumerate(records, 1):
                self.reading.records += 1
                read(record, number)
        if self.annotator and len(self.numbers) > 1:
            raise InputError(
                f"{self.path}: holds the work of {len(self.numbers)} accounts by number; leave "
                "--annotator away."
            )
        return self.reading

    def _read_task(self, task: dict[str, Any], number: int) -> None:
        task = {**task, "from": self.path.name}
        # What old releases called them.
        works = task.setdefault("annotations", task.get("completions") or [])
        if not isinstance(works, list) or not all(isinstance(work, dict) for work in works):
            self._lose(number, "task", "its annotations are no list", task)
            return
        task["annotations"] = [
            work | {"completed_by": self._name(work.get("completed_by"))} for work in works
        ]
        # Some exports number the drafts only.
        drafts = task.get("drafts") or []
        task["drafts"] = [draft for draft in drafts if isinstance(draft, dict)]
        data, meta = task.get("data"), task.get("meta")
        text = data.get("text") if isinstance(data, dict) else None
        if isinstance(text, str) and not (isinstance(meta, dict) and "text_sha256" in meta):
            known = self._find(text, data.get("article"), number, task)
            if known is None:
                return
            task |= {"data": known["data"], "meta": known["meta"]}
        self.reading.tasks.append(task)

    def _read_row(self, row: dict[str, Any], number: int) -> None:
        known = self._find(row.get("text"), row.get("article"), number, row)
        if known is None:
            return
        regions = []
        for control in sorted(row.keys() - known["data"].keys() - _ADDED):
            results = row[control]
            for value in results if isinstance(results, list) else [results]:
                kind = "labels" if isinstance(value, dict) and "labels" in value else "result"
                head = {"from_name": control, "to_name": "text", "type": kind}
                name = f"{value.get('start')}-{value.get('end')}" if kind == "labels" else control
                regions.append({"id": name} | head | {"value": value})
        who = self._name(row.get("annotator"))
        self._add(known, who, regions, len(self.reading.asides), number)

    def _read_line(self, record: dict[str, Any], number: int) -> None:
        text = record.get("text", record.get("data"))
        name = next((record[k] for k in ("article", "id") if isinstance(record.get(k), str)), None)
        known = self._find(text, name, number, record, exact=False)
        if known is None:
            return
        who, before = self._name(record.get("user")), len(self.reading.asides)
        spans, asides = read_entities(record, text, self.units)
        for aside in asides:
            self._set_aside(aside.kind, aside.reason, known, who, line=number, region=aside.region)
        self._add(known, who, self._carry(spans, text, known, who, number), before, number)

    def _read_conll(self, text: str) -> None:
        sentences = parse_conll(text, self.path)
        style, articles = find_style(sentences), self.articles()
        times: dict[str, int] = {}
        for group, whole in gather(sentences, articles):
            self.reading.records += len(group)
            line, (joined, spans, broken) = group[0].line, join(group, style)
            record = {"tokens": [t for s in group for t in s.tokens]}
            record["tags"] = [tag for s in group for tag in s.tags]
            if not whole:
                reason = "its text is that of none of the known articles, nor a whole part of one"
                self._lose(line, "text", reason, record)
                continue
            name = (group[0].name or "").partition("#")[0]
            known = articles.find(joined, name)
            if isinstance(known, str):
                known = self._find(joined, None, line, record, exact=False)
                if known is None:
                    self.reading.unplaced += len(group) - 1
                    continue
            article = known["data"]["article"]
            times[article] = times.get(article, 0) + 1
            again = f" ({times[article]})" if times[article] > 1 else ""
            who, before = self._name(None) + again, len(self.reading.asides)
            for fault in broken:
                reason = f"{fault.text!r} is tagged {' '.join(fault.tags)}, which marks no span"
                self._set_aside("tags", reason, known, who, line=fault.line)
            self._add(known, who, self._carry(spans, joined, known, who, line), before, line)

    def _carry(
        self, spans: Iterable[Span], text: str, known: dict[str, Any], who: str, line: int
    ) -> list[dict[str, Any]]:
        """Spans of a file's text as regions of the article's."""
        spans, regions = list(spans), []
        for span, there in zip(spans, move(spans, text, known["data"]["text"])):
            surface = text[span.start : span.end]
            if there is None:
                reason = f"marks white space alone at {span.start}:{span.end}"
                self._set_aside("offsets", reason, known, who, line=line, region=surface)
            else:
                regions.append(make_region(there, surface))
        return regions

    def _find(
        self, text: object, name: object, number: int, record: Any, exact: bool = True
    ) -> dict[str, Any] | None:
        """The task of a text; if there is none, the record is set aside."""
        if not isinstance(text, str):
            self._lose(number, "text", "it holds no text", record)
            return None
        known = self.articles().find(text, name)
        if not isinstance(known, str) and exact and known["data"]["text"] != text:
            known = f"its white space is not that of the article {known['data']['article']}"
        if isinstance(known, str):
            self._lose(number, "text", known, record)
            return None
        return known

    def _name(self, who: object) -> str:
        """What an annotator is called."""
        if isinstance(who, dict):
            who = who.get("email")
        if isinstance(who, str) and who:
            return who
        if isinstance(who, int):
            self.numbers.add(who)
            return self.annotator or f"user {who}"
        return self.annotator or self.path.stem

    def _add(
        self, known: dict[str, Any], who: str, regions: list[Any], before: int, line: int
    ) -> None:
        """Add an annotation, unless it lost all of its spans: it would say that there are none.

        Args:
            before: how many things had been set aside before it.
        """
        lost = sum(aside["kind"] != "relation" for aside in self.reading.asides[before:])
        if lost and not regions:
            reason = f"none of its {lost} spans could be kept"
            self._set_aside("annotation", reason, known, who, line=line)
            return
        work = {"completed_by": who, "was_cancelled": False, "ground_truth": False}
        task = {"from": self.path.name, "data": known["data"], "meta": known["meta"]}
        self.reading.tasks.append(task | {"annotations": [work | {"result": regions}]})

    def _lose(self, line: int, kind: str, reason: str, record: Any) -> None:
        self.reading.unplaced += 1
        self._set_aside(kind, reason, None, None, line=line, record=record)

    def _set_aside(
        self, kind: str, reason: str, known: dict[str, Any] | None, who: str | None, **what: Any
    ) -> None:
        article = known["data"]["article"] if known else None
        head = {"article": article, "from": self.path.name, "annotator": who}
        self.reading.asides.append(head | {"kind": kind, "reason": reason} | what)
