import hashlib

import pytest

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.seeds.manifest import find_seed, read_manifest
from jiqun.seeds.restore import restore
from jiqun.seeds.script import detect_script

ENTRY = """\
- id: a
  file: a.txt
  sha256: {sha}
  title: T
  publisher: ""
  date: "2023-06-16"
  script: Hans
  split: train
"""


def write(folder, text="文章", entry=ENTRY):
    (folder / "a.txt").write_text(text, encoding="utf-8")
    sha = hashlib.sha256(text.encode()).hexdigest()
    path = folder / "manifest.yaml"
    path.write_text(entry.replace("{sha}", sha), encoding="utf-8")
    return path


def test_the_five_seeds_are_unchanged_and_readable(seeds):
    articles = [seed.read() for seed in seeds]
    assert [len(a.raw) for a in articles] == [2136, 4818, 2569, 3087, 2086]
    assert [len(a.text) for a in articles] == [2136, 2394, 1146, 3083, 1051]
    assert [detect_script(a.raw) for a in articles] == [seed.script for seed in seeds]
    assert [a.damage for a in articles] == [()] * 5
    texts = "".join(a.text for a in articles)
    assert "规范化、规模化、绿色化、集约化" in texts
    assert "来源:冠县在线、经济日报\n" in texts
    assert "轴承(锻造)产业" in texts
    assert not any(c in texts for c in "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ")


def test_what_is_kept_aside(seeds):
    articles = [seed.read() for seed in seeds]
    said = [[(a.raw[x.raw_start : x.raw_end][:4], x.rule) for x in a.asides] for a in articles]
    assert said == [
        [],
        [("中國(g", "code"), ("關(gu", "code")],
        [],
        [],
        [
            *(("2024", "dates"), ("2024", "dates"), ("2024", "dates"), ("2024", "dates")),
            *(("2023", "dates"), ("2023", "dates"), ("聊城新聞", "licence")),
            *(("互聯(l", "licence"), ("信息網(", "licence"), ("本網(w", "contact")),
        ],
    ]


def test_without_errata_the_same_losses_are_repaired(seeds):
    for seed in seeds:
        crawled = seed.read_raw()
        assert restore(crawled.raw, seed.id).text == crawled.restore().text


def test_every_erratum_says_why(seeds):
    errata = [erratum for seed in seeds for erratum in seed.errata]
    assert len(errata) == 3
    assert all(len(erratum.reason) > 20 for erratum in errata)


def test_a_changed_byte_is_refused_by_name(tmp_path):
    path = write(tmp_path)
    (tmp_path / "a.txt").write_text("文草", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.txt: the bytes are not those the manifest lists"):
        read_manifest(path)[0].read()


def test_a_missing_file_is_named(tmp_path):
    path = write(tmp_path)
    (tmp_path / "a.txt").unlink()
    with pytest.raises(InputError, match=r"a\.txt: cannot be read \(No such file"):
        read_manifest(path)[0].read()


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("a: b\n", "expected a list of articles"),
        ("- 3\n", "article 1: expected keys and values, found 3"),
        (ENTRY.replace("  title: T\n", ""), "article 1: missing title"),
        (ENTRY + "  colour: red\n", "article 1: unknown key colour"),
        (ENTRY.replace("split: train", "split: dev"), "split is 'dev'"),
        (ENTRY + ENTRY, "a is listed twice"),
        (ENTRY + "  errata:\n  - raw: x\n", "an erratum has the keys raw, text and reason"),
        ("- id: [\n", "not valid YAML at line 2"),
    ],
)
def test_a_faulty_manifest_is_refused(tmp_path, entry, fault):
    path = write(tmp_path, entry=entry)
    with pytest.raises(InputError, match=r"manifest\.yaml") as caught:
        read_manifest(path)
    assert fault in str(caught.value)


@pytest.mark.parametrize(("raw", "count"), [("没有", 0), ("重", 2)])
def test_an_erratum_must_fit_once(tmp_path, raw, count):
    erratum = f"  errata:\n  - {{raw: {raw}, text: 轻, reason: 笔误}}\n"
    path = write(tmp_path, "重重叠叠", ENTRY + erratum)
    with pytest.raises(InputError, match=f"occurs {count} times"):
        read_manifest(path)[0].read()


def test_a_file_finds_its_manifest_entry():
    name = "002_332ebabd7cda0de6"
    assert find_seed(ROOT / f"seeds/{name}.txt").id == name
    assert find_seed(ROOT / "README.md") is None
