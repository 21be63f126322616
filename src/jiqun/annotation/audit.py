"""Labels to look at again: suspects by rule, each with its reason, the likeliest mistakes first."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import InputError
from ..files import read_yaml
from ..scheme import PEOPLE
from ..spans import Document, Span
from .surfaces import Surfaces

_EDGE = re.compile(r"[\s，,。、；;：:！!？?“”‘’\"'《》〈〉（(【\[]")
_CLOSING = re.compile(r"[\s，,。、；;：:！!？?“‘《〈（(【\[\"']")
# What no edge may lie in: a number, a word in Latin letters.
_WHOLE = re.compile(
    r"[0-9A-Za-z０-９]+(?:(?<=[0-9０-９])(?:[.．][0-9０-９]+|[,，][0-9０-９]{3}(?![0-9０-９])))*"
    "(?:(?<=[0-9０-９])[十百千万亿萬億]+)?|(?<!唯)[零〇一二三四五六七八九十百千万亿两萬億兩]+"
)
# What a place or body goes on with, less the words that only begin alike.
_GOES_ON = re.compile(
    r"市(?![场民长長级区值域面内外人里辖树花价])|[县縣](?![长長级域城内里委政人直])"
    r"|[镇鎮](?![长長上域内里民])|[乡鄉](?![长長亲親村镇间])"
    r"|公司|集团|协会|学会|商会|研究院|研究所|大学|学院|医院|银行|局(?![长長面部限势])"
    r"|[厅廳](?![长長级])|委(?![员員托派屈])|联合会|管委会|党工委|工业园|产业园"
)
_NUMBER = re.compile(r"[0-9０-９][0-9０-９.,，]*(?:%|％|‰)?")
# A number that is no amount: dates, times, ordinals, models, telephone and other codes.
_BEHIND_CODE = re.compile(
    r"\s*(?:[年月日时点号號時届屆级級路线線楼樓室期版岁歲强強秒周週天度型版]|[A-Za-z:：\-—–/～~×]|多年|世[纪紀]"
    r"|分[钟鐘]?(?:\d+秒)?|小[时時]|[个個]?工作日|[至到]\d+[月日]|民[初终終]|系|[.．、]\s?\D)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_CODE = re.compile(
    r"(?:[A-Za-z〔\[:：\-—–/.×·＋+#№]|第|型|电话|電話|热线|编号|[年月第时時点點分图圖今转]|[)）]\w|\n)\s*$"
)
_AMOUNT = re.compile(
    r"(?<![0-9０-９.第一二三四五六七八九十百千万亿两数几初廿年月星期周〇])"
    r"(?:近|约|超|逾|上|数)?[二三四五六七八九十百千万亿两]+(?:多|余)?"
    r"(?:家|个|名|人|项|位|条|台|套|户|座|所|次|亩|吨|元|亿元|万元|公里|平方米|倍|件|辆|艘|棵|头(?=猪|牛|羊)|种|类|款|场|批次|成)"
    r"(?![大行月日上下才民口类间]|[个個]?(?:小时|多小时|钟头|工作日))"
)
_LIMIT_BEFORE = re.compile(
    r"(?:超过|将近|大约|大概|至少|至多|不到|不足|不及|不下|不超过|不少于|不低于|不高于|(?<![最附])近|(?<![签簽公条合节特预誓])约|逾|超)$"
)
_LIMIT_BEHIND = re.compile(r"以上|以下|以内|左右|上下|(?:多|余)(?=[家个名人项元万亿吨亩])")
_OUTSIDE = re.compile(r"(?:达|共|仅|为|突破|增长|每|達|僅|為|增長|高于|低于)")
_POST = re.compile(
    r"(?:书记|主任|局长|处长|科长|厂长|会长|理事长|秘书长|董事长|总经理|经理|院长|校长|所长|市长|县长|镇长|区长"
    r"|部长|厅长|站长|队长|记者|先生|女士|师傅|書記|局長|會長|廠長|董事長|總經理)$"
)
_ADDRESS = re.compile(r"(?:省|市|州|县|区|盟|旗|镇|乡|街道|縣|區|鎮|鄉|自治区)$")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place where a label may be wrong or missing.

    Attributes:
        start, end: code points of the article's text.
        label: what it is marked as, or might have to be.
        kind: the rule: `two labels`, `repeat`, `edge`, `cut`, `number`, `limit`, `post`,
            `address` or `model` (see `jiqun.annotation.doubt`).
        reason: why, in a sentence.
        score: 0 to 1, how often such a place is a mistake; ranks, no more.
    """

    article: str
    start: int
    end: int
    label: str
    kind: str
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """A suspect that was looked at and is right as it stands."""

    article: str
    kind: str
    text: str
    reason: str


