# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: they run the program's code on arrays
(run_network.c, the first argument) and print a line for each comparison, which begins with
"ok", "FAILED" or "skipped:"."""
import importlib
import os
import subprocess
import sys
import tempfile

import numpy as np

RUN = sys.argv[1] if len(sys.argv) > 1 else None
TOL, COSINE = 1e-3, 0.99999
failures = 0
work = tempfile.TemporaryDirectory()


def at(leaf):
    """The path of a file that is gone when the script ends."""
    return os.path.join(work.name, leaf)


def report(what, ok, text):
    global failures
    failures += not ok
    print(f"{'ok    ' if ok else 'FAILED'} {what}: {text}", flush=True)


def skip(part, why):
    print(f"skipped: {part}: {why}", flush=True)


def packages(part, *names):
    """The modules of these names, or None, said, if one is not there."""
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as e:
        return skip(part, e)


def finish():
    """Ends with status 2 where something was reported, as 1 is Python's own."""
    print(f"{failures} failed" if failures else "all agree")
    sys.exit(2 * (failures > 0))


def array(values):
    """Of numpy, whoever's it is."""
    return values.detach().numpy() if hasattr(values, "detach") else np.asarray(values)


def compare(what, have, want):
    """By their last dimension: the largest difference, and the least cosine of a row."""
    have, want = array(have), array(want)
    have, want = have.reshape(-1, have.shape[-1]), want.reshape(-1, want.shape[-1])
    if have.shape != want.shape:
        return report(what, False, f"shape {have.shape}, not {want.shape}")
    have, want = have.astype(np.float64), want.astype(np.float64)
    worst = np.abs(have - want).max()
    norms = np.linalg.norm(have, axis=1) * np.linalg.norm(want, axis=1)
    cosine = ((have * want).sum(1) / np.maximum(norms, 1e-30))[norms > 1e-12]
    least = cosine.min() if len(cosine) else 1.0
    alive = float(np.abs(want).mean())
    report(what, worst < TOL and least > COSINE and alive > 1e-3,
           f"largest difference {worst:.1e}, least cosine {least:.7f}, "
           f"mean size {alive:.2f}")


def run(what, *args):
    """Whether run_network did it; what it said is reported if not."""
    done = subprocess.run([RUN, *args], stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        report(what, False, done.stderr.strip())
    return done.returncode == 0


def ours(name, weights, x, switches="", stages=None, what=None):
    """The extractor's output, or None, reported. stages: how the files of its stages begin."""
    np.save(at("in.npy"), array(x))
    more = [stages] if stages else []
    if run(what or f"{name} {os.path.basename(weights)}", "net", name, weights, switches,
           at("in.npy"), at("out.npy"), *more):
        return np.load(at("out.npy"))
    return None


def check(what, name, weights, x, wants, *switches):
    """The network's outputs, by what "out=" calls them; "" where it has only one."""
    for out, want in wants.items():
        title = f"{what}, {out}" if out else what
        have = ours(name, weights, x, ",".join([f"out={out}"] * bool(out) + list(switches)),
                    what=title)
        if have is not None:
            compare(title, have, want)


# ---- pictures ----

def pictures():
    """Of all kinds of shapes, by name: (H,W,3) of bytes."""
    rng = np.random.default_rng(4)
    smooth = np.cumsum(rng.standard_normal((360, 640, 3)), axis=1)
    smooth = ((smooth - smooth.min()) / np.ptp(smooth) * 255).astype(np.uint8)
    return {"smooth": smooth, "noise": rng.integers(0, 256, (241, 319, 3), dtype=np.uint8),
            "upright": rng.integers(0, 256, (300, 200, 3), dtype=np.uint8),
            "small": rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)}


def frame(what, image, size, switches):
    """The picture as the network is given it, (3,S,S), or None, reported."""
    np.save(at("image.npy"), image)
    if run(what, "frames", str(size), switches, at("image.npy"), at("f.npy")):
        return np.load(at("f.npy"))
    return None


def compare_steps(what, off):
    """off: differences in steps of 1/255, most of which are at most one."""
    off = np.abs(off)
    report(what, np.quantile(off, 0.999) <= 1.001,
           f"99.9 % within {np.quantile(off, 0.999):.2f}/255, all within {off.max():.2f}")
