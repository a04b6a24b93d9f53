# SPDX-License-Identifier: MIT
"""InternVideo2's vision encoder in PyTorch, from its description (Wang et al., 2024), with the
published names; the forms its files come in; and what the program makes of them."""
import os
import subprocess
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checks import RUN, at, check, compare, ours, report

# width, blocks, heads, MLP, pooled, patch, grid, pictures
SIZES = {"internvideo2": (128, 3, 2, 320, 48, 14, 5, 4),
         "stored": (384, 12, 6, 1536, 768, 14, 4, 4),
         "internvideo2_s": (384, 12, 6, 1536, 768, 14, 16, 4),
         "internvideo2_b": (768, 12, 12, 3072, 768, 14, 16, 8)}
POOL_HEADS = 16


def rms(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(1 + 0.2 * torch.randn(width))

    def forward(self, x):
        return rms(x, self.weight)


class Factor(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(0.5 + 0.2 * torch.randn(width))

    def forward(self, x):
        return x * self.gamma


def heads_of(x, n):
    return x.reshape(x.shape[0], x.shape[1], n, -1).transpose(1, 2)


def attend(q, k, v, heads):
    q, k, v = (heads_of(x, heads) for x in (q, k, v))
    weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
    return (weights @ v).transpose(1, 2).flatten(2)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_norm, self.k_norm = Norm(width), Norm(width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        return self.proj(attend(self.q_norm(q), self.k_norm(k), v, self.heads))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.by_tanh = False
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        x = self.fc1(x)
        if self.by_tanh:
            x = 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x ** 3)))
        else:
            x = F.gelu(x)
        return self.fc2(x)


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1, self.attn, self.ls1 = Norm(width), Attention(width, heads), Factor(width)
        self.norm2, self.mlp, self.ls2 = Norm(width), Mlp(width, hidden), Factor(width)

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class Cross(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.q_bias, self.k_bias, self.v_bias = (
            nn.Parameter(0.1 * torch.randn(width)) for _ in range(3))
        self.proj = nn.Linear(width, out)

    def forward(self, q, k, v):
        q, k, v = (self.q(q) + self.q_bias, self.k(k) + self.k_bias, self.v(v) + self.v_bias)
        return self.proj(attend(q, k, v, POOL_HEADS))


class Pool(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.norm1_q, self.norm1_k, self.norm1_v = (nn.LayerNorm(width) for _ in range(3))
        self.cross_attn = Cross(width, out)

    def forward(self, x):
        q = x.mean(1, keepdim=True)
        return self.cross_attn(self.norm1_q(q), self.norm1_k(x), self.norm1_v(x))[:, 0]


class Patches(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.proj = nn.Conv3d(3, width, (1, patch, patch), (1, patch, patch))


class InternVideo2(nn.Module):
    def __init__(self, size):
        super().__init__()
        width, blocks, heads, hidden, pooled, patch, self.grid, self.pictures = SIZES[size]
        self.cls_token = nn.Parameter(0.5 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(
            0.5 * torch.randn(1, 1 + self.pictures * self.grid ** 2, width))
        self.patch_embed = Patches(width, patch)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(blocks))
        self.clip_projector = Pool(width, pooled)

    def places(self, pictures, grid):
        """The positions of so many pictures of a grid, resized in the order of the paper's
        code: over time, then over the grid."""
        width = self.pos_embed.shape[-1]
        first, rest = self.pos_embed[:, :1], self.pos_embed[0, 1:]
        rest = rest.reshape(self.pictures, -1, width).permute(1, 2, 0)  # place, channel, time
        if pictures != self.pictures:
            rest = F.interpolate(rest, size=pictures, mode="linear", align_corners=False)
        rest = rest.permute(2, 1, 0).reshape(pictures, width, self.grid, self.grid)
        if grid != self.grid:
            rest = F.interpolate(rest, size=(grid, grid), mode="bicubic", align_corners=False)
        return torch.cat([first, rest.flatten(2).transpose(1, 2).reshape(1, -1, width)], 1)

    def embed(self, x):
        """x (n,T,3,S,S): the tokens that the blocks are given."""
        n, pictures = x.shape[:2]
        x = self.patch_embed.proj(x.transpose(1, 2))
        places = self.places(pictures, x.shape[-1])
        x = x.flatten(2).transpose(1, 2)
        return torch.cat([self.cls_token.expand(n, -1, -1), x], 1) + places

    def forward(self, x):
        """x (n,T,3,S,S): what "out=pooled" and "out=grid" give."""
        n, pictures = x.shape[:2]
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        grid = round(((x.shape[1] - 1) // pictures) ** 0.5)
        cells = x[:, 1:].reshape(n, pictures, grid, grid, -1).mean(1)
        return self.clip_projector(x), cells


def make(size, seed=11):
    torch.manual_seed(seed)
    model = InternVideo2(size).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "clip_projector.norm" in name:
                p.add_(0.2 * torch.randn_like(p))
    return model


def halved(state):
    return OrderedDict((k, v.bfloat16()) for k, v in state.items())


# ---- forms of files ----

def distilled(state, width):
    """Stage 1's and the distilled ones': with the decoders that only training needs."""
    more = OrderedDict(state)
    for k in range(2):
        more[f"clip_decoder.{k}.head.0.weight"] = torch.randn(8, width)
        more[f"clip_decoder.{k}.norm.weight"] = torch.randn(8)
    more["mae_decoder.0.head.weight"] = torch.randn(8, width)
    more["clip_pos_embed"] = torch.randn(1, 4, width)
    return more


def tuned(state, width):
    return OrderedDict(state, **{"fc_norm.weight": torch.ones(8), "fc_norm.bias": torch.ones(8),
                                 "head.weight": torch.randn(5, 8), "head.bias": torch.ones(5)})


def second_stage(state, width):
    """The tower beside a text encoder and projections."""
    more = OrderedDict(("vision_encoder." + k, v) for k, v in state.items())
    more["vision_encoder.img_pos_embed"] = torch.randn(1, 5, width)
    more["text_encoder.bert.embeddings.word_embeddings.weight"] = torch.randn(11, 6)
    more["text_encoder.cls.predictions.bias"] = torch.randn(11)
    more["vision_proj.weight"], more["text_proj.weight"] = torch.randn(4, 8), torch.randn(4, 6)
    more["temp"] = torch.tensor(0.07)
    return more


def renamed(state, width):
    return OrderedDict((k.replace(".gamma", ".weight") if ".ls" in k else k, v)
                       for k, v in state.items())


def views(state, width):
    """All tensors are pieces of one storage, one behind another: what is saved is that."""
    flat = torch.cat([v.flatten() for v in state.values()])
    out, place = OrderedDict(), 0
    for name, value in state.items():
        out[name] = flat[place:place + value.numel()].view(value.shape)
        place += value.numel()
    assert len({v.storage().data_ptr() for v in out.values()}) == 1
    return out


FORMS = {  # how the tensors are arranged, and what is around them
    "bare": (lambda s, w: s, lambda s: s),
    "stage 1 under module, decoders beside": (distilled, lambda s: {"module": s, "epoch": 3}),
    "fine-tuned under model": (tuned, lambda s: {"model": s, "optimizer": {"lr": [0.1]}}),
    "prefix module.": (lambda s, w: OrderedDict(("module." + k, v) for k, v in s.items()),
                       lambda s: s),
    "stage 2": (second_stage, lambda s: {"model": s}),
    "ls1.weight": (renamed, lambda s: s),
    "views of one storage": (views, lambda s: s),
    "stage 2, views": (lambda s, w: views(second_stage(s, w), w), lambda s: {"module": s})}


# ---- comparisons ----

def as_rows(clip):
    """(n,T,3,S,S) as the program has it, (n,3 T,S,S)."""
    return clip.flatten(1, 2)


def compare_forms(size="internvideo2"):
    model = make(size)
    width, side = SIZES[size][0], SIZES[size][5] * SIZES[size][6]
    x = torch.randn(2, SIZES[size][7], 3, side, side)
    state = halved(model.state_dict())
    model.load_state_dict(OrderedDict((k, v.float()) for k, v in state.items()))
    with torch.no_grad():
        pooled, cells = model(x)
    wants = {"pooled": pooled, "grid": cells}
    for form, (arrange, around) in FORMS.items():
        for legacy in (False, True):
            torch.save(around(arrange(state, width)), at("iv2.pt"),
                       _use_new_zipfile_serialization=not legacy)
            check(f"InternVideo2, bf16, {form}{', legacy' * legacy}", size, at("iv2.pt"),
                  as_rows(x), wants)


def compare_shapes(size="internvideo2"):
    """Other numbers of pictures, sizes of them and of grids, and the other GELU."""
    model = make(size)
    patch, grid, pictures = SIZES[size][5:]
    torch.save(model.state_dict(), at("iv2.pt"))
    for T, g in ((4, 5), (8, 5), (16, 5), (4, 3), (8, 8)):
        x = torch.randn(1, T, 3, patch * g, patch * g)
        switches = [f"pictures={T}"] * (T != pictures) + [f"size={patch * g}"] * (g != grid)
        with torch.no_grad():
            pooled, cells = model(x)
            small = F.adaptive_avg_pool2d(cells.permute(0, 3, 1, 2), 3).permute(0, 2, 3, 1)
        what = f"InternVideo2, {T} pictures of {g}x{g}"
        check(what, size, at("iv2.pt"), as_rows(x), {"pooled": pooled, "grid": cells},
              *switches)
        check(what + " averaged to 3x3", size, at("iv2.pt"), as_rows(x), {"grid": small},
              "grid=3", *switches)
        if ours(size, at("iv2.pt"), as_rows(x), ",".join(switches), at("seen_")) is not None:
            compare(what + ", tokens in their places", np.load(at("seen_patches0.npy")),
                    model.embed(x))


def compare_gelus(size="internvideo2"):
    """They differ by less than is allowed elsewhere: each is nearer to its own."""
    model = make(size)
    patch, grid, pictures = SIZES[size][5:]
    torch.save(model.state_dict(), at("iv2.pt"))
    x = 2 * torch.randn(1, pictures, 3, patch * grid, patch * grid)
    wants = {}
    for name in ("gelu", "gelu_tanh"):
        for block in model.blocks:
            block.mlp.by_tanh = name == "gelu_tanh"
        with torch.no_grad():
            wants[name] = model(x)[1].numpy()
    for name, want in wants.items():
        have = ours(size, at("iv2.pt"), as_rows(x), f"out=grid,act={name}")
        if have is not None:
            off = {k: float(np.abs(have - v).max()) for k, v in wants.items()}
            other = max(off.values())
            report(f"InternVideo2, act={name}", off[name] < 1e-5 and off[name] < other / 5,
                   f"largest difference {off[name]:.1e}, from the other {other:.1e}")


def compare_published(size, real=None):
    """Of a published size, from a file in half precision, with 4 and with 8 pictures; real: 8
    pictures of a clip, (1,24,224,224), or None."""
    model = make(size)
    width = SIZES[size][0]
    state = OrderedDict((k, v.half()) for k, v in model.state_dict().items())
    model.load_state_dict(OrderedDict((k, v.float()) for k, v in state.items()))
    torch.save(distilled(state, width), at("iv2.pt"))
    inputs = {f"{T} random pictures": torch.randn(1, T, 3, 224, 224) for T in (4, 8)}
    if real is not None:
        inputs["8 pictures of a clip"] = torch.from_numpy(real).unflatten(1, (8, 3))
    for what, x in inputs.items():
        with torch.no_grad():
            pooled, cells = model(x)
        T = x.shape[1]
        check(f"{size}, {what}", size, at("iv2.pt"), as_rows(x),
              {"pooled": pooled, "grid": cells},
              *[f"pictures={T}"] * (T != SIZES[size][7]))


# ---- the numbers that the parity tests have ----

STORED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "reference")


def formula(name, shape, offset, scale):
    """tests/data/reference/README.md"""
    h = 0x811c9dc5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 % 2 ** 32
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64((h << 32) + 0x9E3779B97F4A7C15 & 2 ** 64 - 1) + \
            np.arange(count, dtype=np.uint64)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z = z ^ z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float64) / 2 ** 23 - 1
    return torch.from_numpy((offset + scale * u).astype(np.float32).reshape(shape))


def by_formula(name, p):
    if name == "pos_embed":
        return formula(name, p.shape, 0, 0.5)
    if name == "cls_token":  # one-dimensional for the program
        return formula(name, p.shape, 0, 0.05)
    if p.dim() > 1:
        return formula(name, p.shape, 0, 1.2 * (3 / (p.numel() / p.shape[0])) ** 0.5)
    if name.endswith(("weight", "gamma")):
        return formula(name, p.shape, 1, 0.1)
    return formula(name, p.shape, 0, 0.05)


def compare_stored():
    model = InternVideo2("stored").eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(by_formula(name, p))
        wants = model(formula("image", (1, 4, 3, 56, 56), 0, 1))
    for leaf, want in zip(("768", "4x4"), wants):
        path = os.path.join(STORED, f"internvideo2_s_formula_{leaf}.npy")
        compare(f"InternVideo2, stored {leaf}", np.load(path), want)


def refuse_overlay():
    """The files of CLIP training have the pool alone."""
    state = {f"clip_projector.{k}": v for k, v in make("internvideo2").clip_projector
             .state_dict().items()}
    torch.save(dict(state, **{"vision_align.0.weight": torch.ones(4), "temp": torch.ones(1)}),
               at("iv2.pt"))
    done = subprocess.run([RUN, "open", "internvideo2", at("iv2.pt")], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, universal_newlines=True)
    report("InternVideo2, the files of CLIP training are refused",
           done.returncode == 1 and "attention pool" in done.stderr, done.stderr.strip())


def compare_all(real):
    compare_forms()
    compare_shapes()
    compare_gelus()
    compare_stored()
    compare_published("internvideo2_s", real)
    compare_published("internvideo2_b")
    refuse_overlay()