def audit(
    documents: Sequence[Document], asides: dict[str, Sequence[Span]] | None = None
) -> list[Suspect]:
    """Suspects in labelled documents, the likeliest mistakes first.

    Args:
        asides: by document, ranges that carry no labels of right.
    """
    asides, found = asides or {}, list(_find_ambiguous(documents))
    for document in documents:
        covered = _Cover([*document.spans, *asides.get(document.id, ())])
        for rule in (_find_repeats, _find_edges, _find_numbers, _find_limits, _find_posts):
            found += rule(document, covered)
    return rank(found)


def rank(suspects: Iterable[Suspect]) -> list[Suspect]:
    """Suspects, the likeliest mistakes first."""
    return sorted(suspects, key=lambda s: (-s.score, s.article, s.start, s.kind))


def read_accepted(path: Path | str) -> list[Accepted]:
    """The suspects that a YAML list names as right, each with the reason.

    Raises:
        InputError: an entry has other keys than article, kind, text and reason.
    """
    entries = read_yaml(path)
    try:
        return [Accepted(**{k: str(v) for k, v in entry.items()}) for entry in entries]
    except (TypeError, AttributeError):
        raise InputError(
            f"{path}: expected a list of entries with article, kind, text and reason each."
        ) from None


def leave_out(
    suspects: Iterable[Suspect], accepted: Iterable[Accepted], documents: Iterable[Document]
) -> tuple[list[Suspect], list[Accepted]]:
    """The suspects that nobody accepted, and the acceptances that no suspect needs any more."""
    texts = {document.id: document.text for document in documents}
    known = {(a.article, a.kind, a.text): a for a in accepted}
    left, used = [], set()
    for suspect in suspects:
        text = texts[suspect.article][suspect.start : suspect.end]
        key = (suspect.article, suspect.kind, text)
        if key in known:
            used.add(key)
        else:
            left.append(suspect)
    return left, [entry for key, entry in known.items() if key not in used]


def describe_suspect(suspect: Suspect, text: str) -> dict[str, object]:
    """A suspect as `jiqun audit --format jsonl` prints it, in ten characters of its text."""
    start, end = suspect.start, suspect.end
    before, behind = text[max(start - 10, 0) : start], text[end : end + 10]
    context = f"{before}[{text[start:end]}]{behind}".replace("\n", "⏎")
    return asdict(suspect) | {"text": text[start:end], "context": context}


class _Cover:
    """Which characters some range holds."""

    def __init__(self, spans: Iterable[Span]):
        self.spans = sorted(spans)
        self.starts = [span.start for span in self.spans]

    def touches(self, start: int, end: int) -> bool:
        place = bisect_right(self.starts, start) - 1
        if place >= 0 and self.spans[place].end > start:
            return True
        return place + 1 < len(self.spans) and self.spans[place + 1].start < end

    def list_gaps(self, length: int) -> Iterator[tuple[int, int]]:
        """The stretches of a text of `length` characters that no range holds."""
        position = 0
        for span in [*self.spans, Span(length, length, "")]:
            if position < span.start:
                yield position, span.start
            position = max(position, span.end)


def _find_ambiguous(documents: Sequence[Document]) -> Iterator[Suspect]:
    """Surfaces with two labels: in one article, or, people aside, rarely so in all."""
    everywhere: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        here: dict[str, set[str]] = defaultdict(set)
        for span in document.spans:
            surface = document.surface(span)
            if len(surface) > 1:
                here[surface].add(span.label)
                if span.label not in PEOPLE:
                    everywhere[surface][span.label] += 1
        for span in document.spans:
            others = here[document.surface(span)] - {span.label}
            if others:
                reason = f"{span.label} here, {' and '.join(sorted(others))} elsewhere in it"
                yield _suspect(document, span, "two labels", reason, 0.9)
    for document in documents:
        for span in document.spans:
            counts = everywhere.get(document.surface(span))
            if counts and len(counts) > 1 and span.label in counts:
                label, most = counts.most_common(1)[0]
                if span.label != label and most >= 2 * counts[span.label]:
                    reason = f"{span.label} here, {label} {most} times in other articles"
                    yield _suspect(document, span, "two labels", reason, 0.6)


