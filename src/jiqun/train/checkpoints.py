"""What a training was made from, so that a killed one goes on and a finished one is not repeated.

The Trainer's checkpoints hold weights, optimizer and the state of chance. They are gone on with
only if recipe and data are still the same.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainingArguments
from transformers.trainer_callback import ExportableState

from ..annotation.tasks import hash_text
from ..errors import InputError
from ..files import read_json, to_json
from .dataset import Corpus
from .recipe import Recipe

RUN = "run.json"
STATE = "trainer_state.json"
# Settings that change neither the weights nor their order.
_HARMLESS = {
    *("output_dir", "resume_from_checkpoint", "report_to", "run_name", "project", "disable_tqdm"),
    *("log_level", "log_level_replica", "log_on_each_node", "logging_first_step", "logging_steps"),
    *("logging_strategy", "save_total_limit", "dataloader_num_workers", "ddp_timeout"),
    *("restore_callback_states_from_checkpoint", "local_rank"),
    *("data", "crossval_seeds", "curve_shares", "hub_token", "max_unrepresentable"),
}


class Record(TrainerCallback, ExportableState):
    """Puts into each checkpoint's state what the training was made from."""

    def __init__(self, made: dict[str, Any]):
        self.made = made

    def state(self) -> dict[str, Any]:
        return {"args": {"made": self.made}, "attributes": {}}


def describe_run(recipe: Recipe, arguments: TrainingArguments, corpus: Corpus) -> dict[str, Any]:
    """What decides a training's result: settings that are not the defaults, data, processes."""
    usual = asdict(Recipe())
    usual |= {f.name: f.default for f in fields(TrainingArguments) if f.default is not MISSING}
    settings = {
        key: value
        for key, value in (arguments.to_dict() | asdict(recipe)).items()
        if key not in _HARMLESS and value != usual.get(key) and (value or usual.get(key))
    }
    sides = [[asdict(article) for article in side] for side in (corpus.training, corpus.validation)]
    # Through JSON, so that it equals what is read back.
    return json.loads(
        to_json(
            {
                "settings": settings,
                "data": hash_text(to_json([corpus.tags, *sides])),
                "processes": arguments.world_size,
            }
        )
    )


def find_checkpoint(
    setting: str | bool | None, folder: Path, made: Mapping[str, Any]
) -> Path | None:
    """Where a training goes on; None if at its beginning.

    Args:
        setting: a recipe's `resume_from_checkpoint`: the folder of a checkpoint, or true for the
            last whole one in `folder`.

    Raises:
        InputError: there is no such checkpoint, or there are some, but all of other trainings.
    """
    if not setting:
        return None
    if setting is not True:
        if not Path(setting, STATE).is_file():
            raise InputError(
                f"resume_from_checkpoint {setting}: no whole checkpoint there; true takes the last."
            )
        return Path(setting)
    strangers = []
    numbered = {int(p.name.partition("-")[2]): p for p in folder.glob("checkpoint-[0-9]*")}
    for _, path in sorted(numbered.items(), reverse=True):
        try:
            # The Trainer writes it last: a checkpoint without it was being written.
            state = json.loads((path / STATE).read_text(encoding="utf-8"))
            other = state["stateful_callbacks"]["Record"]["args"]["made"]
        except (OSError, ValueError, KeyError):
            continue
        if other == made:
            return path
        strangers.append((path, other))
    if strangers:
        path, other = strangers[0]
        raise InputError(
            f"{path}: made with {find_difference(other, made)}; remove the checkpoints of "
            f"{folder}, or name another output_dir."
        )
    return None


def is_finished(folder: Path, made: Mapping[str, Any]) -> bool:
    """Whether the model in a folder is the result of this very training."""
    path = folder / RUN
    return path.is_file() and read_json(path).get("made") == made


def find_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first thing in which two trainings differ, as in `seed 1, now 2`."""
    pairs = [(key, old["settings"], new["settings"]) for key in old["settings"] | new["settings"]]
    pairs += [("processes", old, new), ("data", old, new)]
    for key, before, now in pairs:
        values = [side.get(key, "the default") for side in (before, now)]
        if values[0] != values[1]:
            return "other data" if key == "data" else f"{key} {values[0]}, now {values[1]}"
    return "the same"
