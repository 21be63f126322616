import pytest

from jiqun.seeds.characters import Characters
from jiqun.seeds.furniture import find_furniture


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("互联网新闻信息服务许可证编号:37120180030 鲁ICP备09083931号", "licence"),
        ("聊城新闻网 2006-2023 版权所有", "licence"),
        ("本网违法和不良信息举报电话:18663509279", "contact"),
        ("中国锻压网官方微信:扫一扫,立即关注!", "code"),
        ("长按识别二维码", "code"),
        ("上一篇：轴承产业", "neighbour"),
        ("下一条", "neighbour"),
        ("您当前的位置：首页 > 新闻", "navigation"),
        ("相关阅读", "navigation"),
        ("分享到：微信 微博 QQ空间", "share"),
        ("【打印】", "share"),
        ("来源：冠县在线 二维码扫一扫关注", None),
        ("记者 | 廖王晶", None),
        ("北京发放首张网约车平台经营许可证", None),
        ("贵州开通800个政务微信账号", None),
        ("二维码国标评价认证体系启动", None),
        ("下一步工作", None),
        ("2023-11-14 09:00", None),
        ("产学研项目签约现场", None),
    ],
)
def test_lines_that_are_not_the_article(line, rule):
    text = f"正文。\n{line}\n正文。"
    cuts, rules = find_furniture(Characters(text))
    assert rules == ([rule] if rule else [])
    if rule:
        assert Characters(text).cut(cuts)[0].text == "正文。\n正文。"


def test_a_list_of_dates_is_cut_and_a_single_one_stays():
    text = "2023-06-07\n正文。\n2024-03-02 15:33:22\n2024-02-27 15:25:19\n2024年2月1日"
    cuts, rules = find_furniture(Characters(text))
    assert rules == ["dates"] * 3
    assert Characters(text).cut(cuts)[0].text == "2023-06-07\n正文。\n"


def test_a_caption_said_twice_stays_once():
    text = "产学研项目签约现场\n产学研项目签约现场\n正文。\n李娜\n\n李娜"
    cuts, rules = find_furniture(Characters(text))
    assert rules == ["repeat"]
    assert Characters(text).cut(cuts)[0].text == "产学研项目签约现场\n正文。\n李娜\n\n李娜"
