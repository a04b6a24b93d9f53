# SPDX-License-Identifier: MIT
"""The network of hearing in PyTorch: ConvNeXt (Liu et al., 2022) with torch's own layers, over a
second's log-mel, and its weights as the program has them."""
import torch
from torch import nn

import formats
from checks import at, check

WIDTHS, DEPTHS, KERNEL, INSIDE, COLUMNS = (48, 96, 192, 384), (1, 1, 3, 2), 5, 4, 26


class Channels(nn.LayerNorm):
    """Over the channels of (N,C,H,W)."""

    def __init__(self, channels):
        super().__init__(channels, eps=1e-6)

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, KERNEL, padding=KERNEL // 2, groups=channels)
        self.norm = Channels(channels)
        self.expand = nn.Conv2d(channels, INSIDE * channels, 1)
        self.project = nn.Conv2d(INSIDE * channels, channels, 1)

    def forward(self, x):
        return x + self.project(nn.functional.gelu(self.expand(self.norm(self.depthwise(x)))))


class Stage(nn.Module):
    def __init__(self, before, channels, depth, is_first):
        super().__init__()
        self.norm = Channels(before)
        if not is_first:
            self.down = nn.Conv2d(before, channels, 2, 2)
        for k in range(depth):
            self.add_module(f"block{k + 1}", Block(channels))

    def forward(self, x):
        for part in self.children():
            x = part(x)
        return x


class Hearing(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, before = nn.Conv2d(1, WIDTHS[0], 7, 4, padding=3), WIDTHS[0]
        for k, (channels, depth) in enumerate(zip(WIDTHS, DEPTHS)):
            self.add_module(f"stage{k + 1}", Stage(before, channels, depth, k == 0))
            before = channels
        self.norm = nn.LayerNorm(before, eps=1e-6)
        self.head = nn.Linear(before, COLUMNS)

    def forward(self, x):
        x = self.stem((x.reshape(-1, 1, 96, 64) + 3) / 3)
        for k in range(len(WIDTHS)):
            x = getattr(self, f"stage{k + 1}")(x)
        values = self.norm(x.mean((2, 3)))
        return values, self.head(values)


def hearing(seed):
    torch.manual_seed(seed)
    model = Hearing().double().eval()
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1:
                p.add_(0.2 * torch.randn_like(p))
    return model


def arrays(model):
    """Depthwise filters as (K,K,C), 1x1 convolutions as matrices."""
    given = {}
    for name, p in model.state_dict().items():
        if name.endswith("depthwise.weight"):
            p = p[:, 0].permute(1, 2, 0)
        elif name.endswith(("expand.weight", "project.weight")):
            p = p[:, :, 0, 0]
        given[name] = p.float().contiguous().numpy()
    return given


def compare_all(real):
    model = hearing(21)
    formats.write_safetensors(at("hearing"), arrays(model))
    model.load_state_dict({k: v.float().double() for k, v in model.state_dict().items()})
    g = torch.Generator().manual_seed(22)
    for which, x in {"random": 2 * torch.randn(3, 96, 64, generator=g).numpy() - 3,
                     "real": real}.items():
        if x is None:
            continue
        with torch.no_grad():
            values, odds = model(torch.from_numpy(x).double())
        check(f"hearing, {which} input", "hearing", at("hearing"), x,
              {"embedding": values, "logodds": odds, "": torch.sigmoid(odds),
               "both": torch.cat([values, odds], 1)})
