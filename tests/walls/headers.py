#!/usr/bin/env python3
"""Each header compiles alone, and twice in a row, with the flags of a source beside it in the
build folder that is named. Compiles first a header that lacks an include and one without a
guard, which must fail.
"""
import collections
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from arrows import TOPS
from sources import ROOT, read_sources, report

KEPT = ("-I", "-D", "-U", "-std=", "-W", "-isystem", "-f", "-m")


def read_flags(build):
    """{folder: flags that its sources are compiled with}: libraries' folders and warnings."""
    flags = collections.defaultdict(list)
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        folder = os.path.dirname(os.path.relpath(
            os.path.join(entry["directory"], entry["file"]), ROOT))
        kept = [absolute_include(w, entry["directory"]) for w in words if w.startswith(KEPT)]
        if not flags[folder]:
            flags[folder] = [words[1] if words[0].endswith("ccache") else words[0], *kept]
        # A folder's files may be of several targets, one of which needs a library's headers.
        flags[folder] += [w for w in kept if w.startswith("-I") and w not in flags[folder]]
    return flags


def absolute_include(word, directory):
    if word.startswith("-I"):
        return "-I" + os.path.normpath(os.path.join(directory, word[2:]))
    return word


def find_flags(flags, folder):
    """Those of the folder, or of the nearest one around it that has sources, or inside it."""
    around = folder
    while around and around not in flags:
        around = os.path.dirname(around)
    inside = [f for f in flags if f.startswith(folder + "/")]
    return flags[around or min(inside, default=min(flags))]


def compile_alone(flags, path, root):
    """What the compiler says of a file that includes the header twice and nothing else."""
    text = f'#include "{path}"\n#include "{path}"\n'
    # A header may say more than one of its readers uses.
    words = [*flags, f"-I{root}", "-Werror", "-Wno-unused", "-Wno-pedantic", "-fsyntax-only",
             "-x", "c", "-"]
    done = subprocess.run(words, input=text, stderr=subprocess.PIPE, text=True, check=False)
    return [f"{path} does not compile alone:\n{done.stderr}"] if done.returncode else []


def check_headers(build, paths, root=ROOT):
    flags = read_flags(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compile_alone, find_flags(flags, os.path.dirname(p)), p, root)
                for p in paths]
        return [fault for job in jobs for fault in job.result()]


def self_check(build):
    cases = [("good.h", "#ifndef G_H\n#define G_H\ntypedef struct G {\n    int a;\n} G;\n#endif\n", 0),
             ("bare.h", "#ifndef B_H\n#define B_H\nsize_t aq_b(FILE *f);\n#endif\n", 1),
             ("open.h", "typedef struct G {\n    int a;\n} G;\n", 1)]
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text, n_wanted in cases:
            Path(folder, name).write_text(text)
            got = check_headers(build, [name], folder)
            if len(got) != n_wanted:
                faults.append(f"self-check: {name}: {got}")
    return faults


def main():
    build = sys.argv[1]
    paths = [s.path for s in read_sources(TOPS + ("tests",)) if s.path.endswith(".h")]
    return report("headers.py", self_check(build) + check_headers(build, paths))


if __name__ == "__main__":
    sys.exit(main())
