"""A recipe and a data set to a token-classification model that `from_pretrained` loads."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import datasets
import numpy as np
import torch
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertForTokenClassification,
    DataCollatorForTokenClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    set_seed,
)

from ..data.augment import augment_rows
from ..errors import InputError
from ..files import to_json, write_text
from ..spans import Document, Span, decode_tags, split_paragraphs
from .encode import IGNORED, align_tags, encode, make_character_tokenizer
from .recipe import Recipe
from .recurrent import RecurrentConfig, RecurrentForTokenClassification

LIST = "unrepresentable.jsonl"
"""The file, beside a model, that lists the spans its tokens do not fit."""


def load_rows(data: str, split: str, config: str = "tokens") -> datasets.Dataset:
    """One split of a config of a data set, local or on a hub.

    Raises:
        InputError: it cannot be loaded, or its columns are not `tokens` and `ner_tags`.
    """
    try:
        rows = datasets.load_dataset(data, config, split=split)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{data}: {reason}; build the data set with `jiqun build`.") from None
    for column in ("tokens", "ner_tags"):
        if column not in rows.column_names:
            raise InputError(f"{data}: the split {split} of {config} has no column {column!r}.")
    return rows


def load_documents(rows: datasets.Dataset) -> list[Document]:
    """Rows with `id`, `tokens` and `ner_tags` as documents."""
    tags = get_tag_names(rows)
    return [
        Document(
            row["id"],
            "".join(row["tokens"]),
            tuple(decode_tags([tags[number] for number in row["ner_tags"]])),
        )
        for row in rows
    ]


def join_paragraphs(rows: datasets.Dataset) -> Iterator[Document]:
    """Rows with `article` beside what `load_documents` reads, as one document an article.

    Raises:
        InputError: the rows have no column `article`.
    """
    if "article" not in rows.column_names:
        raise InputError("copies: the data has no column 'article'; leave copies at 0.")
    for article, group in groupby(zip(rows["article"], load_documents(rows)), itemgetter(0)):
        text, spans = "", []
        for _, paragraph in group:
            offset = len(text)
            spans += (Span(s.start + offset, s.end + offset, s.label) for s in paragraph.spans)
            text += paragraph.text + "\n"
        yield Document(article, text, tuple(spans))


def get_tag_names(rows: datasets.Dataset) -> list[str]:
    """The IOB2 tags that number the classes of `ner_tags`."""
    return rows.features["ner_tags"].feature.names


def finetune(recipe: Recipe, arguments: TrainingArguments) -> str:
    """Train by a recipe; the model, its tokenizer and what it could not represent go to
    `arguments.output_dir`.

    Returns:
        What was done, in one line.
    """
    set_seed(arguments.seed)
    parts = [load_rows(recipe.data, "train", config) for config in recipe.configs]
    tags = get_tag_names(parts[0])
    documents = [document for rows in parts for document in load_documents(rows)]
    if recipe.copies:
        articles = [article for rows in parts for article in join_paragraphs(rows)]
        for copy in augment_rows(articles, recipe.copies, arguments.seed):
            documents += (paragraph for _, paragraph in split_paragraphs(copy))
    texts = [document.text for document in documents]
    tokenizer, model = make_model(recipe, texts, tags)
    examples, unrepresentable, spans = encode_documents(documents, tokenizer, tags, recipe)
    lost = Counter(item["label"] for item in unrepresentable)
    share = len(unrepresentable) / max(spans, 1)
    by_label = ", ".join(f"{label} {count}" for label, count in sorted(lost.items())) or "none"
    print(
        f"encode: {len(texts)} paragraphs, {len(examples)} windows, {spans} spans; "
        f"{len(unrepresentable)} ({share:.2%}) not representable ({by_label})",
        file=sys.stderr,
    )
    if share > recipe.max_unrepresentable:
        path = Path(arguments.output_dir) / LIST
        write_list(unrepresentable, path)
        raise InputError(
            f"encoder {recipe.encoder}: {len(unrepresentable)} of {spans} spans ({share:.2%}) "
            f"are not representable ({by_label}), above max_unrepresentable "
            f"{recipe.max_unrepresentable:.2%}; see {path}, then name another encoder or raise "
            "max_unrepresentable in the recipe."
        )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=datasets.Dataset.from_list(examples),
        data_collator=DataCollatorForTokenClassification(tokenizer),
        processing_class=tokenizer,
    )
    # The Trainer prints its figures; standard output is for data.
    with redirect_stdout(sys.stderr):
        result = trainer.train(resume_from_checkpoint=arguments.resume_from_checkpoint)
    if trainer.is_world_process_zero():
        save(trainer.model, tokenizer, unrepresentable, Path(arguments.output_dir))
    size = sum(parameter.numel() for parameter in model.parameters())
    return (
        f"train: {size / 1e6:.1f} M parameters, {int(result.global_step)} steps in "
        f"{result.metrics['train_runtime']:.0f} s, loss {result.training_loss:.4f}, "
        f"{len(unrepresentable)} spans set aside → {arguments.output_dir}"
    )


def make_model(
    recipe: Recipe, texts: list[str], tags: list[str]
) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """The tokenizer and the model a recipe starts from: its encoder's, or new ones.

    Raises:
        InputError: the encoder cannot be loaded, or holds fewer positions than `max_length`.
    """
    names = {
        "id2label": dict(enumerate(tags)),
        "label2id": {tag: number for number, tag in enumerate(tags)},
    }
    if recipe.encoder is None:
        tokenizer = make_character_tokenizer(texts, recipe.min_frequency)
        tokenizer.model_max_length = recipe.max_length
        if recipe.architecture == "recurrent":
            config = RecurrentConfig(
                vocab_size=len(tokenizer),
                hidden_size=recipe.hidden_size,
                num_hidden_layers=recipe.num_hidden_layers,
                dropout=recipe.dropout,
                max_position_embeddings=recipe.max_length,
                unk_token_id=tokenizer.unk_token_id,
                pad_token_id=tokenizer.pad_token_id,
                **names,
            )
            return tokenizer, RecurrentForTokenClassification(config)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.hidden_size,
            num_hidden_layers=recipe.num_hidden_layers,
            num_attention_heads=recipe.num_attention_heads,
            intermediate_size=4 * recipe.hidden_size,
            hidden_dropout_prob=recipe.dropout,
            attention_probs_dropout_prob=recipe.dropout,
            max_position_embeddings=recipe.max_length,
            pad_token_id=tokenizer.pad_token_id,
            **names,
        )
        return tokenizer, BertForTokenClassification(config)
    try:
        config = AutoConfig.from_pretrained(recipe.encoder, **names)
        tokenizer = AutoTokenizer.from_pretrained(recipe.encoder)
        model = AutoModelForTokenClassification.from_pretrained(
            recipe.encoder, config=config, ignore_mismatched_sizes=True, dtype=torch.float32
        )
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"encoder {recipe.encoder}: {reason}.") from None
    positions = getattr(config, "max_position_embeddings", None) or recipe.max_length
    if positions < recipe.max_length:
        raise InputError(
            f"encoder {recipe.encoder}: holds {positions} positions, the recipe's max_length is "
            f"{recipe.max_length}; lower it."
        )
    return tokenizer, model


def encode_documents(
    documents: list[Document],
    tokenizer: PreTrainedTokenizerBase,
    tags: list[str],
    recipe: Recipe,
) -> tuple[list[dict], list[dict], int]:
    """Windows with a class a token, the spans no tokens fit, and how many spans there are."""
    classes = {tag: number for number, tag in enumerate(tags)}
    texts = [document.text for document in documents]
    windows, offsets = encode(tokenizer, texts, recipe.max_length, recipe.overlap)
    labels, unrepresentable = [], []
    for document, places in zip(documents, offsets, strict=True):
        label, lost = align_tags(places, document.spans, classes)
        labels.append(label)
        unrepresentable += [
            {"id": document.id, **asdict(span), "text": document.surface(span)} for span in lost
        ]
    count = sum(len(document.spans) for document in documents)
    examples = []
    for window in windows:
        length = int(window.content.sum())
        own = np.full(len(window.input_ids), IGNORED)
        own[window.content] = labels[window.text][window.first : window.first + length]
        examples.append({"input_ids": window.input_ids, "labels": own.tolist()})
    return examples, unrepresentable, count


def write_list(unrepresentable: list[dict], path: Path) -> None:
    """Write the spans that no tokens fit, as `encode_documents` lists them, a line each."""
    write_text(path, "".join(to_json(item) + "\n" for item in unrepresentable))


def save(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    unrepresentable: list[dict],
    folder: Path,
) -> None:
    """Write model, tokenizer and the list of spans set aside; each file replaces its old self."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as beside:
        model.save_pretrained(beside)
        tokenizer.save_pretrained(beside)
        write_list(unrepresentable, Path(beside) / LIST)
        for path in Path(beside).iterdir():
            path.replace(folder / path.name)
