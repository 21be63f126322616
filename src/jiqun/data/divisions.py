"""The administrative divisions of China, from provinces to towns, by each of their names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from .tables import read_table

# The table groups what a province governs itself under rows that are no divisions.
_ROWS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
_KINDS = (
    {"省": "省", "自治区": "自治区", "市": "直辖市"},
    {"市": "地级市", "自治州": "自治州", "地区": "地区", "盟": "盟"},
    {"县": "县", "区": "区", "市": "县级市", "旗": "旗"},
    {"镇": "镇", "乡": "乡", "街道": "街道", "苏木": "苏木"},
)
_ZONE = re.compile("(?:开发|园|管理|示范|试验|实验|聚集|名胜|食品)区$")
_PEOPLES = (
    "维吾尔|哈萨克|柯尔克孜|蒙古|塔吉克|锡伯|鄂伦春|鄂温克|达斡尔|布依|土家|朝鲜|傈僳|东乡|仡佬|拉祜|"
    "哈尼|纳西|仫佬|景颇|撒拉|布朗|毛南|普米|阿昌|基诺|德昂|保安|裕固|门巴|独龙|赫哲|珞巴|俄罗斯|"
    "塔塔尔|乌孜别克|壮|回|满|苗|彝|藏|侗|瑶|白|黎|傣|畲|佤|水|羌|土|怒|京|各"
)
_SUFFIX = re.compile(
    rf"(?:(?:{_PEOPLES})族|维吾尔|哈萨克|柯尔克孜|(?<!内)蒙古|塔吉克|锡伯)*"
    "(?:族?自治[区州县旗]|地区|街道|苏木|[省市盟县区旗镇乡])$"
)
_SIGNS = (
    "河北冀 山西晋 辽宁辽 吉林吉 黑龙江黑 江苏苏 浙江浙 安徽皖 福建闽 江西赣 山东鲁 河南豫 湖北鄂 "
    "湖南湘 广东粤 海南琼 四川川 贵州黔 云南滇 陕西陕 甘肃陇 青海青"
)
# Names in the list that are said of any place.
_GENERIC = re.compile("(?:开发|新|市|城|矿|郊)区|街道|地区|城镇|乡镇|社区")
# Divisions that are words as well, or that words which stand together often spell (协会理事).
_WORDS = re.compile(
    "一碗水|七星|万年|三元|三水|上高|东方|东方红|东风|个旧|中方|丰满|二七|互助|五指|会同|会理|"
    "体育场|元宝|光明|光泽|八步|公安|共和|共青团|兴业|凤凰|分水岭|创业园|前进|前锋|北城|十字街|"
    "南岸|南部|博爱|友好|友谊|双桥|台前|合作|同仁|同心|名山|向阳|和平|和政|和顺|商城|回民|围场|"
    "城中|城北|城区|复兴|夜明珠|大厂|大名|大峡谷|大新|大方|大榆树|大田|大石头|大观|天元|天台|"
    "天涯|威信|学院路|安定|安居|安平|宏伟|宝塔|宣化|富民|富裕|小城镇|小店|尼玛|崇信|工业区|"
    "工业园|工农|市北|市南|平和|平安|平定|平房|延寿|延长|建设路|开化|弥勒|振兴|政和|文化路|"
    "斯大林|新兴|新华|新市区|新建|新房子|新星|新民|方正|日照|景泰|朝天|木兰|来宾|桃花源|梧桐树|"
    "梨树|比如|民主|民权|水曲柳|江岸|汽车站|洞口|海棠|海盐|清新|清水|清流|温泉|港口|满堂红|"
    "火车头|火车站|灯塔|白云|白杨|盐池|石棉|石门|石鼓|科技园|稻香村|红原|红宝石|红旗|统一|老城|"
    "芙蓉|莲花|菜园子|葡萄架|解放|解放路|资源|运河|通道|钟楼|铜鼓|银杏树|长子|长安|露天矿|青山|"
    "青年|高台|高明|麒麟|黑水|鼓楼|龙凤"
)


@dataclass(eq=False, slots=True)
class Division:
    """A division, from province (level 0) to town (level 3).

    Attributes:
        name: in full, as in the official list.
        stem: the name without its suffix and the peoples named in it; in full if that would leave
            one character.
        short: the stem with one character as suffix (恩施州); the name where that is the same.
        kind: level and suffix in one: a county-level city is no prefecture-level city.
    """

    name: str
    stem: str
    short: str
    kind: str
    level: int
    parent: "Division | None"
    children: "list[Division]" = field(default_factory=list, repr=False)

    def climb(self) -> "Iterator[Division]":
        """The divisions it lies in, from the inmost one."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def descend(self) -> "Iterator[Division]":
        """The divisions that lie in it."""
        for child in self.children:
            yield child
            yield from child.descend()


@cache
def read_divisions() -> tuple[Division, ...]:
    """The provinces, and in them all other divisions."""
    country = Division("", "", "", "", -1, None)
    path = [country]
    for line in read_table("divisions.txt").splitlines():
        level = len(line) - len(line.lstrip())
        name, *towns = line.split()
        del path[level + 1 :]
        path.append(_add_division(name, level, path[-1]))
        for town in towns:
            _add_division(town, 3, path[-1])
    for province in country.children:
        province.parent = None
    return tuple(country.children)


def _add_division(name: str, level: int, above: Division) -> Division:
    """A division added to the one above; what is none hands its parts on to that."""
    suffix = next((s for s in _KINDS[level] if name.endswith(s)), None)
    zone = level == 2 and _ZONE.search(name)
    if suffix is None or zone or name in _ROWS or _GENERIC.fullmatch(name):
        return above
    stem = _SUFFIX.sub("", name) or name.split("族")[0]
    stem = stem if len(stem) > 1 else name
    short = stem + name[-1] if "族自治" in name or "自治州" in name else name
    division = Division(name, stem, short, _KINDS[level][suffix], level, above)
    above.children.append(division)
    return division


@cache
def index_divisions() -> dict[str, list[Division]]:
    """Divisions by each of their names, higher levels first."""
    index = defaultdict(list)
    for division in sorted(_list_divisions(), key=lambda d: d.level):
        for name in {division.name, division.stem, division.short}:
            if not _GENERIC.fullmatch(name):
                index[name].append(division)
    return dict(index)


def list_names() -> set[str]:
    """Names that mark a place in running text: of towns without a suffix only the longer ones, and
    none that is a word as well."""
    index = index_divisions().items()
    return {
        name
        for name, found in index
        if (len(name) > 2 or any(d.level < 3 for d in found)) and not _WORDS.fullmatch(name)
    }


@cache
def group_divisions() -> dict[str, list[Division]]:
    """Divisions by kind."""
    kinds = defaultdict(list)
    for division in _list_divisions():
        kinds[division.kind].append(division)
    return dict(kinds)


def _list_divisions() -> list[Division]:
    return [d for province in read_divisions() for d in (province, *province.descend())]


@cache
def count_kinds(division: Division) -> Counter[tuple[str, str]]:
    """How many divisions lie in one, by the kind of what they lie in directly and their own."""
    return Counter((inside.parent.kind, inside.kind) for inside in division.descend())


@cache
def read_signs() -> dict[str, str]:
    """The one-character names of provinces (浙), by stem, as far as regions are called by them."""
    return dict(re.findall(r"(\w+)(\w)\b", _SIGNS))
