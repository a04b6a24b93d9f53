# SPDX-License-Identifier: MIT
"""Broken media: python3 make_media.py BASES OUT COUNT SEED

Reads every file of the folder BASES and writes COUNT damaged variants into the folder OUT,
named NUMBER-DAMAGE-BASE.EXT: the damages in turn, each of a base that is drawn. The same
seed gives the same bytes."""
import os
import random
import struct
import sys

BIG, LITTLE = ">", "<"
WIDTH = {1: "B", 2: "H", 4: "I", 8: "Q"}

# Where fields are that tell of sizes, counts and rates: the bytes to look for, how far
# behind their beginning the field is, its width, its byte order.
FIELDS = {
    "box-size": [(t, -4, 4, BIG) for t in (b"ftyp", b"moov", b"trak", b"mdia", b"stbl",
                                           b"stsd", b"mdat", b"stts", b"avc1", b"esds")],
    "timescale": [(b"mvhd", 16, 4, BIG), (b"mdhd", 16, 4, BIG)],
    "duration": [(b"mvhd", 20, 4, BIG), (b"mdhd", 20, 4, BIG), (b"tkhd", 24, 4, BIG),
                 (b"elst", 12, 4, BIG), (b"\x44\x89\x88", 3, 8, BIG)],
    "dimensions": [(b"tkhd", 80, 4, BIG), (b"tkhd", 84, 4, BIG), (b"avc1", 28, 2, BIG),
                   (b"avc1", 30, 2, BIG), (b"jpeg", 28, 2, BIG), (b"apcn", 30, 2, BIG),
                   (b"avih", 40, 4, LITTLE), (b"avih", 44, 4, LITTLE),
                   (b"strf", 12, 4, LITTLE), (b"strf", 16, 4, LITTLE),
                   (b"\xb0\x81", 2, 1, BIG), (b"\xba\x81", 2, 1, BIG),
                   (b"\x80theora", 10, 2, BIG), (b"\x80theora", 12, 2, BIG)],
    "sample-rate": [(b"mp4a", 28, 4, BIG), (b"sowt", 28, 4, BIG), (b"fmt ", 12, 4, LITTLE),
                    (b"\x01vorbis", 12, 4, LITTLE), (b"OpusHead", 12, 4, LITTLE),
                    (b"fLaC", 18, 4, BIG), (b"\xb5\x88", 2, 8, BIG)],
    "channels": [(b"mp4a", 20, 2, BIG), (b"sowt", 20, 2, BIG), (b"fmt ", 10, 2, LITTLE),
                 (b"\x01vorbis", 11, 1, LITTLE), (b"OpusHead", 9, 1, LITTLE),
                 (b"\x9f\x81", 2, 1, BIG)],
    "block": [(b"fmt ", 20, 2, LITTLE), (b"fmt ", 22, 2, LITTLE), (b"mp4a", 22, 2, BIG),
              (b"fLaC", 8, 2, BIG), (b"fLaC", 10, 2, BIG)],
    "rate": [(b"avih", 8, 4, LITTLE), (b"strh", 24, 4, LITTLE), (b"strh", 28, 4, LITTLE),
             (b"\x2a\xd7\xb1\x83", 4, 2, BIG), (b"\x80theora", 24, 4, BIG)],
    "tracks": [(b"avih", 32, 4, LITTLE), (b"mvhd", 100, 4, BIG), (b"tkhd", 16, 4, BIG),
               (b"OggS", 14, 4, LITTLE), (b"FLV", 4, 1, BIG)],
    "counts": [(t, 8, 4, BIG) for t in (b"stts", b"stsc", b"stco", b"ctts", b"stss", b"stsd")]
    + [(b"stsz", 12, 4, BIG), (b"stsz", 8, 4, BIG), (b"avih", 24, 4, LITTLE),
       (b"strh", 40, 4, LITTLE), (b"OggS", 26, 1, LITTLE)],
    "offsets": [(b"stco", 12, 4, BIG), (b"stsc", 12, 4, BIG), (b"stts", 16, 4, BIG),
                (b"ctts", 16, 4, BIG), (b"idx1", 16, 4, LITTLE), (b"OggS", 6, 8, LITTLE)],
    "lengths": [(b"RIFF", 4, 4, LITTLE), (b"data", 4, 4, LITTLE), (b"LIST", 4, 4, LITTLE),
                (b"strf", 4, 4, LITTLE), (b"ID3", 6, 4, BIG), (b"\x1aE\xdf\xa3", 4, 1, BIG),
                (b"\x18S\x80g", 4, 8, BIG), (b"\xa3", 1, 1, BIG), (b"FLV", 5, 4, BIG)],
}


