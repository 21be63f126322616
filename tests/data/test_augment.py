import random
import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from jiqun.data.amounts import change_amount, read_han, write_han
from jiqun.data.augment import (
    SHARES,
    TRANSFORMATIONS,
    add_pinyin,
    augment,
    augment_rows,
    change_width,
    make_traditional,
    replace_mentions,
)
from jiqun.data.divisions import index_divisions, read_divisions
from jiqun.data.mentions import find_trade, split_name
from jiqun.data.tables import read_table
from jiqun.seeds import damage
from jiqun.seeds.align import apply
from jiqun.seeds.composed import parse_marked, write_marked
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span

pytestmark = pytest.mark.slow

LABELS = ("ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE", "ASIDE")
SURFACES = {
    "OFFICIAL": [
        "李进忠",
        "李",
        "欧阳",
        "欧阳善洋",
        "袁 帆",
        "竺　宝　林",
        "阿依古丽·艾山",
        "王某",
    ],
    "PERSON": ["王健", "健", "央金卓嘎", "佐藤健司", "乔治·霍桑", "John Smith", "𠮷野"],
    "LOC": ["浙江省", "丽水", "丽水市", "丽水经开区", "浙东", "冠县", "泽国镇", "德国", "恩施州"],
    "ORG": ["温岭市委", "市政府", "冠县凯磊轴承有限公司", "凯磊轴承", "CNAS", "浙江省经信厅"],
    "FIGURE": ["超400家", "3-5家", "两千六百万元", "四分之三", "百亿", "１１.４%", "一个", "过万"],
    "ASIDE": ["分享到：微信"],
}


@st.composite
def documents(draw):
    """Mentions as articles have them, and any others, in text that may be any too."""
    characters = st.text("丽水市李，,5５一两万 \n\u3000𠮷麗東著(zA)", max_size=6)
    pieces = [draw(characters)]
    for label in draw(st.lists(st.sampled_from(LABELS), max_size=8)):
        surface = draw(st.one_of(st.sampled_from(SURFACES[label]), characters.filter(bool)))
        pieces += [(surface, label), draw(characters)]
    text, spans = "", []
    for piece in pieces:
        surface, label = (piece, None) if isinstance(piece, str) else piece
        if label:
            spans.append(Span(len(text), len(text) + len(surface), label))
        text += surface
    return Document("d", text, tuple(spans))


def mark(marked):
    text, spans = parse_marked(marked, LABELS, "test")
    return Document("d", text, tuple(spans))


def cut(document):
    """The text outside the spans, and the surfaces."""
    ends = [0, *(end for span in document.spans for end in (span.start, span.end)), None]
    pieces = [document.text[a:b] for a, b in pairwise(ends)]
    return pieces[::2], pieces[1::2]


def replace(label, *surfaces, seed=0):
    """What each of the surfaces becomes in one text."""
    document = mark("，".join(f"{{{label}|{surface}}}" for surface in surfaces))
    return cut(replace_mentions(document, random.Random(seed)))[1]


@settings(deadline=None)
@given(documents(), st.integers(0, 9))
def test_mentions_change_and_nothing_else(document, seed):
    made = replace_mentions(document, random.Random(seed))
    assert [s.label for s in made.spans] == [s.label for s in document.spans]
    assert cut(made)[0] == cut(document)[0]
    became = {}
    for old, new in zip(document.spans, made.spans):
        key = old.label, document.surface(old)
        assert became.setdefault(key, made.surface(new)) == made.surface(new)
        if old.label == "ASIDE":
            assert made.surface(new) == document.surface(old)


@given(documents(), st.sampled_from([*TRANSFORMATIONS.values(), augment]), st.integers(0, 9))
def test_the_same_seed_gives_the_same_document(document, transform, seed):
    made = transform(document, random.Random(seed))
    assert made == transform(document, random.Random(seed))
    assert [s.label for s in made.spans] == [s.label for s in document.spans]
    assert made.id == document.id


