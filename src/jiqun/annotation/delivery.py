"""Tasks delivered to a Label Studio project: every article once, however often it is pushed.

An article is known by its name and its text. The server's own import is not idempotent, so what is
there is asked for first, and sent is what is missing, in batches that are there whole or not at
all.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from label_studio_sdk import LabelStudio

from ..errors import InputError
from .carryover import CARRIED, Lost, carry_task
from .studio import is_labelled, list_tasks, plain_errors
from .tasks import check_tasks, list_labels

MOST_TASKS, MOST_CHARACTERS = 200, 4_000_000
"""Bounds of one request, unless a single task is longer."""

MOST_CHANGED = 20
"""How many tasks are changed before it is asked again whether people have begun with the next."""

_ONCE = {"max_retries": 0}
Task = dict[str, Any]


@dataclass
class Delivery:
    """What a push did, by the names of articles.

    Attributes:
        project: the project's number.
        added, updated, unchanged: those that are new, those brought up to date in place, and those
            that were there.
        labelled: those whose text changed though people have labelled the old one, with the number
            of its task, which was left alone.
        carried: those of which the spans went into a new task, with how many did.
        lost: spans that could not be carried over.
        doubled: those that stand in the project twice with one text.
    """

    project: int
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    labelled: dict[str, int] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def push(
    client: LabelStudio,
    url: str,
    title: str,
    label_config: str,
    tasks: Sequence[Task],
    instruction: str = "",
    carry: bool = False,
    annotators: int | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Delivery:
    """Bring tasks into the project called `title`, which is made if there is none.

    What people have labelled (an annotation, also a skipped one, or a draft) is never changed. An
    unlabelled task gets a changed text, heading or prediction in place.

    Args:
        instruction: HTML that annotators read first.
        carry: of a labelled article whose text changed, make a new task with the old spans.
        annotators: how many label each task; as it is in the project if None.
        report: is told how many tasks are done, of how many to send.

    Raises:
        InputError: a task does not fit (before anything is sent), the project holds labels that the
            config lacks, or the server fails; then pushing again goes on where it stopped.
    """
    check_tasks(tasks, label_config)
    # The server takes outer blanks off, and would not find the project again.
    project = _open_project(client, url, title.strip(), label_config)
    present = list_tasks(client, url, project)
    _check_held(project, present, list_labels(label_config))
    settings = {
        "label_config": label_config,
        "sampling": "Uncertainty sampling",
        "expert_instruction": instruction,
        "show_instruction": bool(instruction),
        **({"maximum_annotations": annotators} if annotators else {}),
    }
    refusal = f"refuses the label config for project {project}, whose labels were made with another"
    with plain_errors(url, {400: f"{refusal}; push to another --title"}):
        shown = client.projects.update(project, **settings).model_version
    return _Push(client, url, project, label_config, shown, tasks, carry, report).run(present)


def _open_project(client: LabelStudio, url: str, title: str, label_config: str) -> int:
    if not 3 <= len(title) <= 50:
        raise InputError(f"--title {title!r}: Label Studio wants 3 to 50 characters.")
    with plain_errors(url):
        found = sorted(p.id for p in client.projects.list(title=title) if p.title == title)
        if len(found) > 1:
            raise InputError(f"{url}: the projects {found} are all called {title!r}; rename one.")
        if found:
            return found[0]
        return client.projects.create(title=title, label_config=label_config).id


def _check_held(project: int, present: Sequence[Task], labels: Sequence[str]) -> None:
    held: Counter[str] = Counter()
    for task in present:
        for work in [*(task.get("annotations") or ()), *(task.get("drafts") or ())]:
            for region in work.get("result") or ():
                held.update((region.get("value") or {}).get("labels") or ())
    if unknown := {label: held[label] for label in held if label not in labels}:
        said = ", ".join(f"{label} ({count})" for label, count in unknown.items())
        raise InputError(
            f"project {project} holds spans with labels that the scheme lacks: {said}; "
            "push to another --title, or put them back into the scheme."
        )


class _Push:
    """One push into one project."""

    def __init__(self, client, url, project, label_config, shown, tasks, carry, report):
        self.client: LabelStudio = client
        self.url: str = url
        self.tasks: Sequence[Task] = tasks
        self.labels = list_labels(label_config)
        self.carry: bool = carry
        self.report: Callable[[int, int], None] = report
        self.delivery = Delivery(project)
        versions = Counter(p["model_version"] for t in tasks for p in t.get("predictions") or ())
        self.version = versions.most_common(1)[0][0] if versions else shown or None
        self.new: list[Task] = []
        self.changed: list[tuple[Task, Task]] = []
        self.predictions: dict[int, list[Task]] = {}

    def run(self, present: Sequence[Task]) -> Delivery:
        delivery = self.delivery
        by_article: dict[str, list[Task]] = defaultdict(list)
        for task in present:
            by_article[str(task["data"].get("article"))].append(task)
        self._read_predictions(by_article)
        for task in self.tasks:
            self._plan(task, by_article[task["data"]["article"]])
        done, total = 0, len(self.changed) + len(self.new)
        try:
            for batch in _batch(self.changed, MOST_CHANGED):
                self._update(batch)
                done += len(batch)
                self.report(done, total)
            for batch in _batch(self.new, MOST_TASKS):
                with plain_errors(self.url):
                    self.client.projects.import_tasks(
                        delivery.project, request=batch, request_options=_ONCE
                    )
                done += len(batch)
                self.report(done, total)
            self._show_version()
            self._find_doubled(present)
        except InputError as error:
            raise InputError(
                f"{error} {done} of {total} tasks were sent; push again to go on from there."
            ) from None
        return delivery

    def _read_predictions(self, by_article: dict[str, list[Task]]) -> None:
        """The predictions of what is there, in one request, if any pushed task has some."""
        pushed = (t["data"]["article"] for t in self.tasks if t.get("predictions") is not None)
        if any(not is_labelled(task) for name in pushed for task in by_article.get(name, ())):
            with plain_errors(self.url):
                found = self.client.predictions.list(project=self.delivery.project)
            for one in found:
                fields = {"model_version": one.model_version, "score": one.score}
                self.predictions.setdefault(one.task, []).append(fields | {"result": one.result})

    def _plan(self, task: Task, there: Sequence[Task]) -> None:
        delivery, name, text = self.delivery, task["data"]["article"], task["data"]["text"]
        labelled = [other for other in there if is_labelled(other)]
        same = [other for other in there if other["data"].get("text") == text]
        free = [other for other in there if not is_labelled(other)]
        if same:
            if len(same) > 1:
                delivery.doubled.append(name)
            held = any(is_labelled(other) or _is_carried(other) for other in same)
            if held or self._agrees(same[0], task):
                delivery.unchanged.append(name)
            else:
                self.changed.append((same[0], task))
        elif free:
            # What was carried over once goes through raw again, from where it was labelled.
            again = labelled and _is_carried(free[-1])
            carried = self._carry(labelled[-1], task) if again else None
            self.changed.append((free[-1], carried or task))
        elif labelled:
            carried = self._carry(labelled[-1], task) if self.carry else None
            if carried:
                self.new.append(carried)
            else:
                delivery.labelled[name] = labelled[-1]["id"]
        else:
            self.new.append(task)
            delivery.added.append(name)

    def _carry(self, old: Task, task: Task) -> Task | None:
        made = carry_task(old, task, self.labels, self.version)
        if made is None:
            return None
        task, count, lost = made
        self.delivery.carried[task["data"]["article"]] = count
        self.delivery.lost += lost
        return task

    def _agrees(self, there: Task, task: Task) -> bool:
        """Whether a task on the server is in all the one pushed; what is not pushed stays."""
        same = all(task.get(part, there.get(part)) == there.get(part) for part in ("data", "meta"))
        return same and not self._differ(there, task)

    def _differ(self, there: Task, task: Task) -> bool:
        """Whether a task's predictions must be replaced."""
        held, wanted = self.predictions.get(there["id"], []), task.get("predictions")
        if wanted is None:
            return bool(there["predictions"]) and there["data"]["text"] != task["data"]["text"]
        return sorted(map(_fix, held)) != sorted(map(_fix, wanted))

    def _update(self, batch: Sequence[tuple[Task, Task]]) -> None:
        """Bring unlabelled tasks up to date, unless people have begun with them meanwhile."""
        delivery, numbers = self.delivery, [old["id"] for old, _ in batch]
        fresh = {t["id"]: t for t in list_tasks(self.client, self.url, delivery.project, numbers)}
        open_tasks = []
        for old, task in batch:
            name, there = task["data"]["article"], fresh.get(old["id"])
            if there is None:
                self.new.append(task)
                delivery.added.append(name)
            elif not is_labelled(there):
                open_tasks.append((there, task))
                delivery.updated.append(name)
            elif there["data"]["text"] == task["data"]["text"]:
                delivery.unchanged.append(name)
            else:
                delivery.carried.pop(name, None)
                delivery.labelled[name] = there["id"]
        replaced = {there["id"]: task for there, task in open_tasks if self._differ(there, task)}
        predictions = [
            {**one, "task": number}
            for number, task in replaced.items()
            for one in task.get("predictions") or ()
        ]
        # In this order: cut off anywhere, what is there still differs from what is pushed.
        with plain_errors(self.url):
            if replaced:
                chosen = {"all": False, "included": list(replaced)}
                self.client.actions.create(
                    id="delete_tasks_predictions", project=delivery.project, selected_items=chosen
                )
            for there, task in open_tasks:
                pushed = {part: task.get(part) for part in ("data", "meta")}
                parts = {p: v for p, v in pushed.items() if v is not None and v != there[p]}
                if parts:
                    self.client.tasks.update(there["id"], **parts)
            if predictions:
                self.client.projects.import_predictions(
                    delivery.project, request=predictions, request_options=_ONCE
                )

    def _show_version(self) -> None:
        """Let annotators see the predictions just pushed; Label Studio shows one version."""
        sent = [*self.new, *(task for _, task in self.changed)]
        known = [p for task in sent for p in task.get("predictions") or ()]
        known += [p for held in self.predictions.values() for p in held]
        if self.version and any(p["model_version"] == self.version for p in known):
            with plain_errors(self.url):
                self.client.projects.update(self.delivery.project, model_version=self.version)

    def _find_doubled(self, present: Sequence[Task]) -> None:
        """Look again if the project has grown by more than what was sent: someone else pushes."""
        with plain_errors(self.url):
            count = self.client.projects.get(self.delivery.project).task_number
        if count == len(present) + len(self.new):
            return
        pushed = {task["data"]["article"] for task in self.tasks}
        found = Counter(
            (task["data"].get("article"), task["data"].get("text"))
            for task in list_tasks(self.client, self.url, self.delivery.project)
        )
        doubled = {name for (name, _), times in found.items() if times > 1 and name in pushed}
        self.delivery.doubled = sorted(doubled)


def _is_carried(task: Task) -> bool:
    return CARRIED + "_from" in (task.get("meta") or {})


def _fix(prediction: Task) -> str:
    """A prediction in a form that is the same for the same one."""
    score = prediction.get("score")
    parts = prediction["model_version"], score and float(score), prediction["result"]
    return json.dumps(parts, sort_keys=True)


def _batch(items: Sequence[Any], most: int) -> Iterator[list[Any]]:
    """Up to `most` items together, of a length that a request may have."""
    batch, size = [], 0
    for item in items:
        length = len(json.dumps(item))
        if batch and (len(batch) == most or size + length > MOST_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
