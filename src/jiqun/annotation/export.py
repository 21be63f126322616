"""What Label Studio exports, back as documents: the one door for its offsets.

Label Studio counts in code points, half-open, as this project does; its `value.text` is not
always the marked characters (a line break becomes `\\n`), so offsets are checked against the
task's own text and against its hash.
"""

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
from .tasks import hash_text

_TASK_FIELDS = ("data", "meta", "annotations")
_ANNOTATION_FIELDS = ("completed_by", "was_cancelled", "ground_truth", "result")
_REGION_FIELDS = ("id", "from_name", "to_name", "type", "value")


class UndecidedError(InputError):
    """A labelled file has no gold: nobody finished it, or nobody decided between annotators."""


def write_labelled(tasks: Iterable[dict[str, Any]], folder: Path | str) -> list[Path]:
    """Write each exported task to `folder/<article>.json`, stable and without volatile fields.

    What the server numbers or dates anew at each export is left out; regions are ordered by
    offset. What people decided stays to the letter.
    """
    paths = []
    for task in tasks:
        path = Path(folder) / f"{_article_id(task)}.json"
        write_text(path, to_json(_strip_volatile(task), indent=1) + "\n")
        paths.append(path)
    return paths


def _article_id(task: dict[str, Any]) -> str:
    name = task.get("data", {}).get("article")
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise InputError(
            f"task {task.get('id', '?')}: its data has no usable `article` name ({name!r}); "
            "make tasks with `jiqun tasks`."
        )
    return name


def _strip_volatile(task: dict[str, Any]) -> dict[str, Any]:
    annotations = []
    # The server gives them in no order of its own.
    for annotation in sorted(task["annotations"], key=lambda a: a.get("id", 0)):
        regions = [
            {field: region[field] for field in _REGION_FIELDS if field in region}
            for region in annotation["result"] or []
        ]
        regions.sort(key=lambda r: (r.get("value", {}).get("start", -1), r.get("id", "")))
        annotations.append({**annotation, "result": regions})
    kept = [{f: a[f] for f in _ANNOTATION_FIELDS if f in a} for a in annotations]
    return {field: task[field] for field in _TASK_FIELDS[:2]} | {"annotations": kept}


def list_labelled(folder: Path) -> list[Path]:
    """The labelled tasks (.json) and texts with inline labels (.txt) of a folder, by name.

    Raises:
        InputError: there is none.
    """
    files = sorted(p for p in folder.glob("*") if p.suffix in (".json", ".txt"))
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
    name, text, alignment, annotations = _read_task(path)
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
    name, text, _, annotations = _read_task(path)
    documents: dict[str, Document] = {}
    for annotation in annotations:
        if annotation.get("was_cancelled") or annotation.get("ground_truth"):
            continue
        who = annotation.get("completed_by")
        if not isinstance(who, str) or who in documents:
            raise InputError(
                f"{path}: an annotation's completed_by is {who!r}, expected a name for each; "
                "pull the task again."
            )
        documents[who] = read_annotation(path, name, text, annotation, scheme)
    return documents


def _read_task(path: Path | str) -> tuple[str, str, Alignment, list[dict[str, Any]]]:
    """Article, text, alignment and annotations of a labelled file."""
    task = read_json(path)
    try:
        text, name = task["data"]["text"], task["data"]["article"]
        meta, annotations = task["meta"], task["annotations"]
        expected, segments = meta["text_sha256"], meta["alignment"]
        raw_length = max((row[3] for row in segments), default=0)
        alignment = Alignment.from_segments(segments, raw_length)
    except (KeyError, TypeError, ValueError, IndexError):
        raise InputError(
            f"{path}: not a labelled task; fetch it with `jiqun studio pull`."
        ) from None
    if hash_text(text) != expected or len(alignment) != len(text):
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
    spans = [_read_region(path, text, region, scheme) for region in annotation["result"]]
    try:
        return Document(name, text, tuple(sorted(spans)))
    except ValueError as error:
        raise InputError(f"{path}: {error}; correct it in Label Studio.") from None


def _read_region(path: Path | str, text: str, region: dict[str, Any], scheme: Scheme) -> Span:
    value, name = region.get("value", {}), region.get("id", "?")
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
    marked = value.get("text", text[start:end]).replace("\\n", "\n")
    if marked != text[start:end]:
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
