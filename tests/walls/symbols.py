#!/usr/bin/env python3
"""What the compiled program calls: every undefined aq_ symbol of every object of the libraries
and the program, against arrows.txt. Static libraries are not link-checked, and a function can
be declared by hand: the includes alone do not tell.

A call from folder A needs arrows that lead from A, directly or over others, to the folder whose
header declares what is called; or, where no header does, to the folder that defines it. What is
called may be defined elsewhere (a table of commands, a back end) only above its declaration.
And no two libraries need each other.

The build folder is named. First sources are really compiled with a call more, which must
fail: from the store into model/tensor, and from base into the store.
"""
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from arrows import TOPS, find_node, find_reach, read_arrows
from sources import ROOT, read_list, read_sources, report, strip_text


class Unit:
    """One object: the library or program that it is part of, its source, its symbols."""

    def __init__(self, target, source, path):
        self.target, self.source, self.path = target, source, path
        self.needs, self.gives = set(), set()


def read_units(build):
    """Objects of the libraries and programs that are made of the checked folders' sources."""
    build = Path(build).resolve()
    units = []
    for t in json.loads((build / "meson-info/intro-targets.json").read_text()):
        where = Path(t["defined_in"]).parent.relative_to(ROOT)
        if where.parts[:1] in [(top,) for top in TOPS] and \
                t["type"] in ("static library", "shared library", "shared module", "executable"):
            units += units_of_target(t, where)
    return units


def units_of_target(target, where):
    private = Path(target["filename"][0] + ".p")
    for group in target["target_sources"]:
        for source in group.get("sources", []):
            inside = os.path.relpath(source, ROOT / where)
            path = private / (inside.replace("/", "_") + ".o")
            if path.exists() or target["build_by_default"]:
                yield Unit(target["name"], os.path.relpath(source, ROOT), path)


def read_symbols(units):
    by_path = {str(u.path): u for u in units}
    out = subprocess.run(["nm", "-A", "-g", *by_path], stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    for line in out.splitlines():
        path, _, rest = line.rpartition(":")
        kind, name = rest.split()[-2:]
        if name.startswith("aq_"):
            by_path[path].needs.add(name) if kind == "U" else by_path[path].gives.add(name)


def find_declared(sources, arrows):
    """{symbol: folders whose headers declare it}"""
    declared = collections.defaultdict(set)
    for s in sources:
        if s.path.endswith(".h"):
            for name in set(re.findall(r"\baq_\w+", strip_text(s.text))):
                declared[name].add(find_node(s.path, arrows))
    return declared


def check_calls(units, declared, arrows):
    definers = collections.defaultdict(set)
    for u in units:
        for name in u.gives:
            definers[name].add(find_node(u.source, arrows))
    reach = find_reach(arrows)
    for u in units:
        start = find_node(u.source, arrows)
        may = {start} | reach.get(start, set())
        for name in u.needs:
            homes = declared.get(name) or definers[name]
            above = {d for d in definers[name] if homes & ({d} | reach.get(d, set()))}
            if not homes:
                yield f"{u.source} calls {name}, which nothing defines"
            elif not homes & may:
                yield (f"{u.source} calls {name} of {' or '.join(sorted(homes))}: "
                       f"arrows.txt does not lead there from {start}")
            elif not above:
                yield (f"{name} of {' or '.join(sorted(homes))} is defined in "
                       f"{' or '.join(sorted(definers[name]))}, which does not lead there")


def check_libraries(units):
    """Libraries that need each other, by what their objects call."""
    definers = collections.defaultdict(set)
    for u in units:
        for name in u.gives:
            definers[name].add(u.target)
    needs = collections.defaultdict(set)
    for u in units:
        for name in u.needs:
            if u.target not in definers[name]:
                needs[u.target] |= {t for t in definers[name] if "f64" not in t + u.target}
    reach = find_reach({t: dict.fromkeys(n) for t, n in needs.items()})
    for a in reach:
        for b in reach[a]:
            if a < b and a in reach.get(b, ()):
                yield f"{a} and {b} need each other"


def check_all(units):
    sources = read_sources(TOPS)
    arrows = read_arrows(read_list("arrows.txt"))
    faults = list(check_calls(units, find_declared(sources, arrows), arrows))
    return faults + list(check_libraries(units))


def compile_with(build, source, addition, out):
    """The object that `source` would be with `addition` at its end."""
    commands = json.loads((Path(build) / "compile_commands.json").read_text())
    entry = next(c for c in commands
                 if os.path.relpath(os.path.join(c["directory"], c["file"]), ROOT) == source)
    text = (ROOT / source).read_text() + addition
    changed = out / source.replace("/", "_")
    changed.write_text(text)
    words = shlex.split(entry["command"])
    words = [w for w in words if w != "-Werror"]
    words[words.index("-o") + 1] = str(changed) + ".o"
    words[words.index("-c") + 1] = str(changed)
    words += ["-MF", str(changed) + ".d", "-Wno-missing-prototypes"]
    subprocess.run(words, cwd=entry["directory"], check=True)
    return Path(str(changed) + ".o")


EXPERIMENTS = [
    # source, what is added to it, what must be told
    ("store/codec.c",
     "#include \"model/tensor/tensor.h\"\n"
     "size_t aq_walls_experiment(const AqTensor *t);\n"
     "size_t aq_walls_experiment(const AqTensor *t)\n"
     "{\n    return aq_tensor_inner(t, 0);\n}\n",
     "store/codec.c calls aq_tensor_inner of model/tensor: arrows.txt does not lead there"),
    ("store/codec.c",
     "size_t aq_tensor_inner(const void *t, int first);\n"
     "size_t aq_walls_experiment(void);\n"
     "size_t aq_walls_experiment(void)\n{\n    return aq_tensor_inner(0, 0);\n}\n",
     "store/codec.c calls aq_tensor_inner of model/tensor: arrows.txt does not lead there"),
    ("base/err.c",
     "struct AqStore;\nvoid aq_store_close(struct AqStore **s);\n"
     "void aq_walls_experiment(void);\n"
     "void aq_walls_experiment(void)\n{\n    aq_store_close(0);\n}\n",
     "aq_base and aq_store need each other"),
]


def self_check(build):
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for source, addition, wanted in EXPERIMENTS:
            units = read_units(build)
            for u in units:
                if u.source == source:
                    u.path = compile_with(build, source, addition, Path(folder))
            read_symbols(units)
            got = check_all(units)
            if not any(wanted in g for g in got):
                faults.append(f"self-check: {source}: {got}")
    return faults


def main():
    units = read_units(sys.argv[1])
    read_symbols(units)
    return report("symbols.py", self_check(sys.argv[1]) + check_all(units))


if __name__ == "__main__":
    sys.exit(main())
