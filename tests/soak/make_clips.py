# SPDX-License-Identifier: MIT
"""Many different clips from a few: python3 make_clips.py BASES OUT COUNT SEED

Cuts the MP4 files of the folder BASES to one or two seconds at drawn places with the
ffmpeg program, once for each of POOL pieces, and writes COUNT copies into OUT, each with a
box of its own at the end, so that no two have the same content. One in a hundred is
broken: cut short, or no media at all."""
import os
import random
import struct
import subprocess
import sys
import tempfile

POOL = 24


def pieces(bases, r):
    with tempfile.TemporaryDirectory() as folder:
        for _k in range(POOL):
            path = os.path.join(folder, "piece.mp4")
            # No seek table can be trusted to cut between key frames: this encodes again.
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1",
                            "-ss", f"{r.uniform(0, 6):.2f}", "-t", f"{r.uniform(1.2, 2.4):.2f}",
                            "-i", r.choice(bases), "-vf", "scale=160:-2", "-c:v", "libx264",
                            "-preset", "ultrafast", "-c:a", "aac", path], check=True)
            with open(path, "rb") as f:
                yield f.read()


def main():
    bases, out, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    r = random.Random(seed)
    pool = list(pieces([os.path.join(bases, f) for f in sorted(os.listdir(bases))], r))
    os.makedirs(out)
    for k in range(count):
        data, name = r.choice(pool), f"clip_{k:05d}.mp4"
        mark = b"%d of %d" % (k, count)
        data += struct.pack(">I4s", 8 + len(mark), b"free") + mark
        if k % 100 == 50:
            name = f"broken_{k:05d}.mp4"
            data = r.choice((data[:r.randint(1, 40)], r.randbytes(5000), data[:8] + r.randbytes(900)))
        with open(os.path.join(out, name), "wb") as f:
            f.write(data)


main()
