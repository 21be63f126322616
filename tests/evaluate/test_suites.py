import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.evaluate.suites import Invariance, read_suite, read_suites, run_suites
from jiqun.predict import Prediction
from jiqun.scheme import read_scheme
from jiqun.spans import Document, Span

COUNTS = {
    "abbreviations": 19,
    "adjacent-entities": 19,
    "amount-decoys": 28,
    "amounts": 30,
    "association-officers": 18,
    "degenerate-input": 22,
    "invariance-amounts": 11,
    "invariance-organisations": 10,
    "invariance-people": 12,
    "invariance-places": 10,
    "lists": 18,
    "long-paragraphs": 10,
    "officials-and-entrepreneurs": 22,
    "pinyin": 14,
    "places-as-actors": 17,
    "quotes-and-slogans": 22,
    "rare-characters": 16,
    "titles-after-names": 17,
    "titles-before-names": 20,
    "traditional": 14,
}


@pytest.fixture(scope="module")
def suites(scheme):
    return read_suites(ROOT / "evaluate/suites", scheme)


@pytest.fixture
def write(tmp_path, scheme):
    def write(cases):
        path = tmp_path / "capability.yaml"
        path.write_text(f"about: something\ncases:\n{cases}", encoding="utf-8")
        return read_suite(path, scheme)

    return write


def make_oracle(suites, change=lambda document: document.spans):
    gold = {d.text: change(d) for suite in suites for case in suite.cases for d in case.documents}
    return lambda texts: [list(gold[text]) for text in texts]


def list_documents(suites):
    return [d for suite in suites for case in suite.cases for d in case.documents]


def split_sentences(text):
    """Sentences of ten characters or more, without marks and white space."""
    sentences = re.split("[。！？；\n]", text)
    return [s for s in (re.sub(r"[^\w]", "", s) for s in sentences) if len(s) >= 10]


def test_counts_of_each_capability(suites):
    assert {suite.capability: len(suite.cases) for suite in suites} == COUNTS
    assert sum(COUNTS.values()) >= 240
    assert min(COUNTS.values()) >= 10


def test_some_paragraphs_are_longer_than_a_window(suites):
    (long,) = (suite for suite in suites if suite.capability == "long-paragraphs")
    assert sum(len(case.document.text) > 600 for case in long.cases) == 4


def test_restored_cases_read_as_simplified_without_pinyin(suites):
    texts = [
        case.document for suite in suites if suite.capability == "pinyin" for case in suite.cases
    ]
    assert texts[0] == Document(
        "place", "萧县的防腐漆卖到了辽宁。", (Span(0, 2, "LOC"), Span(9, 11, "LOC"))
    )
    assert not any(re.search("[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]", d.text) for d in texts)


def test_sentences_are_the_suites_own(suites, gold, composed):
    # A template's fillings share their sentences; no others may.
    ours = Counter(
        sentence
        for suite in suites
        for case in suite.cases
        for sentence in set(split_sentences(case.documents[0].text))
    )
    assert [sentence for sentence, times in ours.items() if times > 1] == []
    theirs = [one.document.text for one in [*gold, *composed]]
    known = {sentence for text in theirs for sentence in split_sentences(text)}
    assert (
        sorted(known & {s for d in list_documents(suites) for s in split_sentences(d.text)}) == []
    )
    whole = "\n".join(theirs)
    assert [d.text for d in list_documents(suites) if len(d.text) > 6 and d.text in whole] == []


def test_people_are_the_suites_own(suites, gold, composed):
    def name_people(documents):
        people = {"OFFICIAL", "PERSON"}
        surfaces = {d.surface(s) for d in documents for s in d.spans if s.label in people}
        return {surface for surface in surfaces if len(surface) > 2}

    theirs = name_people(one.document for one in [*gold, *composed])
    assert sorted(name_people(list_documents(suites)) & theirs) == []


def test_texts_occur_once(suites):
    texts = Counter(d.text for d in list_documents(suites))
    assert [text for text, times in texts.items() if times > 1] == []


def test_an_oracle_passes_everything(suites):
    results = run_suites(suites, make_oracle(suites))
    assert {name: result["passed"] for name, result in results.items()} == COUNTS
    assert all(result["failures"] == [] for result in results.values())
    assert [result["total"] for result in results.values()] == list(COUNTS.values())


def test_predictions_count_as_their_spans(suites):
    oracle = make_oracle(suites)

    def scored(texts):
        return [[Prediction(span, 0.5) for span in spans] for spans in oracle(texts)]

    assert run_suites(suites, scored) == run_suites(suites, oracle)


