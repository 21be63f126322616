import pytest
import torch

from jiqun.train.configuration import ConvolutionConfig
from jiqun.train.convolution import ConvolutionForTokenClassification, GatedConvolution
from jiqun.train.quantization import Int8Convolution, quantize


def test_whole_numbers_are_multiplied_exactly():
    layer = GatedConvolution(2, 1, 0.0)
    rows = [[127, 0, 1, 2, 0, 0], [0, 0, 0, -127, 0, 5], [0, 127, 0, 0, 0, 0], [0, 0, 0, 0, 0, 127]]
    with torch.no_grad():
        layer.convolution.weight.copy_(torch.tensor(rows) / 10)
        layer.convolution.bias.copy_(torch.tensor([0.5, 0, 0, -1]))
    normed = torch.tensor([[[127.0, 3.0], [-4.0, 2.0]], [[0.0, 0.0], [1.0, 0.0]]])
    expected = [
        [[13.8, -37.1, 0.0, 24.4], [1613.4, -25.4, 38.1, -1.0]],
        [[0.5, 0.0, 0.0, -1.0], [0.6, 0.0, 0.0, -1.0]],
    ]
    torch.testing.assert_close(layer.mix(normed).detach(), torch.tensor(expected))
    torch.testing.assert_close(Int8Convolution(layer).mix(normed), torch.tensor(expected))


@pytest.fixture
def models():
    """A model as it is, and in 8 bits."""
    pair = []
    for _ in range(2):
        torch.manual_seed(1)
        shape = {"embedding_size": 8, "bigram_buckets": 64, "bigram_size": 4, "hidden_size": 16}
        config = ConvolutionConfig(vocab_size=20, num_labels=3, dilations=(1, 2), **shape)
        pair.append(ConvolutionForTokenClassification(config).eval())
    quantize(pair[1])
    return pair


@torch.inference_mode()
def test_a_model_says_nearly_the_same(models):
    ids = torch.randint(0, 20, (4, 30))
    plain, whole = (model(input_ids=ids).logits for model in models)
    assert [type(layer) for layer in models[1].encoder.layers] == [Int8Convolution] * 2
    assert not torch.equal(plain, whole)
    torch.testing.assert_close(plain, whole, atol=0.05, rtol=0)


@torch.inference_mode()
def test_a_text_is_marked_the_same_alone_and_beside_others(models):
    short, long = torch.tensor([[2, 7, 8, 3]]), torch.tensor([[2, 9, 7, 8, 10, 11, 3]])
    padded = torch.cat([torch.nn.functional.pad(short, (0, 3)), long])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1] * 7])
    together = models[1](input_ids=padded, attention_mask=mask).logits
    torch.testing.assert_close(together[0, :4], models[1](input_ids=short).logits[0])
    torch.testing.assert_close(together[1], models[1](input_ids=long).logits[0])
