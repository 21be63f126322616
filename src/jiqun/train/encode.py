"""Texts and spans as what an encoder reads: tokens of any tokenizer, in windows that fit.

All offsets are code points of the text; a token covers the half-open range its tokenizer states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from ..errors import InputError
from ..spans import Span

IGNORED = -100
"""The class of a token that the loss leaves out."""

# Full-width forms of ASCII: sites write 15% and １５％, "," and "，" as they please.
_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one text's tokens that fits the encoder, with its special tokens.

    Attributes:
        text: index of the text.
        first: number of text tokens before the window's own.
        input_ids: token ids, special tokens included.
        content: which of them are text tokens; bool, shape (len(input_ids),).
    """

    text: int
    first: int
    input_ids: list[int]
    content: np.ndarray


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, overlap: int
) -> tuple[list[Window], list[np.ndarray]]:
    """Tokenize texts into windows.

    Args:
        max_length: tokens in a window, special tokens included.
        overlap: tokens that consecutive windows of one text share.

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
    room = max_length - tokenizer.num_special_tokens_to_add()
    if not 0 <= overlap < room:
        raise InputError(
            f"overlap {overlap} does not fit max_length {max_length}; make it less than {room}."
        )
    if not texts:
        return [], []
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        stride=overlap,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    windows: list[Window] = []
    pieces: list[list[np.ndarray]] = [[] for _ in texts]
    for number, text in enumerate(encoded["overflow_to_sample_mapping"]):
        content = np.array(encoded["special_tokens_mask"][number]) == 0
        offsets = np.array(encoded["offset_mapping"][number]).reshape(-1, 2)[content]
        first = 0
        if windows and windows[-1].text == text:
            first = windows[-1].first + int(windows[-1].content.sum()) - overlap
            offsets = offsets[overlap:]
        windows.append(Window(text, first, encoded["input_ids"][number], content))
        pieces[text].append(offsets)
    return windows, [np.concatenate(piece) for piece in pieces]


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
    unrepresentable, taken = [], 0
    for span in spans:
        first = int(np.searchsorted(offsets[:, 1], span.start, side="right"))
        last = int(np.searchsorted(offsets[:, 0], span.end, side="left"))
        exact = (
            taken <= first < last
            and offsets[first, 0] == span.start
            and offsets[last - 1, 1] == span.end
        )
        if exact:
            tags[first:last] = classes[f"I-{span.label}"]
            tags[first] = classes[f"B-{span.label}"]
        else:
            tags[first:last] = IGNORED
            unrepresentable.append(span)
        taken = max(taken, last)
    return tags, unrepresentable


def merge_windows(windows: Sequence[Window], values: Sequence[np.ndarray]) -> np.ndarray:
    """What a model said of the windows of one text, as one array over its tokens.

    Where windows overlap, each token is taken from the one that shows more of its context.

    Args:
        windows: the windows of one text, in order.
        values: for each window an array of shape (text tokens, …).
    """
    merged = values[0]
    for window, value in zip(windows[1:], values[1:]):
        shared = len(merged) - window.first
        keep = window.first + shared // 2
        merged = np.concatenate([merged[:keep], value[keep - window.first :]])
    return merged


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
