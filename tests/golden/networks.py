# SPDX-License-Identifier: MIT
"""The networks in PyTorch, and the names that others give their tensors."""
import numpy as np
import torch
from torch import nn
from torchvision.models.swin_transformer import SwinTransformer

def shaken(model):
    """Norms and biases that matter too, which are ones and zeros in new models."""
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1 and p.numel() > 1:
                p.add_(0.1 * torch.randn_like(p))
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.2)
                m.running_var.uniform_(0.5, 2)
    return model.eval()


SWINS = {  # embed, depths, heads, window, image
    "swin_t": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 224),
    "swin_b": (128, [2, 2, 18, 2], [4, 8, 16, 32], 7, 224),
    "swin_b_384": (128, [2, 2, 18, 2], [4, 8, 16, 32], 12, 384),
    "swin_l": (192, [2, 2, 18, 2], [6, 12, 24, 48], 7, 224),
}


def randomise(model, seed):
    """Values that make every part count: biases and norms are not left at 0 and 1."""
    g = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        with torch.no_grad():
            if p.dim() > 1 and "relative" not in name:
                fan = p[0].numel()
                p.copy_(torch.randn(p.shape, generator=g) * (1.2 / fan) ** 0.5)
            elif "relative" in name:
                p.copy_(torch.randn(p.shape, generator=g) * 0.5)
            elif name.endswith("bias"):
                p.copy_(torch.randn(p.shape, generator=g) * 0.1)
            else:
                p.copy_(1 + torch.randn(p.shape, generator=g) * 0.2)
    return model.eval()


def swin(name, seed=1):
    embed, depths, heads, window, _ = SWINS[name]
    return randomise(SwinTransformer(patch_size=[4, 4], embed_dim=embed, depths=depths,
                                     num_heads=heads, window_size=[window, window]), seed)


def swin_stages(model, x):
    """Name of what is seen -> its value, tokens by channels; and the last grid."""
    seen = {}
    with torch.no_grad():
        for k, part in enumerate(model.features):
            x = part(x)
            if k == 0:
                seen["patches0"] = x
            elif k % 2 == 1:
                seen[f"stage{k // 2 + 1}"] = x
        return seen, model.norm(x).numpy()


class Vggish(nn.Module):
    """torchvggish's layers by its names; the paper's, and tensorflow/models' VGGish."""

    def __init__(self):
        super().__init__()
        layers, last = [], 1
        for width in [64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool"]:
            if width == "pool":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(last, width, 3, padding=1), nn.ReLU()]
                last = width
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(nn.Linear(12288, 4096), nn.ReLU(),
                                        nn.Linear(4096, 4096), nn.ReLU(),
                                        nn.Linear(4096, 128), nn.ReLU())

    def forward(self, x, last_relu=True):
        x = self.features(x[:, None])
        x = x.permute(0, 2, 3, 1).flatten(1)  # time, frequency, channel
        return (self.embeddings if last_relu else self.embeddings[:-1])(x)


# ---- names ----

def split_block(name):
    """features.3.1.mlp.0.weight -> (3, 1, "mlp.0.weight"); numbers None if not there."""
    parts = name.split(".")
    if parts[0] != "features":
        return None, None, name
    if parts[2].isdigit():
        return int(parts[1]), int(parts[2]), ".".join(parts[3:])
    return int(parts[1]), None, ".".join(parts[2:])


def official(arrays, window, moved=False):
    """microsoft/Swin-Transformer; with `moved`, today's timm."""
    out = {}
    for name, a in arrays.items():
        if "relative_position_index" in name:
            continue
        i, j, rest = split_block(name)
        rest = rest.replace("mlp.0.", "mlp.fc1.").replace("mlp.3.", "mlp.fc2.")
        if i is None:
            name = name.replace("head.", "head.fc.") if moved else name
        elif i == 0:
            name = ("patch_embed.proj." if j == 0 else "patch_embed.norm.") + rest
        elif i % 2:
            name = f"layers.{i // 2}.blocks.{j}.{rest}"
        else:
            name = f"layers.{i // 2 - 1 + moved}.downsample.{rest}"
        out[name] = a
    if not moved:  # the buffers that its files have
        area = window * window
        for i in range(4):
            out[f"layers.{i}.blocks.0.attn.relative_position_index"] = \
                np.zeros((area, area), np.int64)
        out["layers.0.blocks.1.attn_mask"] = np.zeros((64, area, area), np.float32)
    return out


def timm(arrays, window):
    return official(arrays, window, moved=True)


def torchvision(arrays, window):
    return dict(arrays)


HF = [("norm1.", "layernorm_before."), ("norm2.", "layernorm_after."),
      ("attn.relative", "attention.self.relative"), ("attn.proj.", "attention.output.dense."),
      ("mlp.0.", "intermediate.dense."), ("mlp.3.", "output.dense.")]


def transformers(arrays, window):
    """SwinForImageClassification: queries, keys and values apart."""
    out = {}
    for name, a in arrays.items():
        i, j, rest = split_block(name)
        if i is None:
            key = name.replace("norm.", "swin.layernorm.").replace("head.", "classifier.")
        elif i == 0:
            key = "swin.embeddings." + \
                ("patch_embeddings.projection." if j == 0 else "norm.") + rest
        elif i % 2 == 0:
            key = f"swin.encoder.layers.{i // 2 - 1}.downsample.{rest}"
        else:
            key = f"swin.encoder.layers.{i // 2}.blocks.{j}."
            if rest.startswith("attn.qkv."):
                for what, part in zip(["query", "key", "value"], np.split(a, 3)):
                    out[key + f"attention.self.{what}.{rest.split('.')[-1]}"] = part
                continue
            for ours, theirs in HF:
                if rest.startswith(ours):
                    rest = theirs + rest[len(ours):]
                    break
            key += rest
        out[key] = a
    return out


NAMINGS = {"torchvision": torchvision, "official": official, "timm": timm,
           "transformers": transformers}

TF = {"features.0": "conv1", "features.3": "conv2", "features.6": "conv3/conv3_1",
      "features.8": "conv3/conv3_2", "features.11": "conv4/conv4_1",
      "features.13": "conv4/conv4_2", "embeddings.0": "fc1/fc1_1",
      "embeddings.2": "fc1/fc1_2", "embeddings.4": "fc2"}


def tensorflow(arrays):
    """vggish_slim.py's names and orders: HWIO, and (in, out)."""
    out = {}
    for name, a in arrays.items():
        layer, leaf = name.rsplit(".", 1)
        if leaf == "weight":
            a = a.transpose(2, 3, 1, 0) if a.ndim == 4 else a.T
        out[f"vggish/{TF[layer]}/{'weights' if leaf == 'weight' else 'biases'}"] = \
            np.ascontiguousarray(a)
    return out
