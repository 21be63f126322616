import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from jiqun.annotation.lexicon import Lexicon
from jiqun.annotation.prelabel import (
    Prelabeller,
    combine,
    explain_refusal,
    measure_left_out,
    prelabel_tasks,
)
from jiqun.annotation.rules import find_figures, know_places
from jiqun.cli import app
from jiqun.data.divisions import list_names
from jiqun.errors import InputError
from jiqun.files import read_json
from jiqun.seeds.composed import write_marked
from jiqun.spans import Prediction, Span, check_spans
from marked import mark


@pytest.fixture(scope="module")
def places():
    return know_places(list_names())


@pytest.fixture(scope="module")
def prelabel(places):
    return Prelabeller(places=places)


@pytest.mark.parametrize(
    "marked",
    [
        "产值达{FIGURE|102.2亿元}，增长{FIGURE|20.39%}，占{FIGURE|40%以上}",
        "共{FIGURE|超400家}企业、{FIGURE|500多家}店、{FIGURE|600余名}代表",
        "{FIGURE|1.5个百分点}、{FIGURE|12英寸}、{FIGURE|150万平方米}、{FIGURE|10万元左右}",
        "{FIGURE|四分之三}、{FIGURE|近六成}、{FIGURE|两场}、{FIGURE|三十多户}、{FIGURE|上百家}",
        "{FIGURE|3-5家}，由{FIGURE|30%至40%}增至{FIGURE|不超过50%}",
        "{FIGURE|零下7度}，{FIGURE|人民币5万元}，{FIGURE|六成四}，{FIGURE|一半}",
        "新到{FIGURE|6000槽}",  # a classifier that no list has
        "向{FIGURE|2000亿}奋进，{FIGURE|百亿}产业集群，{FIGURE|超15万}",
        "2023年11月14日，1—4月份，近四年，40多年，3-5年，7个工作日，20世纪80年代",
        "第八届，50强，一级巡视员，五轴，10.9级，IE4，H13钢，M8以下，一个，一批，多家，若干",
        "（2020）粤0804民初716号，电话0571-5678123，“十四五”，双招双引，签约仪式，长三角",
    ],
)
def test_amounts_with_their_limiters_and_not_their_decoys(marked):
    document = mark(marked)
    spans = sorted(one.span for one in find_figures(document.text))
    assert write_marked(document.text, spans) == marked


@pytest.mark.parametrize(
    "marked",
    [
        "{ORG|丽水市商务局}局长{OFFICIAL|周立伟}介绍，",
        "副省长{OFFICIAL|周立伟}说，{OFFICIAL|周立伟}也来了",
        "{ORG|浙江五洲新春集团监事会}主席{PERSON|王宏}，",
        "董事长{PERSON|高元安}、总经理{PERSON|王明}介绍",
        "（记者 {PERSON|章琪} {PERSON|姜世倩}）",
        "甲集团监事会主席、监测中心主任、实验室主任{PERSON|王明舟}，实验室主任王明",
        "责任编辑：{PERSON|刘 青 琴}",
        "记者 {PERSON|叶梦影}/文 {PERSON|徐伟杰}/图",
        "作者: {PERSON|董永芳} 终审：{PERSON|王宏}，审核李强的材料",
        "文/{PERSON|王宏} 图/网络 下图/左图",
        "{OFFICIAL|侯文柱}、{OFFICIAL|侯鹏宇}等市领导到会",
        "{OFFICIAL|李}局长，{PERSON|王}总说，",
        "{OFFICIAL|陈海江}副局长到会",
        "{ORG|聊城技师学院党委}书记{OFFICIAL|金同元}",
        "{ORG|中国轴承工业协会}副秘书长、教授级高工{OFFICIAL|刘桥方}，高级工程师{PERSON|王宏}",
        "该主任说，新书记到任，记者在现场看到",
        "总经理办公会，厂长不在，老师傅",
    ],
)
def test_people_by_post_and_byline(prelabel, marked):
    document = mark(marked)
    spans = [one.span for one in prelabel(document.text)]
    assert write_marked(document.text, spans) == marked


