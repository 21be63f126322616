"""In what condition an article came: what restoration mended and what is lost, for annotators."""

import re
from collections import Counter

from ..seeds.loss import Damage
from ..seeds.restore import Article

_PINYIN = re.compile(r"[(（]\s*[a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]+\s*[)）]")
_MARKUP = re.compile(r"<[^<>]*>|&#?\w+;|!\[")
_HAN = re.compile("[\u3400-\u9fff]")
_UNITS = {
    "注音": "处",
    "繁体转简体": "字",
    "补回缺字": "字",
    "断行": "处",
    "网页标记": "处",
    "网页杂项": "处",
}
_SHOWN = 5


def describe_condition(article: Article) -> str:
    """What was wrong with the article as crawled, in a line of Chinese.

    First what is lost still, each place with its neighbours and a guess where there is one; then
    what restoration mended, counted by kind.
    """
    said = []
    if article.damage:
        places = [_quote(article.text, damage) for damage in article.damage[:_SHOWN]]
        more = "等" if len(article.damage) > _SHOWN else ""
        said.append(f"缺字 {len(article.damage)} 处：{'、'.join(places)}{more}")
    counts = _count_mended(article)
    mended = [f"{kind} {counts[kind]} {unit}" for kind, unit in _UNITS.items() if counts[kind]]
    if mended:
        said.append(f"已修复：{'、'.join(mended)}")
    return "；".join(said) or "原文完好"


def _quote(text: str, damage: Damage) -> str:
    before = text[max(damage.start - 3, 0) : damage.start].rpartition("\n")[2]
    after = text[damage.end : damage.end + 3].partition("\n")[0]
    guess = f"（或为“{damage.guess}”）" if damage.guess else ""
    return f"“{before}{text[damage.start : damage.end]}{after}”{guess}"


def _count_mended(article: Article) -> Counter[str]:
    """How often each kind of damage was mended, read off the alignment."""
    raw, text, counts = article.raw, article.text, Counter()
    counts["网页杂项"] = len(article.asides)
    asides = sorted((aside.raw_start, aside.raw_end) for aside in article.asides)
    position = 0
    end = [len(text), len(text), len(raw), len(raw)]
    for text_start, text_end, raw_start, raw_end in [*article.alignment.segments(), end]:
        while asides and asides[0][1] <= raw_start:
            first, last = asides.pop(0)
            _count_removed(counts, raw[position:first], "")
            position = max(position, last)
        _count_removed(
            counts, raw[position:raw_start], text[max(text_start - 1, 0) : text_start + 1]
        )
        position = max(position, raw_end)
        here, there = text[text_start:text_end], raw[raw_start:raw_end]
        counts["网页标记"] += len(_MARKUP.findall(there)) if here != there else 0
        for new, old in zip(here, there):
            if new != old and _HAN.match(new):
                counts["繁体转简体" if _HAN.match(old) else "补回缺字"] += 1
    return counts


def _count_removed(counts: Counter[str], removed: str, between: str) -> None:
    counts["注音"] += len(_PINYIN.findall(removed))
    counts["网页标记"] += len(_MARKUP.findall(removed))
    # A line end that goes from between two characters of a line joined it.
    counts["断行"] += "\n" in removed and len(between) == 2 and "\n" not in between
