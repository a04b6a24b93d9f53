# SPDX-License-Identifier: MIT
"""Writers of the weight formats that Debian's Python has no library for, from their
descriptions: safetensors (its README), TensorFlow's two checkpoints (saved_tensor_slice
.proto, tensor_bundle.proto, LevelDB's table_format.md), and TensorFlow Lite."""
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
    """One file; each tensor a slice of its whole, its values packed and without a type. A
    key is a 0, the name, and where the slice begins and how long it is: 0, all."""
    metas, values = b"", []
    for name, a in sorted(arrays.items()):
        whole = b"".join(message(1, b"") for _ in a.shape)
        real = a.dtype == np.float32
        metas += message(1, message(1, name.encode()) + message(2, shape(a.shape)) +
                         number(3, 1 if real else 9) + message(4, whole))
        tensor = message(5, a.astype("<f4").tobytes()) if real else \
            message(10, b"".join(varint(n) for n in np.ravel(a)))
        saved = message(1, name.encode()) + message(2, whole) + message(3, tensor)
        n_dims = bytes([1, a.ndim]) if a.ndim else b"\0"
        values.append((b"\0" + name.encode() + b"\0\1" + n_dims + b"\x80\x7f" * a.ndim,
                       message(2, saved)))
    versions = message(2, number(1, 1))
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


# ---- FlatBuffers (flatbuffers.dev, "Internals") and TensorFlow Lite (schema.fbs) ----

class Table:
    """Fields by number: bytes of a number, or a Table or Vector that is pointed to."""

    def __init__(self, **fields):
        self.fields = {int(k[1:]): v for k, v in fields.items() if v is not None}


class Vector:
    """Numbers, or Tables and Vectors; the numbers begin at a multiple of `align`."""

    def __init__(self, items, align=4):
        self.items, self.align = items, align


def put_flat(out, item):
    """Appends a table or vector and what it points to; gives its place."""
    if isinstance(item, Table):
        sizes = {k: len(v) if isinstance(v, bytes) else 4 for k, v in item.fields.items()}
        at, places = 4, {}
        for k in sorted(sizes, key=lambda k: -sizes[k]):
            places[k], at = at, at + sizes[k]
        slots = [places.get(k, 0) for k in range(max(places, default=-1) + 1)]
        out += b"\0" * (-len(out) % 2)
        vtable = len(out)
        out += struct.pack(f"<{2 + len(slots)}H", 4 + 2 * len(slots), at, *slots)
        out += b"\0" * (-len(out) % 4)
        table = len(out)
        out += struct.pack("<i", table - vtable) + b"\0" * (at - 4)
        for k, v in item.fields.items():
            if isinstance(v, bytes):
                out[table + places[k]:table + places[k] + len(v)] = v
        refs = [(table + places[k], v) for k, v in sorted(item.fields.items())
                if not isinstance(v, bytes)]
        place = table
    else:
        items = item.items
        raw = items.tobytes() if isinstance(items, np.ndarray) else b""
        out += b"\0" * ((-len(out) - 4) % item.align)
        place = len(out)
        out += struct.pack("<I", items.size if isinstance(items, np.ndarray)
                           else len(items)) + raw
        refs = []
        if not isinstance(items, np.ndarray):
            refs = [(place + 4 + 4 * k, v) for k, v in enumerate(items)]
            out += b"\0" * (4 * len(items))
    for at, v in refs:
        out[at:at + 4] = struct.pack("<I", put_flat(out, v) - at)
    return place


class Constant:
    """A constant: its values, and if they are quantised their scales and zero points along
    dimension `dim`. unpacked: a DEQUANTIZE operator stands between it and its user."""

    def __init__(self, values, scale=None, zero=None, dim=0, unpacked=False, kind=None,
                 sparse=False):
        self.values, self.scale, self.zero, self.dim = values, scale, zero, dim
        self.unpacked, self.sparse = unpacked, sparse
        self.kind = LITE_TYPES[str(values.dtype)] if kind is None else kind


LITE_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "int16": 7,
              "int8": 9, "float64": 10}
LITE_OPERATORS = {"conv_2d": 3, "depthwise_conv_2d": 4, "dequantize": 6, "fully_connected": 9,
                  "relu": 19}


def i32(n):
    return struct.pack("<i", n)


def lite_options(kind, how):
    byte = {k: bytes([how.get(k, 0)]) for k in ("padding", "act", "order")}
    stride, dilation = i32(how.get("stride", 1)), i32(how.get("dilation", 1))
    if kind == "conv_2d":
        return Table(_0=byte["padding"], _1=stride, _2=stride, _3=byte["act"], _4=dilation,
                     _5=dilation)
    if kind == "depthwise_conv_2d":
        return Table(_0=byte["padding"], _1=stride, _2=stride, _3=i32(1), _4=byte["act"],
                     _5=dilation, _6=dilation)
    return Table(_0=byte["act"], _1=byte["order"]) if kind == "fully_connected" else None


def write_tflite(path, layers):
    """layers: (kind, weight, bias, how) in the graph's order, each constant a Constant, an
    array or None; how: stride, padding (0 same, 1 valid), act (0 none, 1 ReLU), ..."""
    buffers, tensors, operators = [Table()], [], []
    kinds = sorted(LITE_OPERATORS, key=LITE_OPERATORS.get)

    def tensor(shape, kind, buffer, scales=None, sparse=None):
        tensors.append(Table(_0=Vector(np.array(shape, np.int32)), _1=bytes([kind]),
                             _2=struct.pack("<I", buffer), _4=scales, _6=sparse))
        return len(tensors) - 1

    def operator(kind, inputs, outputs, options=None):
        operators.append(Table(_0=struct.pack("<I", kinds.index(kind)),
                               _1=Vector(np.array(inputs, np.int32)),
                               _2=Vector(np.array(outputs, np.int32)), _4=options))

    def constant(c):
        if c is None:
            return -1
        c = c if isinstance(c, Constant) else Constant(c)
        scales = None
        if c.scale is not None:
            scales = Table(_2=Vector(np.array(c.scale, np.float32)),
                           _3=None if c.zero is None else
                           Vector(np.array(c.zero, np.int64), 8), _6=i32(c.dim))
        buffers.append(Table(_0=Vector(np.frombuffer(
            np.ascontiguousarray(c.values).tobytes(), np.uint8), 16)))
        n = tensor(c.values.shape, c.kind, len(buffers) - 1, scales,
                   Table() if c.sparse else None)
        if not c.unpacked:
            return n
        plain = tensor(c.values.shape, 0, 0)
        operator("dequantize", [n], [plain])
        return plain

    at = tensor([1], 0, 0)
    for kind, weight, bias, how in layers:
        inputs = [at, constant(weight), constant(bias)]
        at = tensor([1], 0, 0)
        operator(kind, inputs, [at], lite_options(kind, how))
    codes = [Table(_0=bytes([LITE_OPERATORS[k]]), _3=i32(LITE_OPERATORS[k])) for k in kinds]
    graph = Table(_0=Vector(tensors), _3=Vector(operators))
    out = bytearray(8)
    root = put_flat(out, Table(_0=i32(3), _1=Vector(codes), _2=Vector([graph]),
                               _4=Vector(buffers)))
    out[:8] = struct.pack("<I", root) + b"TFL3"
    with open(path, "wb") as f:
        f.write(out)
