#!/usr/bin/env python3
"""Circles of calls: no source file may need one that, by whatever way, needs it.

A file needs another if its object uses a function or a variable that the other defines. What
goes over a pointer to a function is no such use: an interface that is handed in from above
closes no circle.

The build folder is named. known.txt names the circles that are left for now ("calls FILE...",
the files sorted), and must not name what is gone. Shows first that a circle is found.
"""
import collections
import sys

from arrows import find_circles, read_known
from sources import report, run_cases
from symbols import Unit, read_symbols, read_units


def find_needs(units):
    """{file: {file that it needs: [names]}}, of the program itself: no twins, no examples."""
    units = [u for u in units if "_f64" not in u.target and not u.source.startswith("examples")]
    definer = {name: u.source for u in units for name in u.gives}
    needs = collections.defaultdict(lambda: collections.defaultdict(list))
    for u in units:
        for name in sorted(u.needs):
            if name in definer and definer[name] != u.source:
                needs[u.source][definer[name]].append(name)
    return needs


def check_circles_of_calls(units, known):
    needs = find_needs(units)
    circles = {" ".join(c) for c in find_circles(needs)}
    for circle in circles - known:
        ties = [f"{a} -> {b}: {', '.join(needs[a][b])}" for a in circle.split()
                for b in sorted(needs[a]) if b in circle.split()]
        yield "these files call each other in a circle:\n  " + "\n  ".join(ties)
    yield from (f"known.txt: this circle of calls is gone, take its line out: {c}"
                for c in known - circles)


def make_unit(source, needs, gives, target="aq_x"):
    unit = Unit(target, source, None)
    unit.needs, unit.gives = set(needs.split()), set(gives.split())
    return unit


def self_check():
    line = [make_unit("x/a.c", "aq_b", "aq_a"), make_unit("x/b.c", "aq_c aq_b2", "aq_b aq_b2"),
            make_unit("y/c.c", "", "aq_c")]
    ring = line[:2] + [make_unit("y/c.c", "aq_a", "aq_c")]
    twin = line[:2] + [make_unit("y/c.c", "aq_a", "aq_c", "aq_x_f64"), line[2]]
    cases = [("calls in one direction", (line, set()), None),
             ("three files in a circle", (ring, set()), "y/c.c -> x/a.c: aq_a"),
             ("a circle that is known", (ring, {"x/a.c x/b.c y/c.c"}), None),
             ("a known one that is gone", (line, {"x/a.c x/b.c"}), "take its line out"),
             ("a twin of a library", (twin, set()), None)]
    return run_cases(cases, check_circles_of_calls)


def main():
    units = read_units(sys.argv[1])
    read_symbols(units)
    if not any(u.needs for u in units):
        return report("cycles.py", ["no object calls anything: is this a build folder?"])
    return report("cycles.py",
                  [*self_check(), *check_circles_of_calls(units, read_known("calls"))])


if __name__ == "__main__":
    sys.exit(main())
