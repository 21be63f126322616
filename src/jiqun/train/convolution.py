"""A small convolutional tagger: what learns most from little, where there is no GPU and no hub.

It reads characters, and pairs of neighbours by a hash, which hold what a word segmenter would know;
gated convolutions of growing reach (van den Oord et al. 2016; Strubell et al. 2017) see some thirty
characters to each side.
"""

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel
from transformers.modeling_outputs import TokenClassifierOutput

from .configuration import ConvolutionConfig
from .pairs import embed_pairs


class GatedConvolution(nn.Module):
    """Three tokens `dilation` apart, through a gate, added to the one in the middle."""

    def __init__(self, size: int, dilation: int, dropout: float):
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(size)
        # A product of matrices: half again as fast as Conv1d on a CPU.
        self.convolution = nn.Linear(3 * size, 2 * size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: torch.Tensor, content: torch.Tensor) -> torch.Tensor:
        """The next layer's states; `hidden` (batch, tokens, size), `content` (batch, tokens, 1)."""
        mixed = self.mix(self.norm(hidden) * content)
        return hidden + self.dropout(functional.glu(mixed, dim=-1))

    def mix(self, normed: torch.Tensor) -> torch.Tensor:
        """What goes through the gate, and the gate: (batch, tokens, 2 * size)."""
        return self.convolution(self.join(normed))

    def join(self, normed: torch.Tensor) -> torch.Tensor:
        """Each token between its two neighbours: (batch, tokens, 3 * size)."""
        padded = functional.pad(normed, (0, 0, self.dilation, self.dilation))
        before, behind = padded[:, : -2 * self.dilation], padded[:, 2 * self.dilation :]
        return torch.cat([before, normed, behind], dim=-1)


class ConvolutionPreTrainedModel(PreTrainedModel):
    """What saves and loads; see `ConvolutionForTokenClassification`."""

    config_class = ConvolutionConfig
    base_model_prefix = "encoder"
    main_input_name = "input_ids"

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.3)


class ConvolutionModel(ConvolutionPreTrainedModel):
    """Embeddings of tokens and of pairs of neighbours, then gated convolutions."""

    def __init__(self, config: ConvolutionConfig):
        super().__init__(config)
        self.tokens = nn.Embedding(config.vocab_size, config.embedding_size)
        self.bigrams = nn.Embedding(config.bigram_buckets, config.bigram_size)
        self.project = nn.Linear(
            config.embedding_size + 2 * config.bigram_size, config.hidden_size, bias=False
        )
        self.dropout = nn.Dropout(config.embedding_dropout)
        self.layers = nn.ModuleList(
            GatedConvolution(config.hidden_size, dilation, config.dropout)
            for dilation in config.dilations
        )
        self.norm = nn.LayerNorm(config.hidden_size)
        self.post_init()

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Hidden states of shape (batch, tokens, hidden_size), 0 in padding.

        Args:
            input_ids: (batch, tokens).
            attention_mask: (batch, tokens), 1 for tokens and 0 for padding; without it none is.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        content = attention_mask.unsqueeze(-1).to(self.tokens.weight.dtype)
        hidden = self.project(
            embed_pairs(
                self.config, self.tokens, self.bigrams, input_ids, attention_mask, self.training
            )
        )
        hidden = self.dropout(hidden)
        for layer in self.layers:
            hidden = layer(hidden, content)
        return self.norm(hidden) * content


class ConvolutionForTokenClassification(ConvolutionPreTrainedModel):
    """A class a token from the states of a `ConvolutionModel`."""

    def __init__(self, config: ConvolutionConfig):
        super().__init__(config)
        self.encoder = ConvolutionModel(config)
        self.dropout = nn.Dropout(config.classifier_dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **_,
    ) -> TokenClassifierOutput:
        """Logits of shape (batch, tokens, labels), and the loss where labels are given.

        Args:
            input_ids, attention_mask: see `ConvolutionModel.forward`.
            labels: (batch, tokens), -100 where none counts.
        """
        logits = self.classifier(self.dropout(self.encoder(input_ids, attention_mask)))
        loss = None
        if labels is not None:
            loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return TokenClassifierOutput(loss=loss, logits=logits)
