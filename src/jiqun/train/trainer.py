"""transformers' Trainer, with an order, a loss and scores that are the same however it is run."""

import random
from collections.abc import Iterator, Sequence

import datasets
import torch
from torch.utils.data import DataLoader, Sampler, SequentialSampler
from transformers import (
    DataCollatorForTokenClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.trainer_pt_utils import get_length_grouped_indices

from .objective import TokenLoss
from .validation import Validation


class TagTrainer(Trainer):
    """A Trainer whose batches hold the same examples resumed or not, on one process or on many.

    Args:
        examples: windows with a class a token, as `encode_documents` makes them.
        validation: what to evaluate on, if anything.
        loss: see `TokenLoss`.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        arguments: TrainingArguments,
        examples: Sequence[dict],
        validation: Validation | None = None,
        loss: TokenLoss | None = None,
        callbacks: Sequence[TrainerCallback] = (),
    ):
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=datasets.Dataset.from_list(list(examples)),
            eval_dataset=validation and validation.dataset,
            data_collator=DataCollatorForTokenClassification(tokenizer),
            processing_class=tokenizer,
            compute_metrics=validation,
            compute_loss_func=loss or TokenLoss(smoothing=arguments.label_smoothing_factor),
            callbacks=list(callbacks),
        )
        self.lengths = [len(example["input_ids"]) for example in examples]

    def _get_train_sampler(self, train_dataset=None) -> Sampler | None:
        if self.args.train_sampling_strategy not in ("random", "group_by_length"):
            return super()._get_train_sampler(train_dataset)
        return EpochSampler(self)

    def get_eval_dataloader(self, eval_dataset=None) -> DataLoader:
        # What training may leave out of an epoch, scores may not.
        drop, self.args.dataloader_drop_last = self.args.dataloader_drop_last, False
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.args.dataloader_drop_last = drop

    def _get_eval_sampler(self, eval_dataset) -> Sampler | None:
        # The scores need the order; the Trainer itself would group by length again.
        return SequentialSampler(eval_dataset)


class EpochSampler(Sampler):
    """An order that the seed and the epoch decide, and nothing that chance did before.

    The Trainer's grouping by length draws from the global state of chance, which differs when a
    killed training goes on, and groups for the batches of one process.
    """

    def __init__(self, trainer: TagTrainer):
        self.trainer = trainer

    def __len__(self) -> int:
        return len(self.trainer.lengths)

    def __iter__(self) -> Iterator[int]:
        arguments = self.trainer.args
        seed = arguments.seed if arguments.data_seed is None else arguments.data_seed
        epoch = int(self.trainer.state.epoch or 0)
        generator = torch.Generator()
        generator.manual_seed(random.Random(f"{seed} {epoch}").getrandbits(63))
        if arguments.train_sampling_strategy == "random":
            return iter(torch.randperm(len(self), generator=generator).tolist())
        step = arguments.train_batch_size * arguments.world_size
        step *= arguments.gradient_accumulation_steps
        lengths = self.trainer.lengths
        return iter(get_length_grouped_indices(lengths, step, generator=generator))
