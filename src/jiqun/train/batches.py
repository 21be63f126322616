"""Windows through a model, in batches of like length."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers import PreTrainedModel

from .windows import Window


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


@torch.inference_mode()
def compute_logits(
    model: PreTrainedModel, windows: Sequence[Window], size: int
) -> list[np.ndarray]:
    """What a model says of each window's text tokens: float arrays of shape (tokens, classes).

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
