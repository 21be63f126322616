"""Texts and spans as what an encoder reads: tokens of any tokenizer, in windows that fit.

All offsets are code points of the text; a token covers the half-open range its tokenizer states.
"""

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ..errors import InputError
from ..spans import Span
from .windows import Window, cut_windows

IGNORED = -100
"""The class of a token that the loss leaves out."""

# Full-width forms of ASCII: sites write 15% and １５％, "," and "，" as they please.
_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_WHITE = [code for code in range(0x3001) if chr(code).isspace()]


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, overlap: int
) -> tuple[list[Window], list[np.ndarray]]:
    """Tokenize texts into windows; see `tokenize` and `cut_windows`.

    Args:
        max_length: tokens in a window, special tokens included.
        overlap: tokens that consecutive windows of one text share at the least.

    Returns:
        The windows, text by text, and for each text the offsets of its tokens, an int array of
        shape (tokens, 2).

    Raises:
        InputError: the tokenizer states no offsets, or the overlap leaves a window no room.
    """
    if not tokenizer.is_fast:
        raise InputError(
            f"{tokenizer.name_or_path}: this tokenizer states no character offsets; use a fast one."
        )
    before, after = find_frame(tokenizer)
    room = max_length - len(before) - len(after)
    if not 0 <= overlap < room:
        raise InputError(
            f"overlap {overlap} does not fit max_length {max_length}; make it less than {room}."
        )
    if not texts:
        return [], []
    ids, offsets = tokenize(tokenizer, texts)
    windows = []
    for number, (text, own, places) in enumerate(zip(texts, ids, offsets, strict=True)):
        for first, last in cut_windows(text, places, room, overlap):
            content = np.zeros(len(before) + last - first + len(after), bool)
            content[len(before) : len(before) + last - first] = True
            input_ids = before + own[first:last].tolist() + after
            windows.append(Window(number, first, input_ids, content))
    return windows, offsets


def find_frame(tokenizer: PreTrainedTokenizerFast) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and after a text."""
    backend, special = tokenizer.backend_tokenizer, tokenizer.all_special_tokens
    if not special:
        return [], []
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = False
    # A special token, since every tokenizer makes one token of it.
    framed = backend.encode(special[0])
    own = framed.special_tokens_mask.index(0)
    return framed.ids[:own], framed.ids[own + 1 :]


def tokenize(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The tokens of each text, without special ones, so that every character has its place.

    A character that the tokenizer drops (white space, control characters) or hides with others in
    one unknown token is given a token back: its own where the vocabulary holds it, else the unknown
    one. White space at a token's edge is left out of its offsets, since nothing begins or ends
    with it.

    Returns:
        Their ids, an int array of shape (tokens,) a text, and their offsets, of shape (tokens, 2).
    """
    backend = tokenizer.backend_tokenizer
    post_processor = backend.post_processor
    backend.no_truncation()
    backend.no_padding()
    # Byte-level post-processors take white space out of offsets as if it had been dropped; and a
    # text that says [SEP] has five characters there, not the end of a sentence.
    backend.post_processor, backend.encode_special_tokens = None, True
    try:
        encodings = backend.encode_batch(list(texts), add_special_tokens=False)
    finally:
        backend.post_processor, backend.encode_special_tokens = post_processor, False
    counts = np.array([len(encoding) for encoding in encodings])
    ids = np.fromiter(chain.from_iterable(e.ids for e in encodings), int, counts.sum())
    pairs = chain.from_iterable(e.offsets for e in encodings)
    offsets = np.fromiter(chain.from_iterable(pairs), int, 2 * counts.sum()).reshape(-1, 2)
    # From here all texts are one, with a character between them that is nobody's.
    joined = "\n".join([*texts, ""])
    lengths = np.array([len(text) for text in texts])
    bases = np.cumsum(lengths + 1) - lengths - 1
    offsets += np.repeat(bases, counts)[:, None]
    if tokenizer.unk_token_id is not None:
        ids, offsets = _give_back(tokenizer, joined, bases + lengths, ids, offsets)
    _trim(joined, offsets)
    bounds = [*np.searchsorted(offsets[:, 0], bases).tolist(), len(ids)]
    parts = list(pairwise(bounds))
    return (
        [ids[first:last] for first, last in parts],
        [offsets[first:last] - base for (first, last), base in zip(parts, bases)],
    )


