"""How far a Label Studio project is: what is done, by whom, and what waits."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from label_studio_sdk import LabelStudio
from label_studio_sdk.data_manager import Column, Filters, Operator, Type

from .studio import find_project, is_labelled, list_people, list_tasks, plain_errors

SHOWN = 10
"""How many waiting tasks are named."""

_SCORE = "predictions_score"
_UNLABELLED = Filters.create(
    Filters.AND, [Filters.item(Column.total_annotations, Operator.EQUAL, Type.Number, 0)]
)


@dataclass(frozen=True, slots=True)
class Work:
    """What one annotator did.

    Attributes:
        tasks: those with a finished annotation of theirs.
        skipped, drafts: tasks that they skipped, and that they have begun without submitting.
        spans: by label, in finished annotations.
        hours: time the page counted for finished and skipped annotations; None if it counted none,
            as for imported ones.
        spans_an_hour: spans of the annotations whose time was counted, None without any.
    """

    annotator: str
    tasks: int
    skipped: int
    drafts: int
    spans: dict[str, int]
    hours: float | None
    spans_an_hour: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project is.

    A task is in one of five states: done (finished by as many annotators as the project wants),
    partly (by fewer), skipped (by all who saw it), begun (drafts alone) or waiting.

    Attributes:
        drafts: tasks that hold a draft, in whatever state.
        next: the articles of the tasks that wait, most doubtful pre-labels first, each with its
            task's number and score, the mean of several (None without pre-labels); at most ten.
    """

    project: int
    title: str
    tasks: int
    done: int
    partly: int
    skipped: int
    begun: int
    waiting: int
    drafts: int
    annotators: list[Work]
    next: list[dict[str, Any]]


def measure_progress(client: LabelStudio, url: str, name: str | int) -> Progress:
    """How far the project of that number or title is; a few requests, however many tasks.

    Raises:
        InputError: there is no such project, or the server fails.
    """
    project = find_project(client, url, name)
    tasks = list_tasks(client, url, project.id)
    waiting = {task["id"] for task in tasks if task["predictions"] and not is_labelled(task)}
    scores: dict[int, float] = {}
    if waiting:
        # The server puts the most doubtful first in a moment; all predictions would take it long.
        query = json.dumps({"filters": _UNLABELLED, "ordering": [f"tasks:{_SCORE}"]})
        fields = f"id,{_SCORE}"
        with plain_errors(url):
            for task in client.tasks.list(project=project.id, include=fields, query=query):
                if task.id in waiting and task.predictions_score is not None:
                    scores[task.id] = task.predictions_score
                if len(scores) == SHOWN:
                    break
    return summarize(project, tasks, list_people(client, url), scores)


def summarize(
    project: Any, tasks: Sequence[dict[str, Any]], people: dict[int, str], scores: dict[int, float]
) -> Progress:
    """The progress that exported tasks show.

    Args:
        project: its `id`, `title` and `maximum_annotations` count.
        people: e-mail addresses by number.
        scores: of a task's predictions, by the task's number; those of the lowest ten will do.
    """
    wanted = project.maximum_annotations or 1
    states = Counter(_judge(task, wanted) for task in tasks)
    waiting = [task for task in tasks if not is_labelled(task)]
    waiting.sort(key=lambda task: (scores.get(task["id"], float("inf")), task["id"]))
    named = [
        {
            "article": task["data"].get("article"),
            "task": task["id"],
            "score": scores.get(task["id"]),
        }
        for task in waiting[:SHOWN]
    ]
    return Progress(
        project=project.id,
        title=project.title,
        tasks=len(tasks),
        **{state: states[state] for state in ("done", "partly", "skipped", "begun", "waiting")},
        drafts=sum(bool(task.get("drafts")) for task in tasks),
        annotators=_list_work(tasks, people),
        next=named,
    )


def _judge(task: dict[str, Any], wanted: int) -> str:
    finished = {annotation.get("completed_by") for annotation in _finished(task)}
    if finished:
        return "done" if len(finished) >= wanted else "partly"
    return "skipped" if task["annotations"] else "begun" if task.get("drafts") else "waiting"


def _list_work(tasks: Sequence[dict[str, Any]], people: dict[int, str]) -> list[Work]:
    done, skipped, drafts = Counter(), Counter(), Counter()
    spans: dict[str, Counter[str]] = defaultdict(Counter)
    seconds, timed = Counter(), Counter()
    for task in tasks:
        by_state: dict[bool, set[str]] = {False: set(), True: set()}
        for annotation in task["annotations"]:
            number = annotation.get("completed_by")
            who = people.get(number, f"user {number}")
            by_state[bool(annotation.get("was_cancelled"))].add(who)
            time, found = annotation.get("lead_time") or 0, Counter(_list_labels(annotation))
            seconds[who] += time
            if not annotation.get("was_cancelled"):
                spans[who].update(found)
                timed[who] += found.total() if time else 0
        done.update(by_state[False])
        skipped.update(by_state[True])
        # Drafts name their annotator by address, annotations by number.
        drafts.update({str(draft["user"]) for draft in task.get("drafts") or ()})
    work = []
    for who in sorted({*done, *skipped, *drafts}):
        hours = seconds[who] / 3600 or None
        rate = timed[who] / hours if hours else None
        counts = dict(sorted(spans[who].items()))
        work.append(Work(who, done[who], skipped[who], drafts[who], counts, hours, rate))
    return work


def _finished(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [a for a in task["annotations"] if not a.get("was_cancelled")]


def _list_labels(annotation: dict[str, Any]) -> list[str]:
    return [
        label
        for region in annotation.get("result") or ()
        for label in (region.get("value") or {}).get("labels") or ()
    ]
