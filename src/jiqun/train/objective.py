"""Cross-entropy over tokens, with weights for classes."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers.modeling_outputs import TokenClassifierOutput

from ..errors import InputError
from .encode import IGNORED


class TokenLoss:
    """The mean over the tokens that count, of all that a step reads on all processes.

    Models of transformers take the mean of each batch alone: with steps of several batches, tokens
    of short ones would weigh more, and training would differ with the number of processes.

    Args:
        weights: of the classes, shape (classes,); none: all count alike.
        smoothing: label smoothing, 0 to 1.
    """

    def __init__(self, weights: torch.Tensor | None = None, smoothing: float = 0.0):
        self.weights = weights
        self.smoothing = smoothing

    def __call__(
        self,
        outputs: TokenClassifierOutput,
        labels: torch.Tensor,
        num_items_in_batch: torch.Tensor | None = None,
    ) -> torch.Tensor:
        logits = outputs["logits"].float().flatten(0, 1)
        total = cross_entropy(
            logits,
            labels.flatten(),
            None if self.weights is None else self.weights.to(logits.device),
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.smoothing,
        )
        if num_items_in_batch is None:
            return total / (labels != IGNORED).sum()
        # Under DataParallel the Trainer gives the count once for each device, and then multiplies.
        return total / num_items_in_batch.sum()


def weigh_classes(
    setting: str | Mapping[str, float], labels: Iterable[Sequence[int]], tags: Sequence[str]
) -> torch.Tensor | None:
    """The weights of a recipe's `class_weights`, shape (tags,); None for `none`.

    `inverse`: √((N + K) / (K (n + 1))) for a tag on n of N tokens, with K tags; the inverse
    frequency of King and Zeng (2001), smoothed so that rare tags do not drown the others, and
    scaled to a mean of 1 over the tokens. A mapping gives the weight of a label, or of `O`; what it
    leaves out weighs 1.

    Args:
        labels: the classes of the tokens of each example, `IGNORED` where none counts.

    Raises:
        InputError: no label has such a name.
    """
    if setting == "none":
        return None
    if setting == "inverse":
        counts = np.zeros(len(tags))
        for own in labels:
            own = np.asarray(own)
            counts += np.bincount(own[own != IGNORED], minlength=len(tags))
        weights = np.sqrt((counts.sum() + len(tags)) / (len(tags) * (counts + 1)))
        weights *= counts.sum() / (counts * weights).sum()
        return torch.tensor(weights, dtype=torch.float32)
    names = [tag.partition("-")[2] or tag for tag in tags]
    if unknown := setting.keys() - set(names):
        known = ", ".join(dict.fromkeys(names))
        raise InputError(f"class_weights: no label is called {min(unknown)!r}; there are {known}.")
    return torch.tensor([float(setting.get(name, 1)) for name in names])
