"""Training: samples a second beside the padding of transformers' token-classification example.

    python evaluate/benchmarks/train.py [--quick]

The same examples and model each time; one pass over all examples, so that every way sees the same
ones. Ours is the Trainer of `jiqun train` with the line that every recipe here has,
`train_sampling_strategy: group_by_length`: batches of examples of like length, padded to their
longest. The example is transformers' own Trainer: it pads to the longest of a random batch by
default, and to the model's length with `--pad_to_max_length`. It would take the same setting.

Where other programs keep all cores busy, torch's threads wait for each other, and a round can take
ten times its time: believe these ratios from a machine that does nothing else.
"""

import sys
from contextlib import redirect_stdout
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import datasets
from articles import draw_paragraphs, read_labels
from race import print_alone, race
from transformers import (
    BertForTokenClassification,
    DataCollatorForTokenClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_callback import PrinterCallback

from jiqun.train.finetune import encode_documents, make_model
from jiqun.train.recipe import Recipe
from jiqun.train.trainer import TagTrainer

STEPS, BATCH, ROUNDS = 30, 8, 3
RECIPE = Recipe(hidden_size=192, num_hidden_layers=3, num_attention_heads=6, dropout=0.2)
SMALLER = Recipe(hidden_size=32, num_hidden_layers=1, num_attention_heads=2)


def measure(quick: bool) -> dict[str, Any]:
    """Samples a second, and the share of what each reads that is padding."""
    steps = 2 if quick else STEPS
    tokenizer, model, examples = prepare(SMALLER if quick else RECIPE, steps * BATCH)
    runs = {
        "ours": partial(pass_over, None),
        "transformers example, default": partial(pass_over, "longest"),
        "transformers example, --pad_to_max_length": partial(pass_over, "max_length"),
    }
    for run in runs.values():
        run(model, tokenizer, examples[:BATCH])
    speed = race(
        partial(runs["ours"], model, tokenizer, examples),
        {
            name: partial(run, model, tokenizer, examples)
            for name, run in runs.items()
            if name != "ours"
        },
        len(examples),
        "samples",
        1 if quick else ROUNDS,
    )
    padding = {name: run(model, tokenizer, examples, look=True) for name, run in runs.items()}
    return {"steps": steps, "samples": len(examples), "speed": speed, "padding_share": padding}


def prepare(
    recipe: Recipe, count: int
) -> tuple[PreTrainedTokenizerBase, PreTrainedModel, list[dict]]:
    """A tokenizer, a model from nothing, and `count` encoded windows of composed paragraphs."""
    set_seed(0)
    documents, tags = draw_paragraphs(count), read_labels().tags
    texts = [document.text for document in documents]
    tokenizer, model = make_model(recipe, texts, tags)
    examples = encode_documents(documents, tokenizer, tags, recipe)[0]
    return tokenizer, model, examples[:count]


def pass_over(
    padding: str | None,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    examples: list[dict],
    look: bool = False,
) -> float:
    """Train a copy of `model` once over `examples`; with `look` only say how much is padding.

    Args:
        padding: as the example has it; none: ours.

    Returns:
        Padding over all tokens, 0 to 1; 0 without `look`.
    """
    length = model.config.max_position_embeddings
    copy = BertForTokenClassification(model.config)
    copy.load_state_dict(model.state_dict())
    with TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=BATCH,
            train_sampling_strategy="random" if padding else "group_by_length",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            logging_strategy="no",
            seed=0,
        )
        if padding is None:
            trainer = TagTrainer(copy, tokenizer, arguments, examples)
        else:
            trainer = Trainer(
                model=copy,
                args=arguments,
                train_dataset=datasets.Dataset.from_list(examples),
                data_collator=DataCollatorForTokenClassification(
                    tokenizer, padding=padding, max_length=length
                ),
                processing_class=tokenizer,
            )
        trainer.remove_callback(PrinterCallback)
        if look:
            masks = [batch["attention_mask"] for batch in trainer.get_train_dataloader()]
            return 1 - sum(int(m.sum()) for m in masks) / sum(m.numel() for m in masks)
        trainer.train()
    return 0.0


if __name__ == "__main__":
    print_alone(measure, __doc__)
