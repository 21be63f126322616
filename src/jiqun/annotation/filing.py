"""Labels laid down as files, a task a file, so that nothing that lies there already is lost."""

import hashlib
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_json_lines, to_json, write_text
from .export import format_labelled
from .intake import Intake, name_file

UNPLACED = "unplaced"
"""The quarantine file of what belongs to no article."""

# Beside the labelled files, not among them (no .json): what earlier pulls wrote there.
_PULLED = ".pulled"


def file_pulled(
    labelled: dict[str, dict[str, Any]],
    folder: Path | str,
    origin: str,
    intake: Intake,
    overwrite: bool = False,
) -> None:
    """Write what was pulled to `folder/<name>.json`, each at once or not at all.

    A file that holds what would be lost stays as it is: unless it is what an earlier pull of the
    same project wrote, all of its labels must be in the new one. Gold that was decided on since
    stays beside what was pulled. A file that such a pull wrote for another text of one of these
    articles, and that is not needed now, is removed.

    Args:
        labelled: labelled tasks by the names of their files.
        origin: which project this is.
        intake: is told which files were written, and which not.
        overwrite: write them all.
    """
    folder = Path(folder)
    everything = _read_pulled(folder)
    known = everything.setdefault(origin, {})
    labelled = {
        name: _keep_gold(folder / f"{name}.json", task, known.setdefault(name, []))
        for name, task in labelled.items()
    }
    texts = {name: format_labelled(task) for name, task in labelled.items()}
    # Before the files: a pull that is cut off in between must not take its own for another's.
    hashes = {name: _hash(text.encode("utf-8")) for name, text in texts.items()}
    for name, new in hashes.items():
        known[name] = [*known.get(name, ()), new]
    _write_pulled(folder, everything)
    for name, text in texts.items():
        ours = known[name] if not overwrite else None
        _write(folder / f"{name}.json", text, labelled[name], ours, intake)
        known[name] = [hashes[name]]
    articles = {task["data"]["article"] for task in labelled.values()}
    for name in sorted(known.keys() - texts.keys()):
        path = folder / f"{name}.json"
        if not path.exists():
            del known[name]
        elif name.rpartition(".")[0] in articles and _hash(path.read_bytes()) in known[name]:
            path.unlink()
            intake.removed.append(path)
            del known[name]
        else:
            intake.left.append(path)
    _write_pulled(folder, everything)


def _keep_gold(path: Path, task: dict[str, Any], ours: list[str]) -> dict[str, Any]:
    """A pulled task with the gold of the file that it is about to replace, if that is ours else.

    Args:
        ours: hashes of what may be replaced; brought up to date.
    """
    there, new = _read_labelled(path), [_condense(work) for work in task["annotations"]]
    annotations = there["annotations"] if there else []
    gold = [a for a in annotations if a.get("ground_truth") and _condense(a) not in new]
    if not gold:
        return task
    if there["data"].get("text") != task["data"]["text"]:
        ours.clear()
        return task
    pulled = there | {"annotations": [a for a in annotations if a not in gold]}
    found = {_hash(format_labelled(pulled).encode("utf-8")), _hash(path.read_bytes())}
    if found.isdisjoint(ours):
        return task
    ours.append(_hash(path.read_bytes()))
    return task | {"annotations": [*task["annotations"], *gold]}


def file_imported(
    labelled: dict[str, dict[str, Any]],
    folder: Path | str,
    intake: Intake,
    overwrite: bool = False,
) -> None:
    """Add labels to those in `folder`: to an article's other annotators, or in a new file.

    Other labels by the same annotator stay, unless `overwrite` says that the new ones count.
    """
    folder = Path(folder)
    for name, task in labelled.items():
        there = _read_labelled(folder / f"{name}.json")
        if there and there["meta"].get("text_sha256") != task["meta"]["text_sha256"]:
            name = name_file(task["data"]["article"], task)
            there = _read_labelled(folder / f"{name}.json")
        joined = _join(there, task) if there else task
        ours = None if overwrite else []
        _write(folder / f"{name}.json", format_labelled(joined), joined, ours, intake)


