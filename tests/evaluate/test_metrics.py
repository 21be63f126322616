import json
import random
import subprocess
import sys
import warnings
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from jiqun.evaluate.breakdown import LENGTHS
from jiqun.evaluate.metrics import collect_mentions, compare, measure, score, split_id
from jiqun.spans import Document, Prediction, Span, encode_tags

TEXT = "一二三四五六七八九十"


def documents(*spans):
    return [Document(f"a#{n}", TEXT, tuple(s)) for n, s in enumerate(spans)]


@st.composite
def spans(draw, labels=("A", "B", "OFFICIAL", "PERSON")):
    """Flat spans in ten characters, as often as not with neighbours that touch."""
    cuts = sorted(draw(st.sets(st.integers(0, 10), max_size=9)))
    found = [Span(a, b, draw(st.sampled_from(labels))) for a, b in pairwise(cuts)]
    return [span for span in found if draw(st.booleans()) or draw(st.booleans())]


cases = st.lists(st.tuples(spans(), spans()), min_size=1, max_size=4)


def ask_seqeval(gold, predicted):
    tags = [[encode_tags(d.spans, len(d.text)) for d in side] for side in (gold, predicted)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(
            *tags, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
        )
    report.pop("weighted avg")
    names = {"f1-score": "f1"}
    return {
        label.removesuffix(" avg"): {names.get(name, name): value for name, value in row.items()}
        for label, row in report.items()
    }


def test_only_exact_spans_with_their_label_count():
    gold = documents(
        [Span(0, 2, "ORG"), Span(2, 4, "ORG"), Span(5, 7, "LOC")], [Span(0, 3, "FIGURE")]
    )
    predicted = documents(
        [Span(0, 2, "ORG"), Span(2, 5, "ORG"), Span(5, 7, "ORG")], [Span(0, 3, "FIGURE")]
    )
    zero = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert score(gold, predicted) == {
        "FIGURE": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
        "LOC": zero | {"support": 1},
        "ORG": {"precision": 1 / 3, "recall": 0.5, "f1": 0.4, "support": 2},
        "micro": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 4},
        "macro": {
            "precision": pytest.approx(4 / 9),
            "recall": 0.5,
            "f1": pytest.approx(1.4 / 3),
            "support": 4,
        },
    }


def test_adjacent_spans_run_together_are_wrong():
    gold = documents([Span(0, 2, "ORG"), Span(2, 4, "ORG")])
    assert score(gold, documents([Span(0, 4, "ORG")]))["micro"]["f1"] == 0.0


def test_nothing_to_find_and_nothing_found():
    zero = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert score(documents([]), documents([])) == {"micro": zero, "macro": zero}
    assert score([], []) == {"micro": zero, "macro": zero}
    assert score(documents([]), documents([Span(0, 1, "ORG")])) == {
        name: zero for name in ("ORG", "micro", "macro")
    }
    figures = measure(documents([]), [[]], known=set(), sources={})
    assert figures["seen"] == {name: {"support": 0, "recall": 0.0} for name in ("seen", "unseen")}
    assert figures["muc"]["strict"]["micro"]["f1"] == 0.0
    assert figures["calibration"] is None
    assert figures["by_length"] == figures["errors"] == []


@pytest.mark.parametrize(
    "predicted, message",
    [
        ([], "same texts in the same order"),
        ([Document("a#0", "别的文章")], "same texts in the same order"),
        (
            [[Prediction(Span(0, 3, "A"), 1.0), Prediction(Span(2, 4, "A"), 1.0)]],
            "overlaps the span before",
        ),
        ([[Prediction(Span(8, 11, "A"), 1.0)]], "does not lie in a text of 10 characters"),
        ([[Prediction(Span(8, 9, "A"), 1.5)]], "between 0 and 1"),
    ],
)
def test_what_cannot_be_predictions_for_these_texts(predicted, message):
    with pytest.raises(ValueError, match=message):
        measure(documents([]), predicted)


@example([([Span(0, 1, "A"), Span(1, 2, "A")], [Span(0, 2, "A")])])
@given(cases)
def test_strict_is_seqeval_to_the_last_digit(sides):
    gold, predicted = (documents(*side) for side in zip(*sides))
    if any(document.spans for document in gold + predicted):
        assert score(gold, predicted) == ask_seqeval(gold, predicted)


