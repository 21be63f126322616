"""Gated convolutions in whole numbers of 8 bits, for prediction on a CPU that multiplies them fast.

Weights are scaled by output, states by sequence, both to -127 to 127. Of torch's own ways one is
deprecated and scales a whole batch alike, so that a text would depend on its neighbours in it.
"""

import torch
from torch import nn

from .convolution import GatedConvolution


class Int8Convolution(GatedConvolution):
    """What a `GatedConvolution` does, nearly, without a gradient."""

    def __init__(self, layer: GatedConvolution):
        nn.Module.__init__(self)
        self.dilation, self.norm, self.dropout = layer.dilation, layer.norm, layer.dropout
        weight, self.bias = layer.convolution.weight.detach(), layer.convolution.bias.detach()
        self.scale = scale(weight.abs().amax(1))
        self.weight = (weight / self.scale[:, None]).round().to(torch.int8).t()

    def mix(self, normed: torch.Tensor) -> torch.Tensor:
        own = scale(normed.abs().amax((1, 2), keepdim=True))
        whole = self.join((normed / own).round_().to(torch.int8))
        sums = torch._int_mm(whole.flatten(0, 1), self.weight).unflatten(0, whole.shape[:2])
        return (sums * own).mul_(self.scale).add_(self.bias)


def scale(greatest: torch.Tensor) -> torch.Tensor:
    """What one step of 127 stands for."""
    return greatest.clamp(min=1e-12) / 127


def quantize(model: nn.Module) -> None:
    """Put an `Int8Convolution` in place of each `GatedConvolution`."""
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, GatedConvolution):
                setattr(module, name, Int8Convolution(child))


def has_fast_int8() -> bool:
    """Whether this processor multiplies whole numbers of 8 bits faster than real ones."""
    return torch.cpu._is_vnni_supported()
