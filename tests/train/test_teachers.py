import lzma

import numpy as np
import pytest

from jiqun.errors import InputError
from jiqun.train.teachers import KINDS, segment, teach

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


def test_a_text_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: no text to read \(FileNotFoundError\)"):
        teach([str(tmp_path / "none.txt")], [10], TAGS, 1)
