import json

import pytest
from test_intake import ARTICLE, SPANS, make

from jiqun.annotation.interchange import import_labels, recognize
from jiqun.annotation.placement import Articles
from jiqun.annotation.tasks import make_task
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Span

TEXT = "丽水𠮷市委\r\n周立伟  出席。\n记者\u3000李娜"
HARD = restore(TEXT, "hard", steps=())
MARKED = [Span(0, 5, "ORG"), Span(7, 10, "OFFICIAL"), Span(19, 21, "PERSON")]
PLACES = [[s.start, s.end, s.label] for s in MARKED]


class Brought:
    """What came of an import: the spans of each annotator by article, and what did not."""

    def __init__(self, reading, intake):
        self.format, self.records, self.unplaced = (
            *(reading.format, reading.records),
            reading.unplaced,
        )
        self.repairs, self.kept = intake.repairs, intake.kept
        self.asides = [(record["kind"], record["reason"]) for record in intake.quarantined]
        self.spans = {}
        for path in (*intake.written, *intake.same):
            for annotation in json.loads(path.read_bytes())["annotations"]:
                values = [region["value"] for region in annotation["result"]]
                spans = [Span(v["start"], v["end"], *v["labels"]) for v in values]
                self.spans.setdefault(path.stem, {})[annotation["completed_by"]] = spans


@pytest.fixture
def bring(scheme, tmp_path):
    def bring(content, name="标注.x", to="to", **options):
        path = tmp_path / name
        if not isinstance(content, str):
            content = json.dumps(content, ensure_ascii=False)
        path.write_bytes(content.encode("utf-8"))
        articles = Articles([make_task(ARTICLE), make_task(HARD)])
        [reading], intake = import_labels(
            [path], lambda: articles, scheme, tmp_path / to, tmp_path / "aside", **options
        )
        return Brought(reading, intake)

    return bring


def to_min(task, number=1):
    [annotation] = task["annotations"]
    values = [region["value"] for region in annotation["result"]]
    added = {"annotator": number, "annotation_id": 5, "lead_time": 1.0, "created_at": "now"}
    return task["data"] | {"id": 3, "label": values} | added


def test_label_studios_json(bring):
    brought = bring([make(who=1), make(2, "乙@x", article=HARD, spans=MARKED)])
    assert brought.spans == {"a": {"user 1": SPANS}, "hard": {"乙@x": MARKED}}
    assert (brought.format, brought.records, brought.asides) == ("json", 2, [])


def test_json_forms(bring):
    task = make(who={"id": 1, "email": "甲@x"})
    old = {key: value for key, value in task.items() if key != "annotations"}
    for number, content in enumerate(
        (
            task,
            json.dumps(task) + "\n" + json.dumps(make(2)) + "\n",
            [old | {"completions": task["annotations"], "drafts": [17]}],
            "\ufeff" + json.dumps([task]),
        )
    ):
        brought = bring(content, to=f"to{number}")
        assert (brought.spans, brought.asides) == ({"a": {"甲@x": SPANS}}, [])


def test_json_without_meta_is_known_by_its_text(bring):
    task = make() | {"meta": {}}
    del task["data"]["article"]
    assert bring([task]).spans == {"a": {"甲@x": SPANS}}
    task["data"]["text"] += "。"
    brought = bring([task])
    assert (brought.spans, brought.unplaced) == ({}, 1)
    assert brought.asides == [("text", "its text is that of none of the 2 known articles")]


def test_json_min(bring):
    row = to_min(make(article=HARD, spans=MARKED))
    assert bring([row]).spans == {"hard": {"user 1": MARKED}}
    row |= {"topic": "体育", "label": [{"start": 0, "end": 99, "text": "x", "labels": ["ORG"]}]}
    brought = bring([row], annotator="乙")
    assert brought.spans == {}
    assert [kind for kind, _ in brought.asides] == ["other", "offsets", "annotation"]
    with pytest.raises(InputError, match="the work of 2 accounts by number"):
        bring([row, row | {"annotator": 2}], annotator="乙")
    brought = bring([row | {"text": TEXT.replace("\r", "")}])
    assert brought.asides == [("text", "its white space is not that of the article hard")]


def test_utf_16_offsets_of_an_old_export_are_repaired(bring):
    row = to_min(make(article=HARD, spans=MARKED))
    for value in row["label"]:
        for key in ("start", "end"):
            value[key] = len(TEXT[: value[key]].encode("utf-16-le")) // 2
    brought = bring([row])
    assert brought.spans == {"hard": {"user 1": MARKED}}
    assert brought.repairs == {"UTF-16 units": 3}


