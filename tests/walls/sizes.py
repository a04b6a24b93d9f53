#!/usr/bin/env python3
"""How large things may grow: a function 60 lines, a file 600, a folder 25 sources.

known.txt names what is longer for now ("long FILE FUNCTION", "file FILE"), and must not name
what no longer is.

Shows first, on made-up sources, that each rule can fail.
"""
import collections
import sys

from arrows import TOPS, read_known
from sources import Source, read_sources, report, run_cases

FUNCTION_LINES = 60
FILE_LINES = 600
FOLDER_SOURCES = 25
# Many small kernels and formats, each a file: more folders would tell nothing more.
LARGE_FOLDERS = ("model/tensor", "model/weights")


def find_long_functions(sources):
    """{what known.txt calls it: the fault}"""
    return {f"{s.path} {f.name}":
            f"{s.path}:{f.line}: {f.name} is {f.lines} lines long, over {FUNCTION_LINES}"
            for s in sources for f in s.functions if f.lines > FUNCTION_LINES}


def find_long_files(sources):
    lengths = {s.path: s.text.count("\n") for s in sources}
    return {path: f"{path} has {n} lines, over {FILE_LINES}"
            for path, n in lengths.items() if n > FILE_LINES}


def find_full_folders(sources):
    counts = collections.Counter(s.folder for s in sources)
    return [f"{folder} has {n} sources, over {FOLDER_SOURCES}"
            for folder, n in counts.items() if n > FOLDER_SOURCES
            and folder not in LARGE_FOLDERS]


def excuse(found, known, kind):
    """The faults that known.txt does not excuse, and its lines that excuse nothing."""
    yield from (text for name, text in found.items() if name not in known)
    yield from (f"known.txt: within the limits now, take the line out: {kind} {name}"
                for name in known - set(found))


def check_all(sources, known_functions, known_files):
    return [*excuse(find_long_functions(sources), known_functions, "long"),
            *excuse(find_long_files(sources), known_files, "file"),
            *find_full_folders(sources)]


def self_check():
    def function(n):
        return "static int add_numbers(int a)\n{\n" + "    a++;\n" * n + "}\n"

    cases = [
        ("within the limits", [Source("a/x.c", function(FUNCTION_LINES - 1))], "", None),
        ("a long function", [Source("a/x.c", function(FUNCTION_LINES))], "",
         "a/x.c:2: add_numbers is 61 lines long"),
        ("a long function that is known", [Source("a/x.c", function(FUNCTION_LINES))],
         "a/x.c add_numbers", None),
        ("a known one that is short", [Source("a/x.c", function(9))], "a/x.c add_numbers",
         "take the line out: long a/x.c add_numbers"),
        ("a long file", [Source("a/x.c", "\n" * (FILE_LINES + 1))], "",
         "a/x.c has 601 lines"),
        ("a full folder", [Source(f"a/{i}.c", "") for i in range(FOLDER_SOURCES + 1)], "",
         "a has 26 sources"),
    ]
    return run_cases([(c[0], (c[1], {c[2]} - {""}, set()), c[3]) for c in cases], check_all)


def main():
    sources = read_sources(TOPS + ("tests",))
    return report("sizes.py", [
        *self_check(), *check_all(sources, read_known("long"), read_known("file"))])


if __name__ == "__main__":
    sys.exit(main())
