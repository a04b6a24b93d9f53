#!/usr/bin/env python3
"""Which folder includes which: every #include of the program against two tables.

arrows.txt says which folder may include which, third_party.txt who may include headers that
are not the program's, nor C's or POSIX's. Fails for what no line allows, for lines that nobody
uses, and for folders that include each other, directly or in a circle.

    arrows.py            shows on made-up sources that each rule can fail; checks
    arrows.py --write    puts the table's picture into docs/architecture.md
"""
import collections
import fnmatch
import re
import sys

from sources import PRODUCT, ROOT, Source, read_list, read_sources, report, run_cases

PICTURE_PAGE = "docs/architecture.md"
PICTURE_MARK = "<!-- The picture of tests/walls/arrows.txt: tests/walls/arrows.py --write -->"
TOPS = PRODUCT + ("examples",)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]', re.M)
C11_POSIX = set("""
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath
    threads time uchar wchar wctype
    arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen
    monetary mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types poll pthread pwd regex
    sched search semaphore spawn strings sys/ipc sys/mman sys/msg sys/resource sys/select
    sys/sem sys/shm sys/socket sys/stat sys/statvfs sys/time sys/times sys/types sys/uio
    sys/un sys/utsname sys/wait syslog tar termios ulimit unistd utime utmpx wordexp
    """.split())


def read_arrows(lines):
    """{folder: {folder it may include: line number}}. Line number 0 is that of the line *,
    which says what every folder may include that is not itself named there."""
    arrows, everybody = {}, []
    for number, text in lines:
        folder, _, targets = text.partition(":")
        if folder.strip() == "*":
            everybody = targets.split()
            continue
        if folder.startswith("!"):
            continue
        arrows.setdefault(folder.strip(), {}).update({t: number for t in targets.split()})
    for folder in arrows:
        if folder not in everybody:
            arrows[folder].update(dict.fromkeys(everybody, 0))
    return arrows


def read_walls(lines):
    """[(top, tops that nothing under it may lead to)] of the lines that begin with !"""
    parts = [text[1:].partition(":") for _, text in lines if text.startswith("!")]
    return [(top.strip(), targets.split()) for top, _, targets in parts]


def read_third_party(lines):
    """[(line number, patterns of headers, those who may include them)]"""
    return [(n, *(part.split() for part in text.split(":"))) for n, text in lines]


def find_node(target, arrows):
    """What an include leads to: a folder, or a file that the table names by itself."""
    return target if target in arrows else target.rpartition("/")[0]


def find_includes(sources):
    for s in sources:
        for m in INCLUDE.finditer(s.text):
            line = s.text.count("\n", 0, m.start()) + 1
            if m.group(1) == "<" and is_standard(m.group(2)):
                continue
            yield s, line, m.group(1), m.group(2)


def is_standard(header):
    return header.endswith(".h") and header[:-2] in C11_POSIX


def check_own(sources, arrows):
    """Includes of our own headers; also gives the arrows that are used."""
    faults, used = [], set()
    for s, line, mark, target in find_includes(sources):
        if mark == "<":
            continue
        start, end = find_node(s.path, arrows), find_node(target, arrows)
        used.add((start, end))
        if "/" not in target:
            faults.append(f"{s.path}:{line}: \"{target}\" is not named from the root")
        elif start != end and end not in arrows.get(start, {}):
            faults.append(f"{s.path}:{line}: {start} may not include {end} "
                          f"(\"{target}\"): arrows.txt has no such arrow")
    return faults, used


def check_unused(arrows, used):
    for folder, targets in arrows.items():
        for target, number in targets.items():
            if number and (folder, target) not in used:
                yield (f"arrows.txt:{number}: {folder} no longer includes {target}: "
                       "take it off the line")


def may_include(path, who):
    """A folder (a pattern of folders) stands for its .c files; a header must be named by
    itself."""
    folder = path.rpartition("/")[0]
    return path == who or (fnmatch.fnmatch(folder, who) and not path.endswith(".h"))


