# SPDX-License-Identifier: MIT
"""Writes the seed corpus, tests/fuzz/seeds/FORMAT/*, a few hundred bytes to some kilobytes
each. Needs Debian's python3-torch and python3-h5py. The seeds are kept: the tests read them without it.

Each holds the same arrays where its format can: "a" (2,3) = 1, -2.5, 3, 0.25, 5, -6;
"b" (3,2), its transpose; and more that only some have."""
import ctypes
import gzip
import json
import os
import pickle
import sys
import zipfile
from collections import OrderedDict

import h5py
import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import dlib_file  # noqa: E402
import formats  # noqa: E402
import formula  # noqa: E402

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
steps = np.array([[0.125], [0.25]], np.float32)  # A and A.T are whole numbers of these
formats.write_safetensors(place("safetensors", "int8.safetensors"),
                          {"a": (A / steps).astype(np.int8), "a_scale": steps,
                           "b": (A.T / 0.25).astype(np.int8),
                           "b_scale": np.array([0.25], np.float32)})
tf = {"a": A, "b": np.ascontiguousarray(A.T), "vggish/conv1/weights": A.reshape(1, 1, 2, 3),
      "vggish/conv1/biases": A[0]}
# tf_v1/tensorflow.ckpt is TensorFlow 2.21's own: tf.compat.v1.train.Saver(write_version=1) of
# "a", "b", "vggish/conv1/weights" of zeros and the int64 "global_step".
formats.write_tf_v1(place("tf_v1", "plain.ckpt"), {**tf, "global_step": np.array([7])})
formats.write_tf_v2(place("tf_v2", "plain.ckpt"), tf)


# ---- HDF5 as Keras saves it, and TensorFlow Lite ----

def keras_layer(group, arrays, n_lost=0):
    """A group of arrays that weight_names lists; n_lost more than there are."""
    names = list(arrays) + ["lost"] * n_lost
    group.attrs["weight_names"] = np.array([n.encode() for n in names], "S")
    for name, values in arrays.items():
        group[name] = values


LIBHDF5 = "libhdf5_serial.so.103"  # the one that h5py has loaded


def small_h5(path):
    """A file whose tables of members are small, and so are trees where there are many."""
    how = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    how_id = ctypes.c_int64(how.id)
    assert ctypes.CDLL(LIBHDF5).H5Pset_sym_k(how_id, ctypes.c_uint(1), ctypes.c_uint(1)) >= 0
    return h5py.File(h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, how))


B = np.ascontiguousarray(A.T)
with small_h5(place("hdf5", "layers.h5")) as f:
    f.attrs["layer_names"] = np.array([b"one", b"one/bn", b"two"])
    f.attrs["backend"] = "tensorflow"
    keras_layer(f.create_group("one"), {"a": A})
    keras_layer(f["one"].create_group("bn"), {"one/bn/beta:0": A[0]})
    keras_layer(f.create_group("two"), {"b": B, "two/moving:0": A})
with small_h5(place("hdf5", "model.h5")) as f:
    keras_layer(f.create_group("model_weights/one"), {"a": A, "b": B})
    f["optimizer_weights/iteration"] = np.int64(7)
with small_h5(place("hdf5", "types.h5")) as f:
    for key, values in {"a": A, "b": B, "e": np.zeros((0, 4), np.float32)}.items():
        f[key] = values
    for key, kind in {"h": "<f2", "d": ">f8", "i": "<i8", "j": ">i4", "k": "<i2", "l": "i1",
                      "m": "u1"}.items():
        f["deep/in/" + key] = A.astype(kind)
    f["text"] = "no numbers"
    f["link"] = h5py.SoftLink("/a")
    small = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    small.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(A.shape)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, space, small).write(
        h5py.h5s.ALL, h5py.h5s.ALL, A)
with h5py.File(place("refused", "chunks.h5"), "w") as f:
    f.create_dataset("a", data=A, chunks=(1, 3))
with h5py.File(place("refused", "deflated.h5"), "w") as f:
    f.create_dataset("a", data=A, compression="gzip")
with h5py.File(place("refused", "latest.h5"), "w", libver="latest") as f:
    f["a"] = A
with h5py.File(place("refused", "tracked.h5"), "w", track_order=True) as f:
    f["a"] = A
with h5py.File(place("refused", "block.h5"), "w", userblock_size=512) as f:
    f["a"] = A
with h5py.File(place("refused", "outside.h5"), "w") as f:
    f.create_dataset("a", (2, 3), "f4", external=[("other.bin", 0, 24)])
with h5py.File(place("refused", "named_type.h5"), "w") as f:
    f["type"] = np.dtype("f4")
    f.create_dataset("a", (2, 3), f["type"])
