# SPDX-License-Identifier: MIT
"""dlib's ResNet-34 run by dlib itself (run_dlib.cpp, which needs libdlib-dev): random values
that dlib saved, and the published weights.

    peers_dlib.py RUN_NETWORK [AVQA_PIPE]

DLIB_WEIGHTS: the published resnet34_1000_imagenet_classifier.dnn, which Debian's source
package dlib has. DLIB_CLIPS: a folder of clips, whose pictures both are given too."""
import glob
import os
import shutil
import subprocess
import sys

import numpy as np

import dlib_file
import formula
import sight
from checks import at, check, compare, finish, ours, pictures, report, skip

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE, AVERAGE = 227, np.array([122.782, 117.001, 104.298], np.float32)
SHAPES = {"grid": (512, 6, 6), "pooled": (512,), "scores": (1000,)}


def build():
    """The path of run_dlib, or None, said."""
    if not os.path.exists("/usr/include/dlib/dnn.h") or not shutil.which("g++"):
        return skip("ResNet-34 of dlib", "needs libdlib-dev and g++")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "dlib-1"], check=True,
                           stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
    subprocess.run(["g++", "-std=c++17", "-O1", "-o", at("run_dlib"),
                    os.path.join(HERE, "run_dlib.cpp"), *flags], check=True)
    return at("run_dlib")


def theirs(dlib, weights, pictures):
    """By dlib: (n,227,227,3) of bytes to the outputs, channels last."""
    pictures.tofile(at("pictures"))
    subprocess.run([dlib, "run", weights, at("pictures"), at("out")], check=True)
    outs = {k: np.fromfile(at("out." + k), np.float32).reshape(-1, *shape)
            for k, shape in SHAPES.items()}
    outs["grid"] = outs["grid"].transpose(0, 2, 3, 1)
    return outs


def prepared(pictures):
    return ((pictures.astype(np.float32) - AVERAGE) / 256).transpose(0, 3, 1, 2)


def check_clip(dlib, pipe, weights, clip):
    """The program's own pictures of a clip, given to dlib too; and the best classes."""
    def features(*more):
        subprocess.run([pipe, "features", clip, "--extractor", "resnet34", "--weights", weights,
                        "--max-seconds", "6", "--out", at("f.npy"), "-q", *more], check=True,
                       stdout=subprocess.DEVNULL)
        return np.load(at("f.npy"))

    what = os.path.basename(clip)
    given = features("--stage", "input").reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    values = given * 256 + AVERAGE
    pictures = np.rint(values).clip(0, 255).astype(np.uint8)
    report(f"{what}, what the network is given", np.abs(values - pictures).max() < 0.01,
           f"bytes minus the averages, over 256, within {np.abs(values - pictures).max():.4f}")
    wants = theirs(dlib, weights, pictures)
    have = features("--options", "out=scores")
    compare(f"{what}, scores", have, wants["scores"])
    best = [np.argsort(-x.reshape(-1, 1000), axis=1, kind="stable")[:, :5]
            for x in (have, wants["scores"])]
    report(f"{what}, five best classes of {len(best[0])} pictures",
           np.array_equal(*best), "the first picture's: " + ", ".join(map(str, best[0][0])))


def tensors(weights):
    """Of a file, by name."""
    folder = at("tensors")
    os.makedirs(folder, exist_ok=True)
    names = subprocess.run([sys.argv[1], "tensors", weights, folder], check=True,
                           stdout=subprocess.PIPE, universal_newlines=True).stdout
    pairs = [line.split() for line in names.splitlines()]
    return {name: np.load(os.path.join(folder, k + ".npy")) for k, name in pairs}


def check_sight(dlib, kind, weights):
    """sight on whole pictures, the grid by dlib."""
    def dlib_grid(_, x):
        x.tofile(at("box"))
        subprocess.run([dlib, "grid", weights, str(x.shape[1]), str(x.shape[2]), at("box"),
                        at("box.grid")], check=True)
        return np.fromfile(at("box.grid"), np.float32).reshape(
            512, *[(n - 35) // 32 for n in x.shape[1:]])
    fc = tensors(weights)
    for name, image in pictures().items():
        what = f"sight of dlib, {kind}, {name}"
        row = sight.prepared(what, weights, image)
        have = None if row is None else ours("sight", weights, row[None], what=what)
        if have is not None:
            want, looks = sight.sight(fc, sight.boxes_of(row), dlib_grid)
            compare(f"{what}, {looks} looks", have[0, 0], want)


dlib = build()
if dlib:
    rng = np.random.default_rng(11)
    random = rng.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    smooth = np.cumsum(rng.standard_normal((1, SIDE, SIDE, 3)), axis=2) * 8 + 128
    images = np.concatenate([random, smooth.clip(0, 255).astype(np.uint8)])
    subprocess.run([dlib, "make", at("random.dnn"), "5"], check=True)
    dlib_file.write(at("formula.dnn"), dlib_file.resnet(
        lambda name, *shape: 0.6 * formula.weight(name, *shape), [64, 128, 256, 512],
        [3, 4, 6, 3], 1000))
    files = {"random values": at("random.dnn"), "a file of dlib_file.py": at("formula.dnn")}
    published = os.environ.get("DLIB_WEIGHTS")
    if published:
        files["the published weights"] = published
    else:
        skip("ResNet-34 of dlib, the published weights", "DLIB_WEIGHTS does not name them")
    for kind, path in files.items():
        check(f"ResNet-34 of dlib, {kind}", "resnet34", path, prepared(images),
              theirs(dlib, path, images))
        check_sight(dlib, kind, path)
    clips = sorted(glob.glob(os.path.join(os.environ.get("DLIB_CLIPS", ""), "*.mp4")))
    if published and clips and len(sys.argv) > 2:
        for each in clips:
            check_clip(dlib, sys.argv[2], published, each)
    else:
        skip("ResNet-34 of dlib, clips", "needs DLIB_WEIGHTS and DLIB_CLIPS")
finish()
