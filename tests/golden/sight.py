# SPDX-License-Identifier: MIT
"""What extract/networks/image/sight.c computes, in PyTorch: dlib's ResNet over windows of whole
pictures of two sizes; and its front end against Pillow."""
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import dlib_file
import formula
from checks import at, compare, compare_steps, ours, pictures, run

AVERAGE = np.array([122.782, 117.001, 104.298], np.float32)
BOXES = [(291, 515), (451, 803)]  # height, width
WINDOW, STEP, REST, ENOUGH = 6, 32, 35, 0.3
DEPTHS = [3, 4, 6, 3]
# Columns: the classes of ImageNet that are summed. Instruments first.
INSTRUMENTS = {
    "accordion": [401], "acoustic_guitar": [402], "banjo": [420], "bassoon": [432],
    "cello": [486], "drum": [541, 542], "electric_guitar": [546], "flute": [558],
    "piano": [579, 881], "saxophone": [776], "trumpet": [513], "violin": [889],
    "xylophone": [642],
    "other_instrument": [494, 566, 577, 593, 594, 641, 683, 684, 687, 699, 822, 875]}
SCENE = {
    "people": [399, 400, 433, 439, 457, 474, 515, 568, 578, 601, 608, 610, 614, 617, 652, 655,
               667, 689, 697, 735, 775, 796, 808, 834, 836, 837, 841, 869, 887, 903, 906, 981, 982],
    "stage": [819, 854],
    "indoor": [415, 423, 424, 435, 453, 454, 467, 493, 495, 498, 509, 516, 520, 526, 527, 532, 534,
               550, 553, 559, 564, 582, 598, 620, 624, 648, 651, 664, 681, 736, 743, 753, 760,
               762, 765, 782, 788, 789, 799, 827, 831, 846, 851, 857, 860, 861, 865, 876, 894,
               896, 904, 905],
    "outdoor": [425, 437, 449, 460, 483, 489, 497, 500, 525, 536, 562, 576, 649, 663, 668, 672,
                682, 698, 703, 704, 706, 716, 718, 821, 825, 832, 839, 853, 858, 873, 888, 900,
                912, 919, 920, 970, 972, 973, 974, 975, 976, 977, 978, 979, 980]}
COLUMNS = {**INSTRUMENTS, **SCENE}
CELLS = ["left", "middle", "right", "best"]


def affine(x, weights, at, stride, pad):
    w, gamma, beta = (torch.as_tensor(weights[k]) for k in
                      (f"con{at}.filters", f"affine{at}.gamma", f"affine{at}.beta"))
    bias = weights.get(f"con{at}.biases")
    x = F.conv2d(x, w, None if bias is None else torch.as_tensor(bias), stride, pad)
    return x * gamma[:, None, None] + beta[:, None, None]


def grid(weights, x):
    """(n,3,H,W) to (n,C,h,w)"""
    x = F.max_pool2d(F.relu(affine(x, weights, 0, 2, 0)), 3, 2)
    at = 1
    for stage, depth in enumerate(DEPTHS):
        for block in range(depth):
            down = stage > 0 and block == 0
            y = F.relu(affine(x, weights, at, 2 if down else 1, 0 if down else 1))
            y = affine(y, weights, at + 1, 1, 1)
            past = F.avg_pool2d(x, 2) if down else x
            more = [n - m for n, m in zip(y.shape[1:], past.shape[1:])]
            past = F.pad(past, (0, more[2], 0, more[1], 0, more[0]))
            x, at = F.relu(y + past), at + 2
    return x


