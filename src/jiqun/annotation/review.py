"""Suspects brought to where the labels were made: a view of a Label Studio project's tasks.

Each task that holds suspects says so in a column of its own and shows them as a prediction. What
people have labelled is not touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from label_studio_sdk import LabelStudio
from label_studio_sdk.data_manager import Column, Filters, Operator, Type

from ..spans import Document, Span
from .audit import Suspect, describe_suspect
from .studio import list_tasks, plain_errors
from .tasks import SUSPECTS, SUSPICION, make_region

VIEW = "audit"
"""The name of the view, and the model version of the predictions."""

_HIDDEN = [
    *("inner_id", "completed_at", "cancelled_annotations", "total_predictions", "file_upload"),
    *("annotations_results", "annotations_ids", "storage_filename", "avg_lead_time"),
    *("predictions_score", "predictions_model_versions", "predictions_results", "draft_exists"),
    *("created_at", "updated_at", "updated_by"),
]


@dataclass(slots=True)
class Review:
    """What a push of suspects did.

    Attributes:
        tasks, suspects: how many tasks hold suspects now, and how many.
        changed: how many tasks say something else than before.
        view: the number of the view.
        missing: articles with suspects that the project has not, or with another text.
    """

    tasks: int = 0
    suspects: int = 0
    changed: int = 0
    view: int = 0
    missing: list[str] = field(default_factory=list)


def push_suspects(
    client: LabelStudio,
    url: str,
    project: Any,
    suspects: Iterable[Suspect],
    documents: Iterable[Document],
) -> Review:
    """Show suspects in a project, and only these: an earlier push is brought up to date.

    Args:
        project: as `find_project` gives it.
        documents: what was audited.

    Raises:
        InputError: the server fails; pushing again goes on from there.
    """
    review, texts = Review(), {document.id: document.text for document in documents}
    by_article: dict[str, list[Suspect]] = defaultdict(list)
    for suspect in suspects:
        by_article[suspect.article].append(suspect)
    with plain_errors(url):
        predictions = client.predictions.list(project=project.id)
    shown: dict[int, list[Any]] = defaultdict(list)
    for one in predictions:
        if one.model_version == VIEW:
            shown[one.task].append(one)
    found, new = set(), []
    for task in list_tasks(client, url, project.id):
        data, article = task["data"], task["data"].get("article")
        same = article in texts and texts[article] == data.get("text")
        own = by_article.get(article, ()) if same else ()
        if own:
            found.add(article)
            review.tasks, review.suspects = review.tasks + 1, review.suspects + len(own)
        wanted = {k: v for k, v in data.items() if k not in (SUSPECTS, SUSPICION)}
        if own:
            wanted |= _describe(own, data["text"])
        result = _mark(own, data.get("text"))
        there = shown[task["id"]]
        stands = [one.result for one in there] == ([result] if result else [])
        if wanted == data and stands:
            continue
        review.changed += 1
        with plain_errors(url):
            if wanted != data:
                client.tasks.update(task["id"], data=wanted)
            if not stands:
                for one in there:
                    client.predictions.delete(one.id)
                if result:
                    one = {"task": task["id"], "model_version": VIEW, "result": result}
                    new.append(one | {"score": round(1 - wanted[SUSPICION], 4)})
    with plain_errors(url):
        if new:
            client.projects.import_predictions(project.id, request=new)
            # The import may have made these the version that annotators begin with.
            client.projects.update(project.id, model_version=project.model_version or "")
        review.view = _make_view(client, project.id)
    review.missing = sorted(by_article.keys() - found)
    return review


def _describe(suspects: Sequence[Suspect], text: str) -> dict[str, Any]:
    rows = [describe_suspect(suspect, text) for suspect in suspects]
    lines = [f"{row['kind']}: {row['context']} ({row['reason']})" for row in rows]
    return {SUSPECTS: "\n".join(lines), SUSPICION: max(suspect.score for suspect in suspects)}


def _mark(suspects: Sequence[Suspect], text: str) -> list[dict[str, Any]]:
    """Suspects as regions, each place and label once, with the reasons beside it."""
    reasons: dict[Span, list[str]] = defaultdict(list)
    for one in suspects:
        reasons[Span(one.start, one.end, one.label)].append(f"{one.kind}: {one.reason}")
    return [
        make_region(span, text[span.start : span.end])
        | {"id": f"{span.start}-{span.end}-{span.label}", "meta": {"text": reasons[span]}}
        for span in sorted(reasons)
    ]


def _make_view(client: LabelStudio, project: int) -> int:
    """The view, made or brought up to date; a project nobody has opened gets its first one, too."""
    hidden = [f"tasks:{name}" for name in _HIDDEN]
    view = {"type": "list", "target": "tasks", "gridWidth": 4}
    some = Filters.item(Column.data(SUSPECTS), Operator.EMPTY, Type.String, "false")
    wanted: Mapping[str, Any] = view | {
        "title": VIEW,
        "filters": Filters.create(Filters.AND, [some]),
        "ordering": [f"-{Column.data(SUSPICION)}"],
        "columnsWidth": {Column.data(SUSPECTS): 700},
        "hiddenColumns": {
            "explore": [*hidden, *(Column.data(n) for n in ("text", "dateline", "damage"))],
            "labeling": [*hidden, *(Column.data(n) for n in ("text", "dateline", "damage"))],
        },
    }
    views = client.views.list(project=project)
    if not views:
        first = view | {
            "title": "Default",
            "hiddenColumns": {"explore": hidden, "labeling": hidden},
        }
        client.views.create(project=project, data=first)
    for one in views:
        if dict(one.data).get("title") == VIEW:
            return one.id
    return client.views.create(project=project, data=wanted).id
