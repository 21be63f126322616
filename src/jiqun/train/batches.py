"""Texts through a model, in batches of windows of like length."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from .encode import encode
from .windows import Window, merge_windows


def read_texts(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    max_length: int,
    overlap: int,
    inside: np.ndarray,
    size: int,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What a model says of each text's tokens.

    Args:
        max_length, overlap: see `encode`.
        inside: see `merge_windows`.
        size: tokens of a batch at the most, padding included.

    Returns:
        For each text the logits of its tokens, of shape (tokens, classes), and their offsets, of
        shape (tokens, 2).
    """
    windows, offsets = encode(tokenizer, texts, max_length, overlap)
    logits = iter(compute_logits(model, windows, size))
    merged = []
    for _, group in groupby(windows, attrgetter("text")):
        own = list(group)
        merged.append(merge_windows(own, [next(logits) for _ in own], inside))
    return merged, offsets


@torch.inference_mode()
def compute_logits(
    model: PreTrainedModel, windows: Sequence[Window], size: int
) -> list[np.ndarray]:
    """What a model says of each window's text tokens: arrays of shape (tokens, classes).

    Args:
        size: tokens of a batch at the most, padding included.
    """
    lengths = np.array([len(window.input_ids) for window in windows], int)
    values: list[np.ndarray] = [np.empty(0)] * len(windows)
    for batch in batch_by_length(lengths, size):
        width = lengths[batch[0]]
        ids = np.full((len(batch), width), model.config.pad_token_id or 0)
        for row, number in zip(ids, batch):
            row[: lengths[number]] = windows[number].input_ids
        mask = np.arange(width) < lengths[batch, None]
        given = {"input_ids": ids, "attention_mask": mask.astype(int)}
        tensors = {name: torch.from_numpy(a).to(model.device) for name, a in given.items()}
        logits = model(**tensors).logits.float().cpu().numpy()
        for row, number in zip(logits, batch):
            content = windows[number].content
            values[number] = row[: len(content)][content]
    return values


def batch_by_length(lengths: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Indices of sequences in batches, the longest first.

    Args:
        size: tokens of a batch at the most, padding included; a longer sequence is alone.
    """
    order, start = np.argsort(-lengths, kind="stable"), 0
    while start < len(order):
        count = max(1, size // max(1, int(lengths[order[start]])))
        yield order[start : start + count]
        start += count