ARTICLE = (
    "{LOC|浙江省丽水市}：{ORG|丽水市委}书记{OFFICIAL|李进忠}说，{LOC|缙云}有企业{FIGURE|超400家}。"
    "{OFFICIAL|李}书记到{ORG|缙云凯磊轴承有限公司}，{PERSON|王健}说{ORG|凯磊轴承}占{FIGURE|11.4%}。"
)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (
            0,
            "{LOC|湖南省娄底市}：{ORG|娄底市委}书记{OFFICIAL|邓芬永}说，{LOC|新化}有企业"
            "{FIGURE|超300家}。{OFFICIAL|邓}书记到{ORG|新化颐友轴承有限公司}，"
            "{PERSON|史漫亚}说{ORG|颐友轴承}占{FIGURE|5.5%}。",
        ),
        (
            1,
            "{LOC|黑龙江省牡丹江市}：{ORG|牡丹江市委}书记{OFFICIAL|叶颖冰}说，{LOC|林口}有企业"
            "{FIGURE|超800家}。{OFFICIAL|叶}书记到{ORG|林口亿维轴承有限公司}，"
            "{PERSON|尹孝}说{ORG|亿维轴承}占{FIGURE|13.47%}。",
        ),
    ],
)
def test_an_article_told_anew(seed, expected):
    made = replace_mentions(mark(ARTICLE), random.Random(seed))
    assert write_marked(made.text, made.spans) == expected


def test_a_traditional_article_gets_traditional_names():
    document = mark(
        "{LOC|麗水市}副市長{OFFICIAL|劉寶}說，{ORG|麗水銀行}貸款{FIGURE|兩萬元}給農戶。"
    )
    made = replace_mentions(document, random.Random(3))
    assert write_marked(made.text, made.spans) == (
        "{LOC|寧德市}副市長{OFFICIAL|賓宇祖}說，{ORG|寧德銀行}貸款{FIGURE|四萬元}給農戶。"
    )


EVERYWHERE = sorted({d.name for options in index_divisions().values() for d in options})
# The stem of a town alone is as often a street's (南京西路) and left to its article.
STEMS = sorted({d.stem for ds in index_divisions().values() for d in ds if d.level < 3})


@given(st.sampled_from(EVERYWHERE) | st.sampled_from(STEMS))
def test_a_place_keeps_its_level(surface):
    [made] = replace("LOC", surface)
    kinds = [{d.kind for d in index_divisions()[name]} for name in (surface, made)]
    assert kinds[0] & kinds[1]
    assert made != surface or surface not in EVERYWHERE


@given(st.integers(0, 99))
def test_places_stay_in_each_other(seed):
    province, city, county, short, address = replace(
        "LOC", "浙江省", "丽水市", "缙云县", "缙云", "浙江省丽水市缙云县", seed=seed
    )
    assert address == province + city + county
    options = [d for d in index_divisions()[county] if (d.stem, d.kind) == (short, "县")]
    above = [[a.name for a in d.climb()] for d in options]
    assert [city, province] in above


@pytest.mark.parametrize(
    "surface", ["中国", "德国斯图加特", "长三角地区", "经开区", "洞庭湖", "黄河流域", "台湾"]
)
def test_places_that_are_no_division_stay(surface):
    assert replace("LOC", surface) == [surface]


def test_tails_and_short_forms_of_places_are_kept():
    made = replace("LOC", "丽水", "丽水经开区", "浙江", "浙东", "恩施州", "恩施土家族苗族自治州")
    assert made == ["娄底", "娄底经开区", "湖南", "湘东", "楚雄州", "楚雄彝族自治州"]


def test_an_organisation_moves_with_its_place_and_keeps_its_tail():
    document = mark("{LOC|临清}{ORG|临清市委}{ORG|市委}{ORG|省经信厅}{ORG|中国农业银行临清市支行}")
    place, committee, *rest = cut(replace_mentions(document, random.Random(1)))[1]
    assert committee == f"{place}市委"
    assert rest == ["市委", "省经信厅", f"中国农业银行{place}市支行"]


@pytest.mark.parametrize(
    ("body", "trade"),
    [
        ("冠太新材料科技有限公司", "冠太"),
        ("五洲新春轴承集团监事会", "五洲新春"),
        ("凌川锻件", "凌川"),
        ("静川公司", "静川"),
        ("知青彩盒厂", "知青"),
        ("火柴厂", ""),
        ("轴承研究所有限公司", ""),
        ("国营低压电器厂", ""),
        ("市公交集团", ""),
        ("统计局", ""),
        ("CNAS", ""),
        ("", ""),
    ],
)
def test_trade_names_are_found(body, trade):
    assert find_trade(body) == trade


def test_a_company_keeps_its_new_trade_name():
    made = replace("ORG", "冠县凯磊轴承有限公司", "凯磊轴承", "凯磊", "山东凯磊集团党委", seed=2)
    assert made == ["阳高县航创轴承有限公司", "航创轴承", "航创", "山西航创集团党委"]


