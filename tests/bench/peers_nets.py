# SPDX-License-Identifier: MIT
"""The networks that peers.sh compares, a row each: in PyTorch, with random weights, as modules
that give what avqa-pipe gives for what avqa-pipe is given."""
import os
import sys
from typing import Callable, NamedTuple

import numpy as np
import torch
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import clip  # noqa: E402
import formats  # noqa: E402
import internvideo2  # noqa: E402
import nets3d  # noqa: E402
import networks  # noqa: E402
import yamnet  # noqa: E402


class Rows(torch.nn.Module):
    """A network, and how its rows are had of it."""

    def __init__(self, net, rows):
        super().__init__()
        self.net, self.rows = net, rows

    def forward(self, x):
        return self.rows(self.net, x)


def swin(name):
    return networks.swin(name), lambda net, x: net.norm(net.features(x))


def vggish(_):
    return networks.randomise(networks.Vggish(), 1), lambda net, x: net(x)


def yamnet_1024(_):
    return yamnet.yamnet(11), lambda net, x: net(x)[0]


def clip_grid(name):
    return clip.make(name), lambda net, x: net(x)[0][:, 1:]


def pooled_video(name):
    def rows(net, x):  # forward() makes the grid too
        x = net.embed(x)
        for block in net.blocks:
            x = block(x)
        return net.clip_projector(x)
    return internvideo2.make(name), rows


def resnet_grid(name):
    def rows(net, x):
        x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
        return net.layer4(net.layer3(net.layer2(net.layer1(x)))).permute(0, 2, 3, 1)
    return networks.randomise(getattr(torchvision.models, name)(), 9), rows


def pooled_clip(net, x):
    """x (N,16,3,H,W)"""
    return nets3d.stages_of(net, x.transpose(1, 2))[3].mean((2, 3, 4))


def resnext3d(_):
    torch.manual_seed(11)
    return networks.randomise(nets3d.ResNeXt3d((3, 4, 23, 3), 32, 128), 11), pooled_clip


def r2plus1d(name):
    return networks.randomise(getattr(torchvision.models.video, name)(), 21), pooled_clip


# ---- files ----

def save_safetensors(path, net):
    formats.write_safetensors(path, {k: v.detach().numpy() for k, v in net.state_dict().items()
                                     if v.dtype == torch.float32})


def save_script(path, net):
    """As OpenAI's are: other files do not say which GELU theirs is."""
    torch.jit.script(net).save(path)


class Net(NamedTuple):
    unit: str         # what a row stands for
    make: Callable    # of its name: the module with the weights, and the rows of that
    shape: tuple      # of a row's input
    batch: int        # rows at once; avqa-pipe takes as many as `ingest` does
    more: tuple = ()  # other batches that ONNX Runtime is shown with
    frozen: bool = False       # folding norms into filters makes PyTorch faster
    leaf: str = "safetensors"  # how its file's name ends
    save: Callable = save_safetensors


PICTURE, PATCH = (3, 224, 224), (96, 64)
NETS = {
    "swin_b": Net("frame", swin, PICTURE, 8, more=(1,)),
    "clip_vit_b32": Net("frame", clip_grid, PICTURE, 8, leaf="pt", save=save_script),
    "clip_vit_l14": Net("frame", clip_grid, PICTURE, 6, leaf="pt", save=save_script),
    "internvideo2_s": Net("second", pooled_video, (4, *PICTURE), 1),
    "internvideo2_b": Net("second", pooled_video, (8, *PICTURE), 1),
    "resnet34": Net("frame", resnet_grid, PICTURE, 8, frozen=True),
    "resnet50": Net("frame", resnet_grid, PICTURE, 8, frozen=True),
    "r2plus1d_18": Net("second", r2plus1d, (16, 3, 112, 112), 2, frozen=True),
    "resnext101_3d": Net("second", resnext3d, (16, 3, 112, 112), 4, frozen=True),
    "vggish": Net("second", vggish, PATCH, 20, frozen=True),
    "yamnet": Net("second", yamnet_1024, PATCH, 20, frozen=True, leaf="h5",
                  save=yamnet.write_keras),
}


def module(name):
    """The module that gives rows; its `net` has the weights."""
    return Rows(*NETS[name].make(name)).eval()


def weights(folder, name):
    return os.path.join(folder, f"{name}.{NETS[name].leaf}")


def cosine(have, want):
    """Of all values."""
    have, want = have.astype(np.float64).ravel(), want.astype(np.float64).ravel()
    return float(have @ want / (np.linalg.norm(have) * np.linalg.norm(want)))
