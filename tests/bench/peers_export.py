# SPDX-License-Identifier: MIT
"""What all contenders of peers.sh run: a network of peers_nets.py with random weights, as ONNX,
as a weight file for avqa-pipe, and an input with PyTorch's output for it.

    peers_export.py FOLDER NETWORK BATCH

Writes FOLDER/NETWORK-BATCH.{onnx,in,out} (raw float32) and FOLDER/NETWORK's weight file. No
.onnx where PyTorch cannot write one: it says why."""
import os
import sys

import numpy as np
import torch

import peers_nets

OPSET = 14


def export_onnx(net, x, path):
    """With gradients on: without, PyTorch computes attention by an operation of its own."""
    # torchvision asks for dropout of 0 "while training", which ONNX would keep.
    torch.nn.functional.dropout = lambda v, *_, **__: v
    try:
        torch.onnx.export(net, x, path, opset_version=OPSET, input_names=["x"],
                          output_names=["y"])
    except RuntimeError as e:
        print(f"no {path}: {e}", file=sys.stderr)
        if os.path.exists(path):
            os.unlink(path)


def main():
    folder, name, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    row, net = peers_nets.NETS[name], peers_nets.module(name)
    x = torch.randn((batch, *row.shape), generator=torch.Generator().manual_seed(2))
    base = os.path.join(folder, f"{name}-{batch}")
    row.save(peers_nets.weights(folder, name), net.net)
    export_onnx(net, x, base + ".onnx")
    with torch.inference_mode():
        y = net(x)
    x.numpy().astype(np.float32).tofile(base + ".in")
    y.numpy().astype(np.float32).tofile(base + ".out")  # last: it says that all are there


if __name__ == "__main__":
    main()
