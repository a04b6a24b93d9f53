# SPDX-License-Identifier: MIT
"""Recordings of real instruments in Debian's gcompris-qt-data and qabcs-data (GPL: for checks,
never to learn from), whose names say what they are."""
import os
import struct
import zlib

RESOURCE = "usr/share/gcompris-qt/rcc/instruments.rcc"
NOISES = "usr/share/qabcs/abcs/all/noises"

# File and right answers, of the 22 kinds that questions are about. A bongo is a drum of the
# congas' family: both are right.
GCOMPRIS = {"accordion": "accordion", "banjo": "banjo", "bongo": "congas|drum", "cello": "cello",
            "clarinet": "clarinet", "drum_kit": "drum", "flute_traversiere": "flute",
            "guitar": "acoustic_guitar", "piano": "piano", "saxophone": "saxophone",
            "snare_drum": "drum", "trumpet": "trumpet", "tuba": "tuba", "violin": "violin"}
QABCS = {"accordion": "accordion", "bagpipes": "bagpipe", "bass_drum": "drum", "cello": "cello",
         "clarinet": "clarinet", "drums": "drum", "erhu": "erhu", "flute": "flute",
         "grand_piano": "piano", "guitar": "acoustic_guitar", "piano": "piano",
         "saxophone": "saxophone", "trumpet": "trumpet", "ukulele": "ukulele", "violin": "violin",
         "western_concert_flute": "flute", "xylophone": "xylophone"}
# Other instruments, which are none of the 22 kinds and no near relative of one.
GCOMPRIS_OTHERS = ["castanets", "harmonica", "harp", "horn", "maracas", "organ", "tambourine",
                   "triangle", "trombone"]
QABCS_OTHERS = ["harmonica", "harp", "maracas", "oboe", "organ", "whistle"]


def resource_files(path):
    """(name, bytes) of the files of a Qt resource file (rcc, versions 1 to 3)."""
    data = open(path, "rb").read()

    def number(form, at):
        return struct.unpack_from(">" + form, data, at)[0]

    if data[:4] != b"qres" or not 1 <= number("I", 4) <= 3:
        raise SystemExit(f"{path}: is not a Qt resource file of version 1 to 3")
    tree, contents, names = (number("I", at) for at in (8, 12, 16))
    entry = 14 if number("I", 4) == 1 else 22

    def walk(k):
        at = tree + k * entry
        if number("H", at + 4) & 2:  # a folder
            for child in range(number("I", at + 6)):
                yield from walk(number("I", at + 10) + child)
            return
        name = names + number("I", at)
        text = data[name + 6:name + 6 + 2 * number("H", name)].decode("utf-16-be")
        begin = contents + number("I", at + 10)
        raw = data[begin + 4:begin + 4 + number("I", begin)]
        yield text, zlib.decompress(raw[4:]) if number("H", at + 4) & 1 else raw

    return walk(0)


def unpack(folder, to):
    """Puts the sounds of the unpacked packages into `to`; gives (path, right answers)."""
    os.makedirs(to, exist_ok=True)
    kept = {name: data for name, data in resource_files(os.path.join(folder, RESOURCE))
            if name.endswith(".ogg")}
    for name, data in kept.items():
        with open(os.path.join(to, "gcompris_" + name), "wb") as f:
            f.write(data)
    for name in [*QABCS, *QABCS_OTHERS]:
        with open(os.path.join(folder, NOISES, name + ".ogg"), "rb") as f:
            sound = f.read()
        with open(os.path.join(to, f"qabcs_{name}.ogg"), "wb") as f:
            f.write(sound)
    rows = [("gcompris", k, v) for k, v in GCOMPRIS.items()] + [("qabcs", k, v) for k, v in QABCS.items()]
    rows += [("gcompris", k, "cannot tell") for k in GCOMPRIS_OTHERS]
    rows += [("qabcs", k, "cannot tell") for k in QABCS_OTHERS]
    return [(os.path.join(to, f"{where}_{name}.ogg"), right) for where, name, right in rows]
