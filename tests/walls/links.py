#!/usr/bin/env python3
"""Links between the project's pages lead to files and headings that are there. Shows first that it can
fail.
"""
import posixpath
import re
import sys
from pathlib import PurePosixPath

from sources import ROOT, Source, report, run_cases

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.S | re.M)


def find_anchors(text):
    """What the forge makes of headings: small letters, dashes for blanks, no punctuation."""
    headings = re.findall(r"^#+ +(.+)$", CODE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def check_links(pages, exists):
    anchors = {p.path: find_anchors(p.text) for p in pages}
    for p in pages:
        for link in LINK.findall(CODE.sub("", p.text)):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            path = posixpath.normpath(str(PurePosixPath(p.path).parent / name)) if name else p.path
            if not exists(path):
                yield f"{p.path}: there is no {path}"
            elif anchor and anchor not in anchors.get(path, ()):
                yield f"{p.path}: {path} has no heading #{anchor}"


def self_check():
    there = {"a.md", "docs/b.md"}

    def pages(text):
        return [Source("a.md", text), Source("docs/b.md", "# One, two `three`\n```sh\n# no heading\n```\n[up](../a.md)")]
    return run_cases([
        ("what is there", (pages("[b](docs/b.md#one-two-three) [x](https://example.org/y)"), there.__contains__), None),
        ("a page that is not", (pages("[b](docs/c.md)"), there.__contains__), "there is no docs/c.md"),
        ("a heading that is not", (pages("[b](docs/b.md#no-heading)"), there.__contains__), "has no heading #no-heading"),
        ("a heading of its own", (pages("# A\n[b](#a) [c](#b)"), there.__contains__), "a.md has no heading #b"),
    ], check_links)


def main():
    pages = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.md")]
    pages = [Source(p, (ROOT / p).read_text()) for p in pages if not p.startswith(("build", "shared/", "."))]
    return report("links.py", [*self_check(), *check_links(pages, lambda path: (ROOT / path).exists())])


if __name__ == "__main__":
    sys.exit(main())