@given(st.integers(0, 99))
def test_a_surname_follows_the_full_name(seed):
    whole, alone, other, spaced = replace("OFFICIAL", "李进忠", "李", "李光", "李 光", seed=seed)
    assert split_name(whole)[0] == split_name(other)[0] == alone != "李"
    assert 2 <= len(whole) <= 4
    assert (len(other) == 2 and spaced.split() == list(other)) or len(alone) == 2


@given(st.integers(0, 99))
def test_names_keep_their_form(seed):
    names = ["阿依古丽·艾山", "乔治·霍桑", "央金卓嘎", "王某", "王××", "John", "竺　宝　林"]
    dotted, foreign, paired, *unnamed, latin, spaced = replace("PERSON", *names, seed=seed)
    assert dotted.count("·") == foreign.count("·") == 1
    assert len(paired) == 4
    assert [unnamed[0][-1], unnamed[1][-2:]] == ["某", "××"]
    assert unnamed[0][:-1] == unnamed[1][:-2] != "王"
    assert latin == "John"
    assert spaced.count("\u3000") in (0, 2) and spaced != names[-1]


def test_some_new_names_have_a_dot_or_a_double_surname():
    made = [replace("PERSON", "王健", seed=seed)[0] for seed in range(300)]
    assert {len(name) for name in made} >= {2, 3, 4}
    assert any("·" in name for name in made) and any(split_name(n)[0][1:] for n in made)
    assert len(set(made)) > 250


@given(st.integers(1, 10**12 - 1))
def test_chinese_numerals_are_read_as_written(number):
    assert read_han(write_han(number)) == number


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("两千六百万", 26_000_000),
        ("一亿一千万", 110_000_000),
        ("百二十", 120),
        ("一千二", 1200),
        ("一百零八", 108),
        ("两万亿", 2_000_000_000_000),
        ("三五", None),
    ],
)
def test_chinese_numerals_are_read(numeral, number):
    assert read_han(numeral) == number


@pytest.mark.parametrize(
    ("surface", "pattern"),
    [
        ("超400家", r"超(\d{2}0|1000)家"),
        ("11.4%", r"\d{1,2}(\.\d{1,2})?%"),
        ("约1.5亿元", r"约(\d+(\.\d+)?亿|\d{4}万)元"),
        ("3.8个百分点", r"\d+(\.\d+)?个百分点"),
        ("1,800宗", r"\d,\d{2}0宗|\d{3}宗"),
        ("１５个", "[０-９]+个|[二三四五六七八九十]+个"),
        ("不足三成", "不足[一二两四五六七八九]成"),
        ("四分之三", "[三四五六七八九]分之[一二三四五六七八]"),
        ("百分之七", "百分之[一二三四五六七八九十]+"),
        ("两场", r"[三四五六七八九]场|[二三四五]?十[一二三四五六七八九]?场|\d\d场"),
        ("四十余家", r"[二三五六七八九]?十余家|一百余家|\d+0余家"),
        ("数十家", "数[百千]家"),
        ("百亿", "[十千万]亿"),
        ("三五个", "(两三|三四|四五|五六|六七|七八|八九)个|三五个"),
        ("六元二角", "[一两三四五六七八九]元[一两三四五六七八九]角"),
        ("零下二三十度", "零下(两三|三四|三五|四五|五六|六七|七八|八九)十度"),
        ("百两", "[千万]两"),
    ],
)
def test_an_amount_keeps_its_grammar(surface, pattern):
    made = {apply(surface, change_amount(surface, random.Random(n)))[0] for n in range(100)}
    assert [amount for amount in made if not re.fullmatch(pattern, amount)] == []
    assert made - {surface}


@pytest.mark.parametrize("surface", ["一个", "一家", "半数", "1/3", "若干", ""])
def test_amounts_without_a_number_to_change_stay(surface):
    assert change_amount(surface, random.Random(0)) == []


@given(st.integers(1, 99), st.integers(1, 99), st.integers(0, 99))
def test_ranges_ascend(low, more, seed):
    surface = f"{low}%至{low + more}%"
    made = apply(surface, change_amount(surface, random.Random(seed)))[0]
    first, last = map(int, re.fullmatch(r"(\d+)%至(\d+)%", made).groups())
    assert first < last and (last <= 100 or low + more > 100)