def _find_repeats(document: Document, covered: _Cover) -> Iterator[Suspect]:
    """Unlabelled repeats of names that are labelled in the same article."""
    labels = {
        document.surface(span): span.label for span in document.spans if span.label != "FIGURE"
    }
    surfaces, text = Surfaces(labels), document.text
    for first, last in covered.list_gaps(len(text)):
        for start, end in surfaces.find(text[first:last]):
            label = labels[text[first + start : first + end]]
            reason = f"unlabelled, {label} elsewhere in the article"
            yield _suspect(document, Span(first + start, first + end, label), "repeat", reason, 0.8)


def _find_edges(document: Document, _: _Cover) -> Iterator[Suspect]:
    """Spans that begin or end on punctuation, inside a number or word, or before a name's end."""
    text = document.text
    inside = {place for m in _WHOLE.finditer(text) for place in range(m.start() + 1, m.end())}
    for span, after in zip(document.spans, [*document.spans[1:], None]):
        surface = document.surface(span)
        if _EDGE.match(surface[0]) or _CLOSING.match(surface[-1]):
            yield _suspect(document, span, "edge", "an edge on punctuation or a blank", 0.9)
        for place in (span.start, span.end):
            if place in inside and (after is None or after.start != place):
                yield _suspect(document, span, "edge", "cuts a number or a word", 0.9)
        joined = after is not None and after.start == span.end
        if span.label in ("ORG", "LOC"):
            if not joined and (match := _GOES_ON.match(text, span.end)):
                reason = f"the name may go on with {match[0]}"
                yield _suspect(document, span, "cut", reason, 0.7)
            if joined and span.label == after.label == "LOC" and _ADDRESS.search(surface):
                whole = Span(span.start, after.end, "LOC")
                yield _suspect(document, whole, "address", "perhaps one address, one span", 0.7)


def _find_numbers(document: Document, covered: _Cover) -> Iterator[Suspect]:
    """Numbers outside of any span that do not look like a date, an ordinal or a code."""
    text = document.text
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if covered.touches(start, end) or _BEHIND_CODE.match(text, end):
            continue
        if _YEAR.fullmatch(match[0]):
            continue
        if not _BEFORE_CODE.search(text[max(start - 4, 0) : start]) and len(match[0]) < 7:
            span = Span(start, end, "FIGURE")
            yield _suspect(document, span, "number", "digits without FIGURE", 0.4)
    for match in _AMOUNT.finditer(text):
        if not covered.touches(*match.span()):
            reason = "a numeral with a classifier, without FIGURE"
            yield _suspect(document, Span(*match.span(), "FIGURE"), "number", reason, 0.3)


def _find_limits(document: Document, _: _Cover) -> Iterator[Suspect]:
    """Amounts without the limiter that touches them, or with a word that stays outside."""
    text = document.text
    for span in document.spans:
        if span.label != "FIGURE":
            continue
        before = _LIMIT_BEFORE.search(text[max(span.start - 3, 0) : span.start])
        behind = _LIMIT_BEHIND.match(text, span.end)
        if found := before or behind:
            yield _suspect(document, span, "limit", f"{found[0]} belongs to the amount", 0.7)
        if match := _OUTSIDE.match(document.surface(span)):
            yield _suspect(document, span, "limit", f"{match[0]} stays outside", 0.9)


def _find_posts(document: Document, _: _Cover) -> Iterator[Suspect]:
    """Names and bodies that take a post in."""
    for span in document.spans:
        if span.label in ("ORG", *PEOPLE) and (match := _POST.search(document.surface(span))):
            yield _suspect(document, span, "post", f"{match[0]} is a post, outside the name", 0.8)


def _suspect(document: Document, span: Span, kind: str, reason: str, score: float) -> Suspect:
    return Suspect(document.id, span.start, span.end, span.label, kind, reason, score)