def draw_spans(chance, length, labels):
    spans, position = [], 0
    while True:
        start = position + chance.choice([0, 0, 0, 1, 2, 5])
        position = start + chance.choice([1, 1, 2, 3, 4, 7])
        if position > length:
            return spans
        spans.append(Span(start, position, chance.choice(labels)))


def spoil(chance, spans, length, labels):
    """Some spans gone, some with other ends, some with another label."""
    spoilt, position = [], 0
    for span in spans:
        start = max(position, span.start + chance.choice([0, 0, 0, 0, -1, 1]))
        end = min(length, span.end + chance.choice([0, 0, 0, 0, -1, 1, 2]))
        if start < end and chance.random() < 0.85:
            label = span.label if chance.random() < 0.8 else chance.choice(labels)
            spoilt.append(Span(start, end, label))
            position = end
    return spoilt


@pytest.mark.slow
def test_strict_is_seqeval_thousands_of_times():
    chance = random.Random(0)

    def make(place, length, spans):
        return Document(f"a#{place}", "字" * length, tuple(spans))

    def fold(document):
        spans = (Span(s.start, s.end, FOLD.get(s.label, s.label)) for s in document.spans)
        return Document(document.id, document.text, tuple(spans))

    for _ in range(4000):
        labels = ["OFFICIAL", "PERSON", *"ABCDEFGHIJ"][: chance.randint(1, 12)]
        gold, predicted = [], []
        for place in range(chance.randint(1, 5)):
            length = chance.randint(0, 40)
            marked = draw_spans(chance, length, labels)
            gold.append(make(place, length, marked))
            if chance.random() < 0.3:
                found = draw_spans(chance, length, labels)
            else:
                found = spoil(chance, marked, length, labels)
            predicted.append(make(place, length, found))
        if not any(document.spans for document in gold + predicted):
            continue
        rows = measure(gold, predicted, resamples=0)["strict"]
        rows = {name: {k: row[k] for k in row if k != "interval"} for name, row in rows.items()}
        folded = rows.pop("PER", None)
        assert rows == ask_seqeval(gold, predicted)
        if folded:
            assert folded == ask_seqeval([*map(fold, gold)], [*map(fold, predicted)])["PER"]


FOLD = {"OFFICIAL": "PER", "PERSON": "PER"}


def test_people_folded():
    gold = documents([Span(0, 2, "OFFICIAL"), Span(3, 5, "PERSON"), Span(6, 8, "ORG")])
    predicted = documents([Span(0, 2, "PERSON"), Span(3, 5, "PERSON"), Span(6, 8, "PERSON")])
    strict = measure(gold, predicted)["strict"]
    assert list(strict) == ["OFFICIAL", "ORG", "PERSON", "PER", "micro", "macro"]
    assert strict["PER"] == {
        "precision": 2 / 3,
        "recall": 1.0,
        "f1": 0.8,
        "support": 2,
        "interval": None,
    }
    assert strict["micro"]["support"] == 3
    assert strict["micro"]["f1"] == pytest.approx(1 / 3)
    assert strict["PERSON"]["f1"] == 0.5
    assert "PER" not in measure(*[documents([Span(0, 2, "ORG")])] * 2)["strict"]