@given(documents(), st.integers(0, 9))
def test_spans_hold_in_traditional(document, seed):
    made = make_traditional(document, random.Random(seed))
    mistakes = random.Random(seed).random()
    assert [cut(made)[0], cut(made)[1]] == [
        [damage.make_traditional(piece, random.Random(mistakes)) for piece in pieces]
        for pieces in cut(document)
    ]


@given(documents(), st.integers(0, 9))
def test_spans_hold_with_pinyin(document, seed):
    made = add_pinyin(document, random.Random(seed))
    behind = damage.choose_pinyin(document.text, random.Random(seed))
    assert made.text == damage.add_pinyin(document.text, random.Random(seed))
    for old, new in zip(document.spans, made.spans):
        inner = zip(document.surface(old), [*behind[old.start : old.end - 1], ""])
        assert made.surface(new) == "".join(c + bracket for c, bracket in inner)


@given(documents(), st.integers(0, 9))
def test_width_changes_no_character_into_another(document, seed):
    made = change_width(document, random.Random(seed))
    assert made.spans == document.spans and len(made.text) == len(document.text)
    narrow = [unicodedata.normalize("NFKC", text) for text in (made.text, document.text)]
    assert narrow[0] == narrow[1]


def test_width_of_decimals_and_times_stays():
    document = mark("于12:30开幕,共1,800家(含11.4%);")
    made = {change_width(document, random.Random(seed)).text for seed in range(60)}
    assert "于12:30开幕，共1,800家（含11.4%）；" in made
    assert "于１２:３０开幕,共１,８００家(含１１.４％);" in made
    assert all("30" in text or "３０" in text for text in made)


@pytest.mark.parametrize("transform", [make_traditional, add_pinyin])
def test_restoration_undoes_the_damage(transform):
    text = (ROOT / "evaluate/benchmarks/clean.txt").read_text(encoding="utf-8").strip()
    words = re.finditer("产业集群|轴承|发展|[0-9.]+%", text)
    document = Document("d", text, tuple(Span(*word.span(), "LOC") for word in words))
    made = transform(document, random.Random(1))
    restored = restore(made.text, "d")
    back = [restored.alignment.to_text(span.start, span.end) for span in made.spans]
    assert made.text != text and restored.text == text
    assert back == [(span.start, span.end) for span in document.spans]


def test_rows_depend_on_seed_and_id_alone(gold):
    first, second = (item.document for item in gold[:2])
    rows = list(augment_rows([first, second], 2, 7))
    assert [row.id for row in rows] == [f"{d.id}~{n}" for d in (first, second) for n in (1, 2)]
    assert rows[2:] == list(augment_rows([second], 2, 7))
    assert len({row.text for row in [*rows, *augment_rows([first], 2, 8)]}) == 6


def test_most_mentions_of_real_articles_change(gold):
    changed = {label: [] for label in LABELS}
    for document in (item.document for item in gold):
        made = replace_mentions(document, random.Random(document.id))
        for old, new in zip(document.spans, made.spans):
            changed[old.label].append(document.surface(old) != made.surface(new))
    for label, share in {"OFFICIAL": 0.99, "PERSON": 0.99, "FIGURE": 0.9, "LOC": 0.7}.items():
        assert sum(changed[label]) > share * len(changed[label])


def test_no_text_and_no_spans():
    empty = Document("d", "")
    assert augment(empty, random.Random(0)) == empty
    plain = Document("d", "产业𠮷集群")
    assert replace_mentions(plain, random.Random(0)) == plain
    assert list(augment_rows([plain], 0, 1)) == []


def test_what_is_asked_wrongly_is_told():
    with pytest.raises(ValueError, match="no transformation is called 'typos'; there are mentions"):
        augment(Document("d", ""), random.Random(0), {"typos": 1})
    with pytest.raises(ValueError, match="copies is -1"):
        list(augment_rows([Document("d", "")], -1, 0))
    assert SHARES.keys() == TRANSFORMATIONS.keys()


def test_the_gazetteer_is_complete():
    lines = read_table("divisions.txt").splitlines()
    levels = [len(line) - len(line.lstrip()) for line in lines]
    assert [levels.count(level) for level in range(3)] == [31, 342, 2978]
    assert sum(line.count(" ") - 2 for line in lines if line.startswith("  ")) == 41352
    assert [p.kind for p in read_divisions()].count("省") == 22
    assert [d.name for d in index_divisions()["朝阳"]][:3] == ["朝阳市", "朝阳区", "朝阳县"]
