"""Scores of spans that mean what they say: of spans scored .8, eight in ten should be right."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from .decode import Grammar

TEMPERATURE = "score_temperature"
"""Where a model's config.json keeps it; transformers keeps `temperature` for generation."""


def score_spans(
    logits: np.ndarray, path: np.ndarray, firsts: np.ndarray, grammar: Grammar
) -> np.ndarray:
    """How likely each span of a path is, ends and label, if each token's tag is drawn by itself.

    That is the chance of all its tags, times that of the token behind it not to go on with it.

    Args:
        logits: shape (tokens, tags), divided by the temperature already.
        path, firsts: see `Grammar.find_path`.

    Returns:
        Shape (spans,), 0 to 1, in the order of `Grammar.find_spans`.
    """
    starts, ends = grammar.find_spans(path)
    # One row more, for what stands behind the last token.
    chances = np.vstack([softmax(logits.astype(float), axis=1), np.ones(logits.shape[1])])
    chosen = chances[np.arange(len(path) + 1), np.append(path, 0)]
    scores = np.multiply.reduceat(chosen, np.stack([starts, ends], axis=1).ravel())[::2]
    inner = grammar.inner[path[starts]]
    open_ended = (inner >= 0) & ~np.isin(ends, np.append(firsts, len(path)))
    scores[open_ended] *= 1 - chances[ends[open_ended], inner[open_ended]]
    return scores


def fit_temperature(logits: np.ndarray, classes: np.ndarray) -> float:
    """The temperature by which logits say best what is true (Guo et al. 2017).

    https://arxiv.org/abs/1706.04599, section 4.2: it minimises the mean negative log-likelihood.

    Args:
        logits: shape (tokens, classes).
        classes: the true ones, shape (tokens,).

    Returns:
        1/20 to 20; 1 leaves the scores as they are.
    """
    own = logits.astype(float)
    rows = np.arange(len(classes))

    def measure(exponent: float) -> float:
        return -log_softmax(own / np.exp(exponent), axis=1)[rows, classes].mean()

    return float(np.exp(minimize_scalar(measure, bounds=(-3, 3), method="bounded").x))
