import random

import pytest

from jiqun.annotation.condition import describe_condition
from jiqun.seeds.damage import KINDS
from jiqun.seeds.restore import restore

LINE = "丽水市举行机床产业大会，来自全国的企业家和专家参加了会议，共有三百多人。"
LINE += "随后大家参观了新区，考察了企业，座谈交流了经验，收获很大。"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("甲乙丙", "原文完好"),
        ("臨清(qīng)市", "已修复：注音 1 处、繁体转简体 1 字"),
        ("規(guī)?；?", "已修复：注音 1 处、繁体转简体 1 字、补回缺字 2 字"),
        ("&lt;甲&gt;<br>乙", "已修复：网页标记 3 处"),
        (f"{LINE}\n上一篇：没有了", "已修复：网页杂项 1 处"),
        ("甲乙丙丁\ufffd戊己庚辛", "缺字 1 处：“乙丙丁\ufffd戊己庚”"),
        ("甲\n日?qǐng)\n乙", "缺字 1 处：“日?qǐng)”"),
        ("发?zhǎn)很", "缺字 1 处：“发?zhǎn)很”（或为“展”）"),
        ("甲\ufffd" * 6, "缺字 6 处：“甲\ufffd甲\ufffd甲”、“甲\ufffd甲\ufffd甲\ufffd甲”"),
    ],
)
def test_the_condition_is_said_in_a_line(raw, said):
    described = describe_condition(restore(raw, "a"))
    assert described == said or (described.startswith(said) and described.endswith("等"))


def test_broken_lines_are_counted():
    article = restore(KINDS["broken lines"]("\n".join([LINE] * 3), random.Random(1)), "a")
    assert article.text == "\n".join([LINE] * 3)
    assert describe_condition(article) == "已修复：断行 3 处"


def test_the_seeds(gold):
    assert [describe_condition(item.article) for item in gold] == [
        "原文完好",
        "已修复：注音 437 处、繁体转简体 822 字、补回缺字 1 字、网页标记 1 处、网页杂项 2 处",
        "已修复：注音 280 处、繁体转简体 413 字、补回缺字 3 字",
        "已修复：断行 2 处",
        "已修复：注音 127 处、繁体转简体 331 字、网页杂项 10 处",
    ]
