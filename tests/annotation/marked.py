"""Documents written as people read them: {LABEL|mention}."""

from jiqun.seeds.composed import parse_marked
from jiqun.spans import Document

LABELS = ["ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE"]


def mark(marked: str, id: str = "a") -> Document:
    text, spans = parse_marked(marked, LABELS, id)
    return Document(id, text, tuple(spans))
