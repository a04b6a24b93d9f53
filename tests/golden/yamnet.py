# SPDX-License-Identifier: MIT
"""YAMNet in PyTorch, by the published table of layers (tensorflow/models,
research/audioset/yamnet/yamnet.py), and its weights as Keras and TensorFlow Lite have them."""
import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import formats
from checks import at, check

LAYERS = [(32, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1),
          (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)]
EPS = 1e-4


class Normed(nn.Module):
    """TensorFlow's "same" convolution, batch norm without a scale, ReLU."""

    def __init__(self, channels_in, channels, side, stride, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, side, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels, eps=EPS)

    def forward(self, x):
        pads = []
        for size, k, s in zip(x.shape[:1:-1], self.conv.kernel_size, self.conv.stride):
            whole = max((-(-size // s) - 1) * s + k - size, 0)
            pads += [whole // 2, whole - whole // 2]
        return torch.relu(self.norm(self.conv(F.pad(x, pads))))


class Yamnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts, before = nn.ModuleDict(), 1
        for k, (channels, stride) in enumerate(LAYERS):
            if k == 0:
                self.parts["layer1/conv"] = Normed(1, channels, 3, stride)
            else:
                self.parts[f"layer{k + 1}/depthwise_conv"] = Normed(before, before, 3, stride,
                                                                     before)
                self.parts[f"layer{k + 1}/pointwise_conv"] = Normed(before, channels, 1, 1)
            before = channels
        self.dense = nn.Linear(before, 521)

    def forward(self, x):
        x = x.reshape(-1, 1, 96, 64)
        for part in self.parts.values():
            x = part(x)
        values = x.mean((2, 3))
        return values, torch.sigmoid(self.dense(values))


def yamnet(seed):
    torch.manual_seed(seed)
    model = Yamnet().eval()
    with torch.no_grad():
        for p in model.parts.values():
            w = p.conv.weight
            w.normal_(0, np.sqrt(2 / w[0].numel()))
            p.norm.bias.normal_(0, 0.2)
            p.norm.running_mean.normal_(0, 0.2)
            p.norm.running_var.uniform_(0.5, 2)
        model.dense.weight.mul_(4)
    return model


# ---- files ----

def keras_kernel(part):
    """(H,W,in,out), or depthwise (H,W,C,1)."""
    w = part.conv.weight.detach()
    is_depthwise = part.conv.groups > 1
    return ("depthwise_kernel:0" if is_depthwise else "kernel:0",
            w.permute(2, 3, 0, 1) if is_depthwise else w.permute(2, 3, 1, 0))


def add_layer(f, layer, arrays):
    g = f.create_group(layer)
    names = [f"{layer}/{k}" for k in arrays]
    g.attrs["weight_names"] = np.array([n.encode() for n in names], "S")
    for name, values in zip(names, arrays.values()):
        g[name] = values.detach().numpy()


def write_keras(path, model, scales=False):
    """As save_weights does. With scales, each norm has one, which filters and means undo."""
    with h5py.File(path, "w") as f:
        layers = [*model.parts] + [n + "/bn" for n in model.parts] + ["dense"]
        f.attrs["layer_names"] = np.array([n.encode() for n in layers], "S")
        for name, p in model.parts.items():
            leaf, kernel = keras_kernel(p)
            by = torch.linspace(0.5, 2, len(p.norm.bias)) if scales else torch.tensor(1.0)
            add_layer(f, name, {leaf: kernel / (by.reshape(-1, 1) if p.conv.groups > 1 else by)})
            norm = {"beta:0": p.norm.bias, "moving_mean:0": p.norm.running_mean / by,
                    "moving_variance:0": p.norm.running_var}
            add_layer(f, name + "/bn", {"gamma:0": by, **norm} if scales else norm)
        add_layer(f, "dense", {"kernel:0": model.dense.weight.t(), "bias:0": model.dense.bias})


def eight_bits(w):
    """(out,...) as int8 with a scale for each output, and what that stands for."""
    flat = w.reshape(len(w), -1)
    scale = (np.abs(flat).max(1) / 127).astype(np.float32)
    q = np.rint(flat / scale[:, None]).astype(np.int8).reshape(w.shape)
    return q, scale, q * scale.reshape([-1] + [1] * (w.ndim - 1))


def lite_filters(w, kind, is_depthwise):
    """(O,I,H,W) in the operator's order, as a formats.Constant; and what it stands for."""
    turn = (1, 2, 3, 0) if is_depthwise else (0, 2, 3, 1) if w.ndim == 4 else (0, 1)
    dim = 3 if is_depthwise else 0
    if kind == "8 bits":
        q, scale, stands = eight_bits(w)
        return formats.Constant(q.transpose(turn), scale, 0 * scale, dim,
                                unpacked=is_depthwise), stands
    values = w.astype(np.float16 if kind == "float16" else np.float32)
    return formats.Constant(values.transpose(turn), unpacked=kind == "float16"), values


def write_lite(path, model, kind):
    """With norms folded; gives the model that the file's weights are."""
    layers, stands = [], Yamnet().eval()
    for (name, p), to in zip(model.parts.items(), stands.parts.values()):
        by = (p.norm.running_var + EPS) ** -0.5
        w = (p.conv.weight * by.reshape(-1, 1, 1, 1)).detach().numpy()
        bias = (p.norm.bias - p.norm.running_mean * by).detach()
        is_depthwise = p.conv.groups > 1
        constant, values = lite_filters(w, kind, is_depthwise)
        layers.append(("depthwise_conv_2d" if is_depthwise else "conv_2d", constant, bias.numpy(),
                       {"act": 1, "stride": p.conv.stride[0]}))
        to.conv.weight.data = torch.from_numpy(values.astype(np.float32))
        to.norm.bias.data, to.norm.running_var.data = bias, torch.full_like(bias, 1 - EPS)
    constant, values = lite_filters(model.dense.weight.detach().numpy(), kind, False)
    layers.append(("fully_connected", constant, model.dense.bias.detach().numpy(), {}))
    stands.dense.weight.data = torch.from_numpy(values.astype(np.float32))
    stands.dense.bias = model.dense.bias
    formats.write_tflite(path, layers)
    return stands


# ---- concepts ----

def compare_concepts():
    """What a map of its values gives, by NumPy."""
    model = yamnet(11)
    write_keras(at("yamnet"), model)
    rng = np.random.default_rng(13)
    weight = (rng.standard_normal((26, 1024)) / 32).astype(np.float32)
    bias = rng.standard_normal(26).astype(np.float32)
    formats.write_safetensors(at("map"), {"concepts.weight": weight, "concepts.bias": bias})
    x = (2 * rng.standard_normal((3, 96, 64)) - 2).astype(np.float32)
    with torch.no_grad():
        values = model(torch.from_numpy(x))[0].numpy().astype(np.float64)
    odds = values @ weight.T.astype(np.float64) + bias
    check("yamnet, a map", "yamnet", at("yamnet"), x,
          {"logodds": torch.from_numpy(odds), "concepts": torch.from_numpy(1 / (1 + np.exp(-odds)))},
          "map=" + at("map"))
