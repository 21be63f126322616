"""A text as arrays: its code points, and what kind each is of, looked up once for all steps."""

from functools import cached_property

import numpy as np

from .align import Alignment, Cuts
from .kinds import Kind, get_kinds


def decompose(text: str) -> np.ndarray:
    """The code points of a text, uint32, shape (len(text),)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def compose(codes: np.ndarray) -> str:
    """The text of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


class Characters:
    """A text with its code points and kinds; what is not given is derived when it is first used."""

    def __init__(self, text: str | None = None, codes: np.ndarray | None = None, kinds=None):
        if text is not None:
            self.text = text
        if codes is not None:
            self.codes = codes
        if kinds is not None:
            self.kinds = kinds

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def text(self) -> str:
        return compose(self.codes)

    @cached_property
    def codes(self) -> np.ndarray:
        """Code points, uint32, shape (characters,)."""
        return decompose(self.text)

    @cached_property
    def kinds(self) -> np.ndarray:
        """Members of `kinds.Kind`, uint8, shape (characters,)."""
        return get_kinds(self.codes)

    @cached_property
    def specials(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the characters stand that some step looks for, ascending, and their kinds."""
        places = np.flatnonzero(self.kinds > Kind.SIMPLIFIED)
        return places, self.kinds[places]

    def find(self, kind: int) -> np.ndarray:
        """Where the characters of one kind stand, ascending; Han have `kinds` only."""
        places, kinds = self.specials
        return places[kinds == kind]

    def neighbour(self, places: np.ndarray, step: int) -> np.ndarray:
        """The code points `step` characters behind the places (before them if negative).

        Outside of the text lines end.
        """
        beside = places + step
        outside = (beside < 0) | (beside >= len(self))
        return np.where(outside, ord("\n"), self.codes.take(beside, mode="clip"))

    def cut(self, cuts: Cuts) -> "tuple[Characters, Alignment]":
        """The text after `cuts`, with its alignment; time and memory are linear in the text."""
        length = len(self)
        # Kept and cut stretches take turns.
        edges = np.empty(2 * len(cuts) + 2, dtype=np.intp)
        edges[0], edges[1:-1:2], edges[2:-1:2], edges[-1] = 0, cuts.starts, cuts.ends, length
        keep = np.repeat(np.arange(len(edges) - 1) % 2 == 0, np.diff(edges))
        ends = None
        codes, kinds = self.codes, self.kinds
        replaced = cuts.characters >= 0
        if replaced.any():
            first = cuts.starts[replaced]
            codes, kinds = codes.copy(), kinds.copy()
            keep[first] = True
            codes[first] = cuts.characters[replaced]
            kinds[first] = get_kinds(codes[first])
            if (cuts.ends[replaced] - first > 1).any():
                ends = np.arange(1, length + 1, dtype=np.int32)
                ends[first] = cuts.ends[replaced]
                ends = ends[keep]
        kept = np.flatnonzero(keep)
        alignment = Alignment.trust(kept.astype(np.int32), ends, length)
        return Characters(codes=codes[kept], kinds=kinds[kept]), alignment
