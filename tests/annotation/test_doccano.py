import pytest

from jiqun.annotation.doccano import read_entities
from jiqun.errors import InputError
from jiqun.spans import Span


def read(text, entities, units=None, **record):
    spans, asides = read_entities({"label": entities} | record, text, units)
    return [(s.start, s.end) for s in spans], [aside.kind for aside in asides]


def test_the_forms_of_its_releases():
    for record in (
        {"label": [[0, 2, "LOC"]]},
        {"labels": [[0, 2, "LOC"]]},
        {"entities": [{"id": 1, "label": "LOC", "start_offset": 0, "end_offset": 2}]},
    ):
        assert read_entities(record, "丽水市") == ([Span(0, 2, "LOC")], [])
    relation = {"id": 1, "from_id": 1, "to_id": 2, "type": "在"}
    spans, [aside] = read_entities({"entities": [], "relations": [relation]}, "丽水市")
    assert (spans, aside.kind, aside.region) == ([], "relation", relation)


@pytest.mark.parametrize("unsure", ["𠮷", "🙂", "\r\n", "e\u0301", "👩‍👩‍👧"])
def test_offsets_that_may_count_otherwise_are_set_aside(unsure):
    text = f"丽水{unsure}市委"
    behind = len(text) - 2
    assert read(text, [[0, 2, "LOC"], [behind, behind + 2, "ORG"]]) == ([(0, 2)], ["ambiguous"])
    assert read(text, [[behind, behind + 2, "ORG"]], "code-points") == ([(behind, behind + 2)], [])


def test_offsets_are_read_in_the_units_that_the_user_names():
    assert read("𠮷甲乙", [[2, 3, "LOC"], [0, 2, "LOC"]], "utf-16") == ([(1, 2), (0, 1)], [])
    assert read("𠮷甲乙", [[1, 3, "LOC"], [3, 5, "LOC"]], "utf-16") == ([], ["offsets"] * 2)
    with pytest.raises(InputError, match="expected one of code-points, utf-16"):
        read("甲", [], "bytes")


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ([0, 9, "LOC"], "offsets"),
        ([2, 1, "LOC"], "offsets"),
        ([-1, 1, "LOC"], "offsets"),
        (["0", 1, "LOC"], "offsets"),
        ([0, 1, 5], "labels"),
        ([0, 1], "labels"),
        ("LOC", "labels"),
        ({"start_offset": 0, "end_offset": 1}, "labels"),
    ],
)
def test_what_is_no_span(entity, kind):
    assert read("丽水市", [entity]) == ([], [kind])
