# SPDX-License-Identifier: MIT
"""Writers of the weight formats that Debian's Python has no library for, from their
descriptions: safetensors (its README), and TensorFlow's two checkpoints (saved_tensor_slice
.proto, tensor_bundle.proto, LevelDB's table_format.md)."""
import json
import struct

import numpy as np

DTYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64",
          "int32": "I32", "int16": "I16", "int8": "I8", "uint8": "U8", "bool": "BOOL"}


def write_safetensors(path, arrays, meta=None):
    header, data, at = {}, [], 0
    if meta:
        header["__metadata__"] = meta
    for name, a in arrays.items():
        raw = np.ascontiguousarray(a).tobytes()
        header[name] = {"dtype": DTYPES[str(a.dtype)], "shape": list(a.shape),
                        "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for raw in data:
            f.write(raw)


# ---- protocol buffers ----

def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def message(field, raw):
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def shape(dims):
    return b"".join(message(2, number(1, d)) for d in dims)


# ---- the table ----

_TABLE = []
for _b in range(256):
    _c = _b
    for _ in range(8):
        _c = _c >> 1 ^ 0x82F63B78 if _c & 1 else _c >> 1
    _TABLE.append(_c)


def masked_crc(raw):
    c = 0xFFFFFFFF
    for b in raw:
        c = c >> 8 ^ _TABLE[(c ^ b) & 255]
    c ^= 0xFFFFFFFF
    return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF


def block(entries, share=True, crc=True):
    """Entries of one block, keys sharing their beginnings, one restart point."""
    out, last = b"", b""
    for key, value in entries:
        n = 0
        while share and n < min(len(key), len(last)) and key[n] == last[n]:
            n += 1
        out += varint(n) + varint(len(key) - n) + varint(len(value)) + key[n:] + value
        last = key
    out += struct.pack("<II", 0, 1)
    return out, b"\0" + struct.pack("<I", masked_crc(out + b"\0") if crc else 0)


def write_table(path, entries, per_block, crc=True):
    out, index = b"", []
    for k in range(0, len(entries), per_block):
        some = entries[k:k + per_block]
        body, trailer = block(some, crc=crc)
        index.append((some[-1][0], varint(len(out)) + varint(len(body))))
        out += body + trailer
    meta, trailer = block([])
    meta_at = varint(len(out)) + varint(len(meta))
    out += meta + trailer
    body, trailer = block(index, share=False)
    footer = meta_at + varint(len(out)) + varint(len(body))
    out += body + trailer
    out += footer + b"\0" * (40 - len(footer)) + struct.pack("<Q", 0xDB4775248B80FB57)
    with open(path, "wb") as f:
        f.write(out)


def write_tf_v1(path, arrays, crc=True):
    """One file; each tensor a slice of its whole, its values packed floats."""
    metas, values = b"", []
    for name, a in sorted(arrays.items()):
        whole = b"".join(message(1, b"") for _ in a.shape)
        metas += message(1, message(1, name.encode()) + message(2, shape(a.shape)) +
                         number(3, 1) + message(4, whole))
        tensor = number(1, 1) + message(2, shape(a.shape)) + \
            message(5, a.astype("<f4").tobytes())
        saved = message(1, name.encode()) + message(2, whole) + message(3, tensor)
        values.append((b"\0" + name.encode() + b"\0\1", message(2, saved)))
    versions = message(2, number(1, 27))
    entries = [(b"", message(1, metas + versions))] + sorted(values)
    write_table(path, entries, 1, crc)


def write_tf_v2(prefix, arrays, crc=True):
    """prefix.index and prefix.data-00000-of-00001."""
    entries = [(b"", number(1, 1) + message(3, number(1, 1)))]
    at = 0
    with open(prefix + ".data-00000-of-00001", "wb") as f:
        for name, a in sorted(arrays.items()):
            raw = a.astype("<f4").tobytes()
            f.write(raw)
            entry = number(1, 1) + message(2, shape(a.shape)) + \
                (number(4, at) if at else b"") + number(5, len(raw)) + \
                varint(6 << 3 | 5) + struct.pack("<I", masked_crc(raw) if crc else 0)
            entries.append((name.encode(), entry))
            at += len(raw)
    write_table(prefix + ".index", entries, 4, crc)
