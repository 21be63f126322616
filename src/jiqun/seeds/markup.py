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
_LINE_END = re.compile(r"[ \t]*(?:\r|\n|$)")
_BLANK = re.compile(r"(?:&nbsp;|&#12288;|[ \t\u3000\xa0])*")
_REST = re.compile(r"[ \t|]*(?:\r\n|\r|\n)")


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
        # A break at the end of a line is that line's end.
        ended = _LINE_END.match(characters.text, match.end())
        yield *match.span(), ord("\n") if breaks and not ended else -1
    for match in _match(_PICTURE, characters, Kind.EXCLAMATION):
        start, end = match.span()
        # A line that held a picture alone goes with it.
        rest = _REST.match(characters.text, end)
        line_start = characters.text.rfind("\n", max(start - _INDENT, 0), start) + 1
        if rest and _BLANK.fullmatch(characters.text, line_start, start):
            end = rest.end()
        yield start, end, -1
    yield from _find_bars(characters)


def _find_bars(characters: Characters) -> Iterator[tuple[int, int, int]]:
    taken = 0
    for place in characters.find(Kind.BAR).tolist():
        if place < taken:
            continue
        text = characters.text
        taken = _RULE.match(text, place).end()
        at_end = taken == len(text) or text[taken] in "\r\n"
        indent = max(place - _INDENT, 0)
        before = text[max(text.rfind("\n", indent, place) + 1, indent) : place]
        if at_end:
            yield from ((bar, bar + 1, -1) for bar in range(place, taken) if text[bar] in "|:-")
        elif not before.strip(" \t:-") and len(before) < _INDENT:
            yield place, place + 1, -1


def _match(pattern: re.Pattern[str], characters: Characters, kind: Kind) -> Iterator[re.Match[str]]:
    """The matches of a pattern at the characters of one kind."""
    for place in characters.find(kind).tolist():
        if match := pattern.match(characters.text, place):
            yield match
