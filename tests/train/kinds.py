"""A tokenizer of each kind that encoders come with, trained here on the texts given."""

from collections.abc import Callable, Sequence

from tokenizers import (
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from jiqun.train.encode import make_character_tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
NAMES = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL))


def train(tokenizer: Tokenizer, trainer, texts: Sequence[str]) -> PreTrainedTokenizerFast:
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.post_processor is None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **NAMES)


def wordpiece(texts: Sequence[str], alphabet: int = 1000) -> PreTrainedTokenizerFast:
    """BERT: several digits or letters are one token, white space and control characters none."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=3000, limit_alphabet=alphabet, special_tokens=SPECIAL, show_progress=False
    )
    return train(tokenizer, trainer, texts)


def unknowing(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """BERT that knows few characters, so that most words are unknown."""
    return wordpiece(texts, alphabet=60)


def words(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """What stands between white space is a word, and nearly all are unknown."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(vocab_size=50, special_tokens=SPECIAL, show_progress=False)
    return train(tokenizer, trainer, texts)


def bytelevel(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """RoBERTa: bytes, in merges that hold white space and parts of characters; it trims offsets."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
    tokenizer.post_processor = processors.RobertaProcessing(("[SEP]", 3), ("[CLS]", 2))
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    return train(tokenizer, trainer, texts)


def bytefallback(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Llama: characters it does not know are bytes, white space is a character before a word."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="[UNK]", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    numbers = [f"<0x{number:02X}>" for number in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=2500,
        limit_alphabet=800,
        special_tokens=SPECIAL + numbers,
        max_token_length=6,
        show_progress=False,
    )
    return train(tokenizer, trainer, texts)


def sentencepiece(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """XLM-R: Unigram after NFKC and lower case; runs of white space and of the unknown are one."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=2500, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False
    )
    return train(tokenizer, trainer, texts)


def characters(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Ours."""
    return make_character_tokenizer(texts, 2)


KINDS: list[Callable[[Sequence[str]], PreTrainedTokenizerFast]] = [
    wordpiece,
    unknowing,
    words,
    bytelevel,
    bytefallback,
    sentencepiece,
    characters,
]
