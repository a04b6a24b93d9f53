# SPDX-License-Identifier: MIT
"""CLIP's vision transformer in PyTorch, from its description (Radford et al., 2021), with
OpenAI's names; and the names that other tools give the same tensors."""
from collections import OrderedDict

import torch
from torch import nn

# width, layers, patch, grid, joint
SIZES = {"small": (128, 3, 16, 5, 48), "clip_vit_b32": (768, 12, 32, 7, 512),
         "clip_vit_l14": (1024, 24, 14, 16, 768)}


class Mlp(nn.Module):
    def __init__(self, width, quick):
        super().__init__()
        self.quick = quick
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.c_fc(x)
        x = x * torch.sigmoid(1.702 * x) if self.quick else nn.functional.gelu(x)
        return self.c_proj(x)


class Block(nn.Module):
    def __init__(self, width, quick):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // 64, batch_first=True)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = Mlp(width, quick)
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, quick):
        super().__init__()
        self.resblocks = nn.Sequential(*[Block(width, quick) for _ in range(layers)])

    def forward(self, x):
        return self.resblocks(x)


class Vision(nn.Module):
    def __init__(self, size, quick):
        super().__init__()
        width, layers, patch, grid, joint = size
        self.class_embedding = nn.Parameter(0.5 * torch.randn(width))
        self.positional_embedding = nn.Parameter(0.5 * torch.randn(grid * grid + 1, width))
        self.proj = nn.Parameter(width ** -0.5 * torch.randn(width, joint))
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, quick)
        self.ln_post = nn.LayerNorm(width)

    def forward(self, x):
        """The tokens behind ln_post, (n,1+g*g,width), and the same projected."""
        x = self.conv1(x).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(x.shape[0], 1, -1)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        x = self.ln_post(self.transformer(x))
        return x, x @ self.proj


class Clip(nn.Module):
    """The whole, as far as files of it matter here: `visual` and things beside it."""

    def __init__(self, size, quick):
        super().__init__()
        self.visual = Vision(size, quick)
        self.logit_scale = nn.Parameter(torch.tensor(4.6))
        self.register_buffer("input_resolution", torch.tensor(size[2] * size[3]))

    def forward(self, x):
        return self.visual(x)


def make(size, quick=True, seed=7):
    torch.manual_seed(seed)
    model = Clip(SIZES[size], quick).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith(".bias") or "ln_" in name:
                p.add_(0.2 * torch.randn_like(p))
    return model


def halve(model):
    """As OpenAI's files are: products in half precision, the rest in single."""
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            m.half()
        elif isinstance(m, nn.MultiheadAttention):
            m.in_proj_weight.data = m.in_proj_weight.data.half()
            m.in_proj_bias.data = m.in_proj_bias.data.half()
    model.visual.proj.data = model.visual.proj.data.half()
    return model


def openai(state):
    return OrderedDict(state)


def without_prefix(state):
    return OrderedDict((k[7:], v) for k, v in state.items() if k.startswith("visual."))


RENAMED = {
    "hf": [("visual.", ""), ("conv1.", "embeddings.patch_embedding."),
           ("class_embedding", "embeddings.class_embedding"),
           ("positional_embedding", "embeddings.position_embedding.weight"),
           ("ln_pre.", "pre_layrnorm."), ("ln_post.", "post_layernorm."),
           ("transformer.resblocks.", "encoder.layers."), (".ln_1.", ".layer_norm1."),
           (".ln_2.", ".layer_norm2."), (".attn.", ".self_attn."), (".c_fc.", ".fc1."),
           (".c_proj.", ".fc2.")],
    "timm": [("visual.", ""), ("conv1.", "patch_embed.proj."), ("class_embedding", "cls_token"),
             ("positional_embedding", "pos_embed"), ("ln_pre.", "norm_pre."),
             ("ln_post.", "norm."), ("transformer.resblocks.", "blocks."),
             (".ln_1.", ".norm1."), (".ln_2.", ".norm2."), (".in_proj_", ".qkv."),
             (".out_proj.", ".proj."), (".c_fc.", ".fc1."), (".c_proj.", ".fc2.")]}
TEXT = [("token_embedding.", "embeddings.token_embedding."), ("ln_final.", "final_layer_norm.")]


def renamed(state, style):
    for name, value in state.items():
        if not name.startswith("visual."):
            continue
        for ours, theirs in RENAMED[style]:
            name = name.replace(ours, theirs)
        yield name, value


def hf_parts(name, value):
    """Its products of queries, keys and values apart."""
    if ".in_proj_" not in name:
        yield name, value
        return
    for k, part in zip("qkv", value.reshape(3, -1, *value.shape[1:])):
        yield name.replace("in_proj_", k + "_proj."), part


def hf(state):
    out = OrderedDict()
    for name, value in renamed(state, "hf"):
        if name == "proj":
            out["visual_projection.weight"] = value.T
        else:
            out.update(("vision_model." + k, v) for k, v in hf_parts(name, value))
    out["text_model.embeddings.position_ids"] = state["visual.class_embedding"][:7]
    return out


def text_shapes(tokens, width, layers, joint):
    """Names and shapes of the text tower's tensors, as OpenAI has them."""
    yield "token_embedding.weight", (tokens, width)
    yield "positional_embedding", (77, width)
    for name, p in Transformer(width, layers, True).state_dict(prefix="transformer.").items():
        yield name, p.shape
    yield "ln_final.weight", (width,)
    yield "ln_final.bias", (width,)
    yield "text_projection", (width, joint)


def hf_text(state):
    """The text tower of OpenAI's names as transformers' names."""
    out = OrderedDict()
    for name, value in state.items():
        if name == "text_projection":
            out["text_projection.weight"] = value.T
            continue
        for ours, theirs in TEXT + RENAMED["hf"]:
            name = name.replace(ours, theirs)
        out.update(("text_model." + k, v) for k, v in hf_parts(name, value))
    return out


def timm(state):
    out = OrderedDict()
    for name, value in renamed(state, "timm"):
        if name == "proj":
            out["head.weight"] = value.T
        else:
            out[name] = value[None, None] if name == "cls_token" else \
                value[None] if name == "pos_embed" else value
    return out


NAMINGS = {"OpenAI": openai, "OpenAI, visual alone": without_prefix, "transformers": hf,
           "timm": timm}