def test_an_empty_predictor_passes_what_expects_nothing(suites):
    results = run_suites(suites, lambda texts: [[] for _ in texts])
    for suite in suites:
        wanted = [c.name for c in suite.cases if not isinstance(c, Invariance) and c.wanted]
        assert results[suite.capability]["failures"] == wanted
    assert results["degenerate-input"]["passed"] == 19
    assert results["titles-before-names"]["passed"] == 0
    assert results["invariance-people"]["passed"] == 12


def test_officials_taken_for_people_fail_just_where_officials_are(suites):
    def confuse(document):
        return [
            Span(s.start, s.end, "PERSON") if s.label == "OFFICIAL" else s for s in document.spans
        ]

    results = run_suites(suites, make_oracle(suites, confuse))
    for suite in suites:
        fail = [
            case.name
            for case in suite.cases
            if not isinstance(case, Invariance) and any(s.label == "OFFICIAL" for s in case.wanted)
        ]
        assert results[suite.capability]["failures"] == fail
    assert results["amounts"]["passed"] == COUNTS["amounts"]
    assert "rank as a post" in results["titles-before-names"]["failures"]
    assert "manager of a company" not in results["titles-before-names"]["failures"]


def test_years_taken_for_amounts_fail_where_years_are(suites):
    def add_years(document):
        taken = {place for s in document.spans for place in range(s.start, s.end)}
        years = (m for m in re.finditer("[0-9]{4}年", document.text) if m.start() not in taken)
        return sorted([*document.spans, *(Span(m.start(), m.end(), "FIGURE") for m in years)])

    results = run_suites(suites, make_oracle(suites, add_years))
    assert {name: r["failures"] for name, r in results.items() if r["failures"]} == {
        "amount-decoys": ["dates", "decoy beside an amount"],
        "invariance-amounts": ["year is none"],
        "long-paragraphs": [
            "figures of a statistical report",
            "history over six hundred characters",
            "decoys all through a long paragraph",
        ],
        "traditional": ["decoys"],
    }


def test_one_name_missed_fails_its_invariance(suites):
    def miss(document):
        return [s for s in document.spans if document.surface(s) != "欧阳知秋"]

    results = run_suites(suites, make_oracle(suites, miss))
    failures = {name: r["failures"] for name, r in results.items() if r["failures"]}
    assert failures == {"invariance-people": ["party secretary"]}


def test_texts_are_asked_for_at_once(write):
    suite = write(
        "- {name: a, text: '甲'}\n- {name: b, template: '{}乙', fillings: [丙, 丁戊]}\n"
        "- {name: c, raw: '臺'}\n"
    )
    asked = []

    def predict(texts):
        asked.append(texts)
        return [[] for _ in texts]

    assert run_suites([suite], predict) == {"capability": {"passed": 3, "total": 3, "failures": []}}
    assert asked == [["甲", "丙乙", "丁戊乙", "台"]]
    with pytest.raises(ValueError, match="asked for 4 texts, answered 1"):
        run_suites([suite], lambda texts: [[]])


@pytest.mark.parametrize(
    "found, passed",
    [
        ([Span(0, 2, "LOC")], True),
        ([Span(0, 2, "LOC"), Span(7, 9, "ORG")], True),
        ([Span(0, 2, "ORG")], False),
        ([Span(0, 3, "LOC")], False),
        ([], False),
        ([Span(0, 2, "LOC"), Span(3, 5, "FIGURE")], False),
        ([Span(0, 2, "LOC"), Span(9, 12, "FIGURE")], False),
    ],
)
def test_only_and_without_look_at_their_places_alone(write, found, passed):
    suite = write(
        "- name: a\n  text: '{LOC|丽水}在首届与{FIGURE|两场}丙丁首届'\n"
        "  only: [丽水]\n  without: [首届]\n"
    )
    assert suite.cases[0].document.text == "丽水在首届与两场丙丁首届"
    assert run_suites([suite], lambda _: [found])["capability"]["passed"] == passed


def test_all_spans_and_nothing_else(write):
    suite = write("- {name: a, text: '{LOC|丽水}{FIGURE|两场}'}\n")
    right = [Span(0, 2, "LOC"), Span(2, 4, "FIGURE")]
    for found, passed in [(right, 1), (right[:1], 0), ([Span(0, 4, "LOC")], 0), ([], 0)]:
        assert run_suites([suite], lambda _, f=found: [f])["capability"]["passed"] == passed


