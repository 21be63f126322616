"""Which raw characters each character of a restored text came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters `start:end`, at least one, by `replacement` (empty: removed).

    There is no pure insertion: whatever stands in a text came from somewhere in the raw one.
    """

    start: int
    end: int
    replacement: str = ""


def apply(text: str, edits: Sequence[Edit]) -> "tuple[str, Alignment]":
    """Text after `edits`, which are ascending and do not overlap, with its alignment.

    Raises:
        ValueError: the edits are empty, out of order, overlap or leave the text.
    """
    pieces, position = [], 0
    for edit in edits:
        if not position <= edit.start < edit.end <= len(text):
            raise ValueError(f"{edit} is empty, out of order or outside {len(text)} characters")
        pieces += text[position : edit.start], edit.replacement
        position = edit.end
    pieces.append(text[position:])
    return "".join(pieces), Alignment.from_edits(len(text), edits)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Many edits at once: ranges removed, or replaced by one character each.

    Attributes:
        starts, ends: int arrays of shape (edits,), ascending and without overlap.
        characters: code point that takes the place of each range, -1 where none does.
    """

    starts: np.ndarray
    ends: np.ndarray
    characters: np.ndarray

    @classmethod
    def make(cls, edits: Iterable[tuple[int, int, int]]) -> "Cuts":
        """Cuts from rows `(start, end, character)` in any order, less those inside others."""
        rows, position = [], 0
        for start, end, character in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
            if start >= position:
                rows.append((start, end, character))
                position = end
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)

    @classmethod
    def remove(cls, starts: np.ndarray, ends: np.ndarray) -> "Cuts":
        """Cuts that remove every range."""
        return cls(starts, ends, np.full(len(starts), -1))

    def __len__(self) -> int:
        return len(self.starts)


class Alignment:
    """A total, monotone and composable map from text characters to raw characters.

    Character `i` of the text came from the raw characters `starts[i]:ends[i]`, at least one. Both
    arrays never decrease. Characters made together from several raw ones share a range; raw
    characters in no range were removed. All offsets are code points.

    Args:
        starts: int array of shape (text length,).
        ends: int array of shape (text length,); None if every range is one character.
        raw_length: number of raw characters.

    Raises:
        ValueError: the ranges are not monotone or leave the raw text.
    """

    __slots__ = ("_ends", "raw_length", "starts")

    def __init__(self, starts: np.ndarray, ends: np.ndarray | None, raw_length: int):
        self.starts = np.asarray(starts, dtype=np.int32)
        self._ends = None if ends is None else np.asarray(ends, dtype=np.int32)
        self.raw_length = int(raw_length)
        if self.starts.ndim != 1 or not (ends is None or self.starts.shape == self._ends.shape):
            raise ValueError("starts and ends must be two arrays of one length")
        if len(self) and not (self.starts[0] >= 0 and self._is_monotone()):
            raise ValueError("an alignment must be monotone and stay inside the raw text")

    def _is_monotone(self) -> bool:
        rising = bool((self.starts[:-1] <= self.starts[1:]).all())
        if self._ends is None:
            return rising and bool(self.starts[-1] < self.raw_length)
        return (
            rising
            and bool((self.starts < self._ends).all())
            and bool((self._ends[:-1] <= self._ends[1:]).all())
            and bool(self._ends[-1] <= self.raw_length)
        )

    @property
    def ends(self) -> np.ndarray:
        return self.starts + 1 if self._ends is None else self._ends

    def __len__(self) -> int:
        return len(self.starts)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Alignment)
            and self.raw_length == other.raw_length
            and np.array_equal(self.starts, other.starts)
            and np.array_equal(self.ends, other.ends)
        )

    def __repr__(self) -> str:
        return f"Alignment({len(self)} text characters, {self.raw_length} raw)"

    @classmethod
    def trust(cls, starts: np.ndarray, ends: np.ndarray | None, raw_length: int) -> "Alignment":
        """An alignment whose ranges, int32, are monotone by the way they were made."""
        made = cls.__new__(cls)
        made.starts, made._ends, made.raw_length = starts, ends, int(raw_length)
        return made

    @classmethod
    def identity(cls, length: int) -> "Alignment":
        """Every character from itself."""
        return cls(np.arange(length, dtype=np.int32), None, length)

    @classmethod
    def join(cls, alignments: "Sequence[Alignment]") -> "Alignment":
        """The alignment of texts one behind the other."""
        single = all(alignment._ends is None for alignment in alignments)
        starts = np.empty(sum(map(len, alignments)), dtype=np.int32)
        # Each part proved itself when it was made, and the offsets keep their order.
        joined = cls.trust(
            starts,
            None if single else np.empty_like(starts),
            sum(alignment.raw_length for alignment in alignments),
        )
        place = offset = 0
        for alignment in alignments:
            here = slice(place, place + len(alignment))
            np.add(alignment.starts, offset, out=joined.starts[here])
            if not single:
                np.add(alignment.ends, offset, out=joined._ends[here])
            place, offset = here.stop, offset + alignment.raw_length
        return joined

    @classmethod
    def from_edits(cls, raw_length: int, edits: Sequence[Edit]) -> "Alignment":
        """The alignment of a text made from `raw_length` characters by ascending `edits`.

        A replacement as long as what it replaces is aligned character by character.
        """
        if not edits:
            return cls.identity(raw_length)
        cuts = np.array([(e.start, e.end, len(e.replacement)) for e in edits], dtype=np.int64)
        # Pieces alternate: kept text before each edit, the edit itself, and kept text at the end.
        count = 2 * len(cuts) + 1
        first, last, length = (np.zeros(count, dtype=np.int64) for _ in range(3))
        first[1::2], last[1::2], length[1::2] = cuts.T
        first[2::2] = cuts[:, 1]
        last[0:-1:2], last[-1] = cuts[:, 0], raw_length
        length[0::2] = last[0::2] - first[0::2]
        return cls._from_pieces(first, last, length, raw_length)

    @classmethod
    def from_segments(cls, segments: Iterable[Sequence[int]], raw_length: int) -> "Alignment":
        """The alignment that `segments` wrote.

        Raises:
            ValueError: the segments leave a gap in the text or are not monotone.
        """
        table = np.array(list(segments), dtype=np.int64).reshape(-1, 4)
        text_start, text_end, first, last = table.T
        if len(table) and (text_start[0] != 0 or (text_start[1:] != text_end[:-1]).any()):
            raise ValueError("segments must cover the text from 0 without a gap")
        return cls._from_pieces(first, last, text_end - text_start, raw_length)

    @classmethod
    def _from_pieces(cls, first, last, length, raw_length: int) -> "Alignment":
        piece = np.repeat(np.arange(len(length)), length)
        within = np.arange(len(piece)) - np.repeat(np.cumsum(length) - length, length)
        one_to_one = (length == last - first)[piece]
        starts = first[piece] + np.where(one_to_one, within, 0)
        ends = np.where(one_to_one, starts + 1, last[piece])
        return cls(starts, ends, raw_length)

    def segments(self) -> list[list[int]]:
        """Rows `[text_start, text_end, raw_start, raw_end]` that cover the text in order.

        Where both lengths of a row are equal its characters correspond one by one; else each
        text character of the row came from the whole raw range. `from_segments` reads them back
        exactly.
        """
        if not len(self):
            return []
        starts, ends = self.starts, self.ends
        same = (starts[1:] == starts[:-1]) & (ends[1:] == ends[:-1])
        group = np.concatenate([[0], np.cumsum(~same)])
        sharing, width = np.bincount(group)[group], ends - starts
        one_to_one = (width == 1) & (sharing == 1)
        joined = one_to_one[:-1] & one_to_one[1:] & (starts[1:] == ends[:-1])
        # A shared range as long as the text it became would read as one-to-one: a row a character.
        joined |= same & (sharing != width)[:-1]
        firsts = np.flatnonzero(np.concatenate([[True], ~joined]))
        lasts = np.append(firsts[1:], len(self))
        return np.stack([firsts, lasts, starts[firsts], ends[lasts - 1]], axis=1).tolist()

    def compose(self, outer: "Alignment") -> "Alignment":
        """This alignment (text to middle) followed by `outer` (middle to raw): text to raw.

        Raises:
            ValueError: `outer` does not describe this alignment's raw text.
        """
        if self.raw_length != len(outer):
            raise ValueError(f"{outer!r} does not continue {self!r}")
        single = self._ends is None and outer._ends is None
        ends = None if single else outer.ends[self.ends - 1]
        return Alignment.trust(outer.starts[self.starts], ends, outer.raw_length)

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw range `start:end` of the text came from; an empty range stays empty."""
        if not 0 <= start <= end <= len(self):
            raise ValueError(f"{start}:{end} is not a range of {len(self)} characters")
        if start == end:
            point = int(self.starts[start]) if start < len(self) else self.raw_length
            return point, point
        last = self.starts[end - 1] + 1 if self._ends is None else self._ends[end - 1]
        return int(self.starts[start]), int(last)

    def to_text(self, raw_start: int, raw_end: int) -> tuple[int, int]:
        """The text range with every character that came from the raw range `raw_start:raw_end`.

        Empty if all of it was removed.
        """
        if not 0 <= raw_start <= raw_end <= self.raw_length:
            raise ValueError(
                f"{raw_start}:{raw_end} is not a range of {self.raw_length} characters"
            )
        start = int(np.searchsorted(self.ends, raw_start, side="right"))
        end = int(np.searchsorted(self.starts, raw_end, side="left"))
        return start, max(start, end)


def covers(segments: Iterable[tuple[int, int, int, int]], length: int) -> bool:
    """Whether `Alignment.from_segments` reads an alignment of `length` characters from the rows.

    Rows without text are refused, though `from_segments` passes over them.
    """
    at = low = high = 0
    for text_start, text_end, first, last in segments:
        one_to_one = last - first == text_end - text_start
        if text_start != at or not (text_start < text_end and low <= first < last):
            return False
        if high > (first + 1 if one_to_one else last):
            return False
        at, low, high = text_end, last - 1 if one_to_one else first, last
    return at == length
