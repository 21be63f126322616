"""A training run as a YAML file: what to train on what, and every setting of the Trainer."""

import difflib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from transformers import HfArgumentParser, TrainingArguments

from ..errors import InputError
from ..files import read_yaml


@dataclass
class Recipe:
    """What the Trainer's own settings do not say.

    The `architecture`, its shape (`hidden_size` to `dropout`) and `min_frequency` are for training
    from scratch; an `encoder` brings its own.
    """

    data: str = field(default="data", metadata={"help": "folder or hub id of the data set"})
    configs: list[str] = field(
        default_factory=lambda: ["tokens"],
        metadata={"help": "configs of the data set to train on, all with tokens and ner_tags"},
    )
    copies: int = field(default=0, metadata={"help": "augmented copies of each paragraph"})
    encoder: str | None = field(
        default=None, metadata={"help": "folder or hub id of a pretrained encoder; none: scratch"}
    )
    architecture: str = field(default="bert", metadata={"help": "recurrent or bert"})
    max_length: int = field(default=256, metadata={"help": "tokens in a window"})
    overlap: int = field(default=64, metadata={"help": "tokens that windows share at the least"})
    max_unrepresentable: float = field(
        default=0.01, metadata={"help": "share of spans no tokens fit, above which training stops"}
    )
    min_frequency: int = field(default=2, metadata={"help": "of a character in the vocabulary"})
    hidden_size: int = 256
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    dropout: float = 0.1


def read_recipe(path: Path | str) -> tuple[Recipe, TrainingArguments]:
    """The recipe in a YAML file.

    Raises:
        InputError: it has an unknown key or a value of the wrong type, or names no output_dir.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected keys and values, as in train/recipes/small.yaml.")
    known = {f.name: f for kind in (Recipe, TrainingArguments) for f in fields(kind) if f.init}
    for key, value in content.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see `jiqun train --help`."
            raise InputError(f"{path}: no setting is called {key!r}; {hint}")
        default = known[key].default
        if default is MISSING or default is None or value is None:
            continue
        if isinstance(default, float) and isinstance(value, str):
            # YAML reads 5e-4 as a string.
            value = content[key] = _read_float(value)
        fits = isinstance(value, (int, float) if isinstance(default, float) else type(default))
        if isinstance(default, int | float) and (
            not fits or isinstance(default, bool) != isinstance(value, bool)
        ):
            raise InputError(
                f"{path}: {key} is {value!r}, expected a value like {default!r}; correct it."
            )
    if content.get("architecture", "bert") not in ("recurrent", "bert"):
        raise InputError(
            f"{path}: architecture is {content['architecture']!r}, expected recurrent or bert."
        )
    if not content.get("output_dir"):
        raise InputError(f"{path}: no output_dir; name the folder the model goes to.")
    try:
        recipe, arguments = HfArgumentParser((Recipe, TrainingArguments)).parse_dict(content)
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{path}: {reason}; correct the recipe.") from None
    return recipe, arguments


def _read_float(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
