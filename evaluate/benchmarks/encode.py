"""Encoding: tokens and their labels, beside transformers' token-classification example.

    python evaluate/benchmarks/encode.py [--quick]

The example reads the data set's tokens as words (a character each), tokenizes them with
`is_split_into_words=True`, cuts what is longer than the model holds, and puts the label of a word
on the first of its tokens, by `word_ids`. Ours tokenizes the text as it is, in windows that
overlap. Both on the same paragraphs with two tokenizers made here: one with a token a character,
and one in the manner of BERT, WordPiece, in which several digits or letters become one token.

`spans` says how many marked spans come back with exactly their characters and label when each
side's labels are decoded again, strictly and over all windows; `tokens` what a model would have to
read for it. With characters as words the example's tokens never reach over the end of a span, but
digits lose the tokens they were pretrained with.
"""

from collections import defaultdict
from functools import partial
from typing import Any

from articles import read_labels, read_paragraphs
from race import print_alone, race
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from jiqun.spans import Document, Span, decode_tags, encode_tags
from jiqun.train.encode import IGNORED, encode, make_character_tokenizer
from jiqun.train.finetune import encode_documents
from jiqun.train.recipe import Recipe

PARAGRAPHS, ROUNDS = 4_000, 3
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
RECIPE = Recipe()


def measure(quick: bool) -> dict[str, Any]:
    """Speed beside the example with each tokenizer, and the spans that each represents."""
    documents = read_paragraphs(200 if quick else PARAGRAPHS)
    tags = read_labels().tags
    classes = {tag: number for number, tag in enumerate(tags)}
    texts = [document.text for document in documents]
    rows = {
        "tokens": [list(text) for text in texts],
        "ner_tags": [[classes[t] for t in encode_tags(d.spans, len(d.text))] for d in documents],
    }
    speed, spans, tokens = {}, {}, {}
    tokenizers = {
        "characters": make_character_tokenizer(texts, RECIPE.min_frequency),
        "WordPiece": make_wordpiece(texts),
    }
    for name, tokenizer in tokenizers.items():
        peer = f"transformers example, {name}"
        ours = partial(encode_documents, documents, tokenizer, tags, RECIPE)
        theirs = partial(align, rows, tokenizer, RECIPE.max_length)
        speed |= race(
            ours, {peer: theirs}, sum(map(len, texts)), "characters", 1 if quick else ROUNDS
        )
        examples, encoded = ours()[0], theirs()
        own = decode_ours(examples, texts, tokenizer, tags)
        others = decode_theirs(encoded, texts, tags)
        spans[peer] = {
            "total": sum(len(document.spans) for document in documents),
            "ours": count_kept(documents, own),
            "peer": count_kept(documents, others),
        }
        tokens[peer] = {
            "ours": sum(len(example["input_ids"]) for example in examples),
            "peer": sum(map(len, encoded["input_ids"])),
            "characters_cut_by_peer": count_cut(encoded, texts),
        }
    return {"texts": len(texts), "speed": speed, "spans": spans, "tokens": tokens}


def make_wordpiece(texts: list[str]) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of these texts, with BERT's own normaliser and pre-tokenizer."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=8_000, special_tokens=SPECIAL, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(zip(names, SPECIAL)))


def align(rows: dict[str, list], tokenizer: PreTrainedTokenizerBase, max_length: int):
    """What the example does to a batch of rows, with its default of labelling first tokens only."""
    encoded = tokenizer(
        rows["tokens"], truncation=True, max_length=max_length, is_split_into_words=True
    )
    labels = []
    for number, classes in enumerate(rows["ner_tags"]):
        before, own = None, []
        for word in encoded.word_ids(batch_index=number):
            first = word is not None and word != before
            own.append(classes[word] if first else IGNORED)
            before = word
        labels.append(own)
    encoded["labels"] = labels
    return encoded


def decode_ours(
    examples: list[dict], texts: list[str], tokenizer: PreTrainedTokenizerBase, tags: list[str]
) -> list[list[Span]]:
    """The spans that our labels say, by the offsets of the tokens they stand on."""
    windows, offsets = encode(tokenizer, texts, RECIPE.max_length, RECIPE.overlap)
    merged: dict[int, dict[int, int]] = defaultdict(dict)
    for window, example in zip(windows, examples, strict=True):
        labels = (label for label, own in zip(example["labels"], window.content) if own)
        merged[window.text].update(enumerate(labels, window.first))
    found = []
    for text, places in enumerate(offsets):
        classes = (merged[text][number] for number in range(len(places)))
        named = decode_tags(["O" if c == IGNORED else tags[c] for c in classes])
        found.append([Span(places[s.start, 0], places[s.end - 1, 1], s.label) for s in named])
    return found


def decode_theirs(encoded, texts: list[str], tags: list[str]) -> list[list[Span]]:
    """The spans that the example's labels say, character by character."""
    found = []
    for number, text in enumerate(texts):
        named = ["O"] * len(text)
        for word, label in zip(encoded.word_ids(batch_index=number), encoded["labels"][number]):
            if label != IGNORED:
                named[word] = tags[label]
        found.append(decode_tags(named))
    return found


def count_cut(encoded, texts: list[str]) -> int:
    """Characters behind the last one that the example's tokens cover, white space apart."""
    cut = 0
    for number, text in enumerate(texts):
        words = [word for word in encoded.word_ids(batch_index=number) if word is not None]
        cut += len(text[max(words, default=-1) + 1 :].strip())
    return cut


def count_kept(documents: list[Document], found: list[list[Span]]) -> int:
    return sum(len(set(d.spans) & set(spans)) for d, spans in zip(documents, found, strict=True))


if __name__ == "__main__":
    print_alone(measure, __doc__)
