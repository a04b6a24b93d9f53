# SPDX-License-Identifier: MIT
"""What all contenders of peers.sh run: networks with random weights from a seed, as ONNX, as
safetensors for avqa-pipe, and an input with PyTorch's output for it.

    peers_export.py FOLDER NETWORK BATCH

NETWORK is swin_b (up to the last stage's normalised grid) or vggish. Writes
FOLDER/NETWORK-BATCH.{onnx,in,out} (raw float32) and FOLDER/NETWORK.safetensors."""
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import formats  # noqa: E402
import networks  # noqa: E402

OPSET = 13


class Grid(torch.nn.Module):
    """A Swin without its head."""

    def __init__(self, swin):
        super().__init__()
        self.features, self.norm = swin.features, swin.norm

    def forward(self, x):
        return self.norm(self.features(x))


def network(name):
    """The module to run, the one with the weights, the shape of an input."""
    if name == "vggish":
        net = networks.randomise(networks.Vggish(), 1)
        return net, net, (96, 64)
    whole = networks.swin(name)
    size = networks.SWINS[name][4]
    return Grid(whole).eval(), whole, (3, size, size)


def main():
    folder, name, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    net, whole, shape = network(name)
    x = torch.randn((batch, *shape), generator=torch.Generator().manual_seed(2))
    base = os.path.join(folder, f"{name}-{batch}")
    # torchvision asks for dropout of 0 "while training", which ONNX would keep.
    torch.nn.functional.dropout = lambda v, *_, **__: v
    with torch.no_grad():
        y = net(x)
        torch.onnx.export(net, x, base + ".onnx", opset_version=OPSET,
                          input_names=["x"], output_names=["y"])
    x.numpy().astype(np.float32).tofile(base + ".in")
    y.numpy().astype(np.float32).tofile(base + ".out")
    formats.write_safetensors(os.path.join(folder, name + ".safetensors"),
                              {k: v.detach().numpy() for k, v in whole.state_dict().items()
                               if v.dtype == torch.float32})


if __name__ == "__main__":
    main()