def file_quarantine(
    records: Iterable[dict[str, Any]], folder: Path | str, origins: Collection[str]
) -> None:
    """Write what was set aside to `folder/<article>.jsonl`, a line each.

    It takes the place of what earlier pulls or imports of the same `origins` set aside.
    """
    folder = Path(folder)
    lines: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        others = [r for r in read_json_lines(path) if _get(r, "from") not in origins]
        lines[path.stem] = [_format(record) for record in others]
    for record in records:
        lines.setdefault(record["article"] or UNPLACED, []).append(_format(record))
    for name, new in lines.items():
        path, text = folder / f"{name}.jsonl", "".join(new)
        if not text:
            path.unlink()
        elif not path.exists() or path.read_bytes() != text.encode("utf-8"):
            write_text(path, text)


def _format(record: dict[str, Any]) -> str:
    line = to_json(record) + "\n"
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        # Half a character was set aside; it cannot be written but in digits.
        return json.dumps(record) + "\n"
    return line


def _write(
    path: Path, text: str, task: dict[str, Any], ours: Collection[str] | None, intake: Intake
) -> None:
    """Write a file unless it is there, or holds what is not in `task`.

    Args:
        ours: hashes of what may be replaced; None: whatever is there.
    """
    old = path.read_bytes() if path.exists() else None
    if old == text.encode("utf-8"):
        intake.same.append(path)
        return
    if old is not None and ours is not None and _hash(old) not in ours:
        there = _read_labelled(path)
        reason = _find_loss(there, task) if there else "it is no labelled task"
        if reason:
            intake.kept[path] = reason
            return
    write_text(path, text)
    intake.written.append(path)


def _find_loss(there: dict[str, Any], task: dict[str, Any]) -> str | None:
    """What of a labelled file would be lost if `task` took its place."""
    if there["data"].get("text") != task["data"]["text"]:
        return "it holds labels of another text"
    for works in ("annotations", "drafts"):
        new = [_condense(work) for work in task.get(works, ())]
        for work in there.get(works, ()):
            if _condense(work) not in new:
                return f"it holds other labels by {work.get('completed_by')}"
    if missing := sorted(there["meta"].keys() - task["meta"].keys()):
        return f"its `meta` holds {', '.join(missing)}"
    return None


def _condense(work: dict[str, Any]) -> tuple[Any, ...]:
    """What somebody decided, whatever the regions are called."""
    spans = {
        (value.get("start"), value.get("end"), tuple(value.get("labels", ())))
        for value in (region.get("value", {}) for region in work["result"])
    }
    return work.get("completed_by"), bool(work.get("was_cancelled")), spans


def _join(there: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """A labelled task with more work in it; an annotator's new work takes the old one's place."""
    annotations = _replace(there["annotations"], task["annotations"])
    places = {id(work): place for place, work in enumerate(annotations)}

    def list_drafts(source: dict[str, Any]) -> list[dict[str, Any]]:
        drafts = []
        for draft in source.get("drafts", ()):
            changed = draft.get("annotation")
            place = None if changed is None else places.get(id(source["annotations"][changed]))
            pointer = {} if place is None else {"annotation": place}
            head = {"completed_by": draft["completed_by"]}
            drafts.append(head | pointer | {"result": draft["result"]})
        return drafts

    drafts = _replace(list_drafts(there), list_drafts(task))
    return {**there, "annotations": annotations} | ({"drafts": drafts} if drafts else {})


def _replace(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The old work of all, with the new work of each in place of that one's old work."""
    by_whom: dict[Any, list[dict[str, Any]]] = {}
    for work in new:
        by_whom.setdefault(work.get("completed_by"), []).append(work)
    replaced = []
    for work in old:
        who = work.get("completed_by")
        # Only the first of somebody's old work: the others go.
        replaced += by_whom.get(who, [work])
        if who in by_whom:
            by_whom[who] = []
    return replaced + [work for works in by_whom.values() for work in works]


def _get(record: object, key: str) -> object:
    return record.get(key) if isinstance(record, dict) else None


def _read_labelled(path: Path) -> dict[str, Any] | None:
    """A labelled file; None if there is none, or it is something else."""
    try:
        task = json.loads(path.read_bytes())
        if not task["data"] or not task["meta"]:
            return None
        for work in (*task["annotations"], *task.get("drafts", ())):
            _condense(work)
        return task
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read_pulled(folder: Path) -> dict[str, dict[str, list[str]]]:
    """By project and name: hashes of what earlier pulls wrote."""
    try:
        return json.loads((folder / _PULLED).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise InputError(f"{folder / _PULLED}: damaged; remove it and pull again.") from None


def _write_pulled(folder: Path, pulled: dict[str, dict[str, list[str]]]) -> None:
    write_text(folder / _PULLED, to_json(pulled, indent=1) + "\n")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