# Correct, incorrect, partial, missed, spurious of `micro`, as nervaluate 1.2.1 gives them for
# inclusive ends.
@pytest.mark.parametrize(
    "gold, predicted, counts",
    [
        # Neighbours do not overlap. Given half-open ends nervaluate takes the first predicted span
        # for a wrong form of the gold one, and the right one for spurious.
        (
            [Span(2, 4, "B")],
            [Span(0, 2, "A"), Span(2, 4, "B")],
            {
                "exact": (1, 0, 0, 0, 1),
                "partial": (1, 0, 0, 0, 1),
                "type": (1, 0, 0, 0, 1),
                "strict": (1, 0, 0, 0, 1),
            },
        ),
        (
            [Span(0, 2, "A")],
            [Span(2, 4, "A")],
            {
                "exact": (0, 0, 0, 1, 1),
                "partial": (0, 0, 0, 1, 1),
                "type": (0, 0, 0, 1, 1),
                "strict": (0, 0, 0, 1, 1),
            },
        ),
        (
            [Span(0, 3, "A"), Span(4, 6, "A"), Span(7, 9, "A")],
            [Span(1, 3, "A"), Span(4, 6, "B")],
            {
                "exact": (1, 1, 0, 1, 0),
                "partial": (1, 0, 1, 1, 0),
                "type": (1, 1, 0, 1, 0),
                "strict": (0, 2, 0, 1, 0),
            },
        ),
        # One predicted span over two gold ones goes with that of its label.
        (
            [Span(0, 2, "A"), Span(2, 6, "B")],
            [Span(0, 6, "B")],
            {
                "exact": (0, 1, 0, 1, 0),
                "partial": (0, 0, 1, 1, 0),
                "type": (1, 0, 0, 1, 0),
                "strict": (0, 1, 0, 1, 0),
            },
        ),
        # A chain, where each span overlaps two of the other side.
        (
            [Span(0, 3, "A"), Span(3, 6, "A"), Span(6, 9, "A")],
            [Span(1, 4, "A"), Span(4, 7, "A"), Span(7, 10, "A")],
            {
                "exact": (0, 3, 0, 0, 0),
                "partial": (0, 0, 3, 0, 0),
                "type": (3, 0, 0, 0, 0),
                "strict": (0, 3, 0, 0, 0),
            },
        ),
    ],
)
def test_muc_classes(gold, predicted, counts):
    muc = measure(documents(gold), documents(predicted))["muc"]
    names = ("correct", "incorrect", "partial", "missed", "spurious")
    assert {mode: tuple(rows["micro"][n] for n in names) for mode, rows in muc.items()} == counts


def test_muc_rates():
    gold = documents([Span(0, 3, "A"), Span(4, 6, "A"), Span(7, 9, "A")])
    muc = measure(gold, documents([Span(1, 3, "A"), Span(4, 6, "B")]))["muc"]
    assert list(muc["partial"]) == ["A", "B", "micro"]
    assert muc["partial"]["micro"] == {
        "correct": 1,
        "incorrect": 0,
        "partial": 1,
        "missed": 1,
        "spurious": 0,
        "precision": 0.75,
        "recall": 0.5,
        "f1": 0.6,
    }
    # Under a label another label is no candidate.
    assert [muc["exact"]["A"][n] for n in ("correct", "incorrect", "missed")] == [0, 1, 2]
    assert muc["exact"]["B"]["spurious"] == 1


@given(cases)
def test_muc_counts_every_span_once(sides):
    gold, predicted = (documents(*side) for side in zip(*sides))
    figures = measure(gold, predicted, resamples=0)
    totals = [sum(len(document.spans) for document in side) for side in (gold, predicted)]
    for rows in figures["muc"].values():
        row = rows["micro"]
        met = row["correct"] + row["incorrect"] + row["partial"]
        assert [met + row["missed"], met + row["spurious"]] == totals
    for name, row in figures["muc"]["strict"].items():
        strict = figures["strict"][name]
        assert (row["precision"], row["recall"]) == (strict["precision"], strict["recall"])


# The example has one case of everything; 王五 is spurious in the last paragraph.
MIXED = ["张三说温岭泵业公司", "李四在温岭", "温岭有15家企业", "王五"]
GOLD = [
    Document("a#0", MIXED[0], (Span(0, 2, "OFFICIAL"), Span(3, 9, "ORG"))),
    Document("a#2", MIXED[1], (Span(0, 2, "PERSON"), Span(3, 5, "LOC"))),
    Document("b#0", MIXED[2], (Span(0, 2, "LOC"), Span(3, 6, "FIGURE"))),
    Document("b#1", MIXED[3]),
]
PREDICTED = [
    [Prediction(Span(0, 2, "PERSON"), 0.9), Prediction(Span(5, 9, "ORG"), 0.8)],
    [Prediction(Span(3, 5, "LOC"), 0.95), Prediction(Span(0, 3, "OFFICIAL"), 0.35)],
    [Prediction(Span(0, 2, "LOC"), 1.0)],
    [Prediction(Span(0, 2, "PERSON"), 0.3)],
]


