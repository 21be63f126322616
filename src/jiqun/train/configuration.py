"""The shape of this project's own model, apart from the model, which takes torch to import."""

from transformers.configuration_utils import PreTrainedConfig


class ConvolutionConfig(PreTrainedConfig):
    """The shape of a `ConvolutionForTokenClassification`.

    Args:
        vocab_size: number of tokens.
        embedding_size: of a token.
        bigram_buckets, bigram_size: pairs of neighbouring tokens share this many embeddings of
            that size, by a hash of their numbers.
        hidden_size: of every layer.
        dilations: of each layer, the distance in tokens of what it reads on each side.
        dropout: of what each layer adds.
        embedding_dropout, classifier_dropout: of embeddings, and before the classifier.
        token_dropout, bigram_dropout: share of tokens read as unknown, and of pairs not read, while
            training.
    """

    model_type = "jiqun-convolution"

    def __init__(
        self,
        vocab_size: int = 4096,
        embedding_size: int = 128,
        bigram_buckets: int = 65536,
        bigram_size: int = 64,
        hidden_size: int = 256,
        dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2),
        dropout: float = 0.1,
        embedding_dropout: float = 0.3,
        classifier_dropout: float = 0.3,
        token_dropout: float = 0.05,
        bigram_dropout: float = 0.15,
        unk_token_id: int = 1,
        pad_token_id: int = 0,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.bigram_buckets = bigram_buckets
        self.bigram_size = bigram_size
        self.hidden_size = hidden_size
        self.dilations = list(dilations)
        self.dropout = dropout
        self.embedding_dropout = embedding_dropout
        self.classifier_dropout = classifier_dropout
        self.token_dropout = token_dropout
        self.bigram_dropout = bigram_dropout
        self.unk_token_id = unk_token_id
        super().__init__(pad_token_id=pad_token_id, **kwargs)
