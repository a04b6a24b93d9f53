# SPDX-License-Identifier: MIT
"""avqa-pipe beside ONNX Runtime and PyTorch: all that do the same task are started, and then
take turns, A B C A B C ..., so that whatever else the machine does hits all alike.

    peers.py FOLDER BENCH RUN_NETWORK THREADS ROUNDS OUT.json [TASK...]

A task is a row of peers_nets.py, or "train"; who does it is a row of ENGINES below. FOLDER is
peers.sh's: models, node_modules, OpenBLAS for OpenMP. Prints a table. The rate is the median
over the rounds, with the smallest and the largest; "x avqa-pipe" is the median of the rounds'
own ratios, by wall and by processor time; "cpu" is processor seconds (all threads') for a unit
of work, which other load on the machine changes little, but where threads spin while they
wait; "cosine" is of all that is given for one input with what PyTorch gave; "MB" is the most
that was resident. "patient" PyTorch does not spin; the better of the two counts."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from typing import Callable, NamedTuple

import numpy as np

import peers_nets

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER, BENCH, RUN, THREADS, ROUNDS, OUT = sys.argv[1:7]
TASKS = sys.argv[7:]
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
REST_S = 0.1  # threads that spin for more work have gone to sleep by then
OMP = os.path.join(FOLDER, "openmp")


def at(leaf):
    return os.path.join(FOLDER, leaf)


# ---- who takes part: each gives the command of its turns, or None ----

def ours(only, subject, *more):
    return [BENCH, "--turns", "--threads", THREADS, "--only", only, *more, subject]


def has_bf16():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return "avx512_bf16" in f.read()


def avqa_pipe(precision):
    return lambda name, row, batch: None if batch != row.batch else ours(
        f"{name}, {precision},", "networks", "--weights", peers_nets.weights(FOLDER, name))


def onnx(name, row, batch):
    base = at(f"{name}-{batch}")
    if not os.path.exists(base + ".onnx"):
        return None
    return ["node", os.path.join(HERE, "peers_onnx.js"), at("node_modules"), base, THREADS,
            "x".join(map(str, row.shape))]


def torch_turns(kind, base, *before):
    return [*before, PYTHON, "-W", "ignore", os.path.join(HERE, "peers_torch.py"), kind,
            at(base), THREADS]


def pytorch(kind, *before):
    """eager, or frozen where that is faster."""
    return lambda name, row, batch: None if batch != row.batch or (
        kind == "frozen" and not row.frozen) else torch_turns(kind, f"{name}-{batch}", *before)


class Engine(NamedTuple):
    label: str
    command: Callable           # of the network's name, its row, the batch
    precision: str = None       # avqa-pipe's: how its output is had
    is_there: Callable = lambda: True


# OpenMP's threads sleep while they wait: best where others use the cores too.
PATIENT = ("env", "OMP_WAIT_POLICY=passive")
ENGINES = [  # the first is the one that the others are compared with
    Engine("avqa-pipe", avqa_pipe("f32"), "f32"),
    Engine("avqa-pipe, bf16", avqa_pipe("bf16"), "bf16", has_bf16),
    Engine("ONNX Runtime", onnx, is_there=lambda: os.path.exists(at("node_modules"))),
    Engine("PyTorch", pytorch("eager")),
    Engine("PyTorch, patient", pytorch("eager", *PATIENT), is_there=lambda: THREADS != "1"),
    Engine("PyTorch, frozen", pytorch("frozen")),
    Engine("PyTorch, frozen, patient", pytorch("frozen", *PATIENT),
           is_there=lambda: THREADS != "1"),
]
WANTED = [e for e in os.environ.get("ENGINES", "").split(",") if e]


def engines():
    return [e for e in ENGINES if e.is_there() and
            (not WANTED or e.precision == "f32" or e.label.startswith(tuple(WANTED)))]


def export(name, batch):
    """The network's files, made once."""
    if not os.path.exists(at(f"{name}-{batch}.out")):
        print(f"exporting {name}, {batch} at once", file=sys.stderr)
        subprocess.run([PYTHON, "-W", "ignore", os.path.join(HERE, "peers_export.py"), FOLDER,
                        name, str(batch)], check=True, stdout=subprocess.DEVNULL)


def our_cosine(name, row, precision):
    """What `ingest` computes of the input, with what PyTorch gave."""
    base = at(f"{name}-{row.batch}")
    np.save(base + ".npy", np.fromfile(base + ".in", np.float32).reshape(row.batch, -1))
    subprocess.run([RUN, "frozen", precision, name, peers_nets.weights(FOLDER, name), "",
                    base + ".npy", base + ".ours.npy"], check=True)
    have, want = np.load(base + ".ours.npy"), np.fromfile(base + ".out", np.float32)
    for leaf in (".npy", ".ours.npy"):
        os.unlink(base + leaf)
    if have.size != want.size:
        sys.exit(f"{name}: {have.size} values, not {want.size}")
    return peers_nets.cosine(have, want)


