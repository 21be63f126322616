"""From what several annotators marked to gold: they agree, or a person decides.

In Label Studio each reading is a prediction of its own and holds what all agree on, so that taking
one over gives a whole labelling.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from label_studio_sdk import LabelStudio

from ..errors import InputError
from ..files import read_json, write_text
from ..scheme import Scheme
from ..seeds.restore import restore
from ..spans import Document, Span
from .agreement import find_disputes, read_labellings
from .export import format_labelled, read_annotation
from .studio import list_people, list_tasks
from .tasks import make_result, make_task

AGREEMENT = "agreement"
"""Who decided where nobody had to."""

SHOWN_TOO = {
    "disagreements": {
        "size": "6",
        "style": "white-space:pre-wrap;margin:10px 0;max-height:12em;overflow-y:auto;"
        "font-size:14px;font-weight:400;line-height:1.7",
    }
}
"""What the adjudicator sees above the text besides."""

INSTRUCTION = (
    "<p>每个页签是一种读法，名为标注者；各人一致之处，每种读法里都有。文上列出了分歧。</p>"
    "<p>当前页签已按其中一种读法填好：改到正确为止，按 Submit。要从另一种读法改起，打开它的页签，"
    "在页签的 ⋮ 里选 Duplicate Annotation，再改、再 Submit。</p>"
    "<p>只提交一份；几种读法都不对时，标你认为正确的。</p>"
)


@dataclass(frozen=True, slots=True)
class Case:
    """An article that two annotators or more have labelled.

    Attributes:
        task: its data and meta, without anybody's work.
        readings: each way in which it was labelled, by who labelled it so; the most common last.
    """

    task: dict[str, Any]
    readings: dict[tuple[str, ...], Document]

    @property
    def article(self) -> str:
        return self.task["data"]["article"]

    @property
    def agreed(self) -> set[Span]:
        """The spans of all readings."""
        return set.intersection(*(set(reading.spans) for reading in self.readings.values()))

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where the readings differ; see `find_disputes`."""
        return find_disputes(reading.spans for reading in self.readings.values())


def read_cases(paths: Sequence[Path], scheme: Scheme) -> list[Case]:
    """The articles in folders that several annotators labelled; see `read_labellings`.

    Raises:
        InputError: a folder holds no labelled file, a file is damaged, or two labellings of an
            article are of different texts.
    """
    cases = []
    for name, documents in read_labellings(paths, scheme).items():
        if len(documents) < 2:
            continue
        alike: dict[tuple[Span, ...], list[str]] = {}
        for annotator, document in sorted(documents.items()):
            alike.setdefault(document.spans, []).append(annotator)
        readings = {
            tuple(names): documents[names[0]]
            for names in sorted(alike.values(), key=lambda names: (len(names), names))
        }
        cases.append(Case(_find_task(name, paths, documents), readings))
    return cases


def _find_task(name: str, paths: Sequence[Path], documents: Mapping[str, Document]) -> dict:
    for path in paths:
        if (file := path / f"{name}.json").is_file():
            task = read_json(file)
            return {"data": task["data"], "meta": task["meta"]}
    return make_task(restore(next(iter(documents.values())).text, name, steps=()))


def make_dispute(case: Case, scheme: Scheme) -> dict[str, Any]:
    """A case as a task with a prediction for each reading, and its disagreements in words."""
    chinese = {label.name: label.chinese for label in scheme.labels}
    text, people = case.task["data"]["text"], sum(map(len, case.readings))
    lines, remarks = [], {}
    for number, (start, end) in enumerate(case.places, 1):
        said = []
        for names, reading in case.readings.items():
            here = [
                f"{chinese[s.label]} {text[s.start : s.end]}" for s in _meet(reading, start, end)
            ]
            said.append(f"{'、'.join(names)}：{' + '.join(here) or '不标'}")
        before, behind = text[max(start - 8, 0) : start], text[end : end + 8]
        context = f"{before}【{text[start:end]}】{behind}".replace("\n", " ")
        lines.append(f"{number}. {context}　{'；'.join(said)}")
        remarks |= dict.fromkeys(range(start, end), "；".join(said))
    predictions = []
    for names, reading in case.readings.items():
        result = make_result(text, reading.spans)
        for region in result:
            if remark := remarks.get(region["value"]["start"]):
                region["meta"] = {"text": [remark]}
        version, score = ", ".join(names), round(len(names) / people, 4)
        predictions.append({"model_version": version, "score": score, "result": result})
    said = f"一致 {len(case.agreed)} 处，分歧 {len(lines)} 处\n" + "\n".join(lines)
    data = {"title": case.article, "dateline": "—", "damage": "—"} | case.task["data"]
    return {
        "data": data | {"disagreements": said},
        "meta": case.task["meta"],
        "predictions": predictions,
    }


def _meet(document: Document, start: int, end: int) -> list[Span]:
    return [span for span in document.spans if span.start < end and start < span.end]


@dataclass(slots=True)
class Verdict:
    """What became of the cases.

    Attributes:
        decided: by who decided, how many articles; `agreement` if nobody had to.
        kept: articles whose gold stood there already and stays.
        waiting: articles that nobody has decided on yet.
        asides: by article, why a decision cannot be taken.
        outcomes: by who had read so, how many places were decided; those where nobody had under
            `nobody`, spans decided otherwise that all had agreed on under `overruled`.
    """

    decided: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    asides: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)


