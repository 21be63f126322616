import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.seeds import restore as module
from jiqun.seeds.align import Alignment, Edit
from jiqun.seeds.restore import Damage, detect_script, find_damage, find_pinyin, restore, simplify


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("經(jīng)濟(jì)發(fā)展", "经济发展"),
        ("軸承(鍛造)產(chǎn)業(yè)", "轴承(锻造)产业"),
        ("會(huì )議舉辦", "会议举办"),
        ("質（zhì）量標準", "质量标准"),
        ("長(cháng)江大橋", "长江大桥"),
        ("洛陽(yáng)綠(lǜ)色產(chǎn)業(yè)", "洛阳绿色产业"),
        ("了(le)解(jie)產業", "了解产业"),
        ("14日(rì)清(qīng)水", "14日清水"),
        ("認可(CNAS)實驗室(kg)", "认可(CNAS)实验室(kg)"),
        ("中國(China Mobile)", "中国(China Mobile)"),
        ("世貿(WTO)組織", "世贸(WTO)组织"),
        ("重量(zhong)軸承(cheng)", "重量(zhong)轴承"),
        ("a(jing)經濟", "a(jing)经济"),
        ("", ""),
    ],
)
def test_restored_texts(raw, text):
    article = restore(raw, "id")
    assert article.text == text
    assert article.raw == raw
    assert len(article.alignment) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "精密滚动,丽链全球。台州(温岭、玉环)",
        "乾隆年间，陶喆、张堃、李昇、𠮷田与㛃·买买提",
        "  行首空格\r\n\t制表符\u3000全角\xa0不断行\ufeff",
        "瞭望塔 著名 藉口 馀姚 一只面里干",
    ],
)
def test_simplified_text_passes_untouched(text):
    article = restore(text, "id")
    assert article.text == text
    assert article.alignment == Alignment.identity(len(text))


def test_errata_go_through_the_same_alignment():
    raw = "經濟日?qǐng)?bào) |"
    article = restore(raw, "id", [Edit(2, len(raw) - 2, "日報")])
    assert article.text == "经济日报 |"
    assert article.alignment.to_raw(0, 4) == (0, len(raw) - 2)
    assert article.damage == ()


def test_lost_characters_are_told():
    assert find_damage("经济日?qǐng)?bào) |") == (Damage(3, 14, "question"),)
    assert find_damage("规?;?、绿色") == (Damage(1, 4, "question"),)
    assert find_damage("是吗?是。") == (Damage(2, 3, "question"),)
    assert find_damage("真的?\n好\ufffd\ufffd人\ue000") == (
        Damage(5, 7, "replacement"),
        Damage(8, 9, "private"),
    )


@pytest.mark.parametrize(
    ("text", "script"),
    [("發展產業", "Hant"), ("发展产业", "Hans"), ("中文", "Hans"), ("", "Hans"), ("著藉", "Hans")],
)
def test_scripts_are_told_apart(text, script):
    assert detect_script(text) == script


def test_a_conversion_that_changes_length_is_aligned_by_sentence(monkeypatch):
    class Longer:
        def convert(self, text):
            return text.replace("軟體", "软件体")

    monkeypatch.setattr(module, "_converter", lambda config: Longer())
    text, alignment = simplify("好。軟體多。完\n尾")
    assert text == "好。软件体多。完\n尾"
    assert alignment.segments() == [[0, 2, 0, 2], [2, 7, 2, 6], [7, 10, 6, 9]]


CRAWLED = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            ["經(jīng)濟(jì)", "(鍛造)", "會(huì )議", "\r\n", "𠮷", "?；", "為", "e\u0301"]
        ),
    ),
    max_size=12,
).map("".join)


@given(CRAWLED)
def test_any_text_restores_with_a_total_monotone_alignment(raw):
    article = restore(raw, "id")
    alignment = article.alignment
    assert len(alignment) == len(article.text)
    assert alignment.raw_length == len(raw)
    assert (np.diff(alignment.starts) >= 0).all() and (np.diff(alignment.ends) >= 0).all()
    assert Alignment.from_segments(alignment.segments(), len(raw)) == alignment
    # What is removed is bracketed pinyin and nothing else.
    removed = sum(edit.end - edit.start for edit in find_pinyin(raw))
    assert len(article.text) == len(raw) - removed


@given(CRAWLED, st.data())
def test_spans_go_to_raw_and_come_back(raw, data):
    article = restore(raw, "id")
    if article.text:
        start = data.draw(st.integers(0, len(article.text) - 1))
        end = data.draw(st.integers(start + 1, len(article.text)))
        raw_range = article.alignment.to_raw(start, end)
        assert article.alignment.to_text(*raw_range) == (start, end)


@given(CRAWLED)
def test_what_is_restored_stays_as_it_is(raw):
    once = restore(raw, "id").text
    again = restore(once, "id")
    if not find_pinyin(once):
        assert detect_script(once) == "Hant" or again.text == once