def test_doccano(bring):
    line = {"id": 1, "text": TEXT, "label": PLACES, "Comments": []}
    brought = bring(json.dumps(line) + "\n", units="code-points")
    assert (brought.format, brought.spans) == ("doccano", {"hard": {"标注": MARKED}})
    brought = bring(line, to="other")
    # Without its spans it would say that there is nothing to mark.
    assert brought.spans == {}
    assert [kind for kind, _ in brought.asides] == ["ambiguous"] * 3 + ["annotation"]
    brought = bring(line | {"label": [], "relations": [{"id": 1}]}, to="third")
    assert brought.spans == {"hard": {"标注": []}}


def test_doccano_lines_of_other_white_space_are_carried_over(bring):
    line = {"id": 1, "data": "丽水𠮷市委\n周立伟 出席。 记者 李娜 ", "entities": []}
    for surface, label in (("丽水𠮷市委", "ORG"), ("周立伟", "OFFICIAL"), ("李娜", "PERSON")):
        start = line["data"].index(surface)
        ends = {"start_offset": start, "end_offset": start + len(surface)}
        line["entities"].append({"label": label} | ends)
    line["entities"].append({"label": "ORG", "start_offset": 5, "end_offset": 6})
    brought = bring(line, units="code-points", annotator="丙")
    assert brought.spans == {"hard": {"丙": MARKED}}
    assert brought.asides == [("offsets", "marks white space alone at 5:6")]


@pytest.mark.parametrize("words", [False, True])
def test_conll(bring, words):
    tokens = ["丽水", "𠮷", "市委", "周立伟", "出席", "。", "记者", "李娜"]
    tags = ["B-ORG", "I-ORG", "I-ORG", "B-OFFICIAL", "O", "O", "O", "B-PERSON"]
    if not words:
        pairs = [(c, n, tag) for token, tag in zip(tokens, tags) for n, c in enumerate(token)]
        tokens = [c for c, _, _ in pairs]
        tags = [f"I{tag[1:]}" if n and tag != "O" else tag for _, n, tag in pairs]
    lines = [f"{token} {tag}" for token, tag in zip(tokens, tags)]
    half = tokens.index("周立伟" if words else "周")
    content = "\n".join([*lines[:half], "", *lines[half:], ""])
    brought = bring(content)
    assert brought.spans == {"hard": {"标注": MARKED}}
    assert (brought.format, brought.records, brought.unplaced) == ("conll", 2, 0)


def test_conll_that_holds_an_article_twice_is_of_two_annotators(bring):
    once = "".join(f"{c} {'B-LOC' if n == 0 else 'O'}\n" for n, c in enumerate(ARTICLE.text))
    twice = once.replace("出 O", "出 I-LOC") + "\n戊 O\n"
    brought = bring(f"{once}\n{twice}", annotator="丁")
    assert brought.spans == {"a": {"丁": [Span(0, 1, "LOC")], "丁 (2)": [Span(0, 1, "LOC")]}}
    assert (brought.records, brought.unplaced) == (3, 1)
    assert brought.asides == [
        ("tags", "'出' is tagged I-LOC, which marks no span"),
        ("text", "its text is that of none of the known articles, nor a whole part of one"),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[1]", "none of json, json-min, doccano, conll"),
        ("[]", "none of json"),
        ('{"a": 1}', "none of json"),
        ('[{"data": 3', "not valid JSON"),
        ('{"data": 3}\n{', "not valid JSON"),
    ],
)
def test_a_file_of_no_known_format_is_refused(content, fault):
    with pytest.raises(InputError, match=fault):
        recognize(content, "x")


def test_a_wrong_format_is_one_sentence(bring):
    for content, format in (("丽 O", "json"), ("[3]", "json-min"), ('{"text": 3}', "conll")):
        with pytest.raises(InputError, match=r"标注\.x"):
            bring(content, format=format)


@pytest.mark.slow
def test_exported_gold_comes_back_and_is_built_and_agreed_on(checkout):
    from typer.testing import CliRunner

    from jiqun.cli import app

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0
        return result.stderr

    run("export", "conll", "甲.conll", "--origin", "gold")
    run("export", "label-studio", "乙.json", "--origin", "gold")
    said = run("import", "甲.conll", "--to", "by")
    assert "甲.conll (conll): 71 sentences, 0 of no known article" in said
    assert "5 labelled tasks; annotations: 5 finished, 0 empty, 0 skipped; 382 spans" in said
    assert "382 spans" in run("build", "--labelled", "by", "--to", "built")
    run("import", "乙.json", "--to", "by", "--tasks", "乙.json")
    assert "5 articles by 乙, 甲, alpha 1.0000, 0 disagreements" in run("agree", "by")
    # What is committed comes in as it is.
    said = run("import", *(str(path) for path in checkout.glob("annotation/labelled/*.json")))
    assert "(0 files new or changed)" in said
    assert not (checkout / "annotation/quarantine").exists()
