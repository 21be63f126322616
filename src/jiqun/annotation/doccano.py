"""The spans of a line that doccano exported.

doccano writes offsets without the characters they mark, and what they count is a setting of its
project: UTF-16 units, or what a reader sees as one character (doccano/doccano#2290).
"""

import re
from bisect import bisect_left
from itertools import accumulate
from typing import Any

from ..errors import InputError
from ..spans import Span
from .repair import Aside

UNITS = ("code-points", "utf-16")
LABELS = ("label", "labels", "entities")
"""The keys under which releases of doccano write spans."""

# What one program counts as one and another as more: pairs in UTF-16, CR LF, what combines.
_UNSURE = re.compile("[\U00010000-\U0010ffff\u200d\ufe00-\ufe0f]|\r\n|[\u0300-\u036f\u20d0-\u20ff]")


def read_entities(
    record: dict[str, Any], text: str, units: str | None = None
) -> tuple[list[Span], list[Aside]]:
    """The spans of one line, and what it holds beside them.

    Args:
        text: the line's text.
        units: what offsets count, one of `UNITS`. None: not known; spans behind a character that
            could be counted in two ways are set aside.

    Raises:
        InputError: there are no such units.
    """
    if units not in (None, *UNITS):
        raise InputError(f"--offsets {units}: expected one of {', '.join(UNITS)}.")
    unsure = _UNSURE.search(text)
    sure = len(text) if units or not unsure else unsure.start()
    # Where each character begins, in the units of the file.
    begins = range(len(text) + 1)
    if units == "utf-16":
        begins = list(accumulate((1 + (c > "\uffff") for c in text), initial=0))
    spans, asides = [], []
    for relation in record.get("relations") or ():
        asides.append(Aside("relation", "joins two spans", relation))
    for entity in (e for key in LABELS for e in record.get(key) or ()):
        if isinstance(entity, dict):
            start, end = entity.get("start_offset"), entity.get("end_offset")
            label = entity.get("label")
        else:
            start, end, label = (
                entity if isinstance(entity, list) and len(entity) == 3 else [None] * 3
            )
        if not isinstance(label, str):
            asides.append(Aside("labels", "is no span with one label", entity))
        elif type(start) is not int or type(end) is not int or not 0 <= start < end <= begins[-1]:
            reason = f"marks {start!r}:{end!r}, which is no stretch of {len(text)} characters"
            asides.append(Aside("offsets", reason, entity))
        elif end > sure:
            reason = f"lies behind {unsure[0]!r}, which counts as one or as more; say --offsets"
            asides.append(Aside("ambiguous", reason, entity))
        else:
            first, last = bisect_left(begins, start), bisect_left(begins, end)
            if (begins[first], begins[last]) == (start, end):
                spans.append(Span(first, last, label))
            else:
                asides.append(Aside("offsets", "cuts a character in two", entity))
    return spans, asides
