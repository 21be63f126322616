"""What Label Studio exports, back as documents: the one door for its offsets.

Label Studio counts in code points, half-open, as this project does; its `value.text` is not
always the marked characters (a line break becomes `\\n`), so offsets are checked against the
task's own text and against its hash.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_json, to_json, write_text
from ..scheme import Scheme
from ..seeds.align import Alignment
from ..seeds.restore import Article
from ..spans import Document, Span
from .carryover import carry_range
from .repair import spells
from .tasks import SUSPECTS, SUSPICION, hash_text

_ANNOTATION_FIELDS = ("completed_by", "was_cancelled", "ground_truth", "result")
_DRAFT_FIELDS = ("completed_by", "annotation", "result")
_REGION_FIELDS = ("id", "from_name", "to_name", "type", "value", "meta")


class UndecidedError(InputError):
    """A labelled file has no gold: nobody finished it, or nobody decided between annotators."""


def write_labelled(tasks: Iterable[dict[str, Any]], folder: Path | str) -> list[Path]:
    """Write each exported task to `folder/<article>.json`, stable and without volatile fields."""
    paths = []
    for task in tasks:
        name = name_article(task)
        if name is None:
            found = task.get("data", {}).get("article")
            raise InputError(
                f"task {task.get('id', '?')}: its data has no usable `article` name ({found!r}); "
                "make tasks with `jiqun tasks`."
            )
        path = Path(folder) / f"{name}.json"
        write_text(path, format_labelled(strip_volatile(task)))
        paths.append(path)
    return paths


def format_labelled(task: dict[str, Any]) -> str:
    """A labelled task as its file holds it."""
    return to_json(task, indent=1) + "\n"


def name_article(task: dict[str, Any]) -> str | None:
    """The article that a task shows, if its name can be a file's."""
    data = task.get("data")
    name = data.get("article") if isinstance(data, dict) else None
    # A name that begins with a dot would hide its file.
    usable = isinstance(name, str) and name and Path(name).name == name and name[0] != "."
    return name if usable else None


def is_earlier(path: Path) -> bool:
    """Whether a labelled file is of another text than the one that its article's file is of."""
    name, _, text = path.stem.rpartition(".")
    return re.fullmatch("[0-9a-f]{8}", text) is not None and path.with_name(f"{name}.json").exists()


def strip_volatile(task: dict[str, Any]) -> dict[str, Any]:
    """An exported task as it is committed: what people did, in a stable order.

    What the server numbers or dates anew at each export is left out, and what an audit had it show;
    annotations come in the order in which they were made, regions in that of the text. What people
    decided stays to the letter. `drafts` is there only if there are any; one that changes an
    annotation names that one's place, from 0, as `annotation`.
    """
    # The server gives them in no order of its own.
    annotations = sorted(task["annotations"], key=_get_number)
    places = {a["id"]: place for place, a in enumerate(annotations) if "id" in a}
    shown = {k: v for k, v in task["data"].items() if k not in (SUSPECTS, SUSPICION)}
    stripped = {"data": shown, "meta": task["meta"]}
    stripped["annotations"] = [_strip_work(a, _ANNOTATION_FIELDS) for a in annotations]
    drafts = []
    for draft in sorted(task.get("drafts") or [], key=_get_number):
        draft = {"completed_by": draft.get("user")} | draft
        place = places.get(draft.pop("annotation", None))
        drafts.append(draft if place is None else draft | {"annotation": place})
    if drafts:
        stripped["drafts"] = [_strip_work(draft, _DRAFT_FIELDS) for draft in drafts]
    return stripped


def _get_number(work: dict[str, Any]) -> int:
    return work.get("id", 0)


