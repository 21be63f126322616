"""Labelled spans on the text that an article has now, through the raw text both came from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from ..seeds.align import Alignment
from .tasks import hash_text

CARRIED = "carried"
"""The model version of predictions that people's spans became."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A region that could not be carried over; offsets are of the old text."""

    article: str
    start: int | None
    end: int | None
    labels: tuple[str, ...]
    text: str


def carry_range(start: int, end: int, old: Alignment, new: Alignment) -> tuple[int, int] | None:
    """The characters `start:end` of an old text in a new one; None unless they come out whole."""
    first, last = old.to_raw(start, end)
    if last > new.raw_length:
        return None
    found = new.to_text(first, last)
    whole = found[0] < found[1] and new.to_raw(*found) == (first, last)
    return found if whole else None


def carry_task(
    old: dict[str, Any], task: dict[str, Any], labels: Collection[str], version: str | None = None
) -> tuple[dict[str, Any], int, list[Lost]] | None:
    """A new task that holds what people marked in an old one of the same article as predictions.

    Each finished annotation becomes a prediction, the ground truth and else the newest first; where
    there is none, each draft does. Its score is the share of its regions that came over.

    Args:
        old: a labelled task as the server exports it.
        task: the task with the new text.
        labels: those that the project knows.
        version: the model version that the project shows. Label Studio's queue shows no other, so
            the first prediction is there a second time under that name.

    Returns:
        The task, how many regions were carried over, and those that were not; None if the two texts
        do not come from one raw text, or the old one was edited in Label Studio.
    """
    text, before, now = task["data"]["text"], old.get("meta") or {}, task.get("meta") or {}
    same = "raw_sha256" in now and before.get("raw_sha256") == now["raw_sha256"]
    if not same or hash_text(old["data"]["text"]) != before.get("text_sha256"):
        return None
    raw_length = max((row[3] for row in before["alignment"] + now["alignment"]), default=0)
    source = Alignment.from_segments(before["alignment"], raw_length)
    target = Alignment.from_segments(now["alignment"], raw_length)
    predictions, lost, count = [], [], 0
    for regions in _choose(old):
        kept = []
        for region in regions:
            carried = _carry_region(region, text, labels, source, target)
            if carried:
                kept.append(carried)
            else:
                lost.append(_name_lost(old, region))
        count += len(kept)
        score = round(len(kept) / len(regions), 4) if regions else 1.0
        prediction = {"model_version": CARRIED, "score": score, "result": kept}
        if prediction not in predictions:
            predictions.append(prediction)
    if predictions and version not in (None, CARRIED):
        predictions.append({**predictions[0], "model_version": version})
    meta = {**now, "carried_from": old["id"]}
    made = {"data": task["data"], "meta": meta}
    # Of an article that was merely skipped there is nothing to carry, so pre-labels serve.
    made["predictions"] = predictions or task.get("predictions") or []
    return made, count, lost


def _choose(old: dict[str, Any]) -> Iterable[list[dict[str, Any]]]:
    finished = [a for a in old.get("annotations") or [] if not a.get("was_cancelled")]
    if not old.get("annotations"):
        finished = old.get("drafts") or []
    for one in sorted(finished, key=lambda a: (not a.get("ground_truth"), -a.get("id", 0))):
        yield one.get("result") or []


def _carry_region(
    region: dict[str, Any],
    text: str,
    labels: Collection[str],
    source: Alignment,
    target: Alignment,
) -> dict[str, Any] | None:
    value = region.get("value") or {}
    start, end, named = value.get("start"), value.get("end"), value.get("labels")
    if region.get("type") != "labels" or not isinstance(named, list) or set(named) - set(labels):
        return None
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(source)):
        return None
    found = carry_range(start, end, source, target)
    if not found:
        return None
    place = {"start": found[0], "end": found[1], "text": text[slice(*found)], "labels": named}
    names = {field: region[field] for field in ("id", "from_name", "to_name", "type")}
    return names | {"value": place}


def _name_lost(old: dict[str, Any], region: dict[str, Any]) -> Lost:
    value = region.get("value") or {}
    start, end = value.get("start"), value.get("end")
    whole = isinstance(start, int) and isinstance(end, int)
    said = old["data"]["text"][max(start, 0) : end] if whole else region.get("type", "region")
    return Lost(old["data"]["article"], start, end, tuple(value.get("labels") or ()), said)
