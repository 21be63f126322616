"""What of a page is not its article: navigation, licences, prompts; kept aside, never lost."""

import re
from dataclasses import dataclass

import numpy as np

from .align import Cuts
from .characters import Characters, decompose
from .kinds import Kind

_LONGEST = 160
_RULES = {
    "licence": r"ICP[备证]\s?\d|公网安备\s?\d|许可证(?:编号|号)?[:：]\s?[\dA-Z]"
    r"|许可证.{0,4}[第号]\d|版权所有|[Cc]opyright|©|备案号[:：]",
    "contact": r"(?:举报|投稿|咨询|客服|新闻热线|违法|联系).{0,8}(?:电话|邮箱|热线|信箱)[:：]"
    r"|^(?:电话|传真|邮编|地址|邮箱|QQ)[:：]",
    "code": r"扫(?:一扫|描|码).{0,12}(?:二维码|关注|下载|分享)|二维码.{0,6}(?:扫|关注|识别)"
    r"|长按.{0,6}(?:识别|二维码)|关注.{0,12}(?:公众号|官方微信)|官方微信[:：]|微信(?:公众)?号[:：]"
    r"|^.{0,10}关注我们|添加方法\s?\d",
    "neighbour": r"^[【\[<＜]?[上下]一?[篇条页则][】\]>＞]?(?:[:：\s]|$)",
    "navigation": r"^(?:您?(?:当前|现在|所在)?的?位置|首页)\s*[:：>＞»›\-|]|^(?:网站)?首页(?:\s|$)"
    r"|^(?:返回|回到)(?:首页|顶部|列表)$|^(?:相关|推荐)(?:阅读|文章|新闻|链接)[:：]?$",
    "share": r"^[【\[]?(?:分享(?:到|至)?|打印(?:本页)?|关闭(?:窗口|本页)?|收藏|点赞"
    r"|字[号体]|我要评论|网友评论)[】\]]?(?:[:：\s].{0,60})?$|^【?(?:大|字号[:：]?)\s*中\s*小】?",
}
_FURNITURE = re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _RULES.items()))
_ENDS_PROSE = np.zeros(0x10000, dtype=bool)
_ENDS_PROSE[decompose("。？；：:”」』")] = True
_TIME = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$")
_BYLINE = re.compile(r"来源|记者|作者|编辑|责编|供稿|通讯员|摄影")


@dataclass(frozen=True, slots=True)
class Aside:
    """A range of raw text kept aside because it is not the article, with the rule that says so.

    Attributes:
        raw_start, raw_end: range in the raw text, code points.
        rule: `licence`, `contact`, `code`, `neighbour`, `navigation`, `share`, `dates` or `repeat`.
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
    ranges, rules = [], []
    lines = [
        (first, last, text[first:last])
        for first, last in zip(firsts[short].tolist(), lasts[short].tolist())
    ]
    previous = ""
    for number, (first, last, line) in enumerate(lines):
        rule = _name_rule(line)
        if rule is None and _TIME.match(line):
            around = (*lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2])
            near = (line for a, b, line in around if first - 2 <= b < first or last < a <= last + 2)
            rule = "dates" if any(map(_TIME.match, near)) else None
        if rule is None and line == previous and len(line) >= 6:
            rule = "repeat"
        if line.strip():
            previous = line
        if rule:
            start, end = (first, last + 1) if last < len(text) else (max(first - 1, 0), last)
            if ranges and start < ranges[-1][1]:
                start = ranges[-1][1]
            if start < end:
                ranges.append((start, end))
                rules.append(rule)
    table = np.array(ranges, dtype=np.int64).reshape(-1, 2)
    return Cuts.remove(table[:, 0], table[:, 1]), rules


def _name_rule(line: str) -> str | None:
    match = _FURNITURE.search(line)
    if match is None or (_BYLINE.search(line) and match.lastgroup != "licence"):
        return None
    return match.lastgroup
