import pytest

from jiqun.seeds.characters import Characters
from jiqun.seeds.space import find_space, find_wraps


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\ufeff\u3000\u3000甲 \r\n乙\r丙\u200b丁\xa0戊", "甲\n乙\n丙丁 戊"),
        ("李\u3000娜 说\t话", "李\u3000娜 说\t话"),
        (" \u200b \u3000甲\u2060 \u3000\n\xa0", "甲\n"),
        ("👩‍👩‍👧和❤️‍🔥，甲‍乙", "👩‍👩‍👧和❤️‍🔥，甲乙"),
        ("\r\n\r\n", "\n\n"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_white_space(raw, text):
    assert Characters(raw).cut(find_space(Characters(raw)))[0].text == text


LINE = "同时提升协作能力。支持中小企业与大型企业的配套协"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (f"{LINE}\n作，提高产品份额。", f"{LINE}作，提高产品份额。"),
        (f"{LINE}\n\n作，提高产品份额。", f"{LINE}作，提高产品份额。"),
        (f"{LINE}\n\n\n作，提高产品份额。", None),
        (
            "所缺绿地面积应当按照有关的规定处以罚款，\n每平方米。",
            "所缺绿地面积应当按照有关的规定处以罚款，每平方米。",
        ),
        (
            "昨天下午在广州市某医院内因抢救无效去世了\n，记者了解到",
            "昨天下午在广州市某医院内因抢救无效去世了，记者了解到",
        ),
        ("丽水市政府党组成员,丽水经济技术开发区党工委书记 刘志伟\n峰会上,还进行了启动。", None),
        ("群策群力推进机床产业高质量发展专题政治协商会议\n记者叶梦影", None),
        (f"{LINE}作。\n提高产品，增加份额。", None),
        (f"{LINE}\n二、提高产品，增加份额。", None),
        (f"{LINE}\n", None),
        (f"{LINE}作。 首届文化产业大会开幕\n首届文化产业大会今天开幕，历时三天。", None),
        (f"{LINE}作。首届文化产业大会开幕\n首届文化产业大会今天开幕，历时三天。", None),
    ],
)
def test_lines_broken_in_the_midst_of_a_sentence(raw, text):
    assert Characters(raw).cut(find_wraps(Characters(raw)))[0].text == (text or raw)
