"""A project pulled in pages: every annotation and draft of everybody; one cut off goes on.

While a pull is under way, what was fetched stands in `.pull-<project>.jsonl`, a task a line.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from label_studio_sdk import LabelStudio

from ..errors import InputError
from ..files import to_json
from ..scheme import Scheme
from .filing import file_pulled, file_quarantine
from .intake import Intake, admit
from .studio import RefusalError, list_people, list_tasks, plain_errors

PAGE = 100
"""Tasks asked for at once; their numbers must fit into one address."""

_LISTED = 1000
_TASK_FIELDS = ("id", "updated_at", "data", "meta")
_WORK_FIELDS = ("id", "completed_by", "user", "was_cancelled", "ground_truth", "annotation")
_WORK_FIELDS += ("result",)


@dataclass(slots=True)
class Retrieved:
    """A project's tasks.

    Attributes:
        tasks: as Label Studio exports them, by their numbers, less what it dates or counts;
            annotators are e-mail addresses, `from` is the project.
        resumed: how many of them an earlier pull had fetched before it was cut off.
        gone: how many were deleted while the others were fetched.
        unreadable: numbers of the tasks that the server itself cannot read.
        log: where all this stands meanwhile.
    """

    tasks: list[dict[str, Any]]
    resumed: int
    gone: int
    unreadable: list[int]
    log: Path


def pull(
    client: LabelStudio,
    url: str,
    project: Any,
    scheme: Scheme,
    folder: Path | str,
    quarantine: Path | str,
    overwrite: bool = False,
) -> tuple[Retrieved, Intake]:
    """Bring a project's labels into `folder`, a file a task, and what is set aside into another.

    Args:
        project: as `studio.find_project` gives it.
        overwrite: also write files that hold what the project has not.

    Raises:
        InputError: as for `retrieve`, or a file cannot be written.
    """
    retrieved = retrieve(client, url, project, folder)
    intake, origin = Intake(), _name(project)
    labelled = admit(retrieved.tasks, scheme, intake)
    for number in retrieved.unreadable:
        reason = "the server cannot read it; its text may hold half a character (a lone surrogate)"
        record = {"article": None, "from": origin, "task": number}
        intake.quarantined.append(record | {"kind": "unreadable", "reason": reason})
    file_pulled(labelled, folder, f"{origin} of {project.created_at}", intake, overwrite)
    file_quarantine(intake.quarantined, quarantine, {origin})
    retrieved.log.unlink(missing_ok=True)
    return retrieved, intake


def _name(project: Any) -> str:
    return f"project {project.id}"


def retrieve(client: LabelStudio, url: str, project: Any, folder: Path | str) -> Retrieved:
    """Fetch every task of a project.

    If an earlier pull into `folder` was cut off, only what it had not fetched is asked for, and
    what changed since. The server does not date its drafts: one made in between comes with the
    next pull. A pull after one that ended starts over.

    Raises:
        InputError: the server does not answer, or the project was deleted meanwhile.
    """
    log = _Log(Path(folder) / f".pull-{project.id}.jsonl", str(project.created_at))
    had = log.read()
    try:
        dates = _list_dates(client, url, project.id)
        people = list_people(client, url)
        tasks = {
            number: task
            for number, task in had.items()
            if datetime.fromisoformat(task["updated_at"]) == dates.get(number)
        }
        resumed, unreadable = len(tasks), []
        missing = sorted(dates.keys() - tasks.keys())
        for place in range(0, len(missing), PAGE):
            page = missing[place : place + PAGE]
            found, damaged = _fetch(client, url, project.id, page)
            if not tasks and not found and len(damaged) == PAGE:
                raise InputError(f"{url}: the server answers with status 500; see its log.")
            found = [_condense(task, people, _name(project)) for task in found]
            log.add(found)
            tasks |= {task["id"]: task for task in found}
            unreadable += damaged
    except InputError as error:
        if not log.path.exists():
            raise
        raise InputError(
            f"{error} What was fetched stands in {log.path}: the next pull goes on from there, and "
            "`jiqun import` reads it."
        ) from None
    gone = len(dates) - len(tasks) - len(unreadable)
    return Retrieved([tasks[n] for n in sorted(tasks)], resumed, gone, unreadable, log.path)


def _list_dates(client: LabelStudio, url: str, project: int) -> dict[int, datetime]:
    """When each task was last changed, by its number."""
    with plain_errors(url):
        pages = client.tasks.list(project=project, page_size=_LISTED, include="id,updated_at")
        return {task.id: task.updated_at for task in pages}


def _fetch(
    client: LabelStudio, url: str, project: int, numbers: Sequence[int]
) -> tuple[list[dict[str, Any]], list[int]]:
    """Those of some tasks that are still there, and the numbers of the unreadable ones.

    One unreadable task makes the server fail for all that are asked for with it; halving finds it.
    """
    try:
        return list_tasks(client, url, project, numbers), []
    except RefusalError as error:
        if error.status != 500:
            raise
    if len(numbers) == 1:
        return [], list(numbers)
    middle = len(numbers) // 2
    found, damaged = _fetch(client, url, project, numbers[:middle])
    more, worse = _fetch(client, url, project, numbers[middle:])
    return found + more, damaged + worse


def _condense(task: dict[str, Any], people: dict[int, str], origin: str) -> dict[str, Any]:
    """A task without what the server counts, with names for its annotators."""
    condensed = {"from": origin} | {field: task[field] for field in _TASK_FIELDS}
    for works in ("annotations", "drafts"):
        condensed[works] = [{f: work[f] for f in _WORK_FIELDS if f in work} for work in task[works]]
    for annotation in condensed["annotations"]:
        number = annotation["completed_by"]
        annotation["completed_by"] = people.get(number, f"user {number}")
    return condensed


class _Log:
    """Fetched tasks, a line each, with the project they are of: numbers are given out again."""

    def __init__(self, path: Path, project: str):
        self.path, self.project = path, project

    def read(self) -> dict[int, dict[str, Any]]:
        """The tasks by their numbers; a last line that was cut off is removed."""
        tasks, whole = {}, 0
        if not self.path.exists():
            return tasks
        with self.path.open("r+b") as lines:
            for line in lines:
                try:
                    task = json.loads(line)
                except ValueError:
                    break
                if not line.endswith(b"\n") or task.get("project") != self.project:
                    break
                tasks[task["id"]] = task
                whole += len(line)
            lines.truncate(whole)
        return tasks

    def add(self, tasks: Sequence[dict[str, Any]]) -> None:
        lines = [to_json({"project": self.project} | task) + "\n" for task in tasks]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as log:
                log.write("".join(lines).encode("utf-8"))
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({error.strerror}).") from None
