# SPDX-License-Identifier: MIT
"""How long weight files take to be ready, and how much memory, beside torch.load of the same
files in the same run. Random weights of Swin-B and Swin-L in the official names, as
{'model': ...}. Files are in the page cache: disk speed is left out of all of them.

    weights.py RUN_NETWORK AVQA_PIPE [TIMES]

Prints medians of TIMES runs (7), with the spread; peak memory is the process', with the
file's mapped pages. Needs Debian's python3-torch and python3-torchvision."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

WRITE = """
import sys
from collections import OrderedDict
import torch
import formats, networks
name, zipped, legacy, safetensors = sys.argv[1:]
state = networks.official(OrderedDict(
    (k, v.detach().numpy()) for k, v in networks.swin(name).state_dict().items()), 7)
saved = {"model": OrderedDict((k, torch.from_numpy(v.copy())) for k, v in state.items())}
torch.save(saved, zipped)
torch.save(saved, legacy, _use_new_zipfile_serialization=False)
formats.write_safetensors(safetensors, state)
"""
LOAD = """
import time, torch, sys
at = time.perf_counter()
torch.load(sys.argv[1], map_location="cpu")
print(time.perf_counter() - at)
"""


def once(args):
    """Seconds that the program says it took, or else all of it; and peak MB."""
    at = time.perf_counter()
    child = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             universal_newlines=True)
    said = child.stdout.read().strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"failed: {' '.join(args)}")
    try:
        seconds = float(said)
    except ValueError:
        seconds = time.perf_counter() - at
    return seconds, usage.ru_maxrss / 1024


def measure(what, args, before=lambda: None):
    runs = []
    for _ in range(TIMES + 1):  # the first one warms up
        before()
        runs.append(once(args))
    seconds = [r[0] for r in runs[1:]]
    mb = statistics.median(r[1] for r in runs[1:])
    print(f"  {what:42} {statistics.median(seconds):7.3f} s "
          f"({min(seconds):.3f} to {max(seconds):.3f})  {mb:6.0f} MB", flush=True)


def bench(name, folder):
    data = os.path.join(folder, "avqa-pipe", "weights")
    paths = {"zip": "zip.pth", "legacy": "legacy.pth", "safetensors": "x.safetensors"}
    paths = {k: os.path.join(folder, v) for k, v in paths.items()}
    # In a process of its own: a child's peak counts what its parent had when it forked.
    subprocess.run([sys.executable, "-c", WRITE, name, *paths.values()], check=True,
                   env=dict(os.environ, PYTHONPATH=GOLDEN))
    print(f"{name}, {os.path.getsize(paths['zip']) / 1e6:.0f} MB", flush=True)
    for kind in ["zip", "legacy"]:
        measure(f"torch.load, {kind}", [sys.executable, "-c", LOAD, paths[kind]])
    for kind, path in paths.items():
        measure(f"network ready, {kind}", [RUN, "open", name, path])
    for kind, path in paths.items():
        measure(f"weights import, {kind}", [PIPE, "weights", "import", path],
                lambda: shutil.rmtree(data, ignore_errors=True))
    measure("network ready, imported",
            [RUN, "open", name, os.path.join(data, name + ".safetensors")])


RUN, PIPE = sys.argv[1], sys.argv[2]
TIMES = int(sys.argv[3]) if len(sys.argv) > 3 else 7
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden")
with tempfile.TemporaryDirectory() as temp:
    os.environ["XDG_DATA_HOME"] = temp
    for swin in ["swin_b", "swin_l"]:
        bench(swin, temp)