def side(pixels):
    """The least side of a grid's picture that has so many pixels."""
    return STEP * max(WINDOW, -(-(pixels - REST) // STEP)) + REST


def content(x):
    """The part of a (3,H,W) box that is looked at: where it is not all zeros, and so much
    around that there is a whole number of cells: from row, rows, from column, columns."""
    out = []
    for axis, whole in ((1, x.shape[1]), (2, x.shape[2])):
        there = np.flatnonzero(np.abs(x).max(axis=tuple({0, 1, 2} - {axis})))
        first, last = (there[0], there[-1] + 1) if len(there) else (0, whole)
        size = side(last - first)
        start = min(max(first - (size - (last - first)) // 2, 0), whole - size)
        out += [start, size]
    return out


def windows(weights, g):
    """A grid (C,h,w) to the columns of every window, (rows,columns,K)."""
    g = F.avg_pool2d(torch.as_tensor(g)[None], WINDOW, 1)[0].permute(1, 2, 0)
    p = torch.softmax(g @ torch.as_tensor(weights["fc0.weights"]) +
                      torch.as_tensor(weights["fc0.biases"]), -1).numpy()
    return np.stack([p[..., c].sum(-1) for c in COLUMNS.values()], -1)


def cells(columns):
    """By the third of the windows' columns, and of all: the best of each instrument, the mean
    of the rest."""
    n, K = columns.shape[1], len(INSTRUMENTS)
    third = np.array([3 * (2 * k + 1) // (2 * n) for k in range(n)])
    out = np.zeros((len(CELLS), columns.shape[2]), np.float32)
    for k in range(len(CELLS)):
        part = columns if k == 3 else columns[:, third == k]
        if part.size:
            out[k, :K] = part[..., :K].max((0, 1))
            out[k, K:] = part[..., K:].mean((0, 1))
    return out


def torch_grid(weights, x):
    with torch.no_grad():
        return grid(weights, torch.as_tensor(x)[None])[0].numpy()


def sight(weights, boxes, grid_of=torch_grid):
    """The pictures of a row, (3,H,W) each, to (4,K), and how often they were looked at.
    grid_of(weights, x): of a part of a box."""
    out, K = None, len(INSTRUMENTS)
    for looks, box in enumerate(boxes, 1):
        top, height, left, width = content(box)
        part = np.ascontiguousarray(box[:, top:top + height, left:left + width])
        now = cells(windows(weights, grid_of(weights, part)))
        if out is None:
            out = now
        out[:, :K] = np.maximum(out[:, :K], now[:, :K])
        if out[-1, :K].max() > ENOUGH:
            break
    return out, looks


def boxes_of(row):
    """A row of the program's front end, (3,742,803), to its boxes."""
    (first, width), (second, _) = BOXES
    return [row[:, :first, :width], row[:, first:first + second]]


def letterbox(image, box):
    """A picture (h,w,3) of bytes whole in the middle of a box, by Pillow."""
    H, W = box
    h, w = image.shape[:2]
    scale = min(H / h, W / w)
    oh, ow = max(1, round(h * scale)), max(1, round(w * scale))
    small = np.asarray(Image.fromarray(image).resize((ow, oh), Image.BILINEAR), np.float32)
    out = np.zeros((H, W, 3), np.float32)
    y, x = (H - oh) // 2, (W - ow) // 2
    out[y:y + oh, x:x + ow] = (small - AVERAGE) / 256
    return np.ascontiguousarray(out.transpose(2, 0, 1))


def weights_of_formula():
    """By dlib's names, and as dlib's file. Scores so far apart that some pictures show an
    instrument, and some do not."""
    weights = {}

    def value(name, *shape):
        v = formula.weight(name, *shape) * (0.6 if len(shape) > 2 else 1)
        if name == "fc0.weights":
            v = v * 300
        weights[name] = v
        return v
    dlib_file.write(at("sight.dnn"), dlib_file.resnet(value, [16, 24, 32, 48], DEPTHS, 1000))
    return weights, at("sight.dnn")


def prepared(what, weights_file, image):
    """The picture as the program shows it to the network, or None, reported."""
    np.save(at("image.npy"), image)
    if run(what, "input", "sight", weights_file, at("image.npy"), at("f.npy")):
        return np.load(at("f.npy"))
    return None


def compare_all():
    weights, path = weights_of_formula()
    for kind, image in pictures().items():
        row = prepared(f"sight, {kind}", path, image)
        if row is None:
            continue
        for have, box in zip(boxes_of(row), BOXES):
            compare_steps(f"sight, {kind}, its box of {box[1]}x{box[0]}",
                          (have - letterbox(image, box)) * 256)
        want, looks = sight(weights, boxes_of(row))
        have = ours("sight", path, row[None], what=f"sight, {kind}")
        if have is not None:
            compare(f"sight, {kind}, looked at {'twice' if looks > 1 else 'once'}, best "
                    f"{want[-1, :len(INSTRUMENTS)].max():.2f}", have[0, 0], want)
