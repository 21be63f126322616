"""What is left of a page's own language: entities, tags, picture links, table bars."""

import html
import re
from collections.abc import Iterator

from .align import Cuts
from .characters import Characters
from .kinds import Kind

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BREAKS = "br|p|div|li|tr|h[1-6]"
_TAG = re.compile(
    rf"<(/?)({_BREAKS}|a|b|i|u|em|strong|span|font|center|img|td|th|ul|ol|table|tbody|section)"
    r"(?:[ /][^<>\n]{0,300})?>",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)")
_RULE = re.compile(r"\|[| \t:\-]*")
_INDENT = 80


def find_markup(characters: Characters) -> Cuts:
    """Entities as the characters they stand for, `<br>` and ends of blocks as line ends.

    Other tags, Markdown pictures and the bars at the edges of table rows are removed.

    A bar within a line stays: bylines are written with it (`记者 | 李娜`).
    """
    return Cuts.make(_find(characters))


def _find(characters: Characters) -> Iterator[tuple[int, int, int]]:
    for match in _match(_ENTITY, characters, Kind.AMPERSAND):
        meant = html.unescape(match[0])
        if len(meant) == 1:
            yield *match.span(), ord(meant)
    for match in _match(_TAG, characters, Kind.LESS):
        name = match[2].lower()
        breaks = name == "br" or (match[1] and re.fullmatch(_BREAKS, name))
        yield *match.span(), ord("\n") if breaks else -1
    end = 0
    for match in _match(_PICTURE, characters, Kind.EXCLAMATION):
        if match.start() >= end:
            end = match.end()
            yield match.start(), end, -1
    taken = 0
    for place in characters.find(Kind.BAR).tolist():
        if place < taken:
            continue
        text = characters.text
        match = _RULE.match(text, place)
        taken = match.end()
        at_end = taken == len(text) or text[taken] == "\n"
        indent = max(place - _INDENT, 0)
        before = text[max(text.rfind("\n", indent, place) + 1, indent) : place]
        if at_end or (not before.strip(" \t:-") and len(before) < _INDENT):
            bars = range(place, taken) if at_end else range(place, place + 1)
            for bar in bars:
                if text[bar] in "|:-" and (text[bar] == "|" or at_end):
                    yield bar, bar + 1, -1


def _match(pattern: re.Pattern[str], characters: Characters, kind: Kind) -> Iterator[re.Match[str]]:
    """The matches of a pattern at the characters of one kind."""
    for place in characters.find(kind).tolist():
        if match := pattern.match(characters.text, place):
            yield match
