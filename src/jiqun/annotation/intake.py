"""The one door for labels from outside, pulled or imported: each proven, or set aside.

What comes in and how it is told apart stands here; `filing` writes it down.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import to_json
from ..scheme import Scheme
from .export import name_article, strip_volatile
from .repair import prove
from .tasks import hash_text

_REASONS = {
    "task": "holds no text, or not what `jiqun tasks` wrote into its `meta`",
    "edited": "its text was edited after the task was made, so that offsets hold no longer",
    "surrogate": "holds half a character (a lone surrogate), which no file can",
}


@dataclass(slots=True)
class Intake:
    """What came in, and what did not.

    Attributes:
        waiting: tasks that nobody has worked on.
        annotations: how many are `finished`, `empty` (finished, no span), `skipped`, `draft`.
        spans: regions of all of them.
        repairs, merged, bare: see `repair.Proof`.
        quarantined: one record for each thing set aside.
        written, same, removed: files of labels, by what became of them.
        left: files that earlier pulls wrote and that the project has no labels for now.
        kept: files that hold what would be lost; not written, each with the reason.
    """

    waiting: int = 0
    annotations: Counter[str] = field(default_factory=Counter)
    spans: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    merged: int = 0
    bare: int = 0
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    same: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)


def admit(tasks: Iterable[dict[str, Any]], scheme: Scheme, intake: Intake) -> dict[str, dict]:
    """Exported tasks as labelled ones, by the names of their files.

    Tasks of one article and one text are joined. Of several texts of an article the newest with a
    finished annotation is called `<article>`, any other `<article>.<its hash's first 8>`.

    Args:
        tasks: as Label Studio exports them, each with its origin under `from`; `completed_by` is
            a name.
        intake: is told what came in and what did not.
    """
    texts: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for task in tasks:
        if not task.get("annotations") and not task.get("drafts"):
            intake.waiting += 1
        elif kind := _find_fault(task):
            _set_aside_task(task, kind, intake)
        else:
            versions = texts.setdefault(task["data"]["article"], {})
            versions.setdefault(task["meta"]["text_sha256"], []).append(task)
    labelled = {}
    for article, versions in texts.items():
        ranked = []
        for group in versions.values():
            one = _admit_text(group, scheme, intake)
            finished = any(not a.get("was_cancelled") for a in one["annotations"])
            ranked.append((finished, max(task.get("id", 0) for task in group), len(ranked), one))
        ranked.sort(key=lambda row: row[:3], reverse=True)
        for place, (*_, one) in enumerate(ranked):
            if one["annotations"] or one.get("drafts"):
                labelled[name_file(article, one if place else None)] = one
    return labelled


def name_file(article: str, other: dict[str, Any] | None = None) -> str:
    """The stem of an article's file; with `other`, of a labelled task of another text of it."""
    return f"{article}.{other['meta']['text_sha256'][:8]}" if other else article


def _find_fault(task: dict[str, Any]) -> str | None:
    data, meta = task.get("data"), task.get("meta")
    if name_article(task) is None:
        return "article"
    text = data.get("text")
    complete = isinstance(meta, dict) and isinstance(meta.get("alignment"), list)
    if not complete or not isinstance(text, str) or not isinstance(meta.get("text_sha256"), str):
        return "task"
    try:
        to_json([data, meta]).encode("utf-8")
    except UnicodeEncodeError:
        return "surrogate"
    return None if hash_text(text) == meta["text_sha256"] else "edited"


def _set_aside_task(task: dict[str, Any], kind: str, intake: Intake) -> None:
    if kind == "article":
        data = task.get("data")
        found = data.get("article") if isinstance(data, dict) else None
        reason = f"its data has no usable `article` name ({found!r})"
    else:
        reason = _REASONS[kind]
    for status, works in (("annotation", task.get("annotations")), ("draft", task.get("drafts"))):
        for work in works or ():
            aside = _describe(task, work, status, kind, reason)
            intake.quarantined.append(aside | {"annotation": work})


def _describe(
    task: dict[str, Any], work: dict[str, Any], status: str, kind: str, reason: str
) -> dict[str, Any]:
    return {
        "article": name_article(task),
        "from": task.get("from"),
        "task": task.get("id"),
        "annotator": work.get("completed_by", work.get("user")),
        "status": status,
        "kind": kind,
        "reason": reason,
    }


def _admit_text(group: list[dict[str, Any]], scheme: Scheme, intake: Intake) -> dict[str, Any]:
    """The tasks of one text as one labelled task, without what does not prove itself."""
    names = {name: label.name for label in scheme.labels for name in (label.name, label.chinese)}
    joined = {**group[-1], "annotations": [], "drafts": []}
    for task in group:
        for works in ("annotations", "drafts"):
            for work in task.get(works) or ():
                status = "draft" if works == "drafts" else "finished"
                if work.get("was_cancelled"):
                    status = "skipped"
                regions = _prove_work(task, work, status, names, intake)
                if regions is not None:
                    empty = status == "finished" and not regions
                    intake.annotations["empty" if empty else status] += 1
                    intake.spans += len(regions)
                    joined[works].append({**work, "result": regions})
    return strip_volatile(joined)


def _prove_work(
    task: dict[str, Any],
    work: dict[str, Any],
    status: str,
    names: dict[str, str],
    intake: Intake,
) -> list[dict[str, Any]] | None:
    """The regions of an annotation or draft that stay; None if it cannot itself."""
    result = work.get("result")
    if result is None and status == "skipped":
        result = []
    if not isinstance(result, list):
        aside = _describe(task, work, status, "result", f"its result is {result!r}, no list")
        intake.quarantined.append(aside | {"annotation": work})
        return None
    proof = prove(task["data"]["text"], result, names)
    for one in proof.asides:
        aside = _describe(task, work, status, one.kind, one.reason)
        intake.quarantined.append(aside | {"region": one.region})
    intake.repairs += proof.repairs
    intake.merged += proof.merged
    intake.bare += proof.bare
    lost = sum(one.kind not in ("relation", "other") for one in proof.asides)
    if lost and not proof.regions:
        # Empty, it would say that there is nothing to mark.
        reason = f"none of its {lost} spans could be kept"
        aside = _describe(task, work, status, "annotation", reason)
        intake.quarantined.append(aside)
        return None
    return proof.regions
