"""Spans that prove themselves: the characters under them are the characters that were marked.

Label Studio checks nothing, and other programs count in other units or rewrite white space. A span
that does not prove itself is repaired where that is certain, and set aside with its reason where it
is not. Offsets are code points of the task's text, half-open, once they have come through here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from ..spans import Span

# White space as JavaScript knows it.
_BLANK = r"[\s\ufeff]"
_RUN = re.compile(f"{_BLANK}+")
_BLANKS = re.compile(f"{_BLANK}*")
# By what it is called: the characters that a program had dropped before it counted.
_DROPPED = {
    "": r"(?!)",
    "line ends": r"\r(?=\n)",
    "byte order mark": r"\A\ufeff",
    "outer white space": rf"\A{_BLANK}+",
    "collapsed white space": r"(?<=[ \t\n\r\f])[ \t\n\r\f]",
    "collapsed outer white space": r"\A[ \t\n\r\f]+|(?<=[ \t\n\r\f])[ \t\n\r\f]",
    "collapsed wide white space": rf"(?<={_BLANK}){_BLANK}",
    "collapsed outer wide white space": rf"\A{_BLANK}+|(?<={_BLANK}){_BLANK}",
}


@dataclass(frozen=True, slots=True)
class Aside:
    """A region that was taken out, to the letter: of what kind it is, and why."""

    kind: str
    reason: str
    region: Any


@dataclass(slots=True)
class Proof:
    """What became of the regions of one annotation.

    Attributes:
        regions: flat spans that prove themselves, in the order they came in.
        asides: the others.
        repairs: by kind, how many of `regions` were repaired.
        merged: how many repeated another one exactly.
        bare: how many of `regions` hold no characters to prove; taken at their offsets.
    """

    regions: list[dict[str, Any]] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    merged: int = 0
    bare: int = 0


class Mark(NamedTuple):
    """Offsets as they came, and the characters said to lie between them, if any are."""

    start: int
    end: int
    text: str | None


class Place(NamedTuple):
    """Code points of the text, and how the offsets were read to get there."""

    start: int
    end: int
    way: str


class Doubt(NamedTuple):
    """Why a mark has no place: of what kind it is, and the reason."""

    kind: str
    reason: str


def prove(text: str, regions: Iterable[Any], names: Mapping[str, str]) -> Proof:
    """The regions of one annotation of `text`, proven, repaired or set aside.

    A repair is certain if one way of reading the offsets (UTF-16 units, inclusive ends, collapsed
    white space, …) makes all spans of the annotation prove themselves, and no other way puts them
    elsewhere; or if a span differs from what it says by white space at its edges only. Offsets
    that hold as they stand, all of them, are never read in another way.

    Spans are flat: one within another is set aside (the longest wins), and so are both of two that
    cross or that give the same characters two labels.

    Args:
        names: the scheme's label for each name that a region may call it by.
    """
    proof, spans = Proof(), []
    for region in regions:
        if fault := _find_fault(region):
            proof.asides.append(Aside(*fault, region))
        else:
            spans.append(region)
    marks = [Mark(*(r["value"].get(key) for key in ("start", "end", "text"))) for r in spans]
    found: dict[Span, tuple[dict[str, Any], Mark, str]] = {}
    for region, mark, place in zip(spans, marks, locate(text, marks)):
        label = region["value"]["labels"][0]
        if isinstance(place, Doubt):
            proof.asides.append(Aside(*place, region))
        elif label not in names:
            reason = f"has the label {label!r}, which the scheme lacks"
            proof.asides.append(Aside("label", reason, region))
        else:
            span = Span(place.start, place.end, names[label])
            proof.merged += span in found
            found.setdefault(span, (region, mark, place.way))
    clashes = _find_clashes(found, text)
    for span, (region, mark, way) in found.items():
        if span in clashes:
            proof.asides.append(Aside(*clashes[span], region))
            continue
        surface = text[span.start : span.end]
        value = {**region["value"], "start": span.start, "end": span.end, "labels": [span.label]}
        if mark.text is None:
            proof.bare += 1
        else:
            value["text"] = surface
        if (span.start, span.end) != mark[:2] or not spells(mark.text or surface, surface):
            proof.repairs[way] += 1
        if span.label != region["value"]["labels"][0]:
            proof.repairs["Chinese name of a label"] += 1
        proof.regions.append({**region, "value": value})
    return proof


def _find_fault(region: Any) -> tuple[str, str] | None:
    """What keeps a region from being a span, wherever it may lie: a kind and a reason."""
    if not isinstance(region, dict):
        return "other", "is no region"
    kind, value = region.get("type"), region.get("value")
    if kind == "relation":
        return kind, f"joins the regions {region.get('from_id')} and {region.get('to_id')}"
    if kind != "labels" or not isinstance(value, dict):
        return "other", f"is of the type {kind!r}, not a span"
    start, end, labels = value.get("start"), value.get("end"), value.get("labels")
    if not isinstance(labels, list) or [type(label) for label in labels] != [str]:
        return "labels", f"has the labels {labels!r}, expected one"
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        return "offsets", f"marks {start!r}:{end!r}, expected a start from 0 and an end behind it"
    if not isinstance(value.get("text"), str | None):
        return "offsets", f"says that it marks {value['text']!r}, which is no text"
    return None


def _find_clashes(spans: Iterable[Span], text: str) -> dict[Span, tuple[str, str]]:
    """The spans that may not stand beside the others: for each a kind and a reason."""
    clashes: dict[Span, tuple[str, str]] = {}
    ordered = sorted(spans, key=lambda span: (span.start, -span.end))
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.start >= one.end:
                break
            if (one.start, one.end) == (other.start, other.end):
                clashes[one] = ("two labels", f"is {other.label} as well")
                clashes[other] = ("two labels", f"is {one.label} as well")
            elif other.end <= one.end:
                clashes.setdefault(other, ("nested", f"lies within {_quote(text, one)}"))
            else:
                clashes[one] = ("crossing", f"crosses {_quote(text, other)}")
                clashes[other] = ("crossing", f"crosses {_quote(text, one)}")
    return clashes


def _quote(text: str, span: Span) -> str:
    return f"{span.label} {text[span.start : span.end]!r} at {span.start}:{span.end}"


def spells(marked: str, found: str) -> bool:
    """Whether `marked` is `found`, or as Label Studio's page writes it: line ends in letters."""
    return marked == found or _spell(marked) == _spell(found)


