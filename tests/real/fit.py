#!/usr/bin/env python3
"""Fits how much the pool of a clip's seconds says of a kind: heard = a logit(pool) + b.

usage: fit.py FOLDER...: phrases of eight seconds as examples/real-model/phrases writes them
(NAME.heard), beside each what a sound network says of its seconds, NAME.logodds.npy:

    avqa-pipe features val/0000.wav --extractor hearing --options out=logodds --out val/0000.logodds.npy
"""
import glob
import sys

import numpy as np

from rules import KINDS, logit, pool

SECONDS = 8  # of a phrase


def phrases(folder):
    """(logit of the pool, whether it is heard) of each kind whose truth is known."""
    for path in sorted(glob.glob(folder + "/*.heard")):
        rows = np.load(path[:-len("heard")] + "logodds.npy")[:, :len(KINDS)].astype(np.float64)
        truth = np.array([list(line.strip()) for line in open(path)])[:, :len(KINDS)]
        for at in range(0, min(len(rows), len(truth)) // SECONDS * SECONDS, SECONDS):
            there = truth[at:at + SECONDS]
            is_heard = (there == "1").any(0)
            known = is_heard | (there == "0").all(0)
            odds = logit(pool(1 / (1 + np.exp(-rows[at:at + SECONDS]))))
            yield from zip(odds[known], is_heard[known].astype(float))


def fit(x, y):
    """Logistic regression of one value by Newton's method: slope, offset."""
    w = np.zeros(2)
    x = np.stack([x, np.ones_like(x)], 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (p - y))
    return w


def main():
    pairs = np.array([pair for folder in sys.argv[1:] for pair in phrases(folder)])
    if len(pairs) == 0:
        sys.exit(__doc__)
    slope, offset = fit(pairs[:, 0], pairs[:, 1])
    print(f"a {slope:.3f}, b {offset:.3f}, of {len(pairs)} kinds in phrases, {pairs[:, 1].mean():.1%} of them heard")


main()