with h5py.File(place("refused", "lost.h5"), "w") as f:
    keras_layer(f.create_group("one"), {"a": A}, 1)
with h5py.File(place("refused", "circle.h5"), "w") as f:
    f.create_group("one")["again"] = f["/"]
with h5py.File(place("refused", "empty.h5"), "w") as f:
    f.create_dataset("a", (2, 3), "f4")

Constant, LONG = formats.Constant, {"act": 1, "stride": 2}
tall = np.repeat(A, 3, 0).reshape(1, 2, 3, 3)
formats.write_tflite(place("tflite", "plain.tflite"), [
    ("conv_2d", A.reshape(2, 1, 1, 3), A[:, 0], LONG), ("relu", None, None, {}),
    ("depthwise_conv_2d", tall, None, {"padding": 1, "dilation": 3}),
    ("fully_connected", A, A[:, 0], {"act": 1}), ("fully_connected", B, None, {})])
quarters = A * 4
formats.write_tflite(place("tflite", "types.tflite"), [
    ("fully_connected", Constant(quarters.astype(np.int8), [0.25]), None, {}),
    ("fully_connected", Constant((B * 4 + 100).astype(np.uint8), [0.25], [100]), None, {}),
    ("fully_connected", Constant(A.astype(np.float16), unpacked=True), None, {}),
    ("fully_connected", Constant((A / [[0.25], [0.125]]).astype(np.int8), [0.25, 0.125],
                                 [0, 0], unpacked=True), None, {}),
    ("fully_connected", Constant((A / [0.5, 0.25, 0.125] * 4 - [1, 2, 3]).astype(np.int16),
                                 [0.125, 0.0625, 0.03125], [-1, -2, -3], 1),
     Constant(quarters.astype(np.int32), [0.25]), {}),
    ("fully_connected", A.astype(np.float64), Constant(quarters.astype(np.int64), [0.25]),
     {})])
for leaf, constant in {
        "bare": Constant(quarters.astype(np.int8)),
        "sparse": Constant(A, sparse=True),
        "narrow": Constant(quarters.astype(np.int8), [0.25], kind=17),
        "scales": Constant(quarters.astype(np.int8), [0.25, 0.5, 0.5]),
        "zeros": Constant(quarters.astype(np.int8), [0.25, 0.5], [0, 0, 0]),
        "short": Constant(A, kind=10)}.items():
    formats.write_tflite(place("refused", leaf + ".tflite"),
                         [("fully_connected", constant, None, {})])
formats.write_tflite(place("refused", "shuffled.tflite"),
                     [("fully_connected", A, None, {"order": 1})])


# ---- dlib ----

def dlib_layers():
    """A as the first convolution's filters and its transpose as the second's."""
    return [("con", A.reshape(2, 3, 1, 1), A[0, :2], 2, 0), ("affine", A[0, :2], A[1, :2]),
            ("relu",), ("max_pool", 3, 2, 0), ("tag",),
            ("con", A.T.reshape(3, 2, 1, 1), A[0], 1, 0), ("tag",), ("avg_pool", 2, 2, 0),
            ("add_prev",), ("avg_pool", 0, 1, 0), ("fc", A.T, A[0, :2])]


dlib_file.write(place("dlib", "plain.dnn"), dlib_layers())
dlib_file.write(place("dlib", "old.dnn"), dlib_layers(), new=False)
dlib_file.write(place("dlib", "labels.dnn"), dlib_layers(), labels=["tench", "cock, hen"])
dlib_file.write(place("dlib", "resnet.dnn"), dlib_file.resnet(
    formula.weight, [1, 2, 3, 4], [1, 1, 1, 1], 2), size=99)


# ---- vocabularies of CLIP's tokenizer, all of the same merges ----

MERGES = ["l o", "lo w</w>", "h i", "hi g", "hig h</w>", "\u00c3 \u00a9</w>", "e r</w>", "v i", "vi o", "vio l",
          "viol i", "violi n</w>"]


def save_vocabulary(leaf, merges):
    with open(place("bpe", leaf), "w", encoding="utf-8") as f:
        json.dump({"version": "1.0", "model": {
            "type": "BPE", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
            "vocab": {"l": 75, "lo": 512}, "merges": merges}}, f, ensure_ascii=False)


lines = "".join(m + "\n" for m in MERGES)
simple = '"bpe_simple_vocab_16e6.txt#version: 0.2\n' + lines
for leaf, data in (("simple.txt", simple.encode()), ("merges.txt", ("#version: 0.2\n" + lines).encode()),
                   ("simple.txt.gz", gzip.compress(simple.encode(), mtime=0))):
    with open(place("bpe", leaf), "wb") as f:
        f.write(data)
save_vocabulary("tokenizer.json", MERGES)
save_vocabulary("pairs.json", [m.split() for m in MERGES])


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
