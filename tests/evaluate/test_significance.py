from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.evaluate import significance
from jiqun.evaluate.significance import find_interval, randomise, resample


def take_share(sums):
    return sums[..., 0] / sums[..., 1]


def test_resamples_draw_as_many_units_as_there_are():
    counts = np.array([[[1, 0], [2, 5]], [[1, 1], [0, 5]], [[1, 0], [7, 5]]])
    drawn = resample(counts, resamples=500)
    assert drawn.shape == (500, 2, 2)
    assert (drawn[:, 0, 0] == 3).all() and (drawn[:, 1, 1] == 15).all()
    assert set(drawn[:, 0, 1]) == {0, 1, 2, 3}
    # All columns come of the same draw.
    assert set(drawn[drawn[:, 0, 1] == 3][:, 1, 0]) == {0}


def test_the_same_seed_draws_the_same_in_any_order():
    counts = np.random.default_rng(1).integers(0, 9, (30, 3))
    drawn = resample(counts, 5, 100)
    assert (resample(counts, 5, 100) == drawn).all()
    assert (resample(counts[::-1], 5, 100) == drawn).all()
    assert (resample(counts, 6, 100) != drawn).any()


def test_draws_fit_in_memory_and_are_the_same(monkeypatch):
    counts = np.random.default_rng(1).integers(0, 9, (30, 2))
    other = counts[::-1].copy()
    whole = resample(counts, 0, 100), randomise(counts, other, take_share, 0, 100)
    monkeypatch.setattr(significance, "_CELLS", 70)
    assert (resample(counts, 0, 100) == whole[0]).all()
    assert randomise(counts, other, take_share, 0, 100)[0] == whole[1][0]


def test_draws_are_those_of_drawing_one_by_one():
    # Four units alike and one other: it comes Binomial(5, 1/5) times.
    drawn = resample(np.array([[0], [0], [1], [0], [0]]), resamples=50_000)[:, 0]
    shares = np.bincount(drawn.astype(int), minlength=6) / 50_000
    assert shares == pytest.approx([0.32768, 0.4096, 0.2048, 0.0512, 0.0064, 0.00032], abs=0.01)


def test_intervals_leave_out_a_twentieth():
    assert find_interval(np.arange(1001.0)) == (25.0, 975.0)
    assert find_interval(np.arange(1001.0), 0.8) == pytest.approx((100.0, 900.0))
    assert find_interval(np.array([np.nan, 1.0, np.nan, 1.0])) == (1.0, 1.0)
    assert find_interval(np.array([np.nan])) is None


def test_the_interval_covers_the_truth_as_often_as_it_says():
    chance = np.random.default_rng(0)
    counts = np.ones((200, 60, 2))
    counts[..., 0] = chance.random((200, 60)) < 0.7
    intervals = [find_interval(take_share(resample(rows, resamples=500))) for rows in counts]
    assert 0.90 <= np.mean([low <= 0.7 <= high for low, high in intervals]) <= 0.98


units = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(5, 9)), min_size=1, max_size=6
)


@given(units)
def test_p_is_the_share_of_all_ways_to_change_sides(rows):
    first = np.array([(a, n) for a, _, n in rows])
    second = np.array([(b, n) for _, b, n in rows])
    difference, p = randomise(first, second, take_share, resamples=2000)
    ways = []
    for swaps in product([False, True], repeat=len(rows)):
        swapped = np.array(swaps)[:, None]
        sides = np.where(swapped, second, first), np.where(swapped, first, second)
        ways.append(np.subtract(*(take_share(side.sum(axis=0)) for side in sides)))
    assert difference == ways[0]
    exact = np.mean(np.abs(ways) >= abs(difference) - 1e-12)
    assert p == pytest.approx(exact, abs=0.06)


def test_p_has_one_added_and_is_never_zero():
    first, second = np.array([[1, 1]] * 40), np.array([[0, 1]] * 40)
    assert randomise(first, second, take_share, resamples=99) == (1.0, 0.01)
    assert randomise(first, first, take_share, resamples=99) == (0.0, 1.0)
    assert randomise(first, second, take_share, 3) == randomise(first, second, take_share, 3)
