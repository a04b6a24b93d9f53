#!/usr/bin/env python3
"""What things are called: a type has its name alone in the whole program, and a static
function its own too: more than one word (the examples may say less), and none of C's library.

names.txt names the exceptions, each with its reason: "type NAME" and "static NAME".
Shows first, on made-up sources, that each rule can fail.
"""
import collections
import subprocess
import sys

from arrows import TOPS
from sources import Source, find_types, read_list, read_sources, report, run_cases

LIBRARIES = ("libc.so.6", "libm.so.6")


def read_c_names():
    """Every name that C's library gives: what a static of that name would hide."""
    names = set()
    for library in LIBRARIES:
        path = subprocess.run(["cc", f"-print-file-name={library}"], stdout=subprocess.PIPE,
                              text=True, check=True).stdout.strip()
        out = subprocess.run(["nm", "-D", "--defined-only", path], stdout=subprocess.PIPE,
                             text=True, check=True).stdout
        names |= {line.split()[-1].split("@")[0] for line in out.splitlines()}
    return names


def find_places(sources, names_of):
    """{name: paths of the files that define it}"""
    places = collections.defaultdict(list)
    for s in sources:
        for name in names_of(s):
            places[name].append(s.path)
    return places


def check_types(sources):
    for name, paths in find_places(sources, lambda s: find_types(s.text)).items():
        if len(paths) > 1:
            yield f"type {name}", f"the type {name} is defined by {' and by '.join(paths)}"


def check_statics(sources, c_names):
    statics = find_places(sources, lambda s: {f.name for f in s.functions if f.static})
    for name, paths in statics.items():
        where = " and ".join(paths)
        if len(paths) > 1:
            yield f"static {name}", f"static functions share the name {name}: {where}"
        if name in c_names:
            yield f"static {name}", f"{where}: {name} hides a function of C's library"
        if "_" not in name and not paths[0].startswith("examples/"):
            yield f"static {name}", f"{where}: {name} is one word: say what it does to what"


def check_all(sources, c_names, exceptions):
    found = [*check_types(sources), *check_statics(sources, c_names)]
    faults = [text for name, text in found if name not in exceptions]
    unused = exceptions - {name for name, _ in found}
    return faults + [f"names.txt: no exception any more, take the line out: {name}"
                     for name in unused]


def self_check():
    c_names = read_c_names()
    text = "typedef struct Thing {\n    int a;\n} Thing;\n\nstatic int %s(void)\n{\n}\n"
    one = Source("a/x.c", text % "read_things")
    cases = [
        ("good names", [one], set(), None),
        ("a type twice", [one, Source("b/y.h", "typedef enum Thing { A } Thing;\n")], set(),
         "the type Thing is defined by a/x.c and by b/y.h"),
        ("a static twice", [one, Source("b/y.c", "static void read_things(int a)\n{\n}\n")],
         set(), "share the name read_things: a/x.c and b/y.c"),
        ("a static of one word", [Source("a/x.c", text % "things")], set(),
         "things is one word"),
        ("a static of the name of one of libc", [Source("a/x.c", text % "posix_memalign")], set(),
         "posix_memalign hides a function"),
        ("an exception", [Source("a/x.c", text % "things")], {"static things"}, None),
        ("an exception that is none", [one], {"static things"}, "take the line out"),
    ]
    if not {"memcpy", "cosf"} <= c_names:
        yield "self-check: no names of C's library"
    yield from run_cases([(c[0], (c[1], c_names, c[2]), c[3]) for c in cases], check_all)


def main():
    exceptions = {text for _, text in read_list("names.txt")}
    return report("names.py", [
        *self_check(), *check_all(read_sources(TOPS), read_c_names(), exceptions)])


if __name__ == "__main__":
    sys.exit(main())