@pytest.fixture(scope="module")
def figures():
    known = collect_mentions([Document("c", "温岭15家", (Span(0, 2, "LOC"), Span(2, 5, "FIGURE")))])
    assert known == {("温岭", "LOC"), ("15家", "FIGURE")}
    return measure(GOLD, PREDICTED, known=known, sources={"a": "日报"})


def test_by_mention_length_article_and_source(figures):
    assert figures["seen"] == {
        "seen": {"support": 3, "recall": 2 / 3},
        "unseen": {"support": 3, "recall": 0.0},
    }
    assert figures["by_length"] == [
        {"from": 2, "to": 2, "support": 4, "recall": 0.5},
        {"from": 3, "to": 3, "support": 1, "recall": 0.0},
        {"from": 5, "to": 6, "support": 1, "recall": 0.0},
    ]
    assert figures["by_article"] == {
        "a": {"f1": 0.25, "support": 4},
        "b": {"f1": 0.5, "support": 2},
    }
    assert figures["by_source"] == {
        "日报": {"f1": 0.25, "support": 4},
        "unknown": {"f1": 0.5, "support": 2},
    }
    bare = measure(GOLD, PREDICTED)
    assert (bare["seen"], bare["by_source"]) == (None, {})


def test_confusion_and_boundaries(figures):
    assert figures["confusion"] == {
        "FIGURE": {"none": 1},
        "LOC": {"LOC": 2},
        "OFFICIAL": {"PERSON": 1},
        "ORG": {"ORG": 1},
        "PERSON": {"OFFICIAL": 1},
        "none": {"PERSON": 1},
    }
    assert figures["boundary"] == {
        "too_short_left": 1,
        "too_long_left": 0,
        "too_short_right": 0,
        "too_long_right": 1,
    }


def test_every_error_in_its_paragraph(figures):
    def row(kind, article, paragraph, text, gold, predicted):
        names = ("start", "end", "label", "score")
        gold, predicted = (side and dict(zip(names, side)) for side in (gold, predicted))
        return {
            "kind": kind,
            "article": article,
            "paragraph": paragraph,
            "text": text,
            "gold": gold,
            "predicted": predicted,
            "raw": None,
        }

    assert figures["errors"] == [
        row("label", "a", 0, MIXED[0], (0, 2, "OFFICIAL"), (0, 2, "PERSON", 0.9)),
        row("boundary", "a", 0, MIXED[0], (3, 9, "ORG"), (5, 9, "ORG", 0.8)),
        row("both", "a", 2, MIXED[1], (0, 2, "PERSON"), (0, 3, "OFFICIAL", 0.35)),
        row("missed", "b", 0, MIXED[2], (3, 6, "FIGURE"), None),
        row("spurious", "b", 1, MIXED[3], None, (0, 2, "PERSON", 0.3)),
    ]
    assert json.loads(json.dumps(figures)) == figures


def test_a_span_is_told_of_with_the_one_most_like_it():
    gold = documents([Span(0, 5, "B")])
    predicted = documents([Span(0, 3, "A"), Span(3, 5, "B")])
    errors = measure(gold, predicted)["errors"]
    assert [(e["kind"], e["predicted"]["label"]) for e in errors] == [
        ("boundary", "B"),
        ("spurious", "A"),
    ]
    assert errors[0]["predicted"]["score"] is None


@given(cases)
def test_errors_and_confusion_leave_nothing_out(sides):
    gold, predicted = (documents(*side) for side in zip(*sides))
    figures = measure(gold, predicted, resamples=0)
    for n, (name, wrong) in enumerate((("gold", gold), ("predicted", predicted))):
        listed = [
            (e["paragraph"], e[name]["start"], e[name]["end"], e[name]["label"])
            for e in figures["errors"]
            if e[name]
        ]
        other = (predicted, gold)[n]
        assert sorted(listed) == sorted(
            (place, s.start, s.end, s.label)
            for place, (one, two) in enumerate(zip(wrong, other))
            for s in set(one.spans) - set(two.spans)
        )
    for label, row in figures["confusion"].items():
        if label != "none":
            assert sum(row.values()) == figures["strict"][label]["support"]