def _give_back(
    tokenizer: PreTrainedTokenizerFast,
    text: str,
    between: np.ndarray,
    ids: np.ndarray,
    offsets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and offsets with a token for each character that had none of its own or a known one's."""
    # An unknown token says nothing of its characters, so nothing is lost by dividing it; and some
    # models take a text's own [SEP] for the special token.
    kept = ~np.isin(ids, tokenizer.all_special_ids) | (offsets[:, 1] - offsets[:, 0] <= 1)
    if not kept.all():
        ids, offsets = ids[kept], offsets[kept]
    starts, ends = (np.bincount(side, minlength=len(text) + 1) for side in offsets.T)
    covered = np.cumsum(starts - ends)[: len(text)] > 0
    covered[between] = True
    bare = np.flatnonzero(~covered)
    if len(bare):
        own = tokenizer.convert_tokens_to_ids([text[place] for place in bare])
        places = np.searchsorted(offsets[:, 0], bare)
        ids = np.insert(ids, places, own)
        offsets = np.insert(offsets, places, np.stack([bare, bare + 1], axis=1), axis=0)
    return ids, offsets


def _trim(text: str, offsets: np.ndarray) -> None:
    """Take white space off the edges of tokens, in place; a token of nothing else keeps it."""
    white = np.isin(np.frombuffer(text.encode("utf-32-le"), np.uint32), _WHITE)
    wide = np.flatnonzero(offsets[:, 1] - offsets[:, 0] > 1)
    wide = wide[white[offsets[wide, 0]] | white[offsets[wide, 1] - 1]]
    if len(wide):
        solid = np.flatnonzero(~white)
        first, last = np.searchsorted(solid, offsets[wide].T)
        some = first < last
        offsets[wide[some], 0] = solid[first[some]]
        offsets[wide[some], 1] = solid[last[some] - 1] + 1


def align_tags(
    offsets: np.ndarray, spans: Sequence[Span], classes: dict[str, int]
) -> tuple[np.ndarray, list[Span]]:
    """The class of each token, and the spans that these tokens cannot represent.

    A span is representable if its first and last character begin and end tokens of its own. The
    tokens of one that is not are `IGNORED`, so that the model learns nothing wrong from them.

    Args:
        offsets: int array of shape (tokens, 2).
        classes: number of each IOB2 tag.
    """
    tags = np.full(len(offsets), classes["O"])
    starts, ends = offsets.T
    firsts = ends.searchsorted([span.start for span in spans], side="right").tolist()
    lasts = starts.searchsorted([span.end for span in spans], side="left").tolist()
    unrepresentable, taken = [], 0
    for span, first, last in zip(spans, firsts, lasts):
        exact = taken <= first < last and starts[first] == span.start and ends[last - 1] == span.end
        if exact:
            tags[first:last] = classes[f"I-{span.label}"]
            tags[first] = classes[f"B-{span.label}"]
        else:
            tags[first:last] = IGNORED
            unrepresentable.append(span)
        taken = max(taken, last)
    return tags, unrepresentable


def make_character_tokenizer(texts: Sequence[str], min_frequency: int) -> PreTrainedTokenizerFast:
    """A tokenizer with a token a character, white space included, in the manner of BERT.

    Full-width letters, digits and punctuation are read as their ASCII forms.

    Args:
        texts: where its vocabulary comes from.
        min_frequency: how often a character must occur there; rarer ones are `[UNK]`, so that the
            model learns what to make of characters it does not know.
    """
    folded = "".join(texts).translate(str.maketrans(_WIDE))
    characters, counts = np.unique(list(folded), return_counts=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    known = characters[counts >= min_frequency].tolist()
    vocabulary = {token: number for number, token in enumerate([*special, *known])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(wide, narrow) for wide, narrow in _WIDE.items()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(zip(names, special)))
