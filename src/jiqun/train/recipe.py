"""A training run as a YAML file: what to train on what, and every setting of the Trainer."""

import difflib
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

import torch
from transformers import HfArgumentParser, TrainingArguments
from transformers.integrations import (
    get_reporting_integration_callbacks,
    is_tensorboard_available,
)

from ..errors import InputError
from ..files import parse_yaml, read_yaml

Kind = TypeVar("Kind")


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
    architecture: str = field(default="bert", metadata={"help": "recurrent, convolution or bert"})
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
    class_weights: str | dict = field(
        default="none",
        metadata={"help": "none, inverse, or the weight of a label, 1 for the others"},
    )
    validation_articles: int = field(
        default=0,
        metadata={"help": "articles of the last config to validate on; 0: the validation split"},
    )
    early_stopping_patience: int = field(
        default=0, metadata={"help": "evaluations without a better one before the end; 0: no end"}
    )
    lora_rank: int = field(default=0, metadata={"help": "of adapters; 0: train all weights"})
    lora_alpha: int = field(default=32, metadata={"help": "adapters count alpha / rank"})
    lora_dropout: float = 0.05
    lora_modules: list[str] = field(
        default_factory=list, metadata={"help": "layers with adapters; none named: all linear ones"}
    )
    crossval_seeds: list[int] = field(
        default_factory=list, metadata={"help": "leave one article out, once with each seed"}
    )
    curve_shares: list[float] = field(
        default_factory=list, metadata={"help": "train on these shares of the articles, 0 to 1"}
    )


def read_recipe(
    path: Path | str, changes: Sequence[str] = (), kind: type[Kind] = Recipe
) -> tuple[Kind, TrainingArguments]:
    """The recipe in a YAML file; what it does not say, the recipe beside it that `base` names says.

    Args:
        changes: `key=value`, each in place of what the file says.
        kind: dataclass of what the Trainer's own settings do not say.

    Raises:
        InputError: it has an unknown key, a value of the wrong type, keys that do not go together,
            or names no output_dir.
    """
    content = _read_settings(path)
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise InputError(
                f"{change}: expected KEY=VALUE, as in encoder=hfl/chinese-macbert-base."
            )
        content[key] = parse_yaml(value, change)
    known = {f.name: f for part in (kind, TrainingArguments) for f in fields(part) if f.init}
    for key, value in content.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see train/README.md."
            raise InputError(f"{path}: no setting is called {key!r}; {hint}")
        content[key] = _check(path, known[key], value)
    if not content.get("output_dir"):
        raise InputError(f"{path}: no output_dir; name the folder the model goes to.")
    try:
        recipe, arguments = HfArgumentParser((kind, TrainingArguments)).parse_dict(content)
        get_reporting_integration_callbacks(arguments.report_to)
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{path}: {reason}; correct the recipe.") from None
    if fault := _find_fault(recipe, arguments):
        raise InputError(f"{path}: {fault}")
    return recipe, arguments


def _read_settings(path: Path | str, above: tuple[Path, ...] = ()) -> dict:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected keys and values, as in train/recipes/small.yaml.")
    base = content.pop("base", None)
    if base is None:
        return content
    base = Path(path).parent / str(base)
    if base in above:
        raise InputError(f"{path}: base leads back to {base}; leave it out of one.")
    return _read_settings(base, (*above, base)) | content


def _check(path: Path | str, setting: Field, value: object) -> object:
    """The value of a key, as its type wants it."""
    key, default = setting.name, setting.default
    if value is False and isinstance(default, str):
        # So YAML reads `save_strategy: no`.
        return "no"
    if key == "bf16" and value == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    if getattr(setting.type, "__origin__", None) is list:
        [kind] = setting.type.__args__
        if not isinstance(value, list) or not all(_fits(item, kind) for item in value):
            example = {str: "[tokens]", int: "[1, 2, 3]", float: "[0.25, 0.5, 1.0]"}[kind]
            raise InputError(f"{path}: {key} is {value!r}, expected a list like {example}.")
    if default is MISSING or default is None or value is None:
        return value
    kind = float if setting.type is float else type(default)
    if kind is float and isinstance(value, str):
        # YAML reads 5e-4 as a string.
        value = _read_float(value)
    if isinstance(default, int | float) and not _fits(value, kind):
        raise InputError(
            f"{path}: {key} is {value!r}, expected a value like {default!r}; correct it."
        )
    return value


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        kind = int | float
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def _find_fault(recipe: Kind, arguments: TrainingArguments) -> str | None:
    """The first thing that settings do not agree on, in a sentence."""
    if "tensorboard" in arguments.report_to and not is_tensorboard_available():
        return "report_to: tensorboard is not installed; `pip install 'jiqun[train]'`."
    if not isinstance(recipe, Recipe):
        return None
    weights = recipe.class_weights
    watched = arguments.eval_strategy != "no"
    if recipe.architecture not in ("recurrent", "convolution", "bert"):
        return f"architecture is {recipe.architecture!r}, expected recurrent, convolution or bert."
    if not recipe.configs:
        return "configs is empty; name at least one config of the data set."
    if not isinstance(weights, dict) and weights not in ("none", "inverse"):
        return f"class_weights is {weights!r}, expected none, inverse or a weight a label."
    if isinstance(weights, dict) and not all(_fits(w, float) and w > 0 for w in weights.values()):
        return f"class_weights is {weights!r}, expected a positive number for each label."
    if recipe.early_stopping_patience and not (watched and arguments.load_best_model_at_end):
        return (
            "early_stopping_patience needs eval_strategy: epoch, save_strategy: epoch and "
            "load_best_model_at_end: true; add them."
        )
    if recipe.crossval_seeds and recipe.curve_shares:
        return "crossval_seeds and curve_shares are two recipes; leave one out."
    if recipe.crossval_seeds and watched and not recipe.validation_articles:
        return (
            "crossval_seeds: the split validation is a fold of its own; validate on articles of "
            "the last config, as with validation_articles: 30."
        )
    if not all(0 < share <= 1 for share in recipe.curve_shares):
        return f"curve_shares is {recipe.curve_shares!r}, expected shares above 0, at most 1."
    return None


def _read_float(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
