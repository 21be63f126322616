"""A recipe and a data set to a token-classification model that `from_pretrained` loads."""

import sys
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertForTokenClassification,
    EarlyStoppingCallback,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from ..errors import InputError
from ..files import to_json, write_text
from ..spans import Document
from .adapters import add_adapters, merge_adapters
from .calibration import calibrate
from .checkpoints import RUN, Record, describe_run, find_checkpoint, is_finished
from .configuration import ConvolutionConfig
from .convolution import ConvolutionForTokenClassification
from .dataset import Corpus, list_paragraphs, load_corpus
from .encode import IGNORED, align_tags, encode, make_character_tokenizer
from .objective import TokenLoss, weigh_classes
from .recipe import Recipe
from .recurrent import RecurrentConfig, RecurrentForTokenClassification
from .trainer import TagTrainer
from .validation import Validation

LIST = "unrepresentable.jsonl"
"""The file, beside a model, that lists the spans its tokens do not fit."""


def finetune(recipe: Recipe, arguments: TrainingArguments, corpus: Corpus | None = None) -> str:
    """Train by a recipe; the model, its tokenizer, what it could not represent and what it was made
    from (`run.json`) go to `arguments.output_dir`. See `calibrate` for what is fitted then on the
    corpus's validation articles.

    With `resume_from_checkpoint: true` the training goes on from the last checkpoint there, to the
    same result as if it had never stopped; one that is finished is not repeated.

    Args:
        corpus: what to train on in place of the recipe's data.

    Returns:
        What was done, in one line; nothing on other processes than the first.

    Raises:
        InputError: the data, the encoder or a checkpoint is not there, or does not fit the recipe.
    """
    set_seed(arguments.seed)
    validate = arguments.eval_strategy != "no"
    corpus = corpus or load_corpus(recipe, validate, arguments.seed)
    folder, first = Path(arguments.output_dir), arguments.process_index == 0
    made = describe_run(recipe, arguments, corpus)
    if arguments.resume_from_checkpoint is True and is_finished(folder, made):
        return f"train: finished already → {folder}" if first else ""
    checkpoint = find_checkpoint(arguments.resume_from_checkpoint, folder, made)
    arguments.restore_callback_states_from_checkpoint = checkpoint is not None
    documents = corpus.list_training(recipe.copies, arguments.seed)
    texts = [document.text for document in documents]
    tokenizer, model = make_model(recipe, texts, corpus.tags)
    examples, unrepresentable, _ = encode_documents(documents, tokenizer, corpus.tags, recipe)
    report_encoding(documents, examples, unrepresentable, recipe, folder, first)
    size = sum(parameter.numel() for parameter in model.parameters())
    if recipe.lora_rank:
        model = add_adapters(model, recipe)
    weights = weigh_classes(recipe.class_weights, (e["labels"] for e in examples), corpus.tags)
    callbacks: list[TrainerCallback] = [Record(made)]
    if recipe.early_stopping_patience:
        callbacks.append(EarlyStoppingCallback(recipe.early_stopping_patience))
    trainer = TagTrainer(
        model,
        tokenizer,
        arguments,
        examples,
        make_validation(corpus, tokenizer, recipe, arguments) if validate else None,
        TokenLoss(weights, arguments.label_smoothing_factor),
        callbacks,
    )
    # The Trainer prints its figures; standard output is for data.
    with redirect_stdout(sys.stderr):
        result = trainer.train(resume_from_checkpoint=checkpoint and str(checkpoint))
    if not first:
        return ""
    model = merge_adapters(trainer.model) if recipe.lora_rank else trainer.model
    held = list_paragraphs(corpus.validation)
    calibrate(model, tokenizer, held, recipe.max_length, recipe.overlap)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    loss = losses[-1] if losses else result.training_loss
    best = trainer.state.best_metric
    seen = sorted({article.name for article in (*corpus.training, *corpus.validation)})
    outcome = {"steps": trainer.state.global_step, "best": best, "articles": seen}
    save(model, tokenizer, unrepresentable, folder, outcome | {"made": made})
    watched = "" if best is None else f"best {arguments.metric_for_best_model} {best:.4f}, "
    return (
        f"train: {size / 1e6:.1f} M parameters, {int(result.global_step)} steps in "
        f"{result.metrics['train_runtime']:.0f} s, loss {loss:.4f}, {watched}"
        f"{len(unrepresentable)} spans set aside → {arguments.output_dir}"
    )


