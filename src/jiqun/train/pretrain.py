"""Unlabelled news to an encoder that a recipe can start from, in an hour of two cores.

Three things are learnt at once: characters behind a mask (Devlin et al. 2019, whole words as in Cui
et al. 2021), words with their parts of speech, and silver spans (see `teachers`): of the rules, or
of a model that has learnt already, whose student this one then is (Xie et al. 2020).
"""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import datasets
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.modeling_outputs import ModelOutput

from .configuration import ConvolutionConfig
from .convolution import (
    ConvolutionForTokenClassification,
    ConvolutionModel,
    ConvolutionPreTrainedModel,
)
from .dataset import get_tag_names, load_documents, load_rows
from .encode import IGNORED, make_character_tokenizer
from .teachers import KINDS, Mark, teach, teach_gold

_MASKED, _HIDDEN, _REPLACED = 0.17, 0.85, 0.08
"""Share of words to guess; of their characters, the share masked and the share replaced."""


@dataclass
class Pretraining:
    """What the Trainer's own settings do not say."""

    texts: list[str] = field(
        default_factory=list, metadata={"help": "files with a paragraph a line, .txt or .txt.xz"}
    )
    characters: list[int] = field(
        default_factory=list, metadata={"help": "how many to take of each file"}
    )
    data: str = field(default="data", metadata={"help": "data set whose tags and characters count"})
    gold: int = field(
        default=0, metadata={"help": "how often its composed articles stand among the texts"}
    )
    encoder: str | None = field(
        default=None, metadata={"help": "folder of an earlier pretraining to go on from"}
    )
    teacher: str | None = field(
        default=None, metadata={"help": "model whose spans, with the rules', are silver"}
    )
    taught: str | None = field(
        default=None, metadata={"help": "folder that keeps what the teachers said, once made"}
    )
    jobs: int = field(default=2, metadata={"help": "processes at work for the teachers"})
    min_frequency: int = field(default=12, metadata={"help": "of a character in the vocabulary"})
    length: int = field(default=256, metadata={"help": "characters in a row"})


def pretrain(recipe: Pretraining, arguments: TrainingArguments, mark: Mark | None = None) -> str:
    """Pretrain by a recipe; encoder and tokenizer go to `arguments.output_dir`.

    What is saved loads as a token classifier of the silver spans, to be fine-tuned.

    Args:
        mark: the recipe's teacher (see `teach`).

    Returns:
        What was done, in one line.

    Raises:
        InputError: a text or the data set cannot be read.
    """
    set_seed(arguments.seed)
    gold = load_rows(recipe.data, "train", "composed")
    tags = get_tag_names(gold)
    if recipe.taught and Path(recipe.taught, "dataset_info.json").exists():
        rows = datasets.load_from_disk(recipe.taught)
    else:
        rows = teach(recipe.texts, recipe.characters, tags, recipe.jobs, mark)
        if recipe.taught:
            rows.save_to_disk(recipe.taught)
    if recipe.encoder:
        tokenizer = AutoTokenizer.from_pretrained(recipe.encoder)
    else:
        # Every character of the labelled texts is known, however rare it is in the news.
        own = "".join(sorted({token for row in gold["tokens"] for token in row}))
        tokenizer = make_character_tokenizer(
            [*rows["text"], own * recipe.min_frequency], recipe.min_frequency
        )
        tokenizer.model_max_length = 2 * recipe.length
    if recipe.gold:
        labelled = teach_gold(load_documents(load_rows(recipe.data, "train", "composed")), tags)
        copies = [labelled.shuffle(seed=arguments.seed + n) for n in range(recipe.gold)]
        rows = datasets.concatenate_datasets([rows, *copies])
    packed = rows.map(
        _Packer(tokenizer, recipe.length),
        batched=True,
        remove_columns=rows.column_names,
        desc="rows",
    ).with_format("numpy")
    config = ConvolutionConfig(
        vocab_size=len(tokenizer),
        embedding_dropout=0.1,
        token_dropout=0.0,
        bigram_dropout=0.1,
        unk_token_id=tokenizer.unk_token_id,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(tags)),
        label2id={tag: number for number, tag in enumerate(tags)},
    )
    model = ConvolutionForPreTraining(config)
    if recipe.encoder:
        learnt = ConvolutionForTokenClassification.from_pretrained(recipe.encoder)
        model.encoder.load_state_dict(learnt.encoder.state_dict())
        model.classifier.load_state_dict(learnt.classifier.state_dict())
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=packed,
        data_collator=WordMasker(tokenizer, arguments.seed),
        processing_class=tokenizer,
    )
    with redirect_stdout(sys.stderr):
        result = trainer.train(resume_from_checkpoint=arguments.resume_from_checkpoint)
    save_encoder(model, tokenizer, arguments.output_dir)
    size = sum(parameter.numel() for parameter in model.encoder.parameters())
    seen = result.global_step * arguments.train_batch_size * recipe.length
    return (
        f"pretrain: {size / 1e6:.1f} M parameters, {seen / 1e6:.1f} M characters read of "
        f"{len(packed) * recipe.length / 1e6:.1f} M, {result.global_step} steps in "
        f"{result.metrics['train_runtime']:.0f} s, loss {result.training_loss:.4f} "
        f"→ {arguments.output_dir}"
    )


