"""All that is labelled, as documents: labelled tasks, and texts with inline labels."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..scheme import Scheme
from ..seeds.composed import read_marked
from ..spans import Document, Span
from .export import UndecidedError, list_labelled, read_labelled


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled articles.

    Attributes:
        documents: the gold.
        asides: by document, ranges that carry no labels of right.
        undecided: files whose annotators nobody has decided between yet.
    """

    documents: list[Document] = field(default_factory=list)
    asides: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    undecided: list[Path] = field(default_factory=list)


def read_documents(paths: Iterable[Path], scheme: Scheme) -> Labelled:
    """The gold of files and folders: labelled tasks (.json), texts with inline labels (.txt).

    Raises:
        InputError: a file is damaged, or a folder holds none.
    """
    labelled = Labelled()
    for path in paths:
        for file in list_labelled(path) if path.is_dir() else [path]:
            if file.suffix == ".json":
                try:
                    labelled.documents.append(read_labelled(file, scheme)[0])
                except UndecidedError:
                    labelled.undecided.append(file)
            else:
                marked = read_marked(file, scheme.names)
                labelled.documents.append(marked.document)
                labelled.asides[file.stem] = marked.asides
    return labelled