@pytest.mark.parametrize(
    "marked",
    [
        "{ORG|中国锻压协会}秘书长{OFFICIAL|王宏}",
        "{ORG|温岭市委}{ORG|丽水市政府}",
        "{ORG|聊城市委}、{ORG|市政府}，{ORG|政协}委员",
        "{ORG|省工信厅}和{ORG|市经信局}",
        "{ORG|县委}常委、{ORG|组织部}部长，{ORG|市委}副书记，{ORG|温岭市委}书记，组织部里",
        "{ORG|英国霍桑茶业公司}，{ORG|浙江省高档数控机床技术创新中心}揭牌",
        "{LOC|浙江省丽水市}、{LOC|台州}（{LOC|温岭}、{LOC|玉环}）",
        "{LOC|丽水经开区}，{LOC|中国}轴承产业，{LOC|丽水}相继被评为",
        "{LOC|章丘区}副区长{OFFICIAL|王宏}",
        "相关部门、行业协会、该公司、调研组，全市、我省、山区、国内",
    ],
)
def test_bodies_and_places(prelabel, marked):
    document = mark(marked)
    spans = [one.span for one in prelabel(document.text)]
    assert write_marked(document.text, spans) == marked


def test_without_places_amounts_and_people_are_found_all_the_same():
    spans = [one.span for one in Prelabeller()("在日本，厂长王宏买了10台，")]
    assert spans == [Span(1, 3, "LOC"), Span(6, 8, "PERSON"), Span(10, 13, "FIGURE")]


def test_neighbours_of_one_label_stay_apart_and_the_longest_stands():
    found = [
        Prediction(Span(0, 2, "ORG"), 0.9),
        Prediction(Span(2, 4, "ORG"), 0.9),
        Prediction(Span(3, 4, "LOC"), 0.99),
        Prediction(Span(5, 7, "LOC"), 0.6),
        Prediction(Span(5, 7, "ORG"), 0.7),
        Prediction(Span(8, 9, "LOC"), 0.4),
    ]
    kept = combine("甲会乙会，甲乙，丙", found)
    assert [one.span for one in kept] == [Span(0, 2, "ORG"), Span(2, 4, "ORG"), Span(5, 7, "ORG")]
    assert [one.score for one in kept] == pytest.approx([0.9, 0.9, 0.7])


def test_what_two_sources_find_is_surer_and_models_see_paragraphs():
    seen = []

    def model(texts):
        seen.extend(texts)
        return [[Prediction(Span(0, 3, "FIGURE"), 0.5)] for _ in texts]

    found = Prelabeller(model=model)("10台\n\n四个人")
    assert seen == ["10台", "四个人"]
    # 四个人 is the model's alone, and not sure.
    assert [one.span for one in found] == [Span(0, 3, "FIGURE"), Span(5, 7, "FIGURE")]
    assert [one.score for one in found] == pytest.approx([1 - 0.03 * 0.5, 0.93])


def test_what_a_model_is_sure_of_stands_without_the_others():
    def model(texts):
        return [[Prediction(Span(0, 3, "FIGURE"), 0.96), Prediction(Span(4, 6, "ORG"), 0.94)]]

    found = Prelabeller(rules=False, model=model)("四个人，甲厂")
    assert found == [Prediction(Span(0, 3, "FIGURE"), pytest.approx(0.96))]