def test_calibration(figures):
    # A bin is without its low end: 0.3 lies in 0.2 to 0.3, 1.0 in the last.
    rows = [
        {"low": 0.2, "high": 0.3, "confidence": 0.3, "accuracy": 0.0, "count": 1},
        {"low": 0.3, "high": 0.4, "confidence": 0.35, "accuracy": 0.0, "count": 1},
        {"low": 0.7, "high": 0.8, "confidence": 0.8, "accuracy": 0.0, "count": 1},
        {"low": 0.8, "high": 0.9, "confidence": 0.9, "accuracy": 0.0, "count": 1},
        {"low": 0.9, "high": 1.0, "confidence": 0.975, "accuracy": 1.0, "count": 2},
    ]
    assert figures["calibration"]["bins"] == rows
    assert figures["calibration"]["ece"] == pytest.approx((0.3 + 0.35 + 0.8 + 0.9 + 0.05) / 6)
    unscored = [[Prediction(p.span, None) for p in row] for row in PREDICTED]
    assert measure(GOLD, unscored)["calibration"] is None


def test_lengths_go_on_to_the_longest():
    text = "字" * 40
    gold = [Document("a", text, (Span(0, 14, "A"), Span(14, 29, "A"), Span(29, 30, "A")))]
    rows = measure(gold, gold)["by_length"]
    assert [(row["from"], row["to"]) for row in rows] == [(1, 1), (10, 14), (15, 15)]
    assert LENGTHS[-1] == 15


@pytest.mark.parametrize(
    "name, parts",
    [("a#0", ("a", 0)), ("a#b#12", ("a#b", 12)), ("a#b", ("a#b", None)), ("#3", ("#3", None))],
)
def test_ids(name, parts):
    assert split_id(name) == parts


def test_intervals_are_over_articles():
    right, wrong = [Span(0, 2, "A")], [Span(0, 3, "A")]
    # Whatever is drawn of articles that are alike is the same; of paragraphs it would not be.
    gold = [Document(f"{a}#{n}", TEXT, tuple(right)) for a in "xyz" for n in range(2)]
    predicted = [Document(d.id, TEXT, tuple((right, wrong)[n % 2])) for n, d in enumerate(gold)]
    strict = measure(gold, predicted)["strict"]
    assert strict["A"]["interval"] == strict["micro"]["interval"] == [0.5, 0.5]
    assert strict["macro"]["interval"] == [0.5, 0.5]
    mixed = [Document(d.id, TEXT, tuple(right if d.id < "z" else wrong)) for d in gold]
    strict = measure(gold, mixed)["strict"]
    assert strict["micro"]["interval"] == [0.0, 1.0]
    assert measure(gold, mixed)["strict"] == strict
    assert measure(gold, mixed, resamples=0)["strict"]["micro"]["interval"] is None
    assert measure(gold[:2], mixed[:2])["strict"]["micro"]["interval"] is None


def test_a_label_is_judged_by_the_resamples_that_have_it():
    gold = [Document(a, TEXT, (Span(0, 1, "A"),)) for a in "vwxy"]
    gold.append(Document("z", TEXT, (Span(0, 1, "A"), Span(2, 3, "B"))))
    strict = measure(gold, gold)["strict"]
    assert strict["B"]["interval"] == strict["macro"]["interval"] == [1.0, 1.0]


def test_two_systems_compared():
    gold = [Document(f"{a}#{n}", TEXT, (Span(0, 2, "A"),)) for a in "vwxyz" for n in range(4)]
    nothing = [[] for _ in gold]
    found = compare(gold, gold, nothing)
    # Of 32 ways to change sides two are as far apart.
    assert found["difference"] == 1.0
    assert found["p"] == pytest.approx(2 / 32, abs=0.01)
    assert compare(gold, nothing, gold) == {"difference": -1.0, "p": found["p"]}
    assert compare(gold, gold, nothing, by="paragraph")["p"] < 0.001
    assert compare(gold, gold, gold) == {"difference": 0.0, "p": 1.0}
    assert compare(gold, gold, nothing, seed=1)["p"] != found["p"]


def test_metrics_are_light():
    code = "import sys, jiqun.evaluate.metrics; print({'torch', 'seqeval'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
