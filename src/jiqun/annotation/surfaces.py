"""Many strings, found in a text at once."""

from collections.abc import Iterable, Iterator

import numpy as np

from ..seeds.characters import decompose


class Surfaces:
    """Strings of two characters or more, found in a text wherever they stand.

    Places where none can begin are skipped by numpy, by their first two characters, so that the
    time a text takes grows with its length and hardly with the number of strings.
    """

    def __init__(self, surfaces: Iterable[str]):
        self.lengths: dict[str, list[int]] = {}
        self.known = {surface for surface in surfaces if len(surface) > 1}
        for surface in self.known:
            lengths = self.lengths.setdefault(surface[:2], [])
            if len(surface) not in lengths:
                lengths.append(len(surface))
        for lengths in self.lengths.values():
            lengths.sort(reverse=True)
        self.heads = np.unique(_pair("".join(self.lengths))[::2])

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Ascending, flat ranges: from the left, the longest string at each place."""
        if not self.known:
            return
        position = 0
        for start in np.flatnonzero(np.isin(_pair(text), self.heads)).tolist():
            if start < position:
                continue
            for length in self.lengths[text[start : start + 2]]:
                end = start + length
                if end <= len(text) and text[start:end] in self.known:
                    yield start, end
                    position = end
                    break


def _pair(text: str) -> np.ndarray:
    """Each two neighbouring characters as one number, shape (len(text) - 1,)."""
    codes = decompose(text).astype("u8")
    return codes[:-1] << np.uint64(32) | codes[1:]