def contenders_of_network(name):
    row, all_ = peers_nets.NETS[name], []
    for batch in (row.batch, *row.more):
        export(name, batch)
        for e in engines():
            command = e.command(name, row, batch)
            if command:
                exact = our_cosine(name, row, e.precision) if e.precision else None
                label = e.label if e.precision else f"{e.label}, {batch}"
                all_.append(Contender(label, command, exact))
    return row.unit, all_


def contenders_of_step():
    step = "step.safetensors"
    if not os.path.exists(at(step)):
        subprocess.run([*ours("no dropout", "train"), "--keep", at(step)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return "step", [Contender("avqa-pipe", ours("no dropout", "train")),
                    Contender("PyTorch", torch_turns("step", step)),
                    Contender("PyTorch, patient", torch_turns("step", step, *PATIENT))]


def environment():
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("OPENBLAS_", "OMP_", "GOMP_", "MKL_"))}
    env["LD_LIBRARY_PATH"] = OMP  # libblas and libopenblas whose threads are OpenMP's
    return env


class Contender:
    def __init__(self, name, args, cosine=None):
        env = environment()
        if args[0] == BENCH:
            del env["LD_LIBRARY_PATH"]
        self.name, self.runs, self.resident_mb = name, [], None
        self.child = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      universal_newlines=True, env=env)
        self.about = self.child.stdout.readline().strip()
        if not self.about.startswith("ready "):
            sys.exit(f"{name} did not start: {' '.join(args)}")
        self.about, _, said = self.about[6:].partition(", cosine ")
        self.cosine = float(said) if said else cosine

    def run(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline().split()
        if len(line) != 3:
            sys.exit(f"{self.name} ended early")
        seconds, work, cpu = map(float, line)
        self.runs.append((seconds / work, cpu / work))
        time.sleep(REST_S)

    def end(self):
        """By wait4() it would be the parent's before it became another program, too."""
        with open(f"/proc/{self.child.pid}/status", encoding="utf-8") as f:
            kb = [line.split()[1] for line in f if line.startswith("VmHWM")]
        self.resident_mb = int(kb[0]) // 1024 if kb else None
        self.child.stdin.close()
        self.child.wait()


def spread(v):
    return {"median": statistics.median(v), "min": min(v), "max": max(v)}


def ratios(c, first, which):
    return spread([b[which] / r[which] for r, b in zip(c.runs, first.runs)])


def summary(c, first):
    times = [r[0] for r in c.runs]
    return {"name": c.name, "about": c.about, "rounds": len(times), "cosine": c.cosine,
            "resident_mb": c.resident_mb,
            "rate": spread([1 / t for t in times]), "seconds": spread(times),
            "cpu_seconds": spread([r[1] for r in c.runs]),
            "cpu": statistics.median(r[1] / r[0] for r in c.runs) / int(THREADS),
            "times_avqa_pipe": ratios(c, first, 0),
            "times_avqa_pipe_cpu": ratios(c, first, 1)}


def run_task(task):
    unit, all_ = contenders_of_step() if task == "train" else contenders_of_network(task)
    for c in all_:  # warms up once more, now that all of them are there
        c.run()
        c.runs.clear()
    for _ in range(int(ROUNDS)):
        for c in all_:
            c.run()
    for c in all_:
        c.end()
    return {"task": task, "unit": unit, "contenders": [summary(c, all_[0]) for c in all_]}


def show(result):
    unit = result["unit"]
    print(f"\n{result['task']}, {unit}s a second, {THREADS} threads")
    for c in result["contenders"]:
        rate = c["rate"]
        exact = f"cosine {c['cosine']:.7f}" if c["cosine"] else ""
        print(f"  {c['name']:28} {rate['median']:8.3f} ({rate['min']:.3f} to "
              f"{rate['max']:.3f})  {c['times_avqa_pipe']['median']:5.2f} x avqa-pipe, by cpu "
              f"{c['times_avqa_pipe_cpu']['median']:.2f}  cpu "
              f"{c['cpu_seconds']['median']:.4f} s a {unit}  {exact:16}  "
              f"{c['resident_mb']} MB  [{c['about']}]", flush=True)


def cpu_name():
    with open("/proc/cpuinfo") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    commit = subprocess.run(["git", "describe", "--always", "--abbrev=40", "--dirty",
                             "--exclude", "*"], cwd=HERE, stdout=subprocess.PIPE,
                            universal_newlines=True).stdout.strip()
    out = {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0)), "threads": int(THREADS),
           "commit": commit, "rounds": int(ROUNDS),
           "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "tasks": []}
    print(f"{out['cpu']}, {out['cores']} cores; commit {commit}; {ROUNDS} rounds, taking turns")
    for task in TASKS or [*peers_nets.NETS, "train"]:
        out["tasks"].append(run_task(task))
        show(out["tasks"][-1])
        with open(OUT, "w") as f:  # after each: the next may take long
            json.dump(out, f, indent=1)


main()