class _Packer:
    """Paragraphs joined by line breaks and cut into rows of one length."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, length: int):
        self.tokenizer, self.length = tokenizer, length

    def __call__(self, batch: dict[str, list]) -> dict[str, np.ndarray]:
        text = "".join(text + "\n" for text in batch["text"])
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        # The line break is no word, and no span.
        words = [np.append(row, 2 * KINDS.index("x")) for row in batch["words"]]
        silver = [np.append(row, 0) for row in batch["silver"]]
        columns = {"input_ids": ids, "words": words, "silver": silver}
        return {name: self._cut(column) for name, column in columns.items()}

    def _cut(self, column: list) -> np.ndarray:
        values = np.concatenate([np.atleast_1d(part) for part in column]).astype(np.int32)
        return values[: len(values) // self.length * self.length].reshape(-1, self.length)


class WordMasker:
    """Collates packed rows and hides whole words, by chance, anew each time."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int):
        self.mask, self.size = tokenizer.mask_token_id, len(tokenizer)
        self.special = len(tokenizer.all_special_ids)
        self.chance = np.random.default_rng(seed)

    def __call__(self, rows: list[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
        """`input_ids`, `labels` (the characters that were hidden), `words` and `silver`, each of
        shape (rows, characters)."""
        ids = np.stack([row["input_ids"] for row in rows]).astype(np.int64)
        words = np.stack([row["words"] for row in rows]).astype(np.int64)
        starts = words % 2 == 0
        starts[:, 0] = True
        number = np.cumsum(starts).reshape(ids.shape) - 1
        chosen = (self.chance.random(number[-1, -1] + 1) < _MASKED)[number]
        how = self.chance.random(ids.shape)
        read = np.where(chosen & (how < _HIDDEN), self.mask, ids)
        replaced = chosen & (how >= 1 - _REPLACED)
        read[replaced] = self.chance.integers(self.special, self.size, replaced.sum())
        silver = np.stack([row["silver"] for row in rows]).astype(np.int64)
        columns = {
            "input_ids": read,
            "labels": np.where(chosen, ids, IGNORED),
            "words": words,
            "silver": silver,
        }
        return {name: torch.from_numpy(column) for name, column in columns.items()}


class ConvolutionForPreTraining(ConvolutionPreTrainedModel):
    """A `ConvolutionModel` that guesses hidden characters, words and silver tags."""

    def __init__(self, config: ConvolutionConfig):
        super().__init__(config)
        self.encoder = ConvolutionModel(config)
        self.narrow = nn.Linear(config.hidden_size, config.embedding_size)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.words = nn.Linear(config.hidden_size, 2 * len(KINDS))
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor,
        labels: torch.Tensor,
        words: torch.Tensor,
        silver: torch.Tensor,
    ) -> ModelOutput:
        """The sum of three losses; all arguments of shape (batch, characters)."""
        hidden = self.encoder(input_ids)
        chosen = labels != IGNORED
        guesses = functional.linear(
            self.narrow(hidden[chosen]), self.encoder.tokens.weight, self.bias
        )
        # Weights by trial: silver is rare, and nearest to what the encoder is for.
        loss = (
            0.5 * functional.cross_entropy(guesses, labels[chosen])
            + functional.cross_entropy(self.words(hidden).flatten(0, 1), words.flatten())
            + 2 * functional.cross_entropy(self.classifier(hidden).flatten(0, 1), silver.flatten())
        )
        return ModelOutput(loss=loss)


def save_encoder(
    model: ConvolutionForPreTraining, tokenizer: PreTrainedTokenizerBase, folder: str
) -> None:
    """Save what was pretrained as a token classifier, with the dropout that fine-tuning wants."""
    shape, usual = model.config.to_dict(), ConvolutionConfig()
    for name in ("embedding_dropout", "token_dropout", "bigram_dropout"):
        shape[name] = getattr(usual, name)
    tagger = ConvolutionForTokenClassification(ConvolutionConfig(**shape))
    tagger.encoder.load_state_dict(model.encoder.state_dict())
    tagger.classifier.load_state_dict(model.classifier.state_dict())
    tagger.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
