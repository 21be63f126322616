import io
import json

import pytest

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.seeds.crawl import describe, explain, read_crawled, restore_all, write_articles
from jiqun.seeds.restore import Crawled, restore, split_chunks


def test_folders_files_and_lines(tmp_path):
    (tmp_path / "a.txt").write_text("甲", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "乙", "id": 7}\n\n{"text": "丙"}\n', "utf-8")
    (tmp_path / "c.html").write_text("丁", encoding="utf-8")
    assert list(read_crawled([str(tmp_path), str(tmp_path / "c.html")])) == [
        Crawled("a", "甲"),
        Crawled("7", "乙"),
        Crawled("b#3", "丙"),
        Crawled("c", "丁"),
    ]


@pytest.mark.parametrize(("lines", "text"), [(False, '{"text": "乙"}'), (True, "乙")])
def test_standard_input(monkeypatch, lines, text):
    stdin = io.TextIOWrapper(io.BytesIO('{"text": "乙"}'.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    [crawled] = read_crawled(["-"], lines)
    assert crawled.raw == text


def test_a_long_file_comes_in_the_parts_it_is_restored_in(tmp_path, monkeypatch):
    raw = "".join(f"第{n}家企業在麗(lì)水(shuǐ)投產。\n" for n in range(200_000))
    (tmp_path / "a.txt").write_text(raw, encoding="utf-8")
    [whole] = read_crawled([str(tmp_path / "a.txt")])
    assert whole == Crawled("a", raw)
    parts = list(read_crawled([str(tmp_path / "a.txt")], parts=True))
    assert [(part.offset, part.raw) for part in parts] == list(split_chunks(raw))
    assert [part.id for part in parts][:2] == ["a#1", "a#2"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw.encode())))
    streamed = list(read_crawled(["-"], parts=True))
    assert [(part.offset, part.raw) for part in streamed] == list(split_chunks(raw))
    restored = parts[3].restore()
    assert restored.offset == parts[3].offset > 0
    assert restored.text == restore(parts[3].raw, "").text


def test_a_short_file_is_one_part(tmp_path):
    (tmp_path / "a.txt").write_text("甲", encoding="utf-8")
    assert list(read_crawled([str(tmp_path)], parts=True)) == [Crawled("a", "甲")]


@pytest.mark.parametrize(
    "line", ["乙", "[]", "{}", '{"text": 3}', '{"text": null}', '{"text": "\\ud800"}']
)
def test_a_line_that_is_no_article_is_named(tmp_path, line):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲"}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: expected a JSON object with a `text`"):
        list(read_crawled([str(path)]))


def test_an_empty_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no \.txt or \.jsonl file in this folder"):
        list(read_crawled([str(tmp_path)]))
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read"):
        list(read_crawled([str(tmp_path / "none.jsonl")]))


def test_processes_give_the_same_articles_in_the_same_order():
    crawled = list(read_crawled([str(ROOT / "seeds")])) * 3
    one, two = (list(restore_all(crawled, jobs=jobs)) for jobs in (1, 2))
    assert [describe(article) for article in one] == [describe(article) for article in two]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stream_is_not_read_far_ahead(jobs):
    read = []

    def stream():
        for number in range(100):
            read.append(number)
            yield Crawled(str(number), "轴承" * 50_000)

    articles = restore_all(stream(), jobs=jobs)
    assert next(articles).id == "0"
    assert len(read) <= 2 * jobs + 2
    assert [article.id for article in articles] == [str(number) for number in range(1, 100)]


def test_one_job_gives_each_short_article_before_it_reads_the_next():
    stream = iter([Crawled("0", "轴承"), Crawled("1", "铸造")])
    assert next(restore_all(stream)).text == "轴承"
    assert next(stream).id == "1"


def test_what_was_kept_aside_is_explained():
    article = restore("經(jīng)某?qǐng)?bào)。\n京ICP备1号", "a")
    assert list(explain(article)) == [
        "a: 20:28 aside (licence): '京ICP备1号'",
        "a: 8:19 lost (question): '?qǐng)?bào)'",
    ]


def test_nothing_is_written_unless_all_is_restored(tmp_path):
    def articles():
        yield restore("甲", "a")
        raise InputError("b.txt: the file is empty.")

    with pytest.raises(InputError):
        write_articles(articles(), tmp_path / "out")
    with pytest.raises(InputError, match="no file name"):
        write_articles([restore("甲", "a/b")], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    line = write_articles([restore("甲<br>", "a")], tmp_path / "out")
    assert line.startswith("restore: 1 articles, 5 raw characters → 1, 0 asides, 0 damaged")
    written = (tmp_path / "out/articles.jsonl").read_text(encoding="utf-8")
    assert json.loads(written)["text"] == "甲"
