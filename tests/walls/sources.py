"""The program's C sources as text, and a small reader of them that the walls' checks share.

It knows C as this project writes it (clang-format's output): functions and types at file
scope, comments, strings and preprocessor lines. It is no parser of C.
"""
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("base", "extract", "model", "store", "pipeline")
ENDINGS = (".c", ".h", ".inc")

KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "do", "else"}
BLANKED = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)", re.S)
CALL_OF_MACRO = re.compile(r"\bAQ_[A-Z_]+\s*\([^()]*\)")


class Source:
    """One file: its path from the root, its folder, and its text."""

    def __init__(self, path, text):
        self.path = path
        self.folder = os.path.dirname(path)
        self.text = text
        self._functions = None

    @property
    def functions(self):
        if self._functions is None:
            self._functions = list(find_functions(self.text))
        return self._functions


class Function:
    """A function's definition: `lines` as clang-tidy counts them, from { to }."""

    def __init__(self, name, static, line, lines):
        self.name, self.static, self.line, self.lines = name, static, line, lines


def read_sources(tops, root=ROOT):
    """Every source under the folders `tops`, sorted by path."""
    found = []
    for top in tops:
        for folder, _, files in os.walk(root / top):
            for name in files:
                if name.endswith(ENDINGS):
                    path = Path(folder, name)
                    found.append(Source(str(path.relative_to(root)), path.read_text()))
    return sorted(found, key=lambda s: s.path)


def keep_lines(match):
    return re.sub(r"[^\n]", " ", match.group())


def strip_text(text):
    """Comments, strings, directives and attributes as blanks: every line keeps its number."""
    for pattern in (BLANKED, DIRECTIVE, ATTRIBUTE, CALL_OF_MACRO):
        text = pattern.sub(keep_lines, text)
    return text


def find_blocks(code):
    """(head, start of {, end of }) of each brace pair at file scope."""
    depth, head, start = 0, 0, 0
    for m in re.finditer(r"[{};]", code):
        if m.group() == "{":
            if depth == 0:
                start = m.start()
            depth += 1
        elif m.group() == "}":
            depth -= 1
            if depth == 0:
                yield code[head:start], start, m.start()
                head = m.end()
        elif depth == 0:
            head = m.end()


def name_of_head(head):
    """The function's name in what stands before its {, or None if it is no function."""
    head = head.strip()
    if not head.endswith(")") or "=" in head:
        return None
    depth = 0
    for i in range(len(head) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(head[i], 0)
        if depth == 0:
            m = re.search(r"(\w+)\s*$", head[:i])
            return m.group(1) if m and m.group(1) not in KEYWORDS else None
    return None


def find_functions(text):
    code = strip_text(text)
    for head, start, end in find_blocks(code):
        name = name_of_head(head)
        if name:
            yield Function(name, re.search(r"\bstatic\b", head) is not None,
                           code.count("\n", 0, start) + 1, code.count("\n", start, end))


def find_types(text):
    """Names of structs, enums, unions and typedefs that the text defines."""
    code = strip_text(text)
    names = set(re.findall(r"\b(?:struct|enum|union)\s+(\w+)\s*\{", code))
    for m in re.finditer(r"\btypedef\b([^;{]*)(\{)?", code):
        rest = m.group(1) + ";"
        if m.group(2):
            rest = after_braces(code, m.end() - 1)
        name = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", rest) or re.search(
            r"(\w+)\s*(?:\([^;]*\)|\[[^;]*\])?\s*;", rest)
        opaque = re.match(r"\s*(?:struct|enum|union)\s+(\w+)\s+(\w+)\s*;", rest)
        if name and not (opaque and opaque.group(1) == opaque.group(2)):
            names.add(name.group(1))
    return names


def after_braces(code, start):
    """What stands between the } that closes the { at `start` and the next semicolon."""
    depth = 0
    for i in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            return code[i + 1:code.index(";", i) + 1]
    return ""


def read_list(name, folder=Path(__file__).parent):
    """Lines of a table beside this file: [(line number, text)], without comments."""
    lines = (folder / name).read_text().splitlines()
    kept = [(i + 1, line.split("#")[0].strip()) for i, line in enumerate(lines)]
    return [(i, text) for i, text in kept if text]


def run_cases(cases, check):
    """Self-checks: (what, arguments of check, a piece of the fault that it must tell, or None
    for no fault). Gives what did not come out so."""
    for what, arguments, wanted in cases:
        got = list(check(*arguments))
        if bool(got) != bool(wanted) or (wanted and not any(wanted in g for g in got)):
            yield f"self-check: {what}: expected {wanted}, got {got}"


def report(check, faults):
    """Prints each fault once; the exit status: 1 if there is any."""
    for fault in sorted(set(faults)):
        print(f"{check}: {fault}")
    return 1 if faults else 0
