import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from jiqun.annotation.repair import prove, spells
from jiqun.annotation.tasks import make_result
from jiqun.spans import Span

NAMES = {"ORG": "ORG", "LOC": "LOC", "组织机构": "ORG"}
ZWJ = "👩‍👩‍👧"
BLANK = r"[\s\ufeff]"


def mark(start, end, text=None, label="LOC", **fields):
    value = {"start": start, "end": end, "labels": [label]}
    if text is not None:
        value["text"] = text
    return {"id": f"{start}-{end}", "type": "labels", "value": value, **fields}


def places(proof):
    return [(r["value"]["start"], r["value"]["end"]) for r in proof.regions]


def kinds(proof):
    return [aside.kind for aside in proof.asides]


def test_what_proves_itself_stays_to_the_letter():
    text = f"\ufeff{ZWJ}甲𠮷\r\n e\u0301乙\u3000丙"
    regions = make_result(text, [Span(0, 1, "ORG"), Span(1, 7, "LOC"), Span(8, 12, "ORG")])
    proof = prove(text, regions, NAMES)
    assert proof.regions == regions
    assert (proof.asides, proof.repairs, proof.merged, proof.bare) == ([], {}, 0, 0)


@pytest.mark.parametrize(
    ("text", "marks", "expected", "way"),
    [
        ("𠮷甲乙", [(2, 3, "甲"), (3, 4, "乙")], [(1, 2), (2, 3)], "UTF-16 units"),
        (f"{ZWJ}丽水", [(8, 10, "丽水")], [(5, 7)], "UTF-16 units"),
        ("甲乙丙", [(0, 1, "甲乙"), (2, 2, "丙")], [(0, 2), None], None),
        ("甲乙丙丁", [(0, 1, "甲乙"), (2, 3, "丙丁")], [(0, 2), (2, 4)], "inclusive ends"),
        ("甲\r\n乙丽水", [(3, 5, "丽水")], [(4, 6)], "line ends"),
        ("\ufeff丽水市", [(1, 2, "水")], [(2, 3)], "byte order mark"),
        ("\u3000\u3000丽水市", [(2, 3, "市")], [(4, 5)], "outer white space"),
        ("甲  \t乙 \n丽 水", [(4, 7, "丽 水")], [(7, 10)], "collapsed white space"),
        ("甲\u3000\u3000\xa0丽水", [(3, 4, "水")], [(5, 6)], "collapsed wide white space"),
        ("甲丽  水", [(1, 5, "丽 水")], [(1, 5)], "white space"),
        ("甲 丽水 乙", [(1, 5, "丽水")], [(2, 4)], "white space at the edges"),
        ("甲 丽水 乙", [(1, 3, "丽水")], [(2, 4)], "white space at the edges"),
        ("甲丽水", [(1, 3, " 丽水 ")], [(1, 3)], "white space"),
        ("甲\r\n乙", [(0, 4, "甲\\n\\n乙")], [(0, 4)], None),
        ("甲\\n乙", [(0, 4, "甲\\n乙")], [(0, 4)], None),
    ],
)
def test_known_damage(text, marks, expected, way):
    proof = prove(text, [mark(*m) for m in marks], NAMES)
    assert places(proof) == [place for place in expected if place]
    assert [r["value"]["text"] for r in proof.regions] == [text[s:e] for s, e in places(proof)]
    if way:
        [(found, count)] = proof.repairs.items()
        assert found.endswith(way) and count == len(marks)


def test_one_way_must_hold_for_all_spans_of_an_annotation():
    text = "𠮷甲甲乙"
    # Alone, the first holds as it stands; beside the second, which only UTF-16 explains, it moves.
    first, second, neither = mark(2, 3, "甲"), mark(4, 5, "乙"), mark(0, 1, "丁")
    assert places(prove(text, [first], NAMES)) == [(2, 3)]
    assert places(prove(text, [first, second], NAMES)) == [(1, 2), (3, 4)]
    proof = prove(text, [first, second, neither], NAMES)
    assert proof.regions == []
    assert {a.region["id"]: a.kind for a in proof.asides} == {
        "2-3": "ambiguous",
        "4-5": "offsets",
        "0-1": "offsets",
    }


def test_two_ways_that_differ_are_one_too_many():
    proof = prove("𠮷 甲 \n甲", [mark(3, 4, "甲")], NAMES)
    [aside] = proof.asides
    assert (aside.kind, proof.regions) == ("ambiguous", [])
    assert aside.reason == "may mark 2:3 or 5:6, after how its offsets are read"