def check_third_party(sources, table):
    faults, used = [], set()
    for s, line, mark, target in find_includes(sources):
        if mark == '"':
            continue
        rows = [r for r in table if any(fnmatch.fnmatch(target, p) for p in r[1])]
        allowed = [(number, w) for number, _, who in rows for w in who
                   if may_include(s.path, w)]
        used.update(allowed)
        if not allowed:
            faults.append(f"{s.path}:{line}: <{target}> is not for this file: "
                          "third_party.txt does not name it")
    for number, patterns, who in table:
        faults += [f"third_party.txt:{number}: {w} no longer includes {' '.join(patterns)}: "
                   "take it off the line" for w in who if (number, w) not in used]
    return faults


def find_reach(arrows):
    """{folder: folders that it leads to over any number of arrows}"""
    reach = {f: set(targets) for f, targets in arrows.items()}
    for _ in range(len(reach)):
        for f in reach:
            reach[f] |= set().union(*(reach.get(t, set()) for t in reach[f]), set())
    return reach


def lies_under(folder, top):
    return folder == top or folder.startswith(top + "/")


def check_walls(arrows, walls):
    for folder, targets in find_reach(arrows).items():
        yield from (f"arrows.txt: {folder} leads to {t}: no arrow may, over others either"
                    for top, never in walls if lies_under(folder, top)
                    for t in targets if any(lies_under(t, n) for n in never))


def find_circles(arrows):
    """Sets of folders that reach each other."""
    reach = find_reach(arrows)
    together = {frozenset(t for t in reach[f] if f in reach.get(t, ())) for f in reach}
    return [sorted(c) for c in together if len(c) > 1]


def check_circles(arrows, known):
    circles = {" ".join(c) for c in find_circles(arrows)}
    yield from (f"folders include each other in a circle: {c}" for c in circles - known)
    yield from (f"known.txt: this circle is gone, take its line out: {c}"
                for c in known - circles)


def check_all(sources, arrows, third_party, known, walls=()):
    faults, used = check_own(sources, arrows)
    faults += check_unused(arrows, used)
    faults += check_third_party(sources, third_party)
    faults += check_circles(arrows, known)
    faults += check_walls(arrows, walls)
    return faults


def read_known(kind):
    """What known.txt excuses for now, of this kind."""
    return {text.partition(" ")[2] for _, text in read_list("known.txt")
            if text.split()[0] == kind}


def self_check():
    """Each rule, on sources of two lines: what is right passes, what is wrong is told."""
    good = [Source("a/x.c", '#include <stdio.h>\n#include <zlib.h>\n#include "b/y.h"\n'),
            Source("b/y.h", "typedef int Y;\n")]
    arrows = read_arrows([(1, "a: b")])
    zlib = read_third_party([(1, "zlib.h : a")])
    cases = [
        ("what is allowed", good, arrows, zlib, None),
        ("an arrow against the table", good + [Source("b/z.c", '#include "a/x.h"\n')],
         arrows, zlib, "b may not include a"),
        ("an arrow that nobody uses", good, read_arrows([(1, "a: b c")]), zlib,
         "a no longer includes c"),
        ("what every folder may", [Source("a/x.c", '#include "b/y.h"\n')],
         read_arrows([(1, "*: b"), (2, "a:"), (3, "b:")]), [], None),
        ("a library where it may not be", good + [Source("b/z.c", "#include <zlib.h>\n")],
         arrows, zlib, "<zlib.h> is not for this file"),
        ("a library in a header", good + [Source("a/x.h", "#include <zlib.h>\n")],
         arrows, zlib, "a/x.h:1: <zlib.h>"),
        ("a library that is not used", good, arrows,
         zlib + read_third_party([(2, "mpi.h: b")]), "b no longer includes mpi.h"),
        ("two folders that include each other",
         good + [Source("b/z.c", '#include "a/x.h"\n')],
         read_arrows([(1, "a: b"), (2, "b: a")]), zlib, "in a circle: a b"),
        ("three folders in a circle",
         good + [Source("b/z.c", '#include "c/x.h"\n'), Source("c/z.c", '#include "a/x.h"\n')],
         read_arrows([(1, "a: b"), (2, "b: c"), (3, "c: a")]), zlib, "in a circle: a b c"),
        ("a wall with a way round it", good + [Source("b/z.c", '#include "c/x.h"\n')],
         read_arrows([(1, "a: b"), (2, "b: c")]), zlib, "a leads to c"),
        ("a header by its bare name", good + [Source("a/z.c", '#include "x.h"\n')], arrows,
         zlib, "is not named from the root"),
    ]
    walls = read_walls([(1, "!a: c d")])
    page = f"{PICTURE_MARK}\n```text\n{draw_picture(arrows)}```\n"
    if list(check_picture(page, arrows)) or not list(check_picture(
            page, read_arrows([(1, "a: b"), (2, "b:"), (3, "c: b")]))):
        yield "self-check: the picture of other arrows"
    yield from run_cases([(c[0], (*c[1:4], set(), walls if "wall" in c[0] else ()), c[4])
                      for c in cases], check_all)