def lie(r, data, field):
    """Each place of the field that the file has, with some chance, gets an odd value."""
    out = bytearray(data)
    places = []
    for mark, off, width, order in FIELDS[field]:
        at = data.find(mark)
        while at >= 0 and len(places) < 400:
            if 0 <= at + off <= len(data) - width:
                places.append((at + off, width, order))
            at = data.find(mark, at + 1)
    if not places:
        return None
    for at, width, order in r.sample(places, min(len(places), r.choice((1, 1, 2, 5)))):
        top = (1 << 8 * width) - 1
        have = struct.unpack_from(order + WIDTH[width], out, at)[0]
        value = r.choice((0, 1, top, top >> 1, (top >> 1) + 1, have * 2 & top,
                          have // 2, r.randint(0, top), have ^ 1 << r.randrange(8 * width)))
        struct.pack_into(order + WIDTH[width], out, at, value)
    return bytes(out)


def span(r, data):
    """A piece of up to a quarter of the file."""
    n = r.randint(1, max(1, min(len(data) // 4, r.choice((16, 512, 1 << 20)))))
    at = r.randrange(max(1, len(data) - n))
    return at, n


def truncate(r, data, _):
    return data[:r.choice((r.randrange(min(len(data), 64)), r.randrange(min(len(data), 4096)),
                           r.randrange(len(data)), len(data) - r.randint(1, 64)))]


def flip(n):
    def damage(r, data, _):
        out = bytearray(data)
        reach = r.choice((min(2048, len(out)), len(out)))
        for _k in range(n(r, reach)):
            out[r.randrange(reach)] ^= 1 << r.randrange(8)
        return bytes(out)
    return damage


def zero(r, data, _):
    at, n = span(r, data)
    return data[:at] + bytes(n) + data[at + n:]


def duplicate(r, data, _):
    at, n = span(r, data)
    return data[:at + n] + data[at:]


def remove(r, data, _):
    at, n = span(r, data)
    return data[:at] + data[at + n:]


def swap(r, data, _):
    (a, n), (b, m) = sorted((span(r, data), span(r, data)))
    if a + n > b:
        return remove(r, data, _)
    return data[:a] + data[b:b + m] + data[a + n:b] + data[a:a + n] + data[b + m:]


def garbage(r, data, _):
    """Random bytes between pieces of the file."""
    out, at = [], 0
    for _k in range(r.randint(1, 8)):
        cut = r.randint(at, len(data))
        out += [data[at:cut], r.randbytes(r.randint(1, 700))]
        at = cut
    return b"".join(out + [data[at:]])


def concatenate(_r, data, other):
    return data + other


def splice(r, data, other):
    """The head of one file and the tail of another."""
    return data[:r.randrange(len(data))] + other[r.randrange(len(other)):]


def headless(r, data, _):
    return data[r.randint(1, min(len(data) - 1, 4096)):]


def noise(r, data, _):
    return data[:r.choice((4, 12, 64))] + r.randbytes(r.randint(1, 20000))


def empty(r, _data, _):
    return b"" if r.random() < 0.5 else bytes(r.randint(1, 5000))


def renamed(_r, data, _):
    return data


DAMAGES = [("cut", truncate), ("flip", flip(lambda r, _n: r.randint(1, 8))),
           ("flips", flip(lambda r, n: max(1, n // r.choice((1000, 100, 20))))),
           ("zeroed", zero), ("doubled", duplicate), ("removed", remove), ("swapped", swap),
           ("garbage", garbage), ("joined", concatenate), ("spliced", splice),
           ("headless", headless), ("noise", noise), ("empty", empty), ("renamed", renamed)]
DAMAGES += [("lie-" + f, lambda r, d, _, f=f: lie(r, d, f)) for f in FIELDS] * 2


def main():
    bases, out, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    r = random.Random(seed)
    files = []
    for leaf in sorted(os.listdir(bases)):
        with open(os.path.join(bases, leaf), "rb") as f:
            files.append((*os.path.splitext(leaf), f.read()))
    os.makedirs(out, exist_ok=True)
    for n in range(count):
        name, damage = DAMAGES[n % len(DAMAGES)]
        other = r.choice(files)[2]
        for base, ext, data in r.sample(files, len(files)):
            broken = damage(r, data, other)
            if broken is not None:
                break  # else this container has no such field
        else:
            sys.exit(f"make_media.py: no file of {bases} has a field of {name}")
        if name == "renamed":
            ext = r.choice([e for _b, e, _d in files if e != ext] + [".jpg", ".txt", ".m3u8"])
        with open(os.path.join(out, f"{n:05d}-{name}-{base}{ext}"), "wb") as f:
            f.write(broken)


main()