def _spell(text: str) -> str:
    return text.replace("\r", "\\n").replace("\n", "\\n")


def _fold(text: str) -> str:
    return _RUN.sub(" ", text)


def locate(text: str, marks: Sequence[Mark]) -> list[Place | Doubt]:
    """Where the marks of one annotation lie in `text`, or why no place is sure.

    Marks have a start from 0 and an end behind it. See `prove`.
    """
    plain = [_read_plainly(text, mark) for mark in marks]
    if all(plain):
        return plain
    if "\\n" not in text:
        marks = [mark._replace(text=mark.text and mark.text.replace("\\n", "\n")) for mark in marks]
    worded = [number for number, mark in enumerate(marks) if mark.text is not None]
    trimmed = [place or _trim(text, mark) for place, mark in zip(plain, marks)]
    others = [[read(mark) for mark in marks] for read in _list_ways(text)]
    whole = [way for way in (trimmed, *others) if worded and all(way[n] for n in worded)]
    if whole:
        return [_agree(text, *row) for row in zip(marks, zip(*whole))]
    # Some marks fit in no way in which all do: if one fits only when read otherwise, all may have
    # been meant so, and those that fit both ways have two places.
    doubts = [way for way in others if any(way[n] and not trimmed[n] for n in worded)]
    return [
        _agree(text, mark, [own, *(way[n] for way in doubts if own and way[n])])
        for n, (mark, own) in enumerate(zip(marks, trimmed))
    ]


def _agree(text: str, mark: Mark, places: Sequence[Place | None]) -> Place | Doubt:
    """The one place where all ways put a mark."""
    ends = {place and place[:2] for place in places}
    if len(ends) > 1:
        listed = " or ".join(f"{start}:{end}" for start, end in sorted(filter(None, ends)))
        return Doubt("ambiguous", f"may mark {listed}, after how its offsets are read")
    if places[0] is None:
        there = text[mark.start : mark.end]
        if mark.end > len(text):
            reason = f"marks {mark.start}:{mark.end}, but the text ends at {len(text)}"
        else:
            reason = f"marks {there!r} at {mark.start}:{mark.end}, but says {mark.text!r}"
        return Doubt("offsets", reason)
    return places[0]


def _read_plainly(text: str, mark: Mark) -> Place | None:
    inside = mark.end <= len(text)
    if inside and (mark.text is None or spells(mark.text, text[mark.start : mark.end])):
        return Place(mark.start, mark.end, "")
    return None


def _trim(text: str, mark: Mark) -> Place | None:
    """The place of a mark that differs from its characters by white space alone."""
    wanted = _fold(mark.text or "").strip(" ")
    if not wanted or mark.end > len(text):
        return None
    start = _BLANKS.match(text, mark.start).end()
    end = mark.end
    while end > start and _BLANKS.fullmatch(text, end - 1, end):
        end -= 1
    if _fold(text[start:end]) == wanted:
        same = (start, end) == mark[:2]
        return Place(start, end, "white space" if same else "white space at the edges")
    # The offsets of what was selected, with the length of what was left of it.
    end = start + mark.end - mark.start
    if start > mark.start and _fold(text[start:end]) == wanted:
        return Place(start, end, "white space at the edges")
    return None


def _list_ways(text: str) -> Iterator[Callable[[Mark], Place | None]]:
    """Every other way in which a program may have counted the characters of `text`."""
    wide = max(text, default="") > "\uffff"
    for dropping, pattern in _DROPPED.items():
        dropped = {place for m in re.finditer(pattern, text) for place in range(*m.span())}
        if dropping and not dropped:
            continue
        kept = [place for place in range(len(text)) if place not in dropped]
        for units in ("", "UTF-16 units")[: 1 + wide]:
            if units:
                kept = [place for place in kept for _ in range(1 + (text[place] > "\uffff"))]
            for ends in ("", "inclusive ends"):
                if way := ", ".join(filter(None, (units, dropping, ends))):
                    yield partial(_read, text, kept, len(ends) > 0, way)


def _read(text: str, owners: Sequence[int], inclusive: bool, way: str, mark: Mark) -> Place | None:
    """The place of a mark whose offsets count units; the n-th is of the character `owners[n]`."""
    start, end = mark.start, mark.end + inclusive
    if end > len(owners):
        return None
    first, last = owners[start], owners[end - 1]
    splits = (start and owners[start - 1] == first) or owners[end : end + 1] == [last]
    if splits or not (mark.text is None or _fold(text[first : last + 1]) == _fold(mark.text)):
        return None
    return Place(first, last + 1, way)
