"""How far figures can be trusted: intervals by the bootstrap, and a test between two systems.

Both take counts by unit (an article, a paragraph), since spans of one unit depend on one another.
"""

from collections.abc import Callable, Iterator

import numpy as np

RESAMPLES = 10_000
_CELLS = 4_000_000  # of one block of draws: 32 MB


def resample(counts: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Sums of counts over units drawn with replacement, as many as there are (Efron 1979).

    The order of the units makes no difference.

    Args:
        counts: shape (units, …), one unit or more.

    Returns:
        Sums of shape (resamples, …).
    """
    units = len(counts)
    # Units with the same counts need not be told apart: one draw says how many of them come.
    kinds, times = np.unique(counts.reshape(units, -1), axis=0, return_counts=True)
    chance = np.random.default_rng(seed)
    sums = [
        chance.multinomial(units, times / units, size).astype(np.float64) @ kinds
        for size in _split(resamples, len(kinds))
    ]
    return np.concatenate(sums).reshape(resamples, *counts.shape[1:])


def find_interval(draws: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """The percentiles between which `level` of the draws lie; None if all of them are NaN.

    A figure that is not defined in some draws, NaN, is judged by the others.
    """
    draws = draws[~np.isnan(draws)]
    if not draws.size:
        return None
    low, high = np.percentile(draws, [50 - 50 * level, 50 + 50 * level])
    return float(low), float(high)


def randomise(
    first: np.ndarray,
    second: np.ndarray,
    figure: Callable[[np.ndarray], np.ndarray],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Whether two systems differ: the approximate-randomisation test (Noreen 1989; Yeh 2000).

    In each of `resamples` trials every unit's counts change sides or stay, each as likely; p is
    how often the systems are then at least as far apart as they are, both counts with one added.
    It cannot be lower than 2 to the power of 1 less the number of units in which they differ.

    Args:
        first, second: counts of shape (units, columns), the same units in the same order.
        figure: what is compared, made from sums of shape (…, columns).

    Returns:
        The figure of the first less that of the second, and p (two-sided, above 0 to 1).
    """
    totals = first.sum(axis=0), second.sum(axis=0)
    difference = float(figure(totals[0]) - figure(totals[1]))
    change = second - first
    change = change[change.any(axis=1)].astype(np.float64)
    chance, reached = np.random.default_rng(seed), 0
    for size in _split(resamples, len(change)):
        moved = chance.integers(0, 2, (size, len(change)), dtype=np.int8).astype(np.float64)
        moved = moved @ change
        apart = figure(totals[0] + moved) - figure(totals[1] - moved)
        # Counts that differ may give the same figure but for the last digits.
        reached += int((np.abs(apart) >= abs(difference) - 1e-12).sum())
    return difference, (reached + 1) / (resamples + 1)


def _split(resamples: int, units: int) -> Iterator[int]:
    """Sizes of blocks that hold all draws and fit in memory."""
    size = max(1, _CELLS // max(1, units))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)
