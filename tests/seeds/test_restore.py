import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.seeds.align import Alignment, Edit
from jiqun.seeds.furniture import Aside
from jiqun.seeds.restore import STEPS, restore, split_chunks

CLEAN = """精密滚动,丽链全球。台州(温岭、玉环)、宁波。
乾隆年间，陶喆、张堃、李昇、𠮷田与㛃·买买提，李　娜说：“15%？好！”
记者 | 廖王晶
浙江省经信厅二级巡视员、经信行业党委副书记 陈海江
楼志坚在致辞时首先代表丽水市委市政府,对大会表示祝贺。
2023-06-16
1. AT&T 与 a<b 的 C++、A+B级企业"""


def test_clean_simplified_text_passes_byte_for_byte():
    article = restore(CLEAN, "id")
    assert article.text == CLEAN
    assert article.alignment == Alignment.identity(len(CLEAN))
    assert (article.asides, article.damage) == ((), ())


RAW = (
    "\ufeff\u3000\u3000經(jīng)濟&nbsp;發(fā)展規(guī)?;?、面臨著<br>軸承(鍛造)\r\n"
    "魯ICP備09083931號\r\n記者李昇 |"
)


def test_all_steps_together():
    article = restore(RAW, "id")
    assert article.text == "经济 发展规模化、面临着\n轴承(锻造)\n记者李昇"
    start = article.text.index("规模化")
    assert RAW[slice(*article.alignment.to_raw(start, start + 3))] == "規(guī)?;?"
    [aside] = article.asides
    assert RAW[aside.raw_start : aside.raw_end] == "魯ICP備09083931號\r\n"
    assert aside.rule == "licence"


def test_a_step_can_be_left_out():
    steps = [step for step in STEPS if step not in ("script", "furniture")]
    article = restore(RAW, "id", steps=steps)
    assert article.text == "經濟 發展規模化、面臨著\n軸承(鍛造)\n魯ICP備09083931號\n記者李昇"
    assert article.asides == ()
    with pytest.raises(ValueError, match="no step is called 'pinjin'"):
        restore(RAW, "id", steps=["pinjin"])


def test_errata_go_through_the_same_alignment():
    raw = "經濟某?qǐng)?bào) 發展\n京ICP备1号"
    article = restore(raw, "id", [Edit(2, raw.index(" "), "日報")])
    assert article.text == "经济日报 发展"
    assert article.alignment.to_raw(0, 4) == (0, raw.index(" "))
    assert article.damage == ()
    assert (
        article.asides == (Aside(raw.index("京"), len(raw), "licence"),)
        or raw[slice(article.asides[0].raw_start, article.asides[0].raw_end)].strip()
        == "京ICP备1号"
    )


PIECES = [
    *("經(jīng)濟(jì)", "(鍛造)", "會(huì )議", "\r\n", "\r", "𠮷", "?；", "?;?、", "為"),
    *("&nbsp;", "&amp;", "<br>", "![](a)", "|", "\u3000", "\xa0", "\u200b", "\u200d", "👩"),
    *("京ICP备1号", "\n", "2024-03-02", "，", "。", "李娜", "规", "日?qǐng)?bào)", "\ufffd"),
    *("\ufeff", "e\u0301", "昇", "著"),
]
CRAWLED = st.lists(st.one_of(st.text(max_size=4), st.sampled_from(PIECES)), max_size=25).map(
    "".join
)


@given(CRAWLED, st.sets(st.sampled_from(STEPS)))
def test_any_text_restores_with_a_total_monotone_alignment(raw, steps):
    article = restore(raw, "id", steps=steps)
    alignment = article.alignment
    assert len(alignment) == len(article.text)
    assert alignment.raw_length == len(raw)
    assert (np.diff(alignment.starts) >= 0).all() and (np.diff(alignment.ends) >= 0).all()
    assert Alignment.from_segments(alignment.segments(), len(raw)) == alignment
    for aside in article.asides:
        assert 0 <= aside.raw_start < aside.raw_end <= len(raw)
    for damage in article.damage:
        assert 0 <= damage.start < damage.end <= len(article.text)


@given(CRAWLED, st.sets(st.sampled_from(STEPS)))
def test_steps_one_after_the_other_equal_all_at_once(raw, steps):
    text, alignment = raw, Alignment.identity(len(raw))
    for step in (step for step in STEPS if step in steps):
        article = restore(text, "id", steps=[step])
        text, alignment = article.text, article.alignment.compose(alignment)
    at_once = restore(raw, "id", steps=steps)
    assert (at_once.text, at_once.alignment) == (text, alignment)


@given(CRAWLED, st.data())
def test_spans_go_to_raw_and_come_back(raw, data):
    article = restore(raw, "id")
    if article.text:
        start = data.draw(st.integers(0, len(article.text) - 1))
        end = data.draw(st.integers(start + 1, len(article.text)))
        back = article.alignment.to_text(*article.alignment.to_raw(start, end))
        assert back[0] <= start < end <= back[1]
        assert article.alignment.to_raw(*back) == article.alignment.to_raw(start, end)


def test_a_long_text_is_restored_in_pieces_as_it_would_be_whole():
    line = "第{}個產(chǎn)業(yè)集群發(fā)展&amp;壯大，\u3000\u3000達{}億元。\n"
    lines = [line.format(n, n) for n in range(9000)]
    raw = "".join(lines) + "京ICP备1号"
    article = restore(raw, "id")
    assert len(list(split_chunks(raw))) > 1
    pieces = ("".join(lines[n : n + 100]) for n in range(0, len(lines), 100))
    assert article.text == "".join(restore(piece, "id").text for piece in pieces).rstrip()
    position = article.text.index("第8999个")
    assert raw[slice(*article.alignment.to_raw(position, position + 6))] == "第8999個"
    assert raw[article.asides[0].raw_start :] == "\n京ICP备1号"


@given(st.text(alphabet="甲。\n", max_size=60), st.integers(1, 9))
def test_pieces_make_the_text(text, size):
    pieces = list(split_chunks(text, size))
    assert "".join(piece for _, piece in pieces) == text
    offsets = [0, *itertools.accumulate(len(piece) for _, piece in pieces)]
    assert [offset for offset, _ in pieces] == offsets[: len(pieces)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["轴", "(", "会(huì)", "规?", "&", "<a ", "![", "| ", " ", "轴，\n", "經濟，", "?qǐng)"],
)
def test_a_million_characters_of_one_kind(unit):
    """A step that were not linear would not come back within the test's time."""
    raw = unit * (1_000_000 // len(unit))
    article = restore(raw, "a")
    assert len(article.alignment) == len(article.text) <= len(raw)
    assert article.alignment.raw_length == len(raw)