def test_spans_without_their_characters_are_taken_at_their_offsets():
    proof = prove("𠮷甲乙", [mark(1, 2), mark(2, 9)], NAMES)
    assert places(proof) == [(1, 2)]
    assert proof.bare == 1
    assert "text" not in proof.regions[0]["value"]
    assert kinds(proof) == ["offsets"]
    # Beside a span that only UTF-16 explains, they are read so too.
    proof = prove("𠮷甲乙", [mark(2, 3), mark(3, 4, "乙")], NAMES)
    assert places(proof) == [(1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("region", "kind", "reason"),
    [
        (mark(0, 9, "甲"), "offsets", "marks 0:9, but the text ends at 4"),
        (mark(3, 1, "甲"), "offsets", "marks 3:1, expected"),
        (mark(2, 2, ""), "offsets", "marks 2:2, expected"),
        (mark(-1, 1, "甲"), "offsets", "marks -1:1, expected"),
        (mark("0", "1", "甲"), "offsets", "marks '0':'1', expected"),
        (mark(0, True, "甲"), "offsets", "expected"),
        (mark(0, 1.0, "甲"), "offsets", "expected"),
        (mark(None, 1, "甲"), "offsets", "expected"),
        (mark(0, 1, "乙"), "offsets", "marks '甲' at 0:1, but says '乙'"),
        (mark(0, 1, ["甲"]), "offsets", "which is no text"),
        (mark(0, 1, "甲", "GPE"), "label", "has the label 'GPE', which the scheme lacks"),
        ({"type": "relation", "from_id": "a", "to_id": "b"}, "relation", "joins the regions a and"),
        ({"type": "choices", "value": {"choices": ["x"]}}, "other", "'choices', not a span"),
        ({"type": "labels", "value": {"start": 0, "end": 1}}, "labels", "expected one"),
        ({"type": "labels"}, "other", "not a span"),
        ("甲", "other", "is no region"),
        (
            {"type": "labels", "value": {"start": 0, "end": 1, "labels": ["ORG", "LOC"]}},
            "labels",
            "has the labels ['ORG', 'LOC'], expected one",
        ),
    ],
)
def test_what_cannot_be_is_set_aside_with_its_reason(region, kind, reason):
    good = mark(1, 3, "丽水")
    proof = prove("甲丽水乙", [region, good], NAMES)
    assert proof.regions == [good]
    [aside] = proof.asides
    assert (aside.kind, aside.region) == (kind, region)
    assert reason in aside.reason


def test_a_chinese_label_is_the_schemes():
    proof = prove("丽水市委", [mark(0, 4, "丽水市委", "组织机构")], NAMES)
    assert proof.regions[0]["value"]["labels"] == ["ORG"]
    assert proof.repairs == {"Chinese name of a label": 1}


def test_spans_are_flat():
    text = "丽水市委书记"

    def prove_all(*spans):
        proof = prove(text, [mark(s, e, text[s:e], label) for s, e, label in spans], NAMES)
        return places(proof), {a.region["id"]: (a.kind, a.reason) for a in proof.asides}

    kept, aside = prove_all((0, 3, "LOC"), (0, 4, "ORG"), (4, 6, "ORG"))
    assert kept == [(0, 4), (4, 6)]
    assert aside == {"0-3": ("nested", "lies within ORG '丽水市委' at 0:4")}
    kept, aside = prove_all((0, 3, "LOC"), (2, 4, "ORG"), (4, 6, "ORG"))
    assert kept == [(4, 6)]
    assert aside["0-3"] == ("crossing", "crosses ORG '市委' at 2:4")
    assert aside["2-4"] == ("crossing", "crosses LOC '丽水市' at 0:3")
    proof = prove(text, [mark(0, 2, "丽水", "LOC"), mark(0, 2, "丽水", "ORG")], NAMES)
    assert proof.regions == [] and kinds(proof) == ["two labels"] * 2
    proof = prove(text, [mark(0, 2, "丽水"), mark(0, 2, "丽水")], NAMES)
    assert places(proof) == [(0, 2)] and proof.merged == 1 and proof.asides == []


PIECES = ["甲", "乙", "丽水", "𠮷", "🙂", ZWJ, "e\u0301", "\r\n", "\n", "\r", "\t", " ", "  "]
PIECES += ["\u3000", "\xa0", "\ufeff", "\u200b", "\\n", "<b>", "&amp;"]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join)


