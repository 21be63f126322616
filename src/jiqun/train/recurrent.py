"""A small recurrent tagger: what learns most from little text when there is no pretrained encoder.

Importing this module registers it, so that `AutoModelForTokenClassification.from_pretrained` and
`pipeline("token-classification")` take it as any other model.
"""

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import TokenClassifierOutput

from .pairs import embed_pairs


class RecurrentConfig(PreTrainedConfig):
    """The shape of a `RecurrentForTokenClassification`.

    Args:
        vocab_size: number of tokens.
        embedding_size: of a token.
        bigram_buckets, bigram_size: pairs of neighbouring tokens share this many embeddings of
            that size, by a hash of their numbers.
        hidden_size: of one direction of a layer.
        num_hidden_layers: LSTM layers.
        dropout: of embeddings, between layers and before the classifier.
        token_dropout, bigram_dropout: share of tokens read as unknown, and of pairs not read, while
            training.
    """

    model_type = "jiqun-recurrent"

    def __init__(
        self,
        vocab_size: int = 4096,
        embedding_size: int = 128,
        bigram_buckets: int = 32768,
        bigram_size: int = 64,
        hidden_size: int = 192,
        num_hidden_layers: int = 2,
        dropout: float = 0.4,
        token_dropout: float = 0.06,
        bigram_dropout: float = 0.25,
        unk_token_id: int = 1,
        pad_token_id: int = 0,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.bigram_buckets = bigram_buckets
        self.bigram_size = bigram_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.bigram_dropout = bigram_dropout
        self.unk_token_id = unk_token_id
        super().__init__(pad_token_id=pad_token_id, **kwargs)


class RecurrentLayer(nn.Module):
    """An LSTM in each direction.

    PyTorch's own for both directions would have to be given packed sequences, since its backward
    direction reads padding first; and what these cost in training grows with the square of their
    length.
    """

    def __init__(self, size: int, hidden_size: int):
        super().__init__()
        self.onward = nn.LSTM(size, hidden_size, batch_first=True)
        self.from_end = nn.LSTM(size, hidden_size, batch_first=True)

    def forward(self, hidden: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
        """States of both directions, (batch, tokens, 2 hidden_size).

        Args:
            hidden: (batch, tokens, size).
            turned: (batch, tokens, 1), for each place the one it has if its text is read from the
                end; padding keeps its own.
        """
        behind = self.from_end(hidden.gather(1, turned.expand_as(hidden)))[0]
        ahead = self.onward(hidden)[0]
        return torch.cat([ahead, behind.gather(1, turned.expand_as(behind))], dim=-1)


class RecurrentForTokenClassification(PreTrainedModel):
    """Embeddings of tokens and of pairs of neighbours, a bidirectional LSTM, a class a token."""

    config_class = RecurrentConfig
    main_input_name = "input_ids"

    def __init__(self, config: RecurrentConfig):
        super().__init__(config)
        self.tokens = nn.Embedding(config.vocab_size, config.embedding_size)
        self.bigrams = nn.Embedding(config.bigram_buckets, config.bigram_size)
        size = config.embedding_size + 2 * config.bigram_size
        sizes = [size] + [2 * config.hidden_size] * (config.num_hidden_layers - 1)
        self.layers = nn.ModuleList(RecurrentLayer(size, config.hidden_size) for size in sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(2 * config.hidden_size, config.num_labels)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        # PyTorch's own start suits an LSTM; only its forget gates better start open.
        if isinstance(module, nn.LSTM):
            for name, parameter in module.named_parameters():
                if name.startswith("bias_ih"):
                    size = parameter.shape[0] // 4
                    nn.init.ones_(parameter.data[size : 2 * size])

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **_,
    ) -> TokenClassifierOutput:
        """Logits of shape (batch, tokens, labels), and the loss where labels are given.

        Args:
            input_ids: (batch, tokens), padded at the end.
            attention_mask: (batch, tokens), 1 for tokens and 0 for padding; without it none is.
            labels: (batch, tokens), -100 where none counts.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        embedded = self.dropout(
            embed_pairs(
                self.config, self.tokens, self.bigrams, input_ids, attention_mask, self.training
            )
        )
        lengths = attention_mask.sum(1, keepdim=True)
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        turned = torch.where(places < lengths, lengths - 1 - places, places).unsqueeze(-1)
        hidden = embedded
        for layer in self.layers:
            hidden = self.dropout(layer(hidden, turned))
        logits = self.classifier(hidden)
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return TokenClassifierOutput(loss=loss, logits=logits)


AutoConfig.register(RecurrentConfig.model_type, RecurrentConfig)
AutoModelForTokenClassification.register(RecurrentConfig, RecurrentForTokenClassification)
