"""Clean text damaged as crawls damage it: what restoration is measured with.

Every kind takes the text and a source of chance, and gives the same for the same seed.
"""

import random
import re
from collections.abc import Callable

from .kinds import convert_character, get_converter

_HAN = re.compile("[\u3400-\u9fff]")
_SAFE_MISTAKES = {"致辞": "緻辭", "极致": "極緻", "产": "産", "了解": "瞭解", "着": "著"}
_FURNITURE = (
    "当前位置：首页 > 新闻中心 > 正文",
    "上一篇：没有了",
    "下一篇：返回列表",
    "分享到：微信 微博 QQ空间",
    "互联网新闻信息服务许可证编号:33120200041 浙ICP备19012345号",
    "本网违法和不良信息举报电话:0571-88880000",
    "扫一扫二维码，关注我们",
    "2024-03-02 15:33:22\n2024-02-27 15:25:19\n2024-01-26 09:11:53",
)


def add_pinyin(text: str, chance: random.Random, share: float | None = None) -> str:
    """Pinyin in brackets behind a share of the characters, 5% to 60% unless told."""
    behind = choose_pinyin(text, chance, share)
    return "".join(character + bracket for character, bracket in zip(text, behind))


def choose_pinyin(text: str, chance: random.Random, share: float | None = None) -> list[str]:
    """What `add_pinyin` writes behind each character; empty behind most."""
    # Its dictionaries take a fifth of a second to import.
    from pypinyin import Style, pinyin

    share = chance.uniform(0.05, 0.6) if share is None else share
    readings = pinyin(list(text), style=Style.TONE, errors=list)
    behind = []
    for character, options in zip(text, readings):
        bracket = ""
        if _HAN.match(character) and chance.random() < share:
            form = chance.choice(["({})", "({})", "({})", "（{}）", "({} )"])
            bracket = form.format(convert_reading(options[0], chance))
        behind.append(bracket)
    return behind


def lose_characters(text: str, chance: random.Random, share: float) -> str:
    """U+FFFD in place of a share of the Han."""
    return "".join("\ufffd" if _HAN.match(c) and chance.random() < share else c for c in text)


def convert_reading(syllable: str, chance: random.Random) -> str:
    """Now and then a reading without its tone, as neutral tones are written."""
    from pypinyin.contrib.tone_convert import to_normal

    if chance.random() < 0.05:
        return to_normal(syllable, v_to_u=True)
    return syllable


def make_traditional(text: str, chance: random.Random) -> str:
    """Traditional as machines make it from Simplified, with their mistakes."""
    for word, mistake in _SAFE_MISTAKES.items():
        if chance.random() < 0.5:
            text = text.replace(word, mistake)
    return get_converter("s2t").convert(text)


def mix_scripts(text: str, chance: random.Random) -> str:
    """Half of the characters Traditional, the others as they were."""
    return "".join(
        convert_character("s2t", c) if _HAN.match(c) and chance.random() < 0.5 else c for c in text
    )


def add_markup(text: str, chance: random.Random) -> str:
    """Entities for what they stand for, `<br>` at line ends, pictures and table bars."""
    text = text.replace("&", "&amp;")
    lines = []
    for line in text.split("\n"):
        ends = ["{}<br>", "{}</p>", "{} |", "{}\n![](pic.jpg) |"]
        line = chance.choice(["{}", "{}", *ends]).format(line.replace("{", "").replace("}", ""))
        lines.append(chance.choice(["", "", "&nbsp;&nbsp;", "&#12288;&#12288;"]) + line)
    return "\n".join(lines)


def add_space(text: str, chance: random.Random) -> str:
    """A byte order mark, other line ends, indents, and invisible characters."""
    text = "".join(
        c + "\u200b" * (_HAN.match(c) is not None and chance.random() < 0.02) for c in text
    )
    indent = chance.choice(["\u3000\u3000", "\xa0\xa0", "    "])
    lines = [indent + line + " " * (chance.random() < 0.3) for line in text.split("\n")]
    return "\ufeff" + chance.choice(["\r\n", "\n"]).join(lines)


def wrap_lines(text: str, chance: random.Random) -> str:
    """Long lines broken once in the midst of a sentence, behind at least 30 characters."""
    lines = []
    for line in text.split("\n"):
        sentence = line.find("。")
        places = [
            n
            for n in range(max(30, sentence + 2), len(line) - 12)
            if sentence >= 0 and _HAN.match(line[n - 1]) and _HAN.match(line[n])
        ]
        if places:
            place = chance.choice(places)
            line = line[:place] + chance.choice(["\n", "\n\n"]) + line[place:]
        lines.append(line)
    return "\n".join(lines)


def add_furniture(text: str, chance: random.Random) -> str:
    """Navigation above and furniture below."""
    below = chance.sample(_FURNITURE[1:], 4)
    return "\n".join([_FURNITURE[0], text, *below])


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "pinyin": lambda text, chance: add_pinyin(make_traditional(text, chance), chance),
    "pinyin on Simplified": add_pinyin,
    "Traditional": make_traditional,
    "mixed scripts": mix_scripts,
    "markup": add_markup,
    "white space": add_space,
    "broken lines": wrap_lines,
    "furniture": add_furniture,
}
"""Kinds of damage by name; `pinyin` comes with Traditional, as it does on the web."""


def damage_everywhere(text: str, chance: random.Random) -> str:
    """All kinds at once, in the order in which a site and a crawl do them."""
    text = add_furniture(wrap_lines(text, chance), chance)
    return add_space(add_markup(KINDS["pinyin"](text, chance), chance), chance)
