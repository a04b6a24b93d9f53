# SPDX-License-Identifier: MIT
"""A writer of dlib's networks, from their description: serialize.h, float_details.h,
dnn/layers.h and dnn/core.h of dlib."""
import math

import numpy as np


def packed(n):
    """A byte with the sign and the number of those that follow, least first."""
    raw = abs(n).to_bytes((abs(n).bit_length() + 7) // 8 or 1, "little")
    return bytes([len(raw) | (128 if n < 0 else 0)]) + raw


def packed_text(text):
    return packed(len(text)) + text.encode()


def packed_real(v):
    """Of single precision: mantissa and exponent, whole bytes of zeros shifted out."""
    fraction, exponent = math.frexp(float(np.float32(v)))
    mantissa, exponent = int(fraction * (1 << 24)), exponent - 24
    while mantissa and mantissa % 256 == 0:
        mantissa, exponent = mantissa // 256, exponent + 8
    return packed(mantissa) + packed(exponent)


def sizes(version, dims):
    return packed(version) + b"".join(packed(d) for d in dims)


def parameters(*arrays):
    values = np.concatenate([np.ravel(a) for a in arrays]).astype("<f4")
    return sizes(2, (len(values), 1, 1, 1)) + values.tobytes()


def window(side, stride, pad):
    return packed(side) * 2 + packed(stride) * 2 + packed(pad) * 2


def details(layer, new):
    kind, *more = layer
    multipliers = packed_real(1) * 2 + packed_real(1) + packed_real(0)
    if kind == "con":
        filters, biases, stride, pad = more
        return packed_text("con_5" if new else "con_4") + parameters(filters, biases) + \
            packed(len(filters)) + window(filters.shape[2], stride, pad) + \
            sizes(1, filters.shape) + sizes(1, (1, len(biases), 1, 1)) + multipliers + \
            (b"1" if new else b"")
    if kind == "affine":
        gamma, beta = more
        return packed_text("affine_2" if new else "affine_") + parameters(gamma, beta) + \
            sizes(1, (1, len(gamma), 1, 1)) * 2 + packed(0) + (b"0" if new else b"")
    if kind == "fc":
        weights, biases = more  # (in, out)
        return packed_text("fc_3" if new else "fc_2") + packed(weights.shape[1]) + \
            packed(weights.shape[0]) + parameters(weights, biases) + \
            sizes(1, (*weights.shape, 1, 1)) + sizes(1, (1, len(biases), 1, 1)) + \
            packed(0) + multipliers + (b"1" if new else b"")
    if kind in ("max_pool", "avg_pool"):
        return packed_text(kind + "_2") + window(*more)
    return packed_text(kind + "_")


def write(path, layers, size=227, average=(122.782, 117.001, 104.298), new=True,
               labels=None):
    """layers: ("con", filters, biases, stride, pad), ("affine", gamma, beta), ("fc",
    weights, biases), ("max_pool" or "avg_pool", side, stride, pad), ("relu",),
    ("add_prev",), and where a tag or a skip is ("tag",). new: as dlib 19.24 writes it."""
    first = 3 if new else 2
    versions = [1 if each == ("tag",) else 2 for each in layers[:0:-1]] + [first]
    out = packed(1) + packed_text("loss_multiclass_log_") + \
        b"".join(packed(v) for v in versions) + packed_text("input_rgb_image_sized") + \
        b"".join(packed_real(v) for v in average) + packed(size) * 2
    for k, layer in enumerate(layers):
        if layer != ("tag",):
            out += details(layer, new) + b"100" + sizes(2, (0, 0, 0, 0)) * 3
        if k == 0 and new:
            out += packed(1)
    if labels:
        out += packed(len(labels)) + b"".join(packed_text(t) for t in labels)
    with open(path, "wb") as f:
        f.write(out)


def resnet(value, widths, depths, classes):
    """The layers of dlib's ResNet of these widths and depths, four each; value(name, *shape)
    gives the values."""
    number = {"con": 0, "affine": 0}

    def con(to, side, width, stride, pad):
        k = number["con"]
        number["con"] += 1
        return [("con", value(f"con{k}.filters", to, width, side, side),
                 value(f"con{k}.biases", to), stride, pad),
                ("affine", value(f"affine{k}.gamma", to), value(f"affine{k}.beta", to))]

    layers = con(widths[0], 7, 3, 2, 0) + [("relu",), ("max_pool", 3, 2, 0)]
    last = widths[0]
    for s, (width, depth) in enumerate(zip(widths, depths)):
        for k in range(depth):
            down = s > 0 and k == 0
            layers += [("tag",)] + con(width, 3, last, 2 if down else 1, not down) + \
                [("relu",)] + con(width, 3, width, 1, 1)
            if down:
                layers += [("tag",), ("tag",), ("avg_pool", 2, 2, 0)]
            layers += [("add_prev",), ("relu",)]
            last = width
    return layers + [("avg_pool", 0, 1, 0), ("fc", value("fc0.weights", last, classes),
                                             value("fc0.biases", classes))]
