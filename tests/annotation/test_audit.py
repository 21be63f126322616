import json

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.annotation.audit import (
    Accepted,
    audit,
    describe_suspect,
    leave_out,
    read_accepted,
)
from jiqun.annotation.labelled import read_documents
from jiqun.cli import app
from jiqun.errors import InputError
from marked import mark


@pytest.mark.parametrize(
    ("marked", "kind", "place"),
    [
        ("{PERSON|王宏}说，{OFFICIAL|王宏}也说。", "two labels", "王宏"),
        ("{ORG|甲厂}开工，甲厂投产。", "repeat", "甲厂"),
        ("在{LOC|“丽水}”举行", "edge", "“丽水"),
        ("产值1{FIGURE|2亿元}", "edge", "2亿元"),
        ("产值12.{FIGURE|5亿元}", "edge", "5亿元"),
        ("产值{FIGURE|12}.5亿元", "edge", "12"),
        ("产值{FIGURE|12}亿元", "edge", "12"),
        ("{FIGURE|10}A型", "edge", "10"),
        ("来了三{FIGURE|百家}企业", "edge", "百家"),
        ("{ORG|CNA}S认可", "edge", "CNA"),
        ("{LOC|温岭}市政府开会", "cut", "温岭"),
        ("{ORG|恒远}集团投产", "cut", "恒远"),
        ("在{LOC|江苏省}{LOC|徐州市}投产", "address", "江苏省徐州市"),
        ("产值12亿元", "number", "12"),
        ("来了三百家企业", "number", "三百家"),
        ("超过{FIGURE|12亿元}", "limit", "12亿元"),
        ("{FIGURE|12亿元}以上", "limit", "12亿元"),
        ("{FIGURE|达12亿元}", "limit", "达12亿元"),
        ("{ORG|市委书记}到会", "post", "市委书记"),
    ],
)
def test_each_rule_finds_its_suspect(marked, kind, place):
    document = mark(marked)
    found = [(s.kind, document.text[s.start : s.end]) for s in audit([document])]
    assert (kind, place) in found
    assert {k for k, _ in found} == {kind}


@pytest.mark.parametrize(
    "marked",
    [
        "{PERSON|王}总与{OFFICIAL|王}局长",
        "{LOC|温岭}市场广阔，{LOC|浙江}开发区众多",
        "{ORG|省政协}委员{OFFICIAL|王宏}",
        "2023年11月14日9时30分，第3届，五轴，10.9级，IE4，（2020）粤0804民初716号",
        "一家企业，四十多年，7个工作日，1至7月，20世纪80年代",
        "双方签约{FIGURE|14个}项目，{FIGURE|约3亿元}",
        "{LOC|丽水}{LOC|嘉兴}两地，唯一{FIGURE|一家}，6061-T6{FIGURE|两类}型材",
        "电话：0571-5678123",
    ],
)
def test_what_is_right_is_no_suspect(marked):
    assert audit([mark(marked)]) == []


def test_of_repeats_within_each_other_the_longest_is_a_suspect():
    document = mark(
        "{LOC|浙江}、{ORG|浙江省经信厅}、{ORG|经信厅}。浙江省经信厅，{LOC|浙江省}经信厅"
    )
    found = [document.text[s.start : s.end] for s in audit([document]) if s.kind == "repeat"]
    assert found == ["浙江省经信厅", "经信厅"]


def test_a_rare_label_of_a_name_is_a_suspect_beside_many_articles():
    documents = [mark("{LOC|京东}", f"a{n}") for n in range(3)] + [mark("{ORG|京东}", "b")]
    [suspect] = audit(documents)
    assert (suspect.article, suspect.kind) == ("b", "two labels")
    assert suspect.reason == "ORG here, LOC 3 times in other articles"


def test_the_likeliest_mistakes_come_first():
    document = mark("产值12亿元，{FIGURE|达13亿元}，{ORG|甲厂}，甲厂")
    assert [s.kind for s in audit([document])] == ["limit", "repeat", "number"]
    assert describe_suspect(audit([document])[1], document.text) == {
        "article": "a",
        "start": 16,
        "end": 18,
        "label": "ORG",
        "kind": "repeat",
        "reason": "unlabelled, ORG elsewhere in the article",
        "score": 0.8,
        "text": "甲厂",
        "context": "，达13亿元，甲厂，[甲厂]",
    }


def test_what_was_accepted_is_left_out_and_idle_acceptances_are_told(tmp_path):
    document = mark("产值12亿元，{ORG|甲厂}，甲厂")
    path = tmp_path / "accepted.yaml"
    path.write_text(
        "- {article: a, kind: repeat, text: 甲厂, reason: 别的厂}\n"
        "- {article: a, kind: cut, text: 甲厂, reason: 无}\n",
        encoding="utf-8",
    )
    left, idle = leave_out(audit([document]), read_accepted(path), [document])
    assert [s.kind for s in left] == ["number"]
    assert idle == [Accepted("a", "cut", "甲厂", "无")]
    for wrong in ("- {article: a}", "3", "- 3"):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(InputError, match="expected a list of entries with article"):
            read_accepted(path)


def test_all_that_is_suspected_of_the_committed_labels_is_accepted_with_reasons(scheme):
    found = read_documents([ROOT / "annotation/labelled", ROOT / "seeds/composed"], scheme)
    accepted = read_accepted(ROOT / "annotation/accepted.yaml")
    suspects = audit(found.documents, found.asides)
    assert leave_out(suspects, accepted, found.documents) == ([], [])
    assert all(len(entry.reason) > 5 for entry in accepted)


def test_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = tmp_path / "a.txt"
    path.write_text("{ASIDE|电话 123}\n{ORG|甲厂}开工，甲厂投产。", encoding="utf-8")
    runner = CliRunner()
    result = runner.invoke(app, ["audit", str(path)], catch_exceptions=False)
    row = (
        "│  0.80 │ repeat │ ORG   │ a:12  │ 123⏎甲厂开工，[甲厂]投产。 │ unlabelled, ORG elsewhere"
    )
    assert " ".join(row.split()) in " ".join(result.stdout.split())
    assert "audit: 1 articles, 1 suspects, 0 more accepted" in result.stderr
    result = runner.invoke(app, ["audit", str(path), "--format", "jsonl"])
    assert json.loads(result.stdout)["kind"] == "repeat"
    result = runner.invoke(app, ["audit"], catch_exceptions=False)
    assert result.stdout == ""
    assert "327 articles, 0 suspects" in result.stderr


def test_a_model_of_the_other_articles_is_asked_on_request(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    for n in range(20):
        place = "温岭" if n == 7 else "{LOC|温岭}"
        marked = f"在{place}的厂长{{PERSON|王一{chr(0x4E10 + n)}}}说。"
        (tmp_path / f"a{n}.txt").write_text(marked, encoding="utf-8")
    command = ["audit", str(tmp_path), "--format", "jsonl"]
    runner = CliRunner()
    assert runner.invoke(app, command, catch_exceptions=False).stdout == ""
    result = runner.invoke(app, [*command, "--crossval"], catch_exceptions=False)
    [suspect] = map(json.loads, result.stdout.splitlines())
    assert (suspect["article"], suspect["kind"], suspect["text"]) == ("a7", "model", "温岭")
    assert suspect["reason"].startswith("a model reads LOC 温岭 (")
    assert "audit: 20 articles, 1 suspects" in result.stderr
