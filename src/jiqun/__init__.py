"""Jiqun: annotated Chinese news of industrial clusters, and the toolkit that makes it.

With this package imported, `AutoModelForTokenClassification.from_pretrained` and
`pipeline("token-classification")` of transformers load what it trains.
"""

from types import ModuleType

from wrapt import when_imported

__version__ = "0.1.0"


# Not before transformers itself is in use: it takes seconds to import, and most commands never do.
@when_imported("transformers.models.auto.configuration_auto")
def _register_configuration(auto: ModuleType) -> None:
    from .train.configuration import ConvolutionConfig

    auto.AutoConfig.register(ConvolutionConfig.model_type, ConvolutionConfig)


@when_imported("transformers.models.auto.modeling_auto")
def _register_model(auto: ModuleType) -> None:
    from .train.configuration import ConvolutionConfig
    from .train.convolution import ConvolutionForTokenClassification

    auto.AutoModelForTokenClassification.register(
        ConvolutionConfig, ConvolutionForTokenClassification
    )
