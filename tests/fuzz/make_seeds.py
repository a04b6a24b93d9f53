# SPDX-License-Identifier: MIT
"""Writes the seed corpus, tests/fuzz/seeds/FORMAT/*, a few hundred bytes to some kilobytes
each. Needs Debian's python3-torch. The seeds are kept: the tests read them without it.

Each holds the same arrays where its format can: "a" (2,3) = 1, -2.5, 3, 0.25, 5, -6;
"b" (3,2), its transpose; and more that only some have."""
import os
import pickle
import sys
import zipfile
from collections import OrderedDict

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import formats  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")
A = np.array([[1, -2.5, 3], [0.25, 5, -6]], np.float32)


def place(kind, leaf):
    os.makedirs(os.path.join(HERE, kind), exist_ok=True)
    return os.path.join(HERE, kind, leaf)


def save_torch(leaf, value, **how):
    for kind, zipped in [("torch_zip", True), ("torch_legacy", False)]:
        torch.save(value, place(kind, leaf), _use_new_zipfile_serialization=zipped, **how)


a = torch.from_numpy(A)
state = OrderedDict(a=a, b=a.t())
save_torch("plain.pth", state)
save_torch("model.pth", {"model": state, "epoch": 3, "lr": 1e-3, "done": True, "none": None,
                         "name": "swin", "list": [1, (2, 3)], "big": 1 << 70,
                         "set": {1, 2}, "bytes": b"xyz"})
save_torch("nested.pth", {"state_dict": {"model": dict(state)}})
save_torch("views.pth", OrderedDict(a=torch.cat([a, a])[:2], b=a.t(), c=a[:, 1],
                                    p=torch.nn.Parameter(a), e=torch.zeros(0, 4),
                                    s=torch.tensor(2.0)))
save_torch("types.pth", OrderedDict(a=a, b=a.t(), h=a.half(), w=a.bfloat16(), d=a.double(),
                                    i=a.long(), j=a.int(), k=a.short(), l=a.char(),
                                    m=a.byte(), n=a > 0))
save_torch("protocol4.pth", state, pickle_protocol=4)


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.sizes = [1, 2, 3]
        self.register_buffer("number", torch.tensor(7))
        self.c = torch.nn.Parameter(a.half())

    def forward(self, x):
        return x * len(self.sizes) + self.c


class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(a)
        self.b = torch.nn.Parameter(a.t().contiguous())
        self.inner = torch.nn.Sequential(Inner(), Inner())

    def forward(self, x):
        return self.inner(x) + self.a


torch.jit.script(Scripted()).save(place("torch_zip", "script.pt"))
with zipfile.ZipFile(place("torch_zip", "plain.pth")) as z, \
        zipfile.ZipFile(place("torch_zip", "deflated.pth"), "w", zipfile.ZIP_DEFLATED) as to:
    for name in z.namelist():
        to.writestr(name, z.read(name))

np.savez(place("npz", "plain.npz"), a=A, b=np.asfortranarray(A.T))
np.savez_compressed(place("npz", "deflated.npz"), a=A, b=A.T, h=A.astype(np.float16),
                    i=A.astype(np.int64))
np.save(place("npy", "plain.npy"), A)
np.save(place("npy", "fortran.npy"), np.asfortranarray(A.astype(np.float64)))
formats.write_safetensors(place("safetensors", "plain.safetensors"),
                          {"a": A, "b": np.ascontiguousarray(A.T)}, {"format": "pt"})
formats.write_safetensors(place("safetensors", "types.safetensors"),
                          {"a": A, "b": np.ascontiguousarray(A.T), "h": A.astype(np.float16),
                           "i": A.astype(np.int64), "m": A > 0})
tf = {"a": A, "b": np.ascontiguousarray(A.T), "vggish/conv1/weights": A.reshape(1, 1, 2, 3),
      "vggish/conv1/biases": A[0]}
formats.write_tf_v1(place("tf_v1", "plain.ckpt"), tf)
formats.write_tf_v2(place("tf_v2", "plain.ckpt"), tf)


# ---- pickles that are not what they seem: for the tests; the fuzzer starts there too ----

class Evil:
    def __init__(self, f, *args):
        self.call = f, args

    def __reduce__(self):
        return self.call


def hostile(leaf, value):
    with zipfile.ZipFile(place("torch_zip", "plain.pth")) as z, \
            zipfile.ZipFile(place("hostile", leaf), "w") as to:
        for name in z.namelist():
            to.writestr(name, pickle.dumps(value, 2) if name.endswith("data.pkl")
                        else z.read(name))


hostile("system.pth", {"a": Evil(os.system, "touch /tmp/avqa-pipe-was-run")})
hostile("eval.pth", {"a": Evil(eval, "open('/tmp/avqa-pipe-was-run', 'w')")})
hostile("getattr.pth", {"a": Evil(getattr, "x", "upper")})
hostile("module.pth", torch.nn.Linear(2, 2))
