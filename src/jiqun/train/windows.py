"""A text's tokens in windows that fit an encoder, cut where sentences end, and joined again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_CLAUSE_END = re.compile(r"[，,、：:]\s*|\s+")
_SENTENCE_END = re.compile(r"(?:[。！？!?；;…\n]|\.(?=\s))+[”’」』）)】》〉\"]*\s*")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one text's tokens that fits the encoder, with its special tokens.

    Attributes:
        text: index of the text.
        first: number of text tokens before the window's own.
        input_ids: token ids, special tokens included.
        content: which of them are text tokens; bool, shape (len(input_ids),).
    """

    text: int
    first: int
    input_ids: list[int]
    content: np.ndarray


def cut_windows(
    text: str, offsets: np.ndarray, room: int, overlap: int
) -> Iterator[tuple[int, int]]:
    """Where the windows of a text begin and end, in tokens.

    A window ends, and the next one begins, behind a sentence if there is such a place near, else
    behind a clause, else behind a character. Consecutive windows share at least `overlap` tokens,
    so that every span of no more than that many lies whole in one of them.

    Args:
        offsets: of the tokens; int array of shape (tokens, 2).
        room: tokens in a window at the most.
        overlap: less than `room`.
    """
    count, first = len(offsets), 0
    if count <= room:
        yield 0, count
        return
    ranks = rank_cuts(text, offsets)
    # A third for the end, a third for the beginning: each window still adds a third.
    slack = (room - overlap) // 3
    while first + room < count:
        last = _find_last_best(ranks, first + room - slack, first + room)
        yield first, last
        first = _find_last_best(ranks, last - overlap - slack, last - overlap)
    yield first, count


def rank_cuts(text: str, offsets: np.ndarray) -> np.ndarray:
    """How well a text can be cut before each token: 3 behind a sentence, 2 behind a clause,
    1 behind a character, 0 within one."""
    starts, ends = offsets.T
    ranks = np.zeros(len(offsets), np.int8)
    ranks[1:] = starts[1:] >= ends[:-1]
    for rank, pattern in ((2, _CLAUSE_END), (3, _SENTENCE_END)):
        places = np.array([match.end() for match in pattern.finditer(text)], int)
        tokens = np.searchsorted(starts, places)
        inside = (tokens > 0) & (tokens < len(offsets))
        places, tokens = places[inside], tokens[inside]
        tokens = tokens[ends[tokens - 1] <= places]
        ranks[tokens] = rank
    return ranks


def _find_last_best(ranks: np.ndarray, low: int, high: int) -> int:
    """The last place of those with the highest rank, `low` to `high` inclusive."""
    return high - int(np.argmax(ranks[low : high + 1][::-1]))


def merge_windows(
    windows: Sequence[Window], values: Sequence[np.ndarray], inside: np.ndarray
) -> np.ndarray:
    """What a model said of the windows of one text, as one array over its tokens.

    Where two windows overlap, tokens are taken from the first up to a place where neither of them
    sees a span go on, the one nearest to the middle; and from the second after it. So a span comes
    out whole if one of the windows shows it whole. Where there is no such place it is the middle.

    Args:
        windows: the windows of one text, in order.
        values: for each window an array of shape (text tokens, classes): probabilities, logits or
            what else is greatest for the class meant.
        inside: which classes continue a span; bool, shape (classes,).
    """
    merged = values[0]
    for window, value in zip(windows[1:], values[1:]):
        shared = len(merged) - window.first
        crossed = inside[value[: shared + 1].argmax(-1)]
        crossed[:shared] |= inside[merged[window.first :].argmax(-1)]
        free = np.flatnonzero(~crossed)
        keep = shared // 2
        if len(free):
            keep = int(free[np.abs(free - shared / 2).argmin()])
        merged = np.concatenate([merged[: window.first + keep], value[keep:]])
    return merged
