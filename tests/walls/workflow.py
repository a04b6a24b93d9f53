#!/usr/bin/env python3
"""The workflow files of the public forge: they are YAML, of the shape that a forge runs, on Debian 12, and
their scripts are sound for shellcheck. ci.yml runs .ci/run; release.yml runs for tags alone and makes the
source, the packages and their digests. Shows first that it can fail.
"""
import copy
import subprocess
import sys

import yaml

from sources import ROOT, report, run_cases

CI = ".github/workflows/ci.yml"
RELEASE = ".github/workflows/release.yml"
JOB_KEYS = {"runs-on", "container", "timeout-minutes", "steps"}
STEP_KEYS = {"name", "uses", "with", "run", "if", "env"}
MADE = ["meson dist", "dpkg-buildpackage -us -uc -b", "lintian", "sha256sum"]


def check_step(name, step):
    where = f"job {name}: step {step.get('name') or step.get('uses')}"
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
        yield f"job {name}: has {sorted(job)}, not {sorted(JOB_KEYS)}"
        return
    if job["container"] != "debian:12":
        yield f"job {name}: runs in {job['container']}, not in debian:12"
    for step in job["steps"]:
        yield from check_step(name, step)


def check_jobs(w):
    if not w.get("jobs"):
        yield "has no jobs"
    for name, job in (w.get("jobs") or {}).items():
        yield from check_job(name, job)


def events(w):
    # YAML 1.1 reads the key `on` as a truth value.
    return w.get(True) or w.get("on") or {}


def scripts(w):
    return [step.get("run", "") for job in (w.get("jobs") or {}).values() for step in job.get("steps", ())]


def check_ci(w):
    if not {"push", "pull_request"} <= set(events(w)):
        yield "does not run on push and pull_request"
    yield from check_jobs(w)
    if ".ci/run" not in [script.strip() for script in scripts(w)]:
        yield "does not run .ci/run"


def check_release(w):
    if set(events(w)) != {"push"} or set(events(w)["push"]) != {"tags"}:
        yield "runs for more than tags"
    yield from check_jobs(w)
    lines = "\n".join(scripts(w))
    yield from (f"does not run {command}" for command in MADE if command not in lines)


def change(w, **values):
    """A copy in which the first job has these values."""
    changed = copy.deepcopy(w)
    next(iter(changed["jobs"].values())).update(values)
    return changed


def self_check(ci, release):
    steps = next(iter(ci["jobs"].values()))["steps"]
    return [*run_cases([
        ("another container", (change(ci, container="debian:11"),), "not in debian:12"),
        ("without .ci/run", (change(ci, steps=steps[:1]),), "does not run .ci/run"),
        ("a bad script", (change(ci, steps=steps + [{"run": "echo $x"}]),), "SC2086"),
        ("a step of both", (change(ci, steps=steps + [{"run": ".ci/run", "uses": "a@v1"}]),),
         "run or uses"),
        ("no jobs", ({True: ["push", "pull_request"]},), "has no jobs"),
        ("a misspelt key", (change(ci, step=[]),), "has ["),
    ], check_ci), *run_cases([
        ("a release of every push", ({**release, True: {"push": {"branches": ["main"]}}},), "more than tags"),
        ("a release without digests", (change(release, steps=[]),), "does not run sha256sum"),
    ], check_release)]


def main():
    ci, release = (yaml.safe_load((ROOT / file).read_text()) for file in (CI, RELEASE))
    found = [f"{file}: {text}" for file, check, w in ((CI, check_ci, ci), (RELEASE, check_release, release))
             for text in check(w)]
    return report("workflow.py", [*found, *self_check(ci, release)])


if __name__ == "__main__":
    sys.exit(main())
