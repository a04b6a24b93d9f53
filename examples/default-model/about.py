#!/usr/bin/env python3
"""What a model says of itself: the metadata `about` of a model file, read or set.

  about.py MODEL                prints it
  about.py MODEL ABOUT.json     sets it ("-": standard input; null takes it out)

ABOUT.json is an object; all of its members may be missing:
  knows       what the model can be asked about: `ask` shows it after "it knows"
  trained_on  what it was trained on
  tested      array of {on, accuracy, floor, n}: shares of n questions about clips that it was
              not trained on
Tensors and other metadata stay as they are, to the byte, and the file appears whole or not at
all. Calibrating keeps it; a training writes a model file without it: set it at the end.
"""
import json
import os
import struct
import sys

ALIGN = 64  # where values begin, as the program writes them
TEXTS = ("knows", "trained_on")


def read_model(path):
    """The header as an object, and all that is behind it."""
    with open(path, "rb") as f:
        size = f.read(8)
        if len(size) != 8 or struct.unpack("<Q", size)[0] > os.path.getsize(path) - 8:
            raise ValueError("is no safetensors file")
        header = json.loads(f.read(struct.unpack("<Q", size)[0]))
        return header, f.read()


def check_about(about):
    if about is None:
        return
    if not isinstance(about, dict):
        raise ValueError("it must be a JSON object, or null")
    unknown = set(about) - set(TEXTS) - {"tested"}
    if unknown:
        raise ValueError(f"it may hold knows, trained_on and tested, not {min(unknown)}")
    for key in TEXTS:
        if not isinstance(about.get(key, ""), str):
            raise ValueError(f"{key} must be a text")
    rows = about.get("tested", [])
    if not isinstance(rows, list):
        raise ValueError("tested must be an array")
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"on", "accuracy", "floor", "n"}:
            raise ValueError("each of tested must have on, accuracy, floor and n")


def write_model(path, header, values):
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGN)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + values)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + ".part", path)


def main(path, source=None):
    where = path
    try:
        header, values = read_model(path)
        meta = header.get("__metadata__", {}) if isinstance(header, dict) else None
        if not isinstance(meta, dict):
            raise ValueError("is no safetensors file")
        if source is None:
            print(meta.get("about", "null"))
            return 0
        where = "standard input" if source == "-" else source
        with sys.stdin if source == "-" else open(source, encoding="utf-8") as f:
            about = json.load(f)
        check_about(about)
    except (OSError, ValueError) as e:
        print(f"about.py: {where}: {e}", file=sys.stderr)
        return 1
    meta.pop("about", None)
    if about is not None:
        meta["about"] = json.dumps(about, ensure_ascii=False)
    header["__metadata__"] = meta
    write_model(path, header, values)
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    sys.exit(main(*sys.argv[1:]))
