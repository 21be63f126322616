"""Small recipes, and encoders with weights of chance in the shapes of well-known ones."""

import torch
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    ElectraConfig,
    ElectraModel,
    ModernBertConfig,
    ModernBertModel,
    RobertaConfig,
    RobertaModel,
)

from conftest import ROOT
from jiqun.train.recipe import read_recipe
from jiqun.train.trainer import TagTrainer

SHAPE = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
}
ENCODERS = {
    "bert": (BertConfig, BertModel),
    "electra": (ElectraConfig, ElectraModel),
    "modernbert": (ModernBertConfig, ModernBertModel),
    "roberta": (RobertaConfig, RobertaModel),
}


def make_encoder(kind, folder, texts, **changes):
    """An encoder and its WordPiece tokenizer, as they come from a hub."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = sorted(set("".join(texts).lower()))
    pieces = [*special, *characters, *(f"##{c}" for c in characters if c.isascii())]
    tokenizer = BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})
    config, model = ENCODERS[kind]
    torch.manual_seed(0)
    shape = SHAPE | {"vocab_size": len(tokenizer), "pad_token_id": 0}
    if kind == "electra":
        shape["embedding_size"] = 16
    if kind == "modernbert":
        shape |= dict.fromkeys(("bos_token_id", "cls_token_id"), 2)
        shape |= dict.fromkeys(("eos_token_id", "sep_token_id"), 3)
    encoder = model(config(**shape | changes))
    encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return encoder


def list_changes(name, data, folder, **changes):
    """What cuts a recipe of the repository down to a few steps on a CPU, as on a command line."""
    usual = {"data": data, "output_dir": folder, "max_length": 64, "overlap": 16, "use_cpu": True}
    usual |= {"report_to": "none", "disable_tqdm": True, "per_device_train_batch_size": 8}
    if name in ("small", "crossval", "curve"):
        usual |= {"hidden_size": 16, "num_hidden_layers": 1, "configs": "[tokens]"}
    return [f"{key}={value}" for key, value in (usual | changes).items()]


def read(name, data, folder, **changes):
    """A recipe of the repository with `list_changes`."""
    path = ROOT / f"train/recipes/{name}.yaml"
    return read_recipe(path, list_changes(name, data, folder, **changes))


def interrupt(monkeypatch, last):
    """Let the next trainings be interrupted after so many steps."""
    step = TagTrainer.training_step

    def stop(self, *arguments):
        if self.state.global_step == last:
            raise KeyboardInterrupt
        return step(self, *arguments)

    monkeypatch.setattr(TagTrainer, "training_step", stop)
