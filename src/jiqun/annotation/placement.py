"""Whose text a labelled text is: found among known tasks by name and by its characters.

Other programs add, drop and change white space; all other characters must be the same.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from ..spans import Span
from .export import name_article


def squeeze(text: str) -> tuple[str, list[int]]:
    """A text without its white space, and where each of its characters stood."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return "".join(text[place] for place in places), places


class Articles:
    """The tasks that labels may belong to: those with text and `meta`, by name and by text."""

    def __init__(self, tasks: Iterable[dict[str, Any]]):
        self._by_name: dict[str, dict[str, Any]] = {}
        self._by_text: dict[str, list[dict[str, Any]]] = {}
        for task in tasks:
            self._by_name[name_article(task) or ""] = task
            self._by_text.setdefault(squeeze(task["data"]["text"])[0], []).append(task)
        self._texts = sorted(self._by_text)

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, text: str, name: object = None) -> dict[str, Any] | str:
        """The task that shows `text`, or why there is none.

        Args:
            name: what the article is said to be called, if anything.
        """
        squeezed = squeeze(text)[0]
        named = self._by_name.get(name) if isinstance(name, str) else None
        if named is not None:
            same = squeeze(named["data"]["text"])[0] == squeezed
            return named if same else f"its text is not that of the article {name}"
        found = self._by_text.get(squeezed, [])
        if len(found) == 1:
            return found[0]
        if not found:
            return f"its text is that of none of the {len(self)} known articles"
        names = " and ".join(task["data"]["article"] for task in found)
        return f"its text is that of {names}"

    def begins(self, squeezed: str) -> bool:
        """Whether some article's text, without white space, begins so."""
        place = bisect_left(self._texts, squeezed)
        return self._texts[place : place + 1] != [] and self._texts[place].startswith(squeezed)

    def holds(self, squeezed: str) -> bool:
        """Whether this is some article's whole text, without white space."""
        return squeezed in self._by_text


def move(spans: Sequence[Span], text: str, other: str) -> list[Span | None]:
    """Where spans of `text` lie in `other`, which differs by white space alone.

    White space at a span's edges is left behind; a span of nothing else has no place.
    """
    if text == other:
        return list(spans)
    mine, theirs = squeeze(text)[1], squeeze(other)[1]
    moved = []
    for span in spans:
        first, last = bisect_left(mine, span.start), bisect_left(mine, span.end) - 1
        inside = first <= last
        moved.append(Span(theirs[first], theirs[last] + 1, span.label) if inside else None)
    return moved
