"""The gold itself, checked as hard as code."""

import re
from collections import Counter

import pytest

DIGITS = re.compile(r"[0-9０-９][0-9０-９.,:\-—]*[0-9０-９]|[0-9０-９]")
NOT_AMOUNTS = {
    "000": ["6", "16", "2023", "2019", "415", "50", "20", "80", "40", "5"],
    "001": ["11", "14", "2023", "40", "3-5"],
    "002": ["2023", "11", "8"],
    "003": ["8", "18", "2022"],
    "004": ["6", "7", "2023", "1", "1—4"],
}


def covered(document, start, end):
    return [s for s in document.spans if s.start < end and start < s.end]


def test_counts(gold):
    counts = Counter(span.label for item in gold for span in item.document.spans)
    assert counts == {"ORG": 128, "LOC": 115, "OFFICIAL": 69, "PERSON": 11, "FIGURE": 59}
    assert [len(item.document.spans) for item in gold] == [92, 123, 34, 80, 53]


def test_every_digit_is_an_amount_or_known_not_to_be_one(gold):
    for item in gold:
        document = item.document
        outside = [
            match[0]
            for match in DIGITS.finditer(document.text)
            if not covered(document, *match.span())
        ]
        assert outside == NOT_AMOUNTS[document.id[:3]]
        for match in DIGITS.finditer(document.text):
            for span in covered(document, *match.span()):
                assert span.start <= match.start() and match.end() <= span.end
                assert span.label == "FIGURE"


def test_every_repeat_of_a_mention_is_marked(gold):
    for item in gold:
        document = item.document
        for surface in {document.surface(s) for s in document.spans if s.label != "FIGURE"}:
            for match in re.finditer(re.escape(surface), document.text):
                if (
                    surface != "经开区"
                    or "商务部经开区综合考评" not in document.text[match.start() - 3 :][:10]
                ):
                    assert covered(document, *match.span()), (document.id, surface, match.start())


def test_a_person_keeps_one_label_in_an_article(gold):
    for item in gold:
        labels = {}
        for span in item.document.spans:
            if span.label in ("OFFICIAL", "PERSON"):
                labels.setdefault(item.document.surface(span), set()).add(span.label)
        assert all(len(found) == 1 for found in labels.values())


def test_edges_hold_no_space_and_no_punctuation(gold):
    for item in gold:
        for span in item.document.spans:
            surface = item.document.surface(span)
            assert re.fullmatch(r"\w(?:[\w ().%]*[\w%])?", surface), surface


@pytest.mark.parametrize(
    ("article", "context", "marked"),
    [
        ("000", "温岭、玉环)、宁波", ["LOC 温岭", "LOC 玉环", "LOC 宁波"]),
        ("000", "在中国滚动总部 (丽水)创新中心成功", ["ORG 中国滚动总部 (丽水)创新中心"]),
        ("000", "约占据全国40%以上的产能", ["FIGURE 40%以上"]),
        ("000", "代表丽水市委市政府,", ["ORG 丽水市委", "ORG 市政府"]),
        ("001", "副省长周立伟出席", ["OFFICIAL 周立伟"]),
        ("001", "浙江五洲新春集团监事会主席", ["ORG 浙江五洲新春集团监事会"]),
        ("001", "董事长高元安", ["PERSON 高元安"]),
        ("001", "形成百亿产业集群", ["FIGURE 百亿"]),
        ("002", "中国铸造协会产业集群工作委员会主任", ["ORG 中国铸造协会产业集群工作委员会"]),
        ("002", "从“二百支红炉、三千铜铁匠”到", []),
        ("003", "政协委员：范凡", ["ORG 政协", "OFFICIAL 范凡"]),
        ("003", "参考德国斯图加特模式", ["LOC 德国斯图加特"]),
        ("004", "聊城市唯一一个", ["LOC 聊城市", "FIGURE 一个"]),
        ("004", "今年1—4月份", []),
        ("004", "控制在10万元左右,", ["FIGURE 10万元左右"]),
    ],
)
def test_examples_of_the_scheme(gold, article, context, marked):
    document = next(i.document for i in gold if i.document.id.startswith(article))
    start = document.text.index(context)
    spans = covered(document, start, start + len(context))
    assert [f"{s.label} {document.surface(s)}" for s in spans] == marked
