"""White space that a crawl brings along, and lines that it broke in the midst of a sentence."""

import re

import numpy as np

from .align import Cuts
from .characters import Characters, decompose
from .kinds import Kind

_OF_SPACE = np.zeros(len(Kind), dtype=bool)
_OF_SPACE[[Kind.BLANK, Kind.ODD_BLANK, Kind.INVISIBLE, Kind.RETURN]] = True
# Beside these a blank may stand at the edge of its line.
_BESIDE = _OF_SPACE | (np.arange(len(Kind)) == Kind.NEWLINE)
_JOINER, _SPACE, _NEWLINE, _KEPT = 0x200D, 32, 10, -2

_OPENING, _CLOSING = "，,、（(《“‘", "，,、。；！？”’》）)"
_SENTENCE = re.compile("[。！？；]")
_PROSE = re.compile("[。！？；]|[，,].*[，,]")
_NAME_AT_END = re.compile(r"[ \u3000:：|/][\u3400-\u9fff·]{2,4}$")
_NEW_ITEM = re.compile(
    r"[一二三四五六七八九十百]+[、，是]|第[一二三四五六七八九十]+[章节条款届]|[(（]?[0-9一二三四五六七八九十]+[)）.．、]"
    r"|(?:本报|本网|记者|通讯员|来源|编辑|责编|审核|作者|图|文|摄)"
)
_SHORTEST = 20
_HEADLINE = 6


def find_space(characters: Characters) -> Cuts:
    """Invisible characters, carriage returns and blanks at the edges of lines as removals, other
    blanks than the space as spaces.

    Blanks within a line stay, for names may hold them (`李　娜`); so does a joiner between emoji.
    """
    places, kinds = characters.specials
    numbers = np.flatnonzero(_OF_SPACE.take(kinds))
    # A single blank within a line stays, and most are such.
    near = (kinds[numbers] != Kind.BLANK) | (places[numbers] == 0)
    near |= places[numbers] == len(characters) - 1
    for step in (-1, 1):
        other = (numbers + step) % max(len(places), 1)
        near |= (places[other] == places[numbers] + step) & _BESIDE.take(kinds[other])
    numbers = numbers[near]
    places, kinds = places[numbers], kinds[numbers]
    if not len(places):
        return Cuts.make([])
    before, behind = characters.neighbour(places, -1), characters.neighbour(places, 1)
    replacements = np.full(len(places), _KEPT)

    emoji = behind >= 0x1F000
    emoji |= (before >= 0x1F000) & (behind >= 0x2000) & (behind < 0x3000)
    joiner = (characters.codes[places] == _JOINER) & emoji
    replacements[(kinds == Kind.INVISIBLE) & ~joiner] = -1
    replacements[kinds == Kind.RETURN] = _NEWLINE
    replacements[(kinds == Kind.RETURN) & (behind == _NEWLINE)] = -1

    # What is removed anyway does not keep a run of blanks from the edge of its line.
    in_run = np.flatnonzero(~joiner)
    runs = places[in_run]
    first = np.diff(runs, prepend=-2) != 1
    last = np.diff(runs, append=-2) != 1
    at_edge = (before[in_run][first] == _NEWLINE) | (behind[in_run][last] == _NEWLINE)
    edge = np.zeros(len(places), dtype=bool)
    edge[in_run] = at_edge[np.cumsum(first) - 1]
    replacements[(kinds == Kind.ODD_BLANK) & ~edge] = _SPACE
    replacements[((kinds == Kind.BLANK) | (kinds == Kind.ODD_BLANK)) & edge] = -1

    changed = replacements != _KEPT
    return Cuts(places[changed], places[changed] + 1, replacements[changed])


def find_wraps(characters: Characters) -> Cuts:
    """Line ends in the midst of a sentence, with a blank line behind them or without, as removals.

    A line goes on in the next if it stops at a comma or the next begins with one, or if it holds a
    sentence, stops at no punctuation and prose follows; captions that end in a name do not go on,
    and items do not continue anything.
    """
    codes, text = characters.codes, characters.text
    line_ends = characters.find(Kind.NEWLINE)
    if not len(line_ends):
        return Cuts.make([])
    before = codes[np.maximum(line_ends - 1, 0)]
    open_ended = (before >= 0x3400) & (before <= 0x9FFF)
    open_ended |= np.isin(before, decompose(_OPENING))
    cuts = []
    for place in line_ends[open_ended].tolist():
        line = text[text.rfind("\n", 0, place) + 1 : place]
        end = place + 2 if text[place + 1 : place + 2] == "\n" else place + 1
        stop = text.find("\n", end)
        following = text[end : stop if stop >= 0 else len(text)]
        if _goes_on(line, following):
            cuts.append((place, end, -1))
    return Cuts.make(cuts)


def _goes_on(line: str, following: str) -> bool:
    if len(line) < _SHORTEST or not following or _NEW_ITEM.match(following):
        return False
    if line[-1] in _OPENING or following[0] in _CLOSING:
        return True
    # Behind a full stop and a blank stands a headline, and its article may begin with it.
    rest = line[line.rfind("。") + 1 :]
    if rest[0] == " " or following.startswith(rest[:_HEADLINE]):
        return False
    return (
        _SENTENCE.search(line) is not None
        and _NAME_AT_END.search(line) is None
        and "\u3400" <= following[0] <= "\u9fff"
        and _PROSE.search(following) is not None
    )
