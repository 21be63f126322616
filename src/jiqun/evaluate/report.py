"""The results of an evaluation as one HTML page for people."""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jinja2 import Environment, StrictUndefined

from ..scheme import Scheme

KINDS = {
    "missed": "nothing was predicted for the gold span",
    "spurious": "a span was predicted where gold has none",
    "boundary": "right label, wrong ends",
    "label": "right ends, wrong label",
    "both": "overlapping, but label and ends are wrong",
}
CLASSES = ("correct", "incorrect", "partial", "missed", "spurious")
BOUNDARIES = ("too_short_left", "too_long_left", "too_short_right", "too_long_right")
AVERAGES = ("PER", "micro", "macro")
NONE = "none"
REACH = 120
UNKNOWN_COLOR = "#888888"

Piece = tuple[str, str | None, str | None]

_SENTENCE_END = re.compile("[。！？!?\n]+[”’」』）)]*")


def make_report(results: dict[str, Any], scheme: Scheme) -> str:
    """One self-contained page: scores, comparisons, and every error in its sentence.

    Everything shown is escaped, the page fetches nothing, and its content security policy lets
    no script run but its own. The same results give the same page.

    Args:
        results: `made`, `systems`, `comparisons` and `curve`, as `evaluate/run.py` gathers them.
            Where it also has `raw`, the raw text of each article by its name, the page ends with
            these texts, and the raw offsets of each error lead to its place in them.
        scheme: the labels' order, Chinese names and colours.
    """
    # The template comes with the package; what it shows is never trusted.
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "percent": format_percent,
        "p": format_p,
        "sign": format_difference,
        "range": format_range,
        "digest": digest,
    }
    template = environment.from_string(
        files("jiqun.evaluate").joinpath("report.html").read_text(encoding="utf-8")
    )
    systems = sorted(results["systems"], key=lambda system: -system["strict"]["micro"]["f1"])
    labels = order_labels(results, scheme)
    numbers = {name: number for number, name in enumerate(labels)}
    raw = results.get("raw") or {}
    return template.render(
        gather=gather,
        made=results["made"],
        systems=systems,
        comparisons=results["comparisons"],
        curve=results["curve"],
        labels=labels,
        numbers=numbers,
        span=choose_range(systems),
        errors=list_errors(systems, numbers, list(raw)),
        raw=[(name, cut_raw(text, list_raw_ranges(systems, name))) for name, text in raw.items()],
        kinds=KINDS,
        classes=CLASSES,
        boundaries=BOUNDARIES,
        averages=AVERAGES,
        nothing=NONE,
    )


def order_labels(results: dict[str, Any], scheme: Scheme) -> dict[str, tuple[str, str]]:
    """Name to (Chinese name, colour): the scheme's labels, then others that the results name."""
    labels = {
        label.name: (
            label.chinese,
            label.color if re.fullmatch("#[0-9a-fA-F]{6}", label.color) else UNKNOWN_COLOR,
        )
        for label in scheme.labels
    }
    others = set(results["made"]["labels"])
    for system in results["systems"]:
        others |= system["strict"].keys() - set(AVERAGES)
        for gold, row in system["confusion"].items():
            others |= {gold, *row}
        for error in system["errors"]:
            others |= {side["label"] for side in (error["gold"], error["predicted"]) if side}
    return labels | {name: ("", UNKNOWN_COLOR) for name in sorted(others - labels.keys() - {NONE})}


def gather(tables: Iterable[dict[str, Any] | None]) -> dict[str, list[Any]]:
    """Several dicts as one: name to what each of them has under it, or None."""
    tables = [table or {} for table in tables]
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: [table.get(name) for table in tables] for name in names}