def is_decided(case: Case, folder: Path) -> bool:
    """Whether `folder` holds gold of this text that a person decided on."""
    return any(a.get("completed_by") != AGREEMENT for a in _list_gold(_read_task(case, folder)))


def read_decisions(client: LabelStudio, url: str, project: int) -> list[dict[str, Any]]:
    """The tasks of a project with what was submitted, by whom: e-mail addresses."""
    people, tasks = list_people(client, url), list_tasks(client, url, project)
    for annotation in (a for task in tasks for a in task["annotations"]):
        number = annotation["completed_by"]
        annotation["completed_by"] = people.get(number, f"user {number}")
    return tasks


def decide(
    cases: Iterable[Case], decisions: Iterable[dict[str, Any]], folder: Path, scheme: Scheme
) -> Verdict:
    """Write the gold of each case to `folder/<article>.json`, beside what the annotators marked.

    A person's decision stands over the gold that is there; that over agreement. Gold by agreement
    is taken back where annotators no longer agree.

    Args:
        decisions: tasks of Label Studio with the adjudicators' annotations, `completed_by` a name.
    """
    verdict, found = Verdict(), {}
    for task in decisions:
        found.setdefault((task["data"].get("article"), task["data"].get("text")), task)
    for case in cases:
        task = found.get((case.article, case.task["data"]["text"]), {})
        finished = [a for a in task.get("annotations", ()) if not a.get("was_cancelled")]
        labelled = _read_task(case, folder)
        there = _list_gold(labelled)
        try:
            who, gold = _choose(case, finished, scheme)
        except InputError as error:
            verdict.asides[case.article] = str(error)
            continue
        if gold is None and any(a.get("completed_by") != AGREEMENT for a in there):
            verdict.kept.append(case.article)
            continue
        if gold is None and len(case.readings) == 1:
            who, gold = AGREEMENT, next(iter(case.readings.values()))
        labelled["annotations"] = [a for a in labelled["annotations"] if a not in there]
        if gold is None:
            verdict.waiting.append(case.article)
        else:
            verdict.decided[who] += 1
            _count_outcomes(case, gold, verdict.outcomes)
            labelled["annotations"].append(_annotate(who, gold, True))
        if gold or there:
            write_text(folder / f"{case.article}.json", format_labelled(labelled))
    return verdict


def _read_task(case: Case, folder: Path) -> dict[str, Any]:
    """The labelled task of a case as `folder` holds it, with what each annotator marked."""
    path = folder / f"{case.article}.json"
    task = read_json(path) if path.is_file() else case.task | {"annotations": []}
    if task["data"]["text"] != case.task["data"]["text"]:
        raise InputError(f"{path}: holds labels of another text; name another folder with --to.")
    for names, reading in case.readings.items():
        for name in names:
            own = [a for a in task["annotations"] if a.get("completed_by") == name]
            if not any(_list_regions(a) == _list_regions(_annotate(name, reading)) for a in own):
                others = [a for a in task["annotations"] if a not in own]
                task["annotations"] = [*others, _annotate(name, reading)]
    return task


def _list_gold(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [a for a in task["annotations"] if a.get("ground_truth")]


def _annotate(who: str, document: Document, gold: bool = False) -> dict[str, Any]:
    result = make_result(document.text, document.spans)
    return {"completed_by": who, "was_cancelled": False, "ground_truth": gold, "result": result}


def _list_regions(annotation: dict[str, Any]) -> list[tuple[int, int, list[str]]]:
    values = (region["value"] for region in annotation["result"])
    return sorted((value["start"], value["end"], value["labels"]) for value in values)


def _choose(
    case: Case, annotations: Sequence[dict[str, Any]], scheme: Scheme
) -> tuple[str, Document | None]:
    """Who decided on a case, and how; None if nobody has.

    Raises:
        InputError: two decided differently, or a decision holds a span that cannot be.
    """
    text = case.task["data"]["text"]
    decisions = {
        annotation["completed_by"]: read_annotation(
            f"{case.article}, decision by {annotation['completed_by']}",
            case.article,
            text,
            annotation,
            scheme,
        )
        for annotation in annotations
    }
    if len(annotations) > 1 and (
        len(decisions) < len(annotations) or len({d.spans for d in decisions.values()}) > 1
    ):
        who = ", ".join(annotation["completed_by"] for annotation in annotations)
        raise InputError(f"{case.article}: has decisions by {who}; delete all but one.")
    return next(iter(decisions.items()), ("", None))


def _count_outcomes(case: Case, gold: Document, outcomes: Counter[str]) -> None:
    for start, end in case.places:
        here = _meet(gold, start, end)
        agreeing = [
            name
            for names, reading in case.readings.items()
            for name in names
            if _meet(reading, start, end) == here
        ]
        outcomes.update(agreeing or ["nobody"])
    new = [s for s in set(gold.spans) - case.agreed if not _touches(s, case.places)]
    if changed := len(new) + len(case.agreed - set(gold.spans)):
        outcomes["overruled"] += changed


def _touches(span: Span, places: Iterable[tuple[int, int]]) -> bool:
    return any(span.start < end and start < span.end for start, end in places)
