"""White space that a crawl brings along, and lines that it broke in the midst of a sentence."""

import re

import numpy as np

from .align import Cuts
from .characters import Characters, decompose
from .kinds import Kind

_OF_SPACE = np.zeros(len(Kind), dtype=bool)
_OF_SPACE[[Kind.BLANK, Kind.ODD_BLANK, Kind.INVISIBLE, Kind.RETURN]] = True
_JOINER, _SPACE, _NEWLINE = 0x200D, 32, 10

_OPENING, _CLOSING = "，,、（(《“‘", "，,、。；！？”’》）)"
_SENTENCE = re.compile("[。！？；]")
_PROSE = re.compile("[。！？；]|[，,].*[，,]")
_NAME_AT_END = re.compile(r"[ \u3000:：|/][\u3400-\u9fff·]{2,4}$")
_NEW_ITEM = re.compile(
    r"[一二三四五六七八九十百]+[、，是]|第[一二三四五六七八九十]+[章节条款届]|[(（]?[0-9一二三四五六七八九十]+[)）.．、]"
    r"|(?:本报|本网|记者|通讯员|来源|编辑|责编|审核|作者|图|文|摄)"
)
_SHORTEST = 20


def find_space(characters: Characters) -> Cuts:
    """Invisible characters, carriage returns and blanks at the edges of lines as removals, other
    blanks than the space as spaces.

    Blanks within a line stay, for names may hold them (`李　娜`); so does a joiner between emoji.
    """
    codes, kinds = characters.codes, characters.kinds
    places = np.flatnonzero(_OF_SPACE.take(kinds))
    if not len(places):
        return Cuts.make([])
    kinds = kinds[places]
    padded = np.concatenate([[_NEWLINE], codes, [_NEWLINE]])
    gone = places[kinds == Kind.INVISIBLE]
    emoji = padded[gone + 2] >= 0x1F000
    emoji |= (padded[gone] >= 0x1F000) & (padded[gone + 2] >= 0x2000) & (padded[gone + 2] < 0x3000)
    gone = gone[~((codes[gone] == _JOINER) & emoji)]
    returns = places[kinds == Kind.RETURN]
    paired = padded[returns + 2] == _NEWLINE
    cuts = [(p, p + 1, -1) for p in (*gone.tolist(), *returns[paired].tolist())]
    cuts += [(p, p + 1, _NEWLINE) for p in returns[~paired].tolist()]

    # What is removed anyway does not keep a run of blanks from the edge of its line.
    blank = (kinds != Kind.INVISIBLE) | np.isin(places, gone)
    runs = places[blank]
    breaks = np.flatnonzero(np.diff(runs) > 1) + 1
    starts = runs[np.concatenate([[0], breaks])] if len(runs) else runs
    ends = runs[np.concatenate([breaks - 1, [len(runs) - 1]])] + 1 if len(runs) else runs
    at_edge = (padded[starts] == _NEWLINE) | (padded[ends + 1] == _NEWLINE)
    run = np.searchsorted(starts, places, side="right") - 1
    edge = (run >= 0) & np.append(at_edge, False)[run] & (places < np.append(ends, 0)[run])
    for place, kind, drop in zip(places.tolist(), kinds.tolist(), edge.tolist()):
        if kind in (Kind.BLANK, Kind.ODD_BLANK) and drop:
            cuts.append((place, place + 1, -1))
        elif kind == Kind.ODD_BLANK:
            cuts.append((place, place + 1, _SPACE))
    return Cuts.make(cuts)


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
    return (
        _SENTENCE.search(line) is not None
        and _NAME_AT_END.search(line) is None
        and "\u3400" <= following[0] <= "\u9fff"
        and _PROSE.search(following) is not None
    )
