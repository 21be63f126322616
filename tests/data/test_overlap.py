from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from jiqun.data.overlap import (
    NEAR_SENTENCE_HAN,
    check_splits,
    find_near_duplicates,
    find_repeated_sentences,
    find_shared_people,
    split_sentences,
)
from jiqun.seeds.composed import read_marked
from jiqun.spans import Document, Span

pytestmark = pytest.mark.slow

SOLD = "去年全镇卖出花鼓三万套，比前年多了四成。"
SOLD_MORE = "去年全镇卖出链轮三万套，比前年多了四成！"
MET = "会议在镇政府的礼堂里开了整整一个上午。"


def mark(id, text, *mentions):
    """A document, each mention `(surface, label)` marked where the text first has it."""
    spans = [Span(text.index(m), text.index(m) + len(m), label) for m, label in mentions]
    return Document(id, text, tuple(sorted(spans)))


def read_composed(path, scheme):
    """A composed article, line breaks where its page furniture stands."""
    marked = read_marked(path, scheme.names)
    characters = list(marked.document.text)
    for aside in marked.asides:
        characters[aside.start : aside.end] = "\n" * (aside.end - aside.start)
    return Document(path.stem, "".join(characters), marked.document.spans)


@pytest.fixture(scope="module")
def composed(scheme):
    return [read_composed(p, scheme) for p in sorted((ROOT / "seeds/composed").glob("*.txt"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲厂开工。乙厂停工！丙厂呢？", ["甲厂开工。", "乙厂停工！", "丙厂呢？"]),
        ("他说：“订单来了。”众人都笑。", ["他说：“订单来了。”", "众人都笑。"]),
        ("“雁阵形”集群有五家；再无其他", ["“雁阵形”集群有五家；", "再无其他"]),
        ("  产业集群年会\n　　本报讯?!何故", ["产业集群年会", "本报讯?!"]),
        ("真的吗？？！", ["真的吗？？！"]),
        ("好。2023年。\n\n——\n", []),
    ],
)
def test_sentences_end_behind_marks_and_lines(text, expected):
    document = Document("a", text)
    found = list(split_sentences(document, fewest=3))
    assert [sentence.text for sentence in found] == expected
    assert [text[s.start : s.end] for s in found] == expected


def test_short_sentences_are_left_out():
    document = Document("a", "编辑同志：\n钱从哪里来？\n钱从哪里来的？")
    assert [(s.start, s.end) for s in split_sentences(document)] == [(13, 20)]


@pytest.mark.parametrize(
    "other",
    ["规上企业共有7家", "规上，企业共有１２家！", "規上企業共有家；", "规上　企业 共有③家"],
)
def test_digits_marks_and_script_make_no_difference(other):
    one, two = Document("a", "本月开会了。规上企业共有5家。"), Document("b", f"另讯。{other}")
    (repeat,) = find_repeated_sentences([one, two])
    places = [(s.article, s.start, s.end) for s in repeat.sentences]
    assert places == [("a", 6, 15), ("b", 3, 3 + len(other))]


def test_a_sentence_twice_in_one_article_is_a_repeat():
    (repeat,) = find_repeated_sentences([Document("a", f"{MET}{SOLD}\n{MET}")])
    assert [s.start for s in repeat.sentences] == [0, len(MET + SOLD) + 1]


@given(st.lists(st.text("甲乙丙3a。！；”\n ", max_size=30), max_size=4))
def test_repeats_are_those_a_naive_count_finds(texts):
    lines = "\n".join(texts).translate(dict.fromkeys(map(ord, "。！；"), "\n")).split("\n")
    keys = ["".join(c for c in line if c in "甲乙丙a") for line in lines]
    counts = Counter(key for key in keys if len(key.replace("a", "")) >= 2)
    documents = [Document(str(number), text) for number, text in enumerate(texts)]
    repeats = find_repeated_sentences(documents, fewest=2)
    assert Counter(len(r.sentences) for r in repeats) == Counter(
        count for count in counts.values() if count > 1
    )


def test_a_changed_word_makes_a_near_duplicate():
    documents = [Document("a", f"{MET}{SOLD}"), Document("b", f"另讯。{SOLD_MORE}")]
    (pair,) = find_near_duplicates(documents, article_threshold=1)
    assert (pair.kind, pair.one.text, pair.other.text) == ("sentence", SOLD, SOLD_MORE)
    # 18 letters are 17 pairs; the three that hold 花 or 鼓 differ, and so on the other side.
    assert pair.similarity == 14 / 20
    assert find_near_duplicates(documents, 0.7, 1) == [pair]
    assert find_near_duplicates(documents, 0.71, 1) == []


def test_whole_articles_are_compared():
    lines = ["花鼓三万套", "链轮两万个", "车架一千副", "轮圈四千只"]
    one, other = Document("a", "\n".join(lines)), Document("b", "，".join(reversed(lines)))
    (pair,) = find_near_duplicates([one, other])
    assert (pair.kind, pair.one.article, pair.other.article) == ("article", "a", "b")
    # 20 letters are 19 pairs: 16 within the lines, 3 across them, which the order changes.
    assert pair.similarity == 16 / 22


def test_empty_and_letterless_articles_resemble_nothing():
    assert find_near_duplicates([Document("a", ""), Document("b", "123"), Document("c", "")]) == []
    assert find_near_duplicates([]) == []


@pytest.mark.parametrize("threshold", [0, 0.01, 1.1])
def test_a_threshold_that_cannot_be_kept_is_refused(threshold):
    with pytest.raises(ValueError, match=r"expected 0\.02 to 1"):
        find_near_duplicates([], threshold)


def test_bands_miss_no_pair_that_brute_force_finds(gold):
    documents = [item.document for item in gold]
    sentences = [s for d in documents for s in split_sentences(d, NEAR_SENTENCE_HAN)]
    sets = []
    for sentence in sentences:
        letters = "".join(filter(str.isalpha, sentence.text.casefold()))
        sets.append({letters[i : i + 2] for i in range(len(letters) - 1)})
    pairs = combinations(range(len(sets)), 2)
    close = {(a, b) for a, b in pairs if len(sets[a] & sets[b]) >= 0.2 * len(sets[a] | sets[b])}
    found = find_near_duplicates(documents, 0.2, 1)
    assert {(p.one, p.other) for p in found} == {(sentences[a], sentences[b]) for a, b in close}
    assert close


def test_people_are_shared_by_full_name():
    one = mark("a", "李 娜、马、聊城", ("李 娜", "OFFICIAL"), ("马", "OFFICIAL"), ("聊城", "LOC"))
    other = mark("b", "记者李娜、马某、聊城", ("李娜", "PERSON"), ("马", "PERSON"), ("聊城", "LOC"))
    third = mark("c", "李　娜", ("李　娜", "PERSON"))
    (shared,) = find_shared_people([one], [other, third])
    assert (shared.name, shared.one, shared.other) == ("李娜", ("a",), ("b", "c"))
    assert find_shared_people([other], [mark("d", "李娜芳", ("李娜芳", "PERSON"))]) == []
    hant = mark("e", "馬永偉", ("馬永偉", "PERSON"))
    hans = mark("f", "马永伟", ("马永伟", "OFFICIAL"))
    assert [person.name for person in find_shared_people([hant], [hans])] == ["马永伟"]


def test_checks_name_articles_and_what_they_share():
    long = "规上工业增加值同比增长百分之六，税收下降，用电持平，出口翻番，就业稳定，物价平稳。"
    problems = check_splits(
        {
            "train": [mark("a", f"{MET}{SOLD}{long}周工到场。", ("周工", "PERSON"))],
            "validation": [Document("b", MET)],
            "test": [mark("c", f"{MET}周工说了许多别的话。{SOLD_MORE}", ("周工", "PERSON"))],
        }
    )
    assert problems == [
        "c (test) and a (train) mention the same person, 周工.",
        f"c (test) and a (train) have the same sentence: {MET!r}.",
        f"c (test) and b (validation) have the same sentence: {MET!r}.",
        "c (test) and a (train) have nearly the same sentence (similarity 0.70): "
        f"{SOLD_MORE!r} and {SOLD!r}.",
        "c (test) and b (validation) are nearly the same (similarity 0.39).",
        "c (test) and a (train) are nearly the same (similarity 0.37).",
    ]


def test_one_article_on_both_sides_is_found():
    problems = check_splits({"train": [Document("a", SOLD)], "test": [Document("a", SOLD)]})
    assert problems == [
        f"a (test) and a (train) have the same sentence: {SOLD!r}.",
        "a (test) and a (train) are nearly the same (similarity 1.00).",
    ]


def test_no_test_split_is_an_error():
    with pytest.raises(ValueError, match="no split is named test, only train, dev"):
        check_splits({"train": [], "dev": []})


def test_no_composed_sentence_stands_twice(composed):
    assert len(composed) > 300
    assert [[s.article for s in r.sentences] for r in find_repeated_sentences(composed)] == []


def test_no_composed_article_is_a_near_duplicate(composed):
    pairs = find_near_duplicates(composed)
    assert [(p.kind, p.one.article, p.other.article, p.one.text[:60]) for p in pairs] == []


def test_test_shares_nothing_with_the_other_splits(gold, composed):
    splits = {"train": list(composed), "validation": [], "test": []}
    for item in gold:
        splits[item.seed.split].append(item.document)
    assert check_splits(splits) == []