def _strip_work(work: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    regions = [
        {field: region[field] for field in _REGION_FIELDS if region.get(field) not in (None, {})}
        for region in work["result"] or []
    ]
    regions.sort(key=lambda r: (r.get("value", {}).get("start", -1), r.get("id", "")))
    return {f: work[f] for f in fields if f in work} | {"result": regions}


def list_labelled(folder: Path) -> list[Path]:
    """The labelled tasks (.json) and texts with inline labels (.txt) of a folder, by name.

    Tasks of other texts, which a pull keeps beside an article's own, are passed over.

    Raises:
        InputError: there is none.
    """
    found = (p for p in folder.glob("*") if p.suffix in (".json", ".txt"))
    files = sorted(path for path in found if not is_earlier(path))
    if not files:
        raise InputError(f"{folder}: no labelled .json or .txt file in this folder; name another.")
    return files


def read_labelled(path: Path | str, scheme: Scheme) -> tuple[Document, Alignment]:
    """The gold of one labelled file, with the alignment of the text it was labelled on.

    The annotation marked as ground truth counts, or else the only one that was not skipped.

    Raises:
        UndecidedError: it holds no or several annotations to choose from.
        InputError: the file is no exported task, its text changed since it was labelled, or a
            region does not fit.
    """
    return choose_gold(read_json(path), path, scheme)


def choose_gold(task: object, path: Path | str, scheme: Scheme) -> tuple[Document, Alignment]:
    """As `read_labelled`, of a task at hand; errors name `path` as its place."""
    name, text, alignment, annotations = _check_task(task, path)
    finished = [a for a in annotations if not a.get("was_cancelled")]
    chosen = [a for a in finished if a.get("ground_truth")] or finished
    if len(chosen) != 1:
        raise UndecidedError(
            f"{path}: expected one annotation, found {len(chosen)}; "
            "decide between them with `jiqun adjudicate`."
        )
    return read_annotation(path, name, text, chosen[0], scheme), alignment


def read_annotations(path: Path | str, scheme: Scheme) -> dict[str, Document]:
    """What each annotator marked in one labelled file, less what was skipped and the ground truth.

    Raises:
        InputError: as for `read_labelled`, or an annotation says not who made it.
    """
    name, text, _, annotations = _check_task(read_json(path), path)
    documents: dict[str, Document] = {}
    for annotation in annotations:
        if annotation.get("was_cancelled") or annotation.get("ground_truth"):
            continue
        who = annotation.get("completed_by")
        if not isinstance(who, str) or who in documents:
            remedy = "delete one of theirs" if who in documents else "pull the task again"
            raise InputError(
                f"{path}: an annotation's completed_by is {who!r}, expected a name for each; "
                f"{remedy}."
            )
        documents[who] = read_annotation(path, name, text, annotation, scheme)
    return documents


def _check_task(task: Any, path: Path | str) -> tuple[str, str, Alignment, list[dict[str, Any]]]:
    """Article, text, alignment and annotations of a labelled task."""
    try:
        text, name = task["data"]["text"], task["data"]["article"]
        meta, annotations = task["meta"], task["annotations"]
        segments = meta["alignment"]
        raw_length = max((row[3] for row in segments), default=0)
        alignment = Alignment.from_segments(segments, raw_length)
        same = hash_text(text) == meta["text_sha256"] and len(alignment) == len(text)
        # A skipped annotation may have null for its regions.
        whole = all(isinstance(a["result"] or [], list) for a in annotations)
        if not (isinstance(name, str) and isinstance(annotations, list) and whole):
            raise TypeError
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        raise InputError(
            f"{path}: not a labelled task; fetch it with `jiqun studio pull`."
        ) from None
    if not same:
        raise InputError(f"{path}: the text changed after it was labelled; pull the task again.")
    return name, text, alignment, annotations


def read_annotation(
    path: Path | str, name: str, text: str, annotation: dict[str, Any], scheme: Scheme
) -> Document:
    """What an annotation marks in a text, as a document called `name`.

    Args:
        path: what errors name as the annotation's place.

    Raises:
        InputError: a region does not fit.
    """
    spans = [_read_region(path, text, region, scheme) for region in annotation["result"] or []]
    try:
        return Document(name, text, tuple(sorted(spans)))
    except ValueError as error:
        raise InputError(f"{path}: {error}; correct it in Label Studio.") from None


def _read_region(path: Path | str, text: str, region: Any, scheme: Scheme) -> Span:
    region = region if isinstance(region, dict) else {}
    value, name = region.get("value"), region.get("id", "?")
    value = value if isinstance(value, dict) else {}
    start, end, labels = value.get("start"), value.get("end"), value.get("labels")
    if region.get("type") != "labels" or not isinstance(labels, list) or len(labels) != 1:
        raise InputError(f"{path}: region {name} is not a span with one label; remove it.")
    if labels[0] not in scheme.names:
        raise InputError(
            f"{path}: region {name} has the label {labels[0]!r}, which the scheme lacks."
        )
    whole = isinstance(start, int) and isinstance(end, int)
    if not whole or not 0 <= start < end <= len(text):
        raise InputError(
            f"{path}: region {name} marks {start}:{end}, "
            f"outside its text of {len(text)} characters."
        )
    marked = value.get("text", text[start:end])
    if not isinstance(marked, str) or not spells(marked, text[start:end]):
        raise InputError(
            f"{path}: region {name} marks {text[start:end]!r} at {start}:{end}, "
            f"but its text says {marked!r}; correct the offsets."
        )
    return Span(start, end, labels[0])


def carry_over(document: Document, alignment: Alignment, article: Article) -> Document:
    """Labelled spans on the text that `article` has now.

    If the restored text is still the labelled one, that is the document itself. Else each span
    goes through raw: from the labelled text by `alignment`, to the new text by the article's own.

    Raises:
        InputError: a span's characters did not come out whole in the new text.
    """
    if document.text == article.text:
        return document
    spans = []
    for span in document.spans:
        found = carry_range(span.start, span.end, alignment, article.alignment)
        if not found:
            raise InputError(
                f"{document.id}: {document.surface(span)!r} at {span.start}:{span.end} cannot be "
                "carried over to the text as it is restored now; label the article again."
            )
        spans.append(Span(*found, span.label))
    return Document(document.id, article.text, tuple(spans))
