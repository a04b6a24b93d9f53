#!/usr/bin/env python3
"""Pages, comments and scripts name only files and folders that are there, so that nobody looks
for what has moved. A file may be named without its ending; NAME in a path stands for any. Shows first that it can fail.
"""
import re
import subprocess
import sys

from arrows import TOPS
from sources import ROOT, Source, report, run_cases

NAMED = re.compile(r"(?<![\w/.$}>\"-])((?:%s|tests|docs)/[\w/.*-]*[\w*])" % "|".join(TOPS))
C_COMMENT = re.compile(r"/\*.*?\*/", re.S)
SHELL_COMMENT = re.compile(r"(?:^|\s)#.*$", re.M)


def read_prose(path, text):
    """What of the file is prose: pages wholly, of sources and scripts the comments. Other
    characters are blanks, so that every line keeps its number."""
    if path.endswith(".md"):
        return text
    pattern = C_COMMENT if path.endswith((".c", ".h", ".inc")) else SHELL_COMMENT
    kept = [" " if c != "\n" else c for c in text]
    for m in pattern.finditer(text):
        kept[m.start():m.end()] = text[m.start():m.end()]
    return "".join(kept)


def check_paths(texts, exists):
    for s in texts:
        prose = read_prose(s.path, s.text)
        for m in NAMED.finditer(prose):
            if "NAME" not in m.group(1) and not exists(m.group(1)):
                line = prose.count("\n", 0, m.start()) + 1
                yield f"{s.path}:{line}: there is no {m.group(1)}"


def make_exists(files):
    folders = {f.rpartition("/")[0] for f in files}
    folders |= {f[:k] for f in folders for k in range(len(f)) if f[k] == "/"}
    stems = {re.sub(r"\.\w+(\.in)?$", "", f) for f in files}

    def exists(path):
        pattern = re.escape(path).replace(r"\*", "[^/]*")
        return path in stems or path in folders or path in files or \
            ("*" in path and any(re.fullmatch(pattern, f) for f in files | stems))
    return exists


def self_check():
    exists = make_exists({"store/merge/merge.c", "tests/run.sh", "docs/a.md"})
    cases = [("what is there", "/* store/merge, tests/run.sh */", None),
             ("a file that has moved", "/* see store/merge.c */", "a.c:1: there is no store/merge.c"),
             ("no comment", "store/merge.c", None),
             ("a name yet to be chosen", "/* store/NAME.c */", None),
             ("a pattern", "/* store/merge/m*, docs/x* */", "no docs/x*")]
    return run_cases([(what, ([Source("a.c", text)], exists), wanted)
                      for what, text, wanted in cases], check_paths)


def main():
    if not (ROOT / ".git").exists():
        print("paths.py: skipped: without git nobody knows which files are the project's")
        return 77
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                           cwd=ROOT, stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split("\n")
    files = {f for f in files if f and (ROOT / f).exists()}
    read = [f for f in files if f.endswith((".md", ".c", ".h", ".inc", ".sh", ".build", ".py"))
            and f != "CHANGELOG.md" and not f.startswith("tests/walls/")]
    texts = [Source(f, (ROOT / f).read_text()) for f in read]
    return report("paths.py", [*self_check(), *check_paths(texts, make_exists(files))])


if __name__ == "__main__":
    sys.exit(main())
