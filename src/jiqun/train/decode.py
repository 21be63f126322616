"""From scores of IOB2 tags to spans: the best sequence of tags that is allowed, by Viterbi.

Many sequences are decoded at once: their tokens stand one behind another in arrays of shape
(tokens, tags), and `firsts` says where each begins.
"""

from collections.abc import Sequence

import numpy as np

from .batches import batch_by_length

_TOKENS = 1 << 16


class Grammar:
    """Which tag may follow which: an `I-` only its own `B-` or itself.

    Args:
        tags: the tag of each class.

    Attributes:
        labels: the label of each class; nothing for `O`.
        inside: which classes are `I-` tags; bool, shape (tags,).
        inner: the class of the `I-` that continues a class, -1 if there is none; shape (tags,).
        follows: whether class b may stand behind class a, at `[a, b]`; bool, shape (tags, tags).

    Raises:
        ValueError: these are not the tags of IOB2: `O`, and a `B-` for each `I-`.
    """

    def __init__(self, tags: Sequence[str]):
        classes = {tag: number for number, tag in enumerate(tags)}
        known = all(tag == "O" or tag[:2] in ("B-", "I-") for tag in tags)
        needed = {f"B-{tag[2:]}" for tag in tags if tag[:2] == "I-"} | {"O"}
        if not known or not needed <= classes.keys() or len(classes) < len(tags):
            raise ValueError(f"{list(tags)} are not IOB2 tags")
        self.labels = [tag[2:] for tag in tags]
        self.begins = np.array([tag[:2] == "B-" for tag in tags])
        self.inside = np.array([tag[:2] == "I-" for tag in tags])
        self.inner = np.array(
            [classes.get(f"I-{label}", -1) if label else -1 for label in self.labels]
        )
        self._inner = np.flatnonzero(self.inside)
        self._outer = np.array([classes[f"B-{self.labels[n]}"] for n in self._inner], int)
        self.follows = np.tile(~self.inside, (len(tags), 1))
        self.follows[self._inner, self._inner] = self.follows[self._outer, self._inner] = True

    def find_path(self, scores: np.ndarray, firsts: np.ndarray) -> np.ndarray:
        """Of each sequence the allowed one with the greatest sum of scores: class of each token.

        Where the best tags of all tokens are allowed as they stand, they are the answer. So Viterbi
        only searches the pieces that hold one that is not, cut where a cut changes nothing:

        Let the best tag at t be no I-, w the next token whose best tag is not allowed behind the
        best tag before it, and suppose an I-X at t. If its span ended before w, the best tags would
        do better there. If not, B-X at w and the best tags from t to w would, when score(best, t) -
        score(I-X, t) > score(I-X, w) - score(B-X, w). Where this is so for every X there is no I-
        at t, and any tag may stand before it.

        Args:
            scores: shape (tokens, tags).
            firsts: ascending indices of the tokens that begin a sequence, from 0.
        """
        path = scores.argmax(1)
        wrong = self.inside[path]
        wrong[1:] &= ~self.follows[path[:-1], path[1:]]
        wrong[firsts] = self.inside[path[firsts]]
        places = np.flatnonzero(wrong)
        if not len(places):
            return path
        gain = scores[places][:, self._inner] - scores[places][:, self._outer]
        gain = np.vstack([gain, np.full(len(self._inner), -np.inf)])
        coming = np.searchsorted(places, np.arange(len(path)))
        loss = scores.max(1)[:, None] - scores[:, self._inner]
        free = ~self.inside[path] & (loss > gain[coming]).all(1)
        free[firsts] = True
        cuts = np.append(np.flatnonzero(free), len(path))
        pieces = np.unique(np.searchsorted(cuts, places, side="right") - 1)
        starts, lengths = cuts[pieces], cuts[pieces + 1] - cuts[pieces]
        for batch in batch_by_length(lengths, _TOKENS):
            steps = np.arange(lengths[batch[0]])
            index = np.minimum(starts[batch, None] + steps, len(path) - 1)
            own = steps < lengths[batch, None]
            found = self._search(scores[index].astype(float), lengths[batch])
            path[index[own]] = found[own]
        return path

    def _search(self, scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Viterbi's algorithm (Rabiner 1989, III B) on scores of shape (sequences, tokens, tags).

        Sequences come padded behind their `lengths`, which descend.
        """
        barred = np.where(self.follows, 0.0, -np.inf)
        best = np.where(self.inside, -np.inf, scores[:, 0])
        back = np.zeros(scores.shape, np.int16)
        for t in range(1, scores.shape[1]):
            still = int(np.searchsorted(-lengths, -t))
            sums = best[:still, :, None] + barred
            back[:still, t] = sums.argmax(1)
            best[:still] = sums.max(1) + scores[:still, t]
        path = np.empty(scores.shape[:2], int)
        path[:] = best.argmax(1)[:, None]
        rows = np.arange(len(path))
        for t in range(scores.shape[1] - 1, 0, -1):
            here = rows[: np.searchsorted(-lengths, -t)]
            path[here, t - 1] = back[here, t, path[here, t]]
        return path

    def find_spans(self, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First token, and the one behind the last, of each span of allowed sequences."""
        edges = np.flatnonzero(~self.inside[path])
        begins = self.begins[path[edges]]
        return edges[begins], np.append(edges[1:], len(path))[begins]
