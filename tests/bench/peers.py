# SPDX-License-Identifier: MIT
"""avqa-pipe beside ONNX Runtime and PyTorch: all that do the same task are started, and then
take turns, A B C A B C ..., so that whatever else the machine does hits all alike.

    peers.py FOLDER BENCH THREADS ROUNDS OUT.json [TASK...]

FOLDER is peers.sh's: models, node_modules, OpenBLAS for OpenMP. Prints a table. The rate is
the median over the rounds, with the smallest and the largest; "x avqa-pipe" is the median of
the rounds' own ratios; "cpu" is processor seconds (all threads') for a unit of work, which
other load on the machine changes little, but where threads spin while they wait. "patient"
PyTorch does not spin; the better of the two counts."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER, BENCH, THREADS, ROUNDS, OUT = sys.argv[1:6]
TASKS = sys.argv[6:]
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
REST_S = 0.1  # threads that spin for more work have gone to sleep by then
OMP = os.path.join(FOLDER, "openmp")


def ours(only, subject, *more):
    return [BENCH, "--turns", "--threads", THREADS, "--only", only, *more, subject]


def network(name, precision="f32"):
    return ours(name + ", " + precision, "networks", "--weights",
                os.path.join(FOLDER, name + ".safetensors"))


def has_bf16():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return "avx512_bf16" in f.read()


def onnx(base):
    return ["node", os.path.join(HERE, "peers_onnx.js"), os.path.join(FOLDER, "node_modules"),
            os.path.join(FOLDER, base), THREADS]


def torch(kind, base):
    return [PYTHON, "-W", "ignore", os.path.join(HERE, "peers_torch.py"), kind,
            os.path.join(FOLDER, base), THREADS]


def patient(args):
    """OpenMP's threads sleep while they wait: best where others use the cores too."""
    return ["env", "OMP_WAIT_POLICY=passive", *args]


# task: unit, contenders; the first is the one that the others are compared with
ALL = {
    "swin_b": ("frame", {"avqa-pipe, 8 a thread": network("swin_b"),
                         "ONNX Runtime, 8": onnx("swin_b-8"),
                         "ONNX Runtime, 1": onnx("swin_b-1"),
                         "PyTorch, 8": torch("eager", "swin_b-8"),
                         "PyTorch, 8, patient": patient(torch("eager", "swin_b-8"))}),
    "vggish": ("second", {"avqa-pipe, 20 a thread": network("vggish"),
                          "ONNX Runtime, 20": onnx("vggish-20"),
                          "PyTorch, 20": torch("eager", "vggish-20"),
                          "PyTorch, 20, frozen": torch("frozen", "vggish-20"),
                          "PyTorch, 20, frozen, patient":
                              patient(torch("frozen", "vggish-20"))}),
    "train": ("step", {"avqa-pipe": ours("no dropout", "train"),
                       "PyTorch": torch("step", "step.safetensors"),
                       "PyTorch, patient": patient(torch("step", "step.safetensors"))}),
}
if has_bf16():
    ALL["swin_b"][1]["avqa-pipe, bf16"] = network("swin_b", "bf16")
    ALL["vggish"][1]["avqa-pipe, bf16"] = network("vggish", "bf16")


def environment():
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("OPENBLAS_", "OMP_", "GOMP_", "MKL_"))}
    env["LD_LIBRARY_PATH"] = OMP  # libblas and libopenblas whose threads are OpenMP's
    return env


class Contender:
    def __init__(self, name, args):
        env = environment()
        if args[0] == BENCH:
            del env["LD_LIBRARY_PATH"]
        self.name, self.runs = name, []
        self.child = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      universal_newlines=True, env=env)
        self.about = self.child.stdout.readline().strip()
        if not self.about.startswith("ready "):
            sys.exit(f"{name} did not start: {' '.join(args)}")
        self.about = self.about[6:]

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
        self.child.stdin.close()
        self.child.wait()


def spread(v):
    return {"median": statistics.median(v), "min": min(v), "max": max(v)}


def summary(c, first):
    times, base = [r[0] for r in c.runs], [r[0] for r in first.runs]
    return {"name": c.name, "about": c.about, "rounds": len(times),
            "rate": spread([1 / t for t in times]), "seconds": spread(times),
            "cpu_seconds": spread([r[1] for r in c.runs]),
            "cpu": statistics.median(r[1] / r[0] for r in c.runs) / int(THREADS),
            "times_avqa_pipe": spread([b / t for t, b in zip(times, base)])}


def run_task(task):
    unit, contenders = ALL[task]
    all_ = [Contender(*c) for c in contenders.items()]
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
        rate, ratio = c["rate"], c["times_avqa_pipe"]["median"]
        print(f"  {c['name']:28} {rate['median']:8.3f} ({rate['min']:.3f} to "
              f"{rate['max']:.3f})  {ratio:5.2f} x avqa-pipe  cpu "
              f"{c['cpu_seconds']['median']:.4f} s a {unit}  [{c['about']}]", flush=True)


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
    for task in TASKS or ALL:
        out["tasks"].append(run_task(task))
        show(out["tasks"][-1])
        with open(OUT, "w") as f:  # after each: the next may take long
            json.dump(out, f, indent=1)


main()
