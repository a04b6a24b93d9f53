# Reads a TensorBoard event file without TensorBoard: every frame's two checks, and the
# messages by protocol buffers' wire format. Prints "step tag value" lines.
import struct
import sys


def crc32c(data):
    c = 0xFFFFFFFF
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    return c ^ 0xFFFFFFFF


def masked(data):
    c = crc32c(data)
    return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    at, out = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(data, at)
        else:
            n = {1: 8, 5: 4}.get(wire)
            if n is None:
                assert wire == 2, wire
                n, at = varint(data, at)
            value, at = data[at : at + n], at + n
            assert len(value) == n
        out[key >> 3] = value
    return out


assert crc32c(b"123456789") == 0xE3069283  # RFC 3720's check value
data, at, first = open(sys.argv[1], "rb").read(), 0, True
while at < len(data):
    head, (n, check) = data[at : at + 8], struct.unpack("<QI", data[at : at + 12])
    body, (tail,) = data[at + 12 : at + 12 + n], struct.unpack("<I", data[at + 12 + n : at + 16 + n])
    assert masked(head) == check and masked(body) == tail, at
    at += 16 + n
    event = fields(body)
    assert struct.unpack("<d", event[1])[0] > 1e9
    if first:
        assert event[3] == b"brain.Event:2"
        first = False
        continue
    value = fields(fields(event[5])[1])
    print(event[2], value[1].decode(), "%.6g" % struct.unpack("<f", value[2])[0], sep="\t")
