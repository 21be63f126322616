"""A text as arrays: its code points, and what kind each is of, looked up once for all steps."""

from functools import cached_property

import numpy as np

from .align import Alignment, Cuts
from .kinds import get_kinds


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

    def find(self, kind: int) -> np.ndarray:
        """Where the characters of one kind stand, ascending."""
        return np.flatnonzero(self.kinds == kind)

    def cut(self, cuts: Cuts) -> "tuple[Characters, Alignment]":
        """The text after `cuts`, with its alignment; time and memory are linear in the text."""
        length = len(self)
        depth = np.zeros(length + 1, dtype=np.int8)
        depth[cuts.starts] += 1
        depth[cuts.ends] -= 1
        keep = np.cumsum(depth[:-1], dtype=np.int8) == 0
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
        alignment = Alignment(np.flatnonzero(keep), ends, length)
        return Characters(codes=codes[keep], kinds=kinds[keep]), alignment
