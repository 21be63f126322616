from xml.etree import ElementTree

from conftest import ROOT
from jiqun.annotation.config import make_label_config


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