@pytest.mark.parametrize(
    "short, long, passed",
    [
        ([Span(0, 1, "PERSON")], [Span(0, 3, "PERSON")], True),
        ([Span(0, 1, "PERSON")], [Span(0, 2, "PERSON")], False),
        ([Span(0, 1, "PERSON")], [Span(0, 3, "OFFICIAL")], False),
        ([Span(0, 1, "PERSON")], [], False),
        ([Span(1, 4, "ORG")], [Span(3, 6, "ORG")], True),
        ([Span(1, 4, "ORG")], [Span(1, 4, "ORG")], False),
        ([Span(0, 4, "ORG")], [Span(0, 6, "ORG")], True),
        ([], [], True),
    ],
)
def test_fillings_of_other_lengths_are_compared_by_their_ends(write, short, long, passed):
    suite = write("- {name: a, template: '{PERSON|{}}二三四', fillings: [甲, 甲乙丙]}\n")
    found = run_suites([suite], lambda texts: [short, long])
    assert found == {
        "capability": {"passed": int(passed), "total": 1, "failures": [] if passed else ["a"]}
    }


HAN = st.text("一二三四五六七八九十", min_size=1, max_size=5)


@given(st.lists(HAN, min_size=2, max_size=4, unique=True), HAN, HAN)
def test_gold_of_every_filling_is_the_same(tmp_path_factory, fillings, before, after):
    path = tmp_path_factory.mktemp("suite") / "a.yaml"
    template = f"{before}{{ORG|{before}{{}}}}{after}{{PERSON|{{}}}}"
    path.write_text(
        f"about: a\ncases:\n- name: a\n  template: '{template}'\n  fillings: {fillings}\n",
        encoding="utf-8",
    )
    (case,) = read_suite(path, read_scheme(ROOT / "annotation/scheme.yaml")).cases
    assert [d.text for d in case.documents] == [before * 2 + f + after + f for f in fillings]
    for document, filling in zip(case.documents, fillings):
        assert [document.surface(s) for s in document.spans] == [before + filling, filling]
    assert case.passes([d.spans for d in case.documents])


@pytest.mark.parametrize(
    "case, message",
    [
        ("甲", "case 1 needs a `name`"),
        ("{text: 甲}", "case 1 needs a `name`"),
        ("{name: a}", "case 'a' needs one of text, raw, template"),
        ("{name: a, text: 甲, raw: 乙}", "case 'a' needs one of text, raw, template"),
        ("{name: a, text: 7}", "case 'a' needs text under `text`"),
        ("{name: a, text: 甲, onyl: [甲]}", "case 'a' has no use for 'onyl' beside `text`"),
        ("{name: a, text: '{LOK|甲}'}", "case 'a': line 1: .* needs one of ORG, LOC"),
        ("{name: a, text: '{LOC|甲'}", "case 'a': line 1: a stray '{'"),
        ("{name: a, text: 甲, only: [甲]}", "case 'a': no mention reads '甲'"),
        ("{name: a, text: '{LOC|甲}', only: 甲}", "case 'a' needs a list of texts under `only`"),
        ("{name: a, text: 甲, without: [乙]}", "case 'a': '乙' does not occur"),
        ("{name: a, text: '{LOC|甲}', without: [甲]}", "case 'a': '甲' touches a mention"),
        ("{name: a, template: '{}', fillings: [甲]}", "case 'a' needs two `fillings` or more"),
        ("{name: a, template: '{}', fillings: [甲, 甲]}", "case 'a' needs two `fillings`"),
        ("{name: a, template: '{}', fillings: [1, 2]}", "needs a list of texts under `fillings`"),
        ("{name: a, template: 甲, fillings: [甲, 乙]}", "case 'a' needs {} in its template"),
        ("{name: a, template: '{', fillings: [甲, 乙]}", "case 'a' needs {} in its template"),
        ("{name: a, raw: '中{LOC|(zhōng)}国'}", "restoration breaks '(zhōng)'"),
        ("{name: a, text: 甲}\n- {name: a, text: 乙}", "two cases are called 'a'"),
    ],
)
def test_a_damaged_case_is_named(write, case, message):
    with pytest.raises(InputError) as caught:
        write(f"- {case}\n")
    assert re.search(re.sub(r"[(){}]", r"\\\g<0>", message), str(caught.value))
    assert "capability.yaml: " in str(caught.value)


@pytest.mark.parametrize(
    "content, message",
    [
        ("a: [", "not valid YAML at line 1"),
        ("- a", "expected `about` and `cases`"),
        ("about: a", "expected `about` and `cases`"),
        ("about: a\ncases: {}", "expected a list under `cases`"),
        ("about: a\ncases: []", "expected a list under `cases`"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, scheme, content, message):
    (tmp_path / "a.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=f"a.yaml: {message}"):
        read_suites(tmp_path, scheme)


def test_a_folder_without_suites(tmp_path, scheme):
    with pytest.raises(InputError, match="no suites there"):
        read_suites(tmp_path, scheme)
