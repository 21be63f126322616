import lzma

import numpy as np
import pytest

from jiqun.errors import InputError
from jiqun.spans import Document, Prediction, Span
from jiqun.train.teachers import KINDS, segment, teach, teach_gold, weigh_silver

TAGS = ["O", *(f"{p}-{n}" for n in ("ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE") for p in "BI")]


def test_words_and_their_parts_of_speech():
    classes = segment("北京有三千家工厂")
    assert len(classes) == 8 and classes.dtype == np.uint8
    assert [KINDS[kind // 2] for kind in classes] == ["ns", "ns", "v", "m", "m", "m", "n", "n"]
    assert (classes % 2).tolist() == [0, 1, 0, 0, 1, 1, 0, 1]


@pytest.mark.slow
def test_silver_is_what_the_rules_find(tmp_path):
    path = tmp_path / "news.txt.xz"
    line = "临清市现有轴承企业2300余家，去年产值一百亿元。"
    path.write_bytes(lzma.compress(f"短。\n\n{line}\n".encode()))
    (row,) = teach([str(path)], [1000], TAGS, 1)
    assert row["text"] == line
    assert len(row["words"]) == len(row["silver"]) == len(line)
    start = line.index("2300余家")
    tags = [TAGS[number] for number in row["silver"]]
    assert tags[start : start + 7] == ["B-FIGURE", *["I-FIGURE"] * 5, "O"]


@pytest.mark.slow
def test_silver_is_what_a_reader_finds_less_what_it_doubts(tmp_path):
    path = tmp_path / "news.txt"
    path.write_text("这里的十家企业，去年产值增长了很多很多。\n", encoding="utf-8")

    def mark(texts):
        figure, doubtful = Span(3, 5, "FIGURE"), Span(8, 10, "ORG")
        return [([Prediction(figure, 0.9)], [Prediction(doubtful, 0.1)]) for _ in texts]

    (row,) = teach([str(path)], [1000], TAGS, 1, mark)
    assert row["silver"] == [0, 0, 0, 9, 10, 0, 0, 0, -100, -100, *[0] * 10]


WORDS = "北京市有三千家工厂，张三说了话"


@pytest.mark.parametrize(
    ("sure", "doubtful", "expected"),
    [
        # 北京市 and 张三 are names by jieba; what nobody marks there counts neither way.
        ([], [], "xxx0000000xx000"),
        ([Span(0, 3, "LOC")], [], "3440000000xx000"),
        # Cut in the midst of a word; an amount may be.
        ([Span(0, 2, "LOC")], [], "xxx0000000xx000"),
        ([Span(1, 5, "ORG")], [], "xxxxxxx000xx000"),
        ([Span(4, 5, "FIGURE")], [], "xxx0900000xx000"),
        # 说了 can be no place; an organisation's name may have any words.
        ([Span(12, 14, "LOC")], [], "xxx0000000xx000"),
        ([Span(13, 15, "LOC")], [], "xxx0000000xx034"),
        ([Span(12, 13, "ORG")], [], "xxx0000000xx100"),
        # In doubt, unless something sure is there.
        ([Span(7, 9, "ORG")], [Span(3, 4, "LOC"), Span(8, 9, "LOC")], "xxxx00012" + "0xx000"),
    ],
)
def test_what_teachers_differ_on_counts_neither_way(sure, doubtful, expected):
    classes = {tag: number for number, tag in enumerate(TAGS)}
    words = segment(WORDS)
    assert "".join("01"[kind % 2] for kind in words) == "011001101001000"
    silver = weigh_silver(words, sure, doubtful, classes)
    assert silver.dtype == np.int8
    assert "".join("x" if number < 0 else str(number) for number in silver) == expected


def test_gold_stands_in_the_place_of_silver():
    (row,) = teach_gold([Document("a", "北京市好", (Span(0, 2, "LOC"),))], TAGS)
    assert row["silver"] == [3, 4, 0, 0] and len(row["words"]) == 4


def test_a_text_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: no text to read \(FileNotFoundError\)"):
        teach([str(tmp_path / "none.txt")], [10], TAGS, 1)
