"""Tokens and pairs of neighbours, which hold what a word segmenter would know, as embeddings."""

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedConfig


def embed_pairs(
    config: PreTrainedConfig,
    tokens: nn.Embedding,
    bigrams: nn.Embedding,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    training: bool,
) -> torch.Tensor:
    """Each token, and its pairs with the following and the preceding one, side by side.

    Args:
        config: its `token_dropout` and `bigram_dropout` count while training; `vocab_size`,
            `bigram_buckets` and `unk_token_id` always.
        input_ids: (batch, tokens).
        attention_mask: (batch, tokens), 1 for tokens and 0 for padding.

    Returns:
        Shape (batch, tokens, embedding_size + 2 bigram_size).
    """
    following = functional.pad((input_ids * attention_mask)[:, 1:], (0, 1))
    pairs = hash_pairs(config, input_ids, following)
    if training and config.token_dropout:
        gone = torch.rand(input_ids.shape, device=input_ids.device) < config.token_dropout
        input_ids = torch.where(gone, config.unk_token_id, input_ids)
    behind = bigrams(pairs)
    if training and config.bigram_dropout:
        read = torch.rand(pairs.shape, device=pairs.device) >= config.bigram_dropout
        behind = behind * read.unsqueeze(-1)
    before = functional.pad(behind[:, :-1], (0, 0, 1, 0))
    return torch.cat([tokens(input_ids), behind, before], dim=-1)


def hash_pairs(config: PreTrainedConfig, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """A bucket for each pair; by multiplication with the golden ratio (Knuth, vol. 3, 6.4)."""
    pair = first.long() * config.vocab_size + second.long()
    return ((pair * 2654435769) % 2**32) * config.bigram_buckets // 2**32
