import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.errors import InputError
from jiqun.files import decode_blocks, read_json, read_text, read_yaml, replacing, write_text


def test_text_is_read_with_its_line_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("甲\r\n乙\r".encode())
    assert read_text(path) == "甲\r\n乙\r"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "a.txt: the file is empty"),
        (b" \n", "a.txt: the file is empty"),
        ("文章".encode("gb18030"), "a.txt: byte 0 is not UTF-8"),
    ],
)
def test_unreadable_text_is_refused(tmp_path, content, fault):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_text(path)
    assert fault in str(caught.value)


@given(st.text(), st.lists(st.integers(0, 400)))
def test_blocks_may_be_cut_within_a_character(text, places):
    data = text.encode()
    cuts = sorted({0, len(data), *(place for place in places if place < len(data))})
    blocks = [data[low:high] for low, high in pairwise(cuts)]
    assert "".join(decode_blocks(blocks, "a.txt")) == text


@pytest.mark.parametrize(
    ("blocks", "byte"),
    [([b"a", b"\xe7\x94", b"a"], 1), ([b"\xe7\x94\xb2", b"\xe7"], 3), ([b"abc", b"d\xff"], 4)],
)
def test_the_faulty_byte_is_counted_from_the_first_block(blocks, byte):
    with pytest.raises(InputError, match=f"a.txt: byte {byte} is not UTF-8"):
        list(decode_blocks(blocks, "a.txt"))


def test_faulty_json_and_yaml_name_the_line(tmp_path):
    path = tmp_path / "a"
    path.write_text('{"a": 1,\n}', encoding="utf-8")
    with pytest.raises(InputError, match="not valid JSON at line 2"):
        read_json(path)
    path.write_text("a: [\n", encoding="utf-8")
    with pytest.raises(InputError, match="not valid YAML at line 2"):
        read_yaml(path)


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    write_text(path, "旧\r\n")
    with pytest.raises(RuntimeError), replacing(path) as beside:
        beside.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_bytes() == "旧\r\n".encode()
    assert os.listdir(path.parent) == ["a.txt"]


def test_written_files_have_the_usual_permissions(tmp_path):
    path = tmp_path / "a.txt"
    old = os.umask(0o027)
    try:
        write_text(path, "文")
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "文")
