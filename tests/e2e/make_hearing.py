# SPDX-License-Identifier: MIT
"""make_hearing.py OUT.safetensors LOUD QUIET: a network of hearing, made by hand, that calls
each loud second LOUD and each quiet one QUIET, and is nearly sure of it. Its first filter
averages the log-mel; a layer norm over two channels, of which one is 0, leaves the sign; the
blocks add nothing; the last layer has the sign in favour of one name and against the other."""
import struct
import sys

from tensors import write

NAMES = ("accordion acoustic_guitar bagpipe banjo bassoon cello clarinet congas drum electric_bass erhu flute guzheng "
         "piano pipa saxophone suona trumpet tuba ukulele violin xylophone voice speech noise none").split()
C, SURE = 2, 4.0


def make(loud, quiet):
    net = {}

    def put(name, shape, values):
        net[name] = ("F32", shape, struct.pack("<%df" % len(values), *values))

    def norm(name):
        put(name + ".weight", [C], [1] * C)
        put(name + ".bias", [C], [0] * C)

    put("stem.weight", [C, 1, 7, 7], [1 / 49] * 49 + [0] * 49)
    put("stem.bias", [C], [0] * C)
    for stage in range(1, 5):
        norm("stage%d.norm" % stage)
        if stage > 1:  # the mean of each channel by itself
            put("stage%d.down.weight" % stage, [C, C, 2, 2], [1 / 4] * 4 + [0] * 8 + [1 / 4] * 4)
            put("stage%d.down.bias" % stage, [C], [0] * C)
        block = "stage%d.block1." % stage
        put(block + "depthwise.weight", [1, 1, C], [0] * C)
        put(block + "depthwise.bias", [C], [0] * C)
        norm(block + "norm")
        put(block + "expand.weight", [C, C], [0] * C * C)
        put(block + "expand.bias", [C], [0] * C)
        put(block + "project.weight", [C, C], [0] * C * C)
        put(block + "project.bias", [C], [0] * C)
    norm("norm")
    put("head.weight", [len(NAMES), C], [x for n in NAMES for x in ((SURE if n == loud else -SURE if n == quiet else 0), 0)])
    put("head.bias", [len(NAMES)], [0 if n in (loud, quiet) else -SURE for n in NAMES])
    return net


write(sys.argv[1], make(sys.argv[2], sys.argv[3]))
