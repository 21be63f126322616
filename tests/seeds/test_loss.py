import pytest

from jiqun.seeds.characters import Characters
from jiqun.seeds.loss import Damage, find_damage, find_repairs


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("规范化、规?;?、绿色化", "规范化、规模化、绿色化"),
        ("规?；绿色化", "规模化绿色化"),
        ("经济日?qǐng)?bào) |大?dāng)?shù)据", "经济日报 |大数据"),
        ("是吗?是。真的?;", "是吗?是。真的?;"),
        ("某?qǐng)?bào)", "某?qǐng)?bào)"),
    ],
)
def test_what_is_certain_is_repaired(raw, text):
    assert Characters(raw).cut(find_repairs(Characters(raw)))[0].text == text


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        ("某?qǐng)?bào)的", (Damage(1, 12, "question"),)),
        ("发?qǐng)?zhǎn)的", (Damage(1, 13, "question", "展"),)),
        ("效?;?、绿色", (Damage(1, 4, "question"),)),
        ("真的?\n好\ufffd\ufffd人\ue000", (Damage(5, 7, "replacement"), Damage(8, 9, "private"))),
        ("时间都去哪儿了?如果", ()),
        ("a?b?，", ()),
    ],
)
def test_what_is_not_is_told(text, damage):
    assert find_damage(Characters(text)) == damage
