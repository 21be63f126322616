"""What of a page is not its article: navigation, licences, prompts; kept aside, never lost."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .align import Cuts
from .characters import Characters, decompose
from .kinds import Kind

_LONGEST = 160
# By rule, what such lines hold. Each begins with a letter, which lets `re` skip to it.
_WITHIN = {
    "licence": r"ICP[备证]\s?\d|公网安备\s?\d|许可证(?:编号|号)?[:：]?\s?.{0,4}[\dA-Z]{3}|网备\s?\d"
    r"|许可证.{0,4}[第号]\d|版权所有|版权声明|Copyright|copyright|©|备案号[:：]|转载请注明",
    "contact": "|".join(
        rf"{whose}.{{0,8}}(?:电话|邮箱|热线|信箱)[:：\s]"
        for whose in ["举报", "投稿", "客服", "新闻热线", "违法", "广告", "纠错", "监督", "广播"]
    ),
    "code": r"扫(?:一扫|描|码).{0,12}(?:二维码|关注|下载|分享|手机|打开)"
    r"|二维码.{0,6}(?:扫|关注|识别)|长按.{0,6}(?:识别|二维码)|关注.{0,12}(?:公众号|官方微信)"
    r"|官方微信[:：]|微信(?:公众)?号[:：]|添加方法\s?\d",
    "navigation": "|".join(
        rf"{what}(?:次数|量|数)?[:：]\s*\d" for what in ["点击", "阅读", "浏览", "访问"]
    ),
}
# By rule, how such lines begin.
_AT_START = {
    "licence": r"建议使用.*浏览",
    "code": r".{0,10}关注我们",
    "neighbour": r"[【\[<＜]?[上下]一?[篇条页则][】\]>＞]?(?:[:：\s]|$)"
    r"|[【\[<＜][上下]一?[篇条页则][】\]>＞]",
    "navigation": r"(?:您?(?:当前|现在|所在)?的?位置|首页)\s*[:：>＞»›》\-|]"
    r"|(?:网站)?首页(?:\s|$)|(?:返回|回到)(?:首页|顶部|列表)$|您是第\s*\d+\s*位|[>＞»]{2,}",
    "related": r"[【\[]?(?:相关|推荐|热点|热门|友情|精彩|延伸|今日)"
    r"(?:推荐|阅读|文章|新闻|链接|排行|专题|点击)(?:[】\]:：\s]|$)"
    r"|[【\[]?热点[】\]]?[:：]|[【\[]?猜你喜欢",
    "share": r"[【\[]?(?:分享(?:到|至)?|打印(?:本页)?|关闭(?:窗口|本页)?|收藏|点赞"
    r"|字[号体]|我要评论|网友评论)[】\]]?(?:[:：\s].{0,60})?$|【?(?:大|字号[:：]?)\s*中\s*小】?",
    "dates": r"今天是|\d{4}年\d{1,2}月\d{1,2}日\s*星期.(?:\s*农历\S+)?$",
}
_SOMEWHERE = re.compile("|".join(_WITHIN.values()))
_FURNITURE = re.compile("|".join(f"(?P<{rule}>{pattern})" for rule, pattern in _WITHIN.items()))
_BEGINNING = re.compile("|".join(f"(?P<{rule}>{pattern})" for rule, pattern in _AT_START.items()))
# What stands on a page's buttons and in its menus; two of them in a line make it one.
_BUTTON = re.compile(
    "设为首页|加入收藏|收藏本站|网站首页|手机版|移动版|手机客户端|无障碍|关怀版|长者|繁[体體]版?|简体版?|English"
    "|旧版|网站地图|关于我们|联系我们|联系方式|联系编辑|隐私声明|法律声明|广告(?:服务|刊例)|友情链接|用户名|密码"
    "|登[录陆]|注册|打印|关闭|推荐给(?:好友|朋友)|发表评论|我要(?:评论|纠错)|收听音频|下载|复制链接|微博|微信"
    "|朋友圈|收藏|点赞|字号|星期|天气|农历|浏览次数|时政|要闻|资讯|财经|产经|行情|供求|论坛|人才|招聘|房产|视频"
    "|图片|专题|县区|乡镇街道|市级部门|副刊|娱乐|体育"
)
_MENU = re.compile(r"[|｜丨┊│·•/>＞»›》\-—\s　\[\]【】]+")
_CRUMB = re.compile(r">>|》》|[>＞»›]")
_BULLET = re.compile(r"^[·•▪■◆●○]|^\d{1,2}[.、]\s?\D")
# Lines of a notice's own, unless other furniture stands beside them.
_DEPENDENT = re.compile(
    r"^(?:(?:联系|咨询)?(?:电话|邮箱|方式)|传真|邮编|邮政编码|(?:通讯|联系)?地址|(?:电子)?邮箱|QQ|E-?mail)[:：]",
    re.IGNORECASE,
)
_ENDS_PROSE = np.zeros(0x10000, dtype=bool)
_ENDS_PROSE[decompose("。？；”」』")] = True
_TIME = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$")
_BYLINE = re.compile(
    r"来源(?![:：]\s*(?:本站|网络|未知))|记者|作者|(?<!联系)编辑|责编|供稿|通讯员|摄影"
)


@dataclass(frozen=True, slots=True)
class Aside:
    """A range of raw text kept aside because it is not the article, with the rule that says so.

    Attributes:
        raw_start, raw_end: range in the raw text, code points.
        rule: `licence`, `contact`, `code`, `neighbour`, `navigation`, `related`, `share`, `dates`
            or `repeat`.
    """

    raw_start: int
    raw_end: int
    rule: str


def find_furniture(characters: Characters) -> tuple[Cuts, list[str]]:
    """Lines that are not the article, as removals with their line ends, and the rule of each.

    Bylines and sources are the article's even on a line with something else; a single date may be
    the article's, a list of them is not; a line said twice in a row is cut the second time.
    """
    codes, text = characters.codes, characters.text
    breaks = characters.find(Kind.NEWLINE)
    firsts = np.concatenate([[0], breaks + 1])
    lasts = np.concatenate([breaks, [len(codes)]])
    padded = np.concatenate([[0], codes])
    # Prose ends its lines with a full stop; only what does not needs a closer look.
    short = (lasts > firsts) & (lasts - firsts <= _LONGEST)
    short &= ~_ENDS_PROSE.take(padded[lasts], mode="clip")
    lines = [
        _Line(first, last, text[first:last])
        for first, last in zip(firsts[short].tolist(), lasts[short].tolist())
        if text[first:last].strip()
    ]
    _name_rules(lines)
    ranges, rules = [], []
    for line in lines:
        if line.rule is None:
            continue
        whole = line.last < len(text)
        start, end = (line.first, line.last + 1) if whole else (max(line.first - 1, 0), line.last)
        if ranges:
            start = max(start, ranges[-1][1])
        if start < end:
            ranges.append((start, end))
            rules.append(line.rule)
    table = np.array(ranges, dtype=np.int64).reshape(-1, 2)
    return Cuts.remove(table[:, 0], table[:, 1]), rules


@dataclass(slots=True)
class _Line:
    """The characters `first:last`, and the rule by which they are not the article."""

    first: int
    last: int
    text: str
    rule: str | None = None

    def touches(self, other: "_Line") -> bool:
        """Whether the lines stand together, with at most an empty one between them."""
        return -2 <= self.first - other.last <= 2 or -2 <= other.first - self.last <= 2


def _name_rules(lines: list[_Line]) -> None:
    for line in lines:
        line.rule = _name_rule(line.text)
    for before, line in pairwise(lines):
        if line.rule is None and line.text == before.text and len(line.text) >= 6:
            line.rule = "repeat"
        if line.touches(before) and _TIME.match(line.text) and _TIME.match(before.text):
            before.rule = before.rule or "dates"
            line.rule = line.rule or "dates"
    # What a notice may hold of its own goes with the furniture beside it, downwards and upwards,
    # and so do the items under the heading of a list of links.
    for order in lines, lines[::-1]:
        for before, line in pairwise(order):
            if before.rule and not line.rule and line.touches(before):
                if _DEPENDENT.match(line.text):
                    line.rule = "contact"
                elif before.rule == "related" and order is lines and _BULLET.match(line.text):
                    line.rule = "related"


def _name_rule(line: str) -> str | None:
    match = _FURNITURE.search(line) if _SOMEWHERE.search(line) else _BEGINNING.match(line)
    rule = match.lastgroup if match else "navigation" if _is_menu(line) else None
    return None if rule != "licence" and _BYLINE.search(line) else rule


def _is_menu(line: str) -> bool:
    """Whether a line is made of buttons or is a path: no words longer than such have, and two."""
    path = len(_CRUMB.findall(line)) >= 2
    if not path and not _BUTTON.search(line):
        return False
    words = [word for word in _MENU.split(line) if word]
    if max(map(len, words), default=0) > 12:
        return False
    matches = [(word, _BUTTON.search(word)) for word in words]
    buttons = sum(match is not None and len(word) - len(match[0]) <= 2 for word, match in matches)
    return path or (buttons >= 2 and 3 * buttons >= len(words))