def list_errors(
    systems: Sequence[dict], numbers: dict[str, int], raw: Sequence[str]
) -> list[dict[str, Any]]:
    """The errors of all systems in the order of the text, each as the template shows it.

    Its `id` is `system-error`, both counted from 1 in the order of `systems` and of their errors.
    """
    errors = []
    for s, system in enumerate(systems):
        for n, error in enumerate(system["errors"]):
            gold, predicted = error["gold"], error["predicted"]
            sides = [side for side in (gold, predicted) if side]
            paragraph = error["paragraph"]
            start = min(side["start"] for side in sides)
            end = max(side["end"] for side in sides)
            before, pieces, after = cut_sentence(error["text"], gold, predicted)
            where = None
            if error["raw"] and error["article"] in raw:
                where = f"raw-{raw.index(error['article']) + 1}-{error['raw'][0]}"
            place = (error["article"], -1 if paragraph is None else paragraph, start, end, s, n)
            errors.append(
                {
                    "place": place,
                    "id": f"{s + 1}-{n + 1}",
                    "system": s,
                    "name": system["name"],
                    "kind": error["kind"],
                    "labels": sorted({numbers[side["label"]] for side in sides}),
                    "article": error["article"],
                    "paragraph": paragraph,
                    "start": start,
                    "end": end,
                    "gold": gold and gold | {"surface": _surface(error["text"], gold)},
                    "predicted": predicted
                    and {"score": None}
                    | predicted
                    | {"surface": _surface(error["text"], predicted)},
                    "before": before,
                    "pieces": pieces,
                    "after": after,
                    "raw": error["raw"],
                    "where": where,
                }
            )
    return sorted(errors, key=lambda error: error["place"])


def cut_sentence(
    text: str, gold: dict | None, predicted: dict | None
) -> tuple[bool, list[Piece], bool]:
    """The sentence that holds one or two spans, cut where they begin and end.

    Of a long sentence, `REACH` characters on either side of the spans are kept.

    Returns:
        (whether text was left off before it, pieces `(characters, gold label or None, predicted
        label or None)`, whether text was left off behind it)
    """
    sides = [side for side in (gold, predicted) if side]
    first = min(side["start"] for side in sides)
    last = max(side["end"] for side in sides)
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    begin = max((end for end in ends if end <= first), default=0)
    stop = min((end for end in ends if end >= last), default=len(text))
    begin, stop = max(begin, first - REACH), min(stop, last + REACH)
    marks = {mark for side in sides for mark in (side["start"], side["end"])}
    pieces = [
        (text[start:end], _label_at(gold, start), _label_at(predicted, start))
        for start, end in pairwise(sorted({begin, stop, *marks}))
    ]
    return bool(text[:begin].strip()), pieces, bool(text[stop:].strip())


def cut_raw(text: str, ranges: Iterable[Sequence[int]]) -> list[tuple[str, int, bool, bool]]:
    """A raw article as pieces `(characters, offset, a range begins here, it is in a range)`."""
    ranges = [(start, end) for start, end in ranges if 0 <= start <= end <= len(text)]
    starts = {start for start, _ in ranges}
    ends = sorted({0, len(text), *(mark for both in ranges for mark in both)})
    # How many ranges open less close at each mark tells how many hold the piece behind it.
    change = dict.fromkeys(ends, 0)
    for start, end in ranges:
        change[start] += 1
        change[end] -= 1
    pieces, depth = [], 0
    for start, end in pairwise(ends):
        depth += change[start]
        pieces.append((text[start:end], start, start in starts, depth > 0))
    return pieces


def list_raw_ranges(systems: Iterable[dict], article: str) -> list[Sequence[int]]:
    """The raw ranges of all errors in one article."""
    return [
        error["raw"]
        for system in systems
        for error in system["errors"]
        if error["raw"] and error["article"] == article
    ]


def choose_range(systems: Iterable[dict]) -> tuple[float, float]:
    """The tenths around all micro F1 and their intervals, for the axis on which they are drawn."""
    values = [
        value
        for system in systems
        for value in (
            system["strict"]["micro"]["f1"],
            *(system["strict"]["micro"]["interval"] or ()),
        )
    ]
    if not values:
        return 0.0, 1.0
    low = max(0, int(min(values) * 10 - 1e-9))
    return low / 10, max(low + 1, min(10, int(max(values) * 10 - 1e-9) + 1)) / 10


def format_percent(value: float | None) -> str:
    """0.8346 as `83.5`; nothing as a dash."""
    return "–" if value is None else f"{100 * value:.1f}"


def format_range(interval: Sequence[float] | None) -> str:
    """A pair of shares as `81.2–86.0`; nothing as a dash."""
    return "–" if interval is None else "–".join(map(format_percent, interval))


def format_difference(value: float) -> str:
    """A difference of shares in points, signed with a true minus: `+1.2`, `−0.4`."""
    return f"{100 * value:+.1f}".replace("-", "−")


def format_p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def digest(script: str) -> str:
    """The source of a script as a content security policy names it."""
    value = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{value}'"


def _surface(text: str, side: dict) -> str:
    return text[side["start"] : side["end"]]


def _label_at(side: dict | None, position: int) -> str | None:
    inside = side and side["start"] <= position < side["end"]
    return side["label"] if side and inside else None