@pytest.mark.parametrize(
    ("text", "span", "kept"),
    [
        ("向2000亿奋进", Span(1, 7, "FIGURE"), [Span(1, 6, "FIGURE")]),
        ("四千精神", Span(0, 2, "FIGURE"), [Span(0, 2, "FIGURE")]),
        ("（文）", Span(1, 2, "PERSON"), []),
        ("文 ", Span(0, 2, "PERSON"), []),
        ("李局长", Span(0, 1, "OFFICIAL"), [Span(0, 1, "OFFICIAL")]),
        ("台州市委常委", Span(0, 6, "ORG"), [Span(0, 4, "ORG")]),
        ("台州市委常委会", Span(0, 7, "ORG"), [Span(0, 7, "ORG")]),
    ],
)
def test_where_rules_know_better_than_a_model(text, span, kept):
    prelabeller = Prelabeller(model=lambda texts: [[Prediction(span, 0.99)]])
    assert [one.span for one in prelabeller(text)] == kept


def test_a_span_of_the_model_is_freed_of_blanks_and_punctuation():
    [one] = combine("“丽水 ”", [Prediction(Span(0, 5, "LOC"), 0.9)])
    assert one == Prediction(Span(1, 3, "LOC"), pytest.approx(0.9))


NAMES = "丽水 浙江省 温岭市 市委 市政府 公司 局长 记者 李明 欧阳 协会 秘书长"
SIGNS = "副王宏、，“”（）12.%万亿元家多超约两三成至的在说摄·总A \n\u3000\ue000\ud800𠀀"
PIECES = st.sampled_from([*NAMES.split(), *SIGNS])


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40))
def test_spans_are_flat_tight_and_the_same_each_time(places, text):
    lexicon = Lexicon({"丽水": ("LOC", 0.9), "公司局长": ("ORG", 0.8), "王李明": ("PERSON", 0.7)})
    prelabeller = Prelabeller(places=places, lexicon=lexicon)
    found = prelabeller(text)
    spans = [one.span for one in found]
    check_spans(spans, len(text))
    assert found == prelabeller(text)
    for one in found:
        surface = text[one.span.start : one.span.end]
        assert surface == surface.strip()
        assert "\n" not in surface
        assert not set(surface[0] + surface[-1]) & set("，。、；：！？“”《》 ")
        assert 0.5 <= one.score <= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["一", "1", "市", "浙江", "市委", "记者王", "记者 王小明、", "1,111", "10家", "·", "王 "],
)
def test_a_million_characters_of_one_kind_finish(prelabel, unit):
    text = unit * (1_000_000 // len(unit))
    check_spans([one.span for one in prelabel(text)], len(text))


@pytest.mark.slow
def test_precision_on_articles_left_out(places, gold, composed):
    """Rules were written looking at the composed articles up to c160, and at no gold article but
    for what they wrongly took for a place."""
    composed = [article.document for article in composed]
    unseen = [document for document in composed if document.id > "c160"]
    gold = [article.document for article in gold]
    prelabeller = Prelabeller(places=places, lexicon=Lexicon({}))
    for documents, known, folds in ((gold, composed, None), (unseen, [], 10)):
        measured = measure_left_out(documents, prelabeller, known, folds)
        assert list(measured) == ["rules", "lexicon", "together"]
        for label, row in measured["together"].items():
            assert row["precision"] >= 0.9, (label, row)
            assert row["recall"] >= 0.4, (label, row)


def test_measuring_leaves_the_measured_out():
    documents = [mark("{ORG|大众网}，{FIGURE|两家}", str(n)) for n in range(2)]
    documents.append(mark("{LOC|智创园}", "2"))
    measured = measure_left_out(documents, Prelabeller(lexicon=Lexicon({})))
    assert measured["lexicon"]["ORG"] == {
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "support": 2,
    }
    assert measured["lexicon"]["LOC"] == {"precision": None, "recall": 0.0, "f1": 0.0, "support": 1}
    assert measured["rules"]["FIGURE"]["f1"] == measured["together"]["FIGURE"]["f1"] == 1.0
    known = [mark("{LOC|智创园}", "3")]
    measured = measure_left_out(documents, Prelabeller(False, lexicon=Lexicon({})), known)
    assert measured["lexicon"]["LOC"]["f1"] == 1.0 and list(measured) == ["lexicon", "together"]


def make_task(text, article="a"):
    return {"data": {"text": text, "article": article}, "meta": {"kept": 1}}


def test_tasks_get_one_prediction_from_all_that_is_known_of_others():
    known = [mark("{ORG|大众网}", "a"), mark("{ORG|中轴网}、{ORG|中轴网}", "b")]
    task = make_task("大众网、中轴网有两家。") | {"predictions": [{"model_version": "old"}]}
    [made], counts, learnt = prelabel_tasks([task], Prelabeller(lexicon=Lexicon({})), known)
    assert (counts, learnt) == ({"ORG": 1, "FIGURE": 1}, 1)
    assert (made["data"], made["meta"]) == (task["data"], task["meta"])
    [prediction] = made["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("rules+lexicon", 0.8333)
    assert [(r["value"]["text"], r["score"]) for r in prediction["result"]] == [
        ("中轴网", 0.8333),
        ("两家", 0.93),
    ]


def test_what_marks_is_named():
    model = [].__getitem__
    assert Prelabeller().version == "rules"
    assert Prelabeller(False, model=model, name="small").version == "small"
    assert Prelabeller(lexicon=Lexicon({}), model=model, name="m").version == "rules+lexicon+m"
    assert Prelabeller(False).version == "nothing"


def test_a_model_says_what_it_has_seen(tmp_path):
    assert "does not say in run.json what it was trained on" in explain_refusal(
        tmp_path, [mark("甲")]
    )
    (tmp_path / "run.json").write_text('{"articles": ["b", "c"]}', encoding="utf-8")
    assert explain_refusal(tmp_path, [mark("甲")]) is None
    reason = explain_refusal(tmp_path, [mark("甲"), mark("甲", "b")])
    assert reason == f"{tmp_path} was trained on b, which is measured here"


@pytest.mark.slow
def test_from_the_command_line(checkout):
    runner = CliRunner()
    runner.invoke(app, ["tasks"], catch_exceptions=False)
    bare = read_json("annotation/tasks.json")
    assert not any("predictions" in task for task in bare)
    alone = ["prelabel", "--without", "model"]
    result = runner.invoke(app, alone, catch_exceptions=False)
    assert "prelabel: 5 tasks, 322 spans (ORG 102, LOC 92, OFFICIAL 62, " in result.stderr
    assert "by rules+lexicon, 322 articles known" in result.stderr
    once = Path("annotation/tasks.json").read_bytes()
    runner.invoke(app, alone, catch_exceptions=False)
    assert Path("annotation/tasks.json").read_bytes() == once
    result = runner.invoke(app, ["prelabel", "--to", "all.json"], catch_exceptions=False)
    assert "by rules+lexicon+embedded, 322 articles known" in result.stderr
    command = [*alone, "--without", "rules", "--without", "lexicon", "--to", "bare.json"]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert "5 tasks, 0 spans (none) by nothing, 0 articles known → bare.json" in result.stderr
    assert [task["data"] for task in read_json("bare.json")] == [task["data"] for task in bare]
    result = runner.invoke(app, ["prelabel", "--measure", "--format", "json"])
    scores = json.loads(result.stdout)
    assert scores["together"]["OFFICIAL"]["support"] == 69
    assert "measured on 5 articles, each left out of 327" in result.stderr
    assert list(scores) == ["rules", "lexicon", "together"]
    assert "measured without a model" in result.stderr
    Path("bare.json").write_text('[{"data": {"text": "甲"}}]', encoding="utf-8")
    with pytest.raises(InputError, match="task 1 is not as `jiqun tasks` makes it"):
        runner.invoke(app, ["prelabel", "bare.json"], catch_exceptions=False)
    with pytest.raises(InputError, match="--without all: expected rules or lexicon or model"):
        runner.invoke(app, ["prelabel", "--without", "all"], catch_exceptions=False)
    Path("model").mkdir()
    with pytest.raises(InputError, match="model does not say in run"):
        runner.invoke(app, ["prelabel", "--measure", "--model", "model"], catch_exceptions=False)
