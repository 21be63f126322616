from hypothesis import given
from hypothesis import strategies as st

from jiqun.annotation.surfaces import Surfaces


@given(st.text("甲乙丙", max_size=30), st.sets(st.text("甲乙丙", min_size=2, max_size=4)))
def test_surfaces_are_found_from_the_left_the_longest_first(text, surfaces):
    expected, position = [], 0
    while position < len(text):
        ends = [position + len(s) for s in surfaces if text.startswith(s, position)]
        if ends:
            expected.append((position, max(ends)))
        position = max(ends, default=position + 1)
    assert list(Surfaces(surfaces).find(text)) == expected
