#!/usr/bin/env python3
"""The workflow file of the public forge: it is YAML, of the shape that a forge runs, runs
.ci/run on Debian 12, and its scripts are sound for shellcheck. Shows first that it can fail.
"""
import copy
import subprocess
import sys

import yaml

from sources import ROOT, report, run_cases

FILE = ".github/workflows/ci.yml"
JOB_KEYS = {"runs-on", "container", "timeout-minutes", "steps"}
STEP_KEYS = {"name", "uses", "with", "run", "if"}


def check_step(name, step):
    where = f"{FILE}: job {name}: step {step.get('name') or step.get('uses')}"
    if ("run" in step) == ("uses" in step):
        yield f"{where}: has to have run or uses, and not both"
    if set(step) - STEP_KEYS:
        yield f"{where}: unknown {sorted(set(step) - STEP_KEYS)}"
    if "uses" in step and "@" not in step["uses"]:
        yield f"{where}: uses {step['uses']} of no version"
    if "run" in step:
        done = subprocess.run(["shellcheck", "--norc", "-s", "sh", "-"], input=step["run"],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            yield f"{where}: {done.stdout}"


def check_job(name, job):
    if set(job) != JOB_KEYS:
        yield f"{FILE}: job {name}: has {sorted(job)}, not {sorted(JOB_KEYS)}"
        return
    if job["container"] != "debian:12":
        yield f"{FILE}: job {name}: runs in {job['container']}, not in debian:12"
    for step in job["steps"]:
        yield from check_step(name, step)
    if ".ci/run" not in [step.get("run", "").strip() for step in job["steps"]]:
        yield f"{FILE}: job {name}: does not run .ci/run"


def check_workflow(w):
    # YAML 1.1 reads the key `on` as a truth value.
    if not {"push", "pull_request"} <= set(w.get(True) or w.get("on") or ()):
        yield f"{FILE}: does not run on push and pull_request"
    if not w.get("jobs"):
        yield f"{FILE}: has no jobs"
    for name, job in (w.get("jobs") or {}).items():
        yield from check_job(name, job)


def change(w, **values):
    """A copy in which the first job has these values."""
    changed = copy.deepcopy(w)
    next(iter(changed["jobs"].values())).update(values)
    return changed


def self_check(w):
    steps = next(iter(w["jobs"].values()))["steps"]
    return run_cases([
        ("another container", (change(w, container="debian:11"),), "not in debian:12"),
        ("without .ci/run", (change(w, steps=steps[:1]),), "does not run .ci/run"),
        ("a bad script", (change(w, steps=steps + [{"run": "echo $x"}]),), "SC2086"),
        ("a step of both", (change(w, steps=steps + [{"run": ".ci/run", "uses": "a@v1"}]),),
         "run or uses"),
        ("no jobs", ({True: ["push", "pull_request"]},), "has no jobs"),
        ("a misspelt key", (change(w, step=[]),), "has ["),
    ], check_workflow)


def main():
    w = yaml.safe_load((ROOT / FILE).read_text())
    return report("workflow.py", [*check_workflow(w), *self_check(w)])


if __name__ == "__main__":
    sys.exit(main())
