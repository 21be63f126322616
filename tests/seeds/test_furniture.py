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
        ("相关阅读", "related"),
        ("分享到：微信 微博 QQ空间", "share"),
        ("【打印】", "share"),
        ("设为首页　加入收藏　手机版", "navigation"),
        ("无障碍｜关怀版｜繁體｜English", "navigation"),
        ("龙岩新闻门户 · 网站首页 · 时政 · 县区 · 产经 · 视频", "navigation"),
        ("发布日期：2012-12-07　浏览次数：1386　【我要纠错】", "navigation"),
        ("您是第 3382041 位访客", "navigation"),
        ("热点：米价又涨三毛 / 高考报名须知", "related"),
        ("今天是2024年9月12日 星期四 农历八月初十", "dates"),
        ("扫一扫，在手机上打开当前页面", "code"),
        ("联系电话：0571-56781234", None),
        ("联系人：李娜", None),
        ("体育文化 招聘岗位14万个", None),
        ("来源：人民网 浏览次数：2", None),
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


def test_a_notices_own_telephone_stays_and_a_pages_goes_with_its_furniture():
    text = "联系电话：0571-5678\n正文。\n\n地址：甲路1号\n邮编：310000\n版权所有 某网"
    cuts, rules = find_furniture(Characters(text))
    assert rules == ["contact", "contact", "licence"]
    assert Characters(text).cut(cuts)[0].text == "联系电话：0571-5678\n正文。\n\n"


def test_the_items_of_a_list_of_links_go_with_its_heading():
    text = "· 第一条\n正文。\n相关链接：\n· 全县秋冬播进度过半\n· 一周菜价播报\n正文"
    cuts, rules = find_furniture(Characters(text))
    assert rules == ["related"] * 3
    assert Characters(text).cut(cuts)[0].text == "· 第一条\n正文。\n正文"
