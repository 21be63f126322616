from xml.etree import ElementTree

from conftest import ROOT
from jiqun.annotation.config import make_label_config, render_guidelines


def test_the_committed_config_is_made_from_the_scheme(scheme):
    committed = (ROOT / "annotation/label_config.xml").read_text(encoding="utf-8")
    assert make_label_config(scheme) == committed


def test_people_read_chinese_and_the_data_holds_names(scheme):
    view = ElementTree.fromstring(make_label_config(scheme))
    labels = [(e.get("value"), e.get("alias"), e.get("hotkey")) for e in view.iter("Label")]
    assert labels == [
        ("组织机构", "ORG", "1"),
        ("地点", "LOC", "2"),
        ("官员", "OFFICIAL", "3"),
        ("其他人物", "PERSON", "4"),
        ("数字指标", "FIGURE", "5"),
    ]
    text = view.find("Text[@name='text']")
    assert (text.get("value"), text.get("granularity")) == ("$text", "symbol")
    shown = [header.get("value") for header in view.iter("Header")]
    assert shown == ["$title", "$dateline", "$damage"]


def test_guidelines_keep_their_numbers_and_tables():
    html = render_guidelines(
        "## 题\n\n1. 甲\n\n- ✓ `{ORG|乙}`\n\n2. **丙** <b>\n3. 丁\n\n|键|\n|---|\n|1|\n"
    )
    assert html.startswith("<br><h2>题</h2>\n<p>1. 甲</p>")
    assert "<li>✓ <code>{ORG|乙}</code></li>" in html
    assert "<p>2. <strong>丙</strong> &lt;b&gt;<br>\n3. 丁</p>" in html
    assert "<td>1</td>" in html
