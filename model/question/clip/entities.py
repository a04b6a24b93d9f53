#!/usr/bin/env python3
"""Writes the named character references of HTML as a table in C, sorted by name:
    entities.py OUT.h
They come from Python's html.entities, which has them from the HTML standard (section 13.5).
Beside them stand capitals of those written in lower case (EACUTE;), as ftfy accepts them.
"""
import html
import html.entities
import sys


def shouted(names):
    """{NAME;: its character in capitals}, where no reference is called NAME."""
    more = {}
    for name, text in names.items():
        loud = name.upper()
        if name.endswith(";") and name == name.lower() and html.unescape("&" + loud) == "&" + loud:
            more[loud] = text.upper()
    return more


def write_row(name, text, loud):
    octal = "".join(f"\\{byte:03o}" for byte in text.encode())
    return f'    {{"{name}", "{octal}", {loud}}},\n'


def main():
    names = dict(html.entities.html5)
    rows = [(name, text, 0) for name, text in names.items()]
    rows += [(name, text, 1) for name, text in shouted(names).items()]
    rows.sort(key=lambda row: row[0].encode())
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("/* Made by model/question/clip/entities.py. */\n"
                "static const AqEntity html_entities[] = {\n")
        f.writelines(write_row(*row) for row in rows)
        f.write("};\n")


main()