def collapse(text, blank):
    return re.sub(f"{blank}+", " ", text)


# What a program may do to a text before it counts in it.
VIEWS = {
    "line ends": lambda text: text.replace("\r\n", "\n"),
    "byte order mark": lambda text: text.removeprefix("\ufeff"),
    "trimmed": lambda text: re.sub(rf"\A{BLANK}+", "", text),
    "collapsed": lambda text: collapse(text, r"[ \t\n\r\f]"),
    "collapsed, trimmed": lambda text: collapse(text, r"[ \t\n\r\f]").lstrip(" "),
    "collapsed wide": lambda text: collapse(text, BLANK),
    "collapsed wide, trimmed": lambda text: collapse(text, BLANK).lstrip(" "),
}


def count(text, utf16):
    return len(text.encode("utf-16-le")) // 2 if utf16 else len(text)


@st.composite
def labelled(draw):
    """A text with flat spans that do not touch white space at their edges."""
    text = draw(TEXTS)
    solid = [n for n, c in enumerate(text) if not re.fullmatch(BLANK, c)]
    assume(solid)
    ends = iter(sorted(draw(st.lists(st.sampled_from(solid), min_size=1, max_size=8, unique=True))))
    spans = [
        Span(end, (end if draw(st.booleans()) else next(ends, end)) + 1, "LOC") for end in ends
    ]
    return text, spans


def check(text, spans, regions):
    """Each span comes back exactly or is set aside, unless all regions hold as they stand."""
    standing = [text[r["value"]["start"] : r["value"]["end"]] for r in regions]
    if all(spells(r["value"]["text"], there) for r, there in zip(regions, standing)):
        return
    proof = prove(text, regions, NAMES)
    by_id = {region["id"]: span for region, span in zip(regions, spans)}
    assert len(proof.regions) + len(proof.asides) + proof.merged == len(regions)
    for region in proof.regions:
        value, span = region["value"], by_id[region["id"]]
        assert (value["start"], value["end"]) == (span.start, span.end)
        assert value["text"] == text[span.start : span.end]


@given(labelled(), st.sampled_from(["", *VIEWS]), st.booleans(), st.booleans())
@example(("𠮷甲甲", [Span(1, 2, "LOC")]), "", True, False)
def test_other_ways_of_counting_are_undone_or_set_aside(article, view, utf16, inclusive):
    text, spans = article
    see = VIEWS.get(view, str)
    regions = []
    for number, span in enumerate(spans):
        start, end = (count(see(text[:at]), utf16) for at in (span.start, span.end))
        surface = see(text)[len(see(text[: span.start])) : len(see(text[: span.end]))]
        regions.append(mark(start, end - inclusive, surface) | {"id": str(number)})
    assume(all(r["value"]["start"] < r["value"]["end"] for r in regions))
    check(text, spans, regions)


@given(labelled(), st.data())
def test_trimmed_edges_are_undone_or_set_aside(article, data):
    text, spans = article
    regions, position = [], 0
    for number, span in enumerate(spans):
        before = re.search(rf"{BLANK}*\Z", text[position : span.start])[0]
        after = re.match(f"{BLANK}*", text[span.end :])[0]
        wide = data.draw(st.integers(0, len(before))), data.draw(st.integers(0, len(after)))
        start, end, position = span.start - wide[0], span.end + wide[1], span.end
        surface = text[span.start : span.end]
        if data.draw(st.booleans()):
            end = start + len(surface)
        regions.append(mark(start, end, surface) | {"id": str(number)})
    check(text, spans, regions)


@given(labelled(), st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=8))
def test_no_span_comes_out_on_other_characters_than_were_marked(article, shifts):
    text, spans = article
    regions = [
        mark(span.start + a, span.end + b, text[span.start : span.end]) | {"id": str(number)}
        for number, (span, (a, b)) in enumerate(zip(spans, shifts))
    ]
    proof = prove(text, regions, NAMES)
    assert len(proof.regions) + len(proof.asides) + proof.merged == len(regions)
    for region in proof.regions:
        value, span = region["value"], spans[int(region["id"])]
        there, meant = text[value["start"] : value["end"]], text[span.start : span.end]
        assert collapse(there, BLANK).strip(" ") == collapse(meant, BLANK)
