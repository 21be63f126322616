"""One training of many: train, predict what was left out, score, and not again once it is done."""

import shutil
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from ..errors import InputError
from ..files import read_json, to_json, write_text
from ..predict import Predictor
from ..spans import Document, Prediction, Span
from ..train.checkpoints import describe_run, find_difference
from ..train.dataset import Corpus
from ..train.finetune import finetune
from ..train.recipe import Recipe
from .metrics import score

TRIAL = "trial.json"


def run_trial(
    recipe: Recipe,
    arguments: TrainingArguments,
    corpus: Corpus,
    gold: Sequence[Document],
    folder: Path,
    seed: int,
    keep: bool = False,
) -> dict[str, Any]:
    """Train on a corpus and score what the model finds in `gold`; a finished trial is only read.

    Args:
        folder: where the model goes; `trial.json` in it holds the result.
        seed: of everything that chance decides.
        keep: the model, too; else it is removed once it has predicted.

    Returns:
        `made` (see `describe_run`), `strict` (see `metrics.score`), `predictions` (for each text of
        gold its spans with scores) and `line` (what the training said).

    Raises:
        InputError: as `finetune`; or the folder holds the result of another trial.
    """
    arguments = copy(arguments)
    arguments.output_dir, arguments.seed = str(folder), seed
    made = describe_run(recipe, arguments, corpus)
    path = folder / TRIAL
    if path.is_file():
        trial = read_json(path)
        if trial["made"] != made:
            difference = find_difference(trial["made"], made)
            raise InputError(
                f"{path}: made with {difference}; remove {folder}, or name another output_dir."
            )
        return trial
    line = finetune(recipe, arguments, corpus)
    if arguments.process_index:
        return {}
    predictions = Predictor(folder)([document.text for document in gold])
    trial = {
        "made": made,
        "line": line,
        "strict": score(gold, predictions),
        "predictions": [
            {
                "id": document.id,
                "spans": [asdict(p.span) | {"score": round(p.score, 4)} for p in found],
            }
            for document, found in zip(gold, predictions, strict=True)
        ],
    }
    if not keep:
        shutil.rmtree(folder)
    write_text(path, to_json(trial, indent=1) + "\n")
    return trial


def read_predictions(trial: dict[str, Any]) -> list[list[Prediction]]:
    """The predictions of a trial, text by text."""
    return [
        [Prediction(Span(s["start"], s["end"], s["label"]), s["score"]) for s in row["spans"]]
        for row in trial["predictions"]
    ]