def report_encoding(
    documents: list[Document],
    examples: list[dict],
    unrepresentable: list[dict],
    recipe: Recipe,
    folder: Path,
    first: bool,
) -> None:
    """Say what share of the spans no tokens fit, on the first process.

    Raises:
        InputError: it is above the recipe's bound; the spans are then listed in `folder`.
    """
    spans = sum(len(document.spans) for document in documents)
    lost = Counter(item["label"] for item in unrepresentable)
    share = len(unrepresentable) / max(spans, 1)
    by_label = ", ".join(f"{label} {count}" for label, count in sorted(lost.items())) or "none"
    if first:
        print(
            f"encode: {len(documents)} paragraphs, {len(examples)} windows, {spans} spans; "
            f"{len(unrepresentable)} ({share:.2%}) not representable ({by_label})",
            file=sys.stderr,
        )
    if share > recipe.max_unrepresentable:
        path = folder / LIST
        if first:
            write_list(unrepresentable, path)
        raise InputError(
            f"encoder {recipe.encoder}: {len(unrepresentable)} of {spans} spans ({share:.2%}) "
            f"are not representable ({by_label}), above max_unrepresentable "
            f"{recipe.max_unrepresentable:.2%}; see {path}, then name another encoder or raise "
            "max_unrepresentable in the recipe."
        )


def make_validation(
    corpus: Corpus,
    tokenizer: PreTrainedTokenizerBase,
    recipe: Recipe,
    arguments: TrainingArguments,
) -> Validation:
    """What a training is watched by, in windows as the model will read them.

    Raises:
        InputError: what should be best is none of its scores.
    """
    documents = list_paragraphs(corpus.validation)
    windows, offsets = encode(
        tokenizer, [document.text for document in documents], recipe.max_length, recipe.overlap
    )
    examples = encode_documents(documents, tokenizer, corpus.tags, recipe)[0]
    validation = Validation(documents, windows, offsets, examples, corpus.tags)
    best = (arguments.metric_for_best_model or "loss").removeprefix("eval_")
    if best not in ("loss", *validation.names):
        raise InputError(
            f"metric_for_best_model is {best!r}, expected loss or {', '.join(validation.names)}."
        )
    return validation


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
        shape = names | {
            "vocab_size": len(tokenizer),
            "hidden_size": recipe.hidden_size,
            "max_position_embeddings": recipe.max_length,
            "pad_token_id": tokenizer.pad_token_id,
        }
        if recipe.architecture == "recurrent":
            config = RecurrentConfig(
                num_hidden_layers=recipe.num_hidden_layers,
                dropout=recipe.dropout,
                unk_token_id=tokenizer.unk_token_id,
                **shape,
            )
            return tokenizer, RecurrentForTokenClassification(config)
        if recipe.architecture == "convolution":
            config = ConvolutionConfig(
                dilations=tuple(islice(cycle((1, 2, 4, 8)), recipe.num_hidden_layers)),
                embedding_dropout=recipe.dropout,
                classifier_dropout=recipe.dropout,
                unk_token_id=tokenizer.unk_token_id,
                **shape,
            )
            return tokenizer, ConvolutionForTokenClassification(config)
        config = BertConfig(
            num_hidden_layers=recipe.num_hidden_layers,
            num_attention_heads=recipe.num_attention_heads,
            intermediate_size=4 * recipe.hidden_size,
            hidden_dropout_prob=recipe.dropout,
            attention_probs_dropout_prob=recipe.dropout,
            **shape,
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
    positions = count_positions(model) or recipe.max_length
    if positions < recipe.max_length:
        raise InputError(
            f"encoder {recipe.encoder}: holds {positions} positions, the recipe's max_length is "
            f"{recipe.max_length}; lower it."
        )
    tokenizer.model_max_length = min(tokenizer.model_max_length, positions)
    return tokenizer, model


def count_positions(model: PreTrainedModel) -> int | None:
    """How many tokens a model can read at once; None if it does not say."""
    positions = getattr(model.config, "max_position_embeddings", None)
    for module in model.modules():
        # RoBERTa counts positions from behind that of padding.
        if (
            isinstance(module, torch.nn.Embedding)
            and module.num_embeddings == positions
            and module.padding_idx is not None
            and module is not model.get_input_embeddings()
        ):
            return positions - module.padding_idx - 1
    return positions


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
    run: dict[str, Any] | None = None,
) -> None:
    """Write model, tokenizer, the list of spans set aside and, last, what `run` tells of the
    training; each file replaces its old self."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as beside:
        model.save_pretrained(beside)
        tokenizer.save_pretrained(beside)
        write_list(unrepresentable, Path(beside) / LIST)
        for path in Path(beside).iterdir():
            path.replace(folder / path.name)
    if run is not None:
        write_text(folder / RUN, to_json(run, indent=1) + "\n")
