"""Low-rank adapters (LoRA, Hu and others 2021): a few weights trained in place of all."""

import torch
from transformers import PreTrainedModel

from ..errors import InputError
from .recipe import Recipe

# What stands behind the encoder, by the names that transformers gives it.
_HEADS = ["classifier", "score", "head"]


def add_adapters(model: PreTrainedModel, recipe: Recipe) -> torch.nn.Module:
    """The model with adapters in its linear layers; they and its head are trained.

    Raises:
        InputError: peft is not installed, or the model has no such layers.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError:
        raise InputError("lora_rank: needs peft; `pip install 'jiqun[train]'`.") from None
    settings = LoraConfig(
        task_type=TaskType.TOKEN_CLS,
        r=recipe.lora_rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=recipe.lora_modules or "all-linear",
        exclude_modules=rf"(.*\.)?({'|'.join(_HEADS)})(\..*)?",
        modules_to_save=list(_HEADS),
    )
    try:
        return get_peft_model(model, settings)
    except ValueError:
        raise InputError(
            f"lora_modules {recipe.lora_modules or 'all linear layers'}: "
            f"{type(model).__name__} has none; name others, or leave lora_rank at 0."
        ) from None


def merge_adapters(model: torch.nn.Module) -> PreTrainedModel:
    """The plain model with what its adapters learnt in its own weights."""
    return model.merge_and_unload()
