# SPDX-License-Identifier: MIT
"""make_networks.py NETWORK.safetensors: from one network the files of several, or of one
with a value that is no number, in this folder. Needs nothing but Python: a torch.save file is
a pickle and raw data in a ZIP archive."""
import io
import pickle
import struct
import sys
import types
import zipfile

from tensors import read, write

SIZES = {"F16": 2, "F32": 4}
NAN = {"F16": b"\x00\x7e", "F32": b"\x00\x00\xc0\x7f", "BF16": b"\xc0\x7f",
       "F64": b"\x00\x00\x00\x00\x00\x00\xf8\x7f"}
INF = {"F16": b"\x00\x7c", "F32": b"\x00\x00\x80\x7f", "BF16": b"\x80\x7f",
       "F64": b"\x00\x00\x00\x00\x00\x00\xf0\xff"}


def floats(tensor):
    dtype, _, data = tensor
    return struct.unpack("<%d%s" % (len(data) // SIZES[dtype], {"F16": "e", "F32": "f"}[dtype]), data)


def as_dtype(tensor, dtype):
    x = floats(tensor)
    if dtype == "BF16":
        return dtype, tensor[1], b"".join(struct.pack("<f", v)[2:] for v in x)
    return dtype, tensor[1], struct.pack("<%d%s" % (len(x), {"F16": "e", "F32": "f", "F64": "d"}[dtype]), *x)


def named(net, prefix):
    return {prefix + k: v for k, v in net.items()}


def other(net):
    """The same network with other values: all of them half as large."""
    return {k: (d, s, struct.pack("<%de" % len(x), *[v / 2 for v in x]))
            for k, (d, s, _) in net.items() for x in [floats(net[k])]}


# ---- torch.save ----

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def _rebuild_tensor_v2(*args):
    raise NotImplementedError


class HalfStorage:
    pass


_rebuild_tensor_v2.__module__, HalfStorage.__module__ = "torch._utils", "torch"
utils._rebuild_tensor_v2, torch.HalfStorage = _rebuild_tensor_v2, HalfStorage


class Key:
    def __init__(self, key, count):
        self.id = ("storage", HalfStorage, key, "cpu", count)


class Tensor:
    def __init__(self, key, shape, count):
        self.key, self.shape, self.count = key, tuple(shape), count

    def __reduce__(self):
        steps, step = [], 1
        for d in reversed(self.shape):
            steps.insert(0, step)
            step *= d
        return _rebuild_tensor_v2, (Key(self.key, self.count), 0, self.shape, tuple(steps), False, {})


class Pickler(pickle.Pickler):
    def persistent_id(self, obj):
        return obj.id if isinstance(obj, Key) else None


def save(path, value):
    blobs = []

    def plain(v):
        if isinstance(v, dict):
            return {k: plain(x) for k, x in v.items()}
        if not isinstance(v, tuple):
            return v
        blobs.append(v[2])
        return Tensor(str(len(blobs) - 1), v[1], len(v[2]) // 2)

    text = io.BytesIO()
    Pickler(text, 2).dump(plain(value))
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("archive/data.pkl", text.getvalue())
        for k, b in enumerate(blobs):
            z.writestr("archive/data/%d" % k, b)
        z.writestr("archive/version", "3\n")


net = read(sys.argv[1])
far = other(net)
write("moco.safetensors", {**named(net, "module.encoder_q."), **named(far, "module.encoder_k.")})
write("far.safetensors", named(far, "module.encoder_k."))
save("dino.pth", {"student": named(net, "module.backbone."), "teacher": named(far, "backbone."),
                  "epoch": 3, "dino_loss": {"center": net["features.0.bias"]}})
save("ema.pth", {"state_dict": dict(net), "state_dict_ema": dict(far), "epoch": 3})
save("alone.pth", {"state_dict": dict(net), "optimizer": {"lr": 0.1}})
last = "embeddings.4.weight"
for dtype in NAN:
    for what, value in [("nan", NAN[dtype]), ("inf", INF[dtype])]:
        d, s, b = as_dtype(net[last], dtype)
        write("%s.%s.safetensors" % (what, dtype), {**net, last: (d, s, b[:-len(value)] + value)})
d, s, b = net[last]
save("nan.pth", {"model": {**net, last: (d, s, NAN[d] + b[2:])}})
write("unused.safetensors", {**net, "head.bias": ("F32", [1], NAN["F32"])})