def measure_heights(arrows):
    """{folder: 1 for those that include nothing, else one more than the highest included}"""
    heights = {}

    def measure(folder, path):
        if folder not in heights and folder not in path:
            below = [measure(t, path | {folder}) for t in arrows.get(folder, {})]
            heights[folder] = 1 + max(below, default=0)
        return heights.get(folder, 0)

    for folder in arrows:
        measure(folder, frozenset())
    return heights


def draw_picture(arrows):
    """Folders by height, the highest first, each with those that it includes; what every
    folder may include is left out. Files that the table names by themselves are no folders."""
    everybody = {t for targets in arrows.values() for t, number in targets.items()
                 if number == 0}
    heights = measure_heights(arrows)
    shown = [f for f in heights if f not in everybody and not f.endswith(".h")]
    width = max(len(f) for f in shown)
    lines = []
    for folder in sorted(shown, key=lambda f: (-heights[f], f)):
        targets = [t for t in arrows.get(folder, {}) if t in shown]
        lines.append(f"{folder:<{width}}  {'-> ' if targets else ''}{shorten(targets)}".rstrip())
    return "\n".join(lines + ["", "every folder  -> " + shorten(everybody)]) + "\n"


def find_picture(page):
    """What of the page stands for the picture: between the fence behind its mark and the
    next. None: it has no such place."""
    start = page.find("\n```text\n", page.find(PICTURE_MARK))
    end = page.find("\n```\n", start + 1)
    return None if PICTURE_MARK not in page or -1 in (start, end) else (start + 9, end + 1)


def check_picture(page, arrows):
    place = find_picture(page)
    if not place or page[slice(*place)] != draw_picture(arrows):
        yield (f"{PICTURE_PAGE}: its picture is not what arrows.txt says now: "
               "tests/walls/arrows.py --write puts it there")


def write_picture(arrows):
    page = (ROOT / PICTURE_PAGE).read_text()
    start, end = find_picture(page)
    (ROOT / PICTURE_PAGE).write_text(page[:start] + draw_picture(arrows) + page[end:])


def shorten(targets):
    """["model/nn", "model/tensor", "store"]: "model/{nn, tensor}  store"."""
    groups = collections.OrderedDict()
    for t in sorted(targets):
        top, _, rest = t.partition("/")
        groups.setdefault(top, []).append(rest)
    words = []
    for top, rests in groups.items():
        words += [top] if "" in rests else []
        rests = [r for r in rests if r]
        if rests:
            words.append(f"{top}/" + (rests[0] if len(rests) == 1
                                      else "{" + ", ".join(rests) + "}"))
    return "  ".join(words)


def main():
    table = read_list("arrows.txt")
    arrows = read_arrows(table)
    if sys.argv[1:] == ["--write"]:
        write_picture(arrows)
        return 0
    third_party = read_third_party(read_list("third_party.txt"))
    return report("arrows.py", [*self_check(), *check_all(
        read_sources(TOPS), arrows, third_party, read_known("circle"),
        read_walls(table)), *check_picture((ROOT / PICTURE_PAGE).read_text(), arrows)])


if __name__ == "__main__":
    sys.exit(main())
