"""Predicting: characters a second beside transformers' token-classification pipeline.

    python evaluate/benchmarks/predict.py [--quick]

Twice on the same checkpoint and paragraphs: the model that ships with the package, and a small BERT
with a random encoder and a classifier fitted here. The pipeline runs with windows that overlap
(`stride`), as ours does, and groups tokens with `aggregation_strategy="simple"`; its batch size is
the fastest of 1, 8 and 32, its other settings are its own.

`equal_spans` compares its groups with our spans on all texts. Its grouping is lenient: an `I-` tag
that continues nothing begins a group there, while ours looks for the likeliest tags that make
spans. So `equal_tags` compares with the model's own forward pass over each text alone, decoded in
the same way, on the texts that fit in one window. (Ours runs the package's model in 8 bits where
the processor is good at it; the pipeline and that forward pass do not.) All spans are compared, the
unlikely ones, too.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from articles import draw_paragraphs, read_labels
from race import print_alone, race, take_time
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    pipeline,
    set_seed,
)
from transformers.utils import logging

from jiqun.predict import EMBEDDED, OVERLAP, Predictor
from jiqun.spans import Span
from jiqun.train.encode import IGNORED
from jiqun.train.finetune import encode_documents, make_model, save
from train import RECIPE

TEXTS, ROUNDS, SIZES = 240, 3, (1, 8, 32)


def measure(quick: bool) -> dict[str, Any]:
    """Speed beside the pipeline at its best, and how often the spans are the same."""
    texts = [document.text for document in draw_paragraphs(40 if quick else TEXTS)]
    logging.set_verbosity_error()
    with TemporaryDirectory() as folder:
        make_checkpoint(Path(folder), quick)
        figures = {
            f"transformers pipeline, {name}": measure_model(path, texts, 1 if quick else ROUNDS)
            for name, path in (("the package's model", EMBEDDED), ("small BERT", Path(folder)))
        }
    names = next(iter(figures.values()))
    by_name = {name: {peer: row[name] for peer, row in figures.items()} for name in names}
    return {"texts": len(texts), "threads": torch.get_num_threads()} | by_name


def measure_model(path: Path, texts: list[str], rounds: int) -> dict[str, Any]:
    """The figures of one checkpoint."""
    predictor = Predictor(path, least_score=0)
    model = AutoModelForTokenClassification.from_pretrained(path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    stride = min(OVERLAP, predictor.max_length // 4)
    grouping = pipeline(
        "token-classification",
        model=model,
        tokenizer=tokenizer,
        aggregation_strategy="simple",
        stride=stride,
    )
    sample = texts[: len(texts) // 4]
    seconds = {size: take_time(partial(grouping, sample, batch_size=size)) for size in SIZES}
    best = min(seconds, key=seconds.__getitem__)
    peer = partial(grouping, texts, batch_size=best)
    speed = race(
        partial(predictor, texts), {"peer": peer}, sum(map(len, texts)), "characters", rounds
    )
    ours = [{p.span for p in found} for found in predictor(texts)]
    short = [n for n, text in enumerate(texts) if len(text) < predictor.max_length - 2]
    alone = [decode_alone(predictor, model, tokenizer, texts[n]) for n in short]
    return {
        "batch_size_of_pipeline": best,
        "speed": speed["peer"],
        "equal_spans": compare(ours, [read_groups(found) for found in peer()]),
        "equal_tags": compare([ours[n] for n in short], alone),
    }


def make_checkpoint(folder: Path, quick: bool) -> None:
    """A model of the recipe's size with a random encoder, whose classifier alone is fitted.

    Least squares from the encoder's states to the tags take seconds, and the model then marks
    spans by their characters, with the loose ends of a model that is none too good.
    """
    set_seed(0)
    documents, tags = draw_paragraphs(100 if quick else 400), read_labels().tags
    tokenizer, model = make_model(RECIPE, [document.text for document in documents], tags)
    examples = encode_documents(documents, tokenizer, tags, RECIPE)[0]
    collate = DataCollatorForTokenClassification(tokenizer)
    states, classes = [], []
    with torch.inference_mode():
        model.eval()
        for start in range(0, len(examples), 16):
            batch = collate(examples[start : start + 16])
            labels = batch.pop("labels")
            own = labels != IGNORED
            states.append(model.base_model(**batch).last_hidden_state[own].double())
            classes.append(labels[own])
        x, y = torch.cat(states), torch.nn.functional.one_hot(torch.cat(classes), len(tags))
        # What LayerNorm puts out sums to zero but for rounding. Without a bound the fit would use
        # that direction, with weights of 30,000, and rounding, which depends on how a batch is
        # padded, would decide tags.
        fit = torch.linalg.lstsq(x, y.double() - 1 / len(tags), rcond=1e-3, driver="gelsd")
        model.classifier.weight.copy_(10 * fit.solution.T)
        model.classifier.bias.zero_()
    save(model, tokenizer, [], folder)


def read_groups(found: list[dict]) -> set[Span]:
    return {Span(group["start"], group["end"], group["entity_group"]) for group in found}


@torch.inference_mode()
def decode_alone(predictor: Predictor, model: Any, tokenizer: Any, text: str) -> set[Span]:
    """The spans of one text in a batch of its own; a token is a character each."""
    logits = model(**tokenizer(text, return_tensors="pt")).logits[0, 1:-1].numpy()
    path = predictor.grammar.find_path(logits, np.zeros(1, dtype=int))
    starts, ends = predictor.grammar.find_spans(path)
    labels = (predictor.grammar.labels[n] for n in path[starts])
    return set(map(Span, starts.tolist(), ends.tolist(), labels))


def compare(ours: list[set[Span]], theirs: list[set[Span]]) -> dict[str, int]:
    return {
        "ours": sum(map(len, ours)),
        "peer": sum(map(len, theirs)),
        "both": sum(len(a & b) for a, b in zip(ours, theirs, strict=True)),
    }


if __name__ == "__main__":
    print_alone(measure, __doc__)
