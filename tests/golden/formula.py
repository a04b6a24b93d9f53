# SPDX-License-Identifier: MIT
"""Weights from a formula instead of a file (tests/data/reference/README.md says which), as
tests/parity/formula.c has it too: a value follows from the tensor's name and its place."""
import numpy as np


def fnv1a(name):
    h = 0x811C9DC5
    for b in name.encode():
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def fill(name, shape, offset=0.0, scale=1.0):
    n = int(np.prod(shape, dtype=np.int64))
    with np.errstate(over="ignore"):
        z = np.arange(n, dtype=np.uint64) + np.uint64((fnv1a(name) << 32) + 0x9E3779B97F4A7C15
                                                      & 0xFFFFFFFFFFFFFFFF)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z = z ^ z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float64) / 8388608.0 - 1.0
    return (offset + scale * u).astype(np.float32).reshape(shape)


def weight(name, *shape):
    """A network's tensor, with offset and scale by its name and shape."""
    if name.endswith("relative_position_bias_table"):
        return fill(name, shape, 0, 0.5)
    if len(shape) >= 2:
        return fill(name, shape, 0, 1.2 * (3.0 / float(np.prod(shape[1:]))) ** 0.5)
    if name.endswith(("weight", "running_var", "gamma")):
        return fill(name, shape, 1, 0.1)
    return fill(name, shape, 0, 0.05)
