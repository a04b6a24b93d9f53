# SPDX-License-Identifier: MIT
"""Networks, weight files and frames against PyTorch, torchvision and Pillow themselves.

    golden.py RUN_NETWORK AVQA_PIPE [CLIP]

Each line says what was compared and the largest difference. Ends with status 1 if one is
too large: 1e-3 absolute and a cosine of 0.99999 for each token."""
import os
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import torch
import torchvision
from PIL import Image

import clip
import formats
import hearing
import internvideo2
import nets3d
import sight
import networks
import yamnet
from checks import (RUN, at, check, compare, compare_steps, finish, frame, ours, pictures,
                    report)

PIPE = sys.argv[2]
PART = sys.argv[3]
CLIP = sys.argv[4] if len(sys.argv) > 4 else None


def numpy_state(model):
    return OrderedDict((k, v.detach().numpy()) for k, v in model.state_dict().items())


def tensors(arrays):
    return OrderedDict((k, torch.from_numpy(np.ascontiguousarray(v)))
                       for k, v in arrays.items())


def write(kind, arrays):
    """Writes the arrays as a file of that kind; gives its path."""
    path = at("w." + {"zip": "pth", "legacy": "pth", "nested": "pth"}.get(kind, kind))
    if kind == "zip":
        torch.save(tensors(arrays), path)
    elif kind == "legacy":
        torch.save(tensors(arrays), path, _use_new_zipfile_serialization=False)
    elif kind == "nested":
        torch.save({"model": tensors(arrays), "epoch": 7, "optimizer": {"lr": [0.1]}},
                   path)
    elif kind == "npz":
        np.savez(path, **arrays)
    else:
        formats.write_safetensors(path, arrays)
    return path


KINDS = ["zip", "legacy", "nested", "npz", "safetensors"]


def real_input(name, rows):
    """What the networks are given for a real clip, or None without one."""
    if not CLIP:
        return None
    done = subprocess.run([PIPE, "features", CLIP, "--extractor", name, "--weights",
                           "seeded:1", "--stage", "input", "--max-seconds", str(rows),
                           "--out", at("real.npy"), "-q"], stderr=subprocess.DEVNULL)
    return np.load(at("real.npy")) if done.returncode == 0 else None


def check_swin(name, pairs):
    """pairs: (naming, kind of file) to go through."""
    model = networks.swin(name)
    window, side = networks.SWINS[name][3], networks.SWINS[name][4]
    state = numpy_state(model)
    g = torch.Generator().manual_seed(5)
    inputs = {"random": torch.randn(1, 3, side, side, generator=g).numpy()}
    real = real_input(name, 1)
    if real is not None:
        inputs["real"] = real
    want = {k: networks.swin_stages(model, torch.from_numpy(x)) for k, x in inputs.items()}
    for naming, kind in pairs:
        path = write(kind, networks.NAMINGS[naming](state, window))
        for which, x in inputs.items():
            is_first = (naming, kind) == pairs[0]
            have = ours(name, path, x, "", at(f"{which}_") if is_first else None)
            if have is None:
                continue
            compare(f"{name}, {naming} names, {kind} file, {which} input", have,
                    want[which][1])
            for stage, value in want[which][0].items() if is_first else ():
                compare(f"{name} {stage}, {which} input", np.load(at(f"{which}_{stage}.npy")),
                        value.numpy())
        os.unlink(path)


def check_vggish():
    model = networks.randomise(networks.Vggish(), 2)
    state = numpy_state(model)
    g = torch.Generator().manual_seed(6)
    inputs = {"random": torch.randn(2, 96, 64, generator=g).numpy()}
    real = real_input("vggish", 3)
    if real is not None:
        inputs["real"] = real.reshape(-1, 96, 64)
    run = {}
    with torch.no_grad():
        for which, x in inputs.items():
            run[which] = (model(torch.from_numpy(x)).numpy(),
                          model(torch.from_numpy(x), last_relu=False).numpy())
    for kind in KINDS:
        path = write(kind, state)
        for which, x in inputs.items():
            have = ours("vggish", path, x)
            if have is not None:
                compare(f"vggish, {kind} file, {which} input", have, run[which][0])
    have = ours("vggish", path, inputs["random"], "relu=off")
    compare("vggish without the last ReLU", have, run["random"][1])
    check_postprocess(path, inputs["random"], run["random"][0])
    formats.write_tf_v1(at("v1.ckpt"), networks.tensorflow(state), crc=False)
    formats.write_tf_v2(at("v2.ckpt"), networks.tensorflow(state), crc=False)
    for which in ["v1.ckpt", "v2.ckpt"]:
        have = ours("vggish", at(which), inputs["random"])
        if have is not None:
            compare(f"vggish, TensorFlow {which[:2]} checkpoint", have, run["random"][0])


def check_postprocess(weights, x, embeddings):
    """torchvggish's Postprocessor, in its own words."""
    rng = np.random.default_rng(3)
    vectors = np.linalg.qr(rng.standard_normal((128, 128)))[0].astype(np.float32)
    means = rng.standard_normal((128, 1)).astype(np.float32)
    applied = torch.mm(torch.from_numpy(vectors),
                       torch.from_numpy(embeddings).t() - torch.from_numpy(means)).t()
    want = torch.round((torch.clamp(applied, -2, 2) + 2) * (255 / 4)).numpy()
    np.savez(at("pca.npz"), pca_eigen_vectors=vectors, pca_means=means)
    torch.save({"pca_eigen_vectors": torch.from_numpy(vectors),
                "pca_means": torch.from_numpy(means)}, at("pca.pth"))
    for leaf in ["pca.npz", "pca.pth"]:
        have = ours("vggish", weights, x, "pca=" + at(leaf))
        if have is None:
            continue
        steps = np.abs(have.reshape(want.shape) - want)
        report(f"vggish, PCA from {leaf}", steps.max() <= 1 and (steps > 0).mean() < 0.02,
               f"{(steps > 0).sum()} of {steps.size} values are a step off")


# ---- CLIP ----

def clip_wants(model, x):
    with torch.no_grad():
        tokens, projected = model(torch.from_numpy(x))
    return {"": tokens[:, 1:], "out=grid_proj": projected[:, 1:], "out=pooled": projected[:, :1]}


def check_clip_outputs(what, name, path, x, wants, act):
    for switches, want in wants.items():
        have = ours(name, path, x, ",".join(s for s in (switches, act) if s))
        if have is not None:
            compare(f"{what}, {switches or 'out=grid'}", have, want.numpy())


def check_clip():
    g = torch.Generator().manual_seed(8)
    for quick, act in ((True, "act=quick_gelu"), (False, "act=gelu")):
        model = clip.make("small", quick)
        x = torch.randn(3, 3, 80, 80, generator=g).numpy()
        wants = clip_wants(model, x)
        for naming, rename in clip.NAMINGS.items():
            for kind in KINDS if quick else ["zip"]:
                path = write(kind, rename(numpy_state(model)))
                check_clip_outputs(f"CLIP, {naming} names, {kind} file, {act}", "clip_vit",
                                   path, x, wants if kind == "zip" else {"": wants[""]}, act)
    for size in ["small", "clip_vit_b32"]:
        model = clip.make(size)
        side = clip.SIZES[size][2] * clip.SIZES[size][3]
        x = torch.randn(2, 3, side, side, generator=g).numpy()
        torch.jit.script(clip.halve(model)).save(at("clip.pt"))
        name = size if size.startswith("clip") else "clip_vit"
        real = real_input(name, 1) if size.startswith("clip") else None
        for which, y in {"random": x, "real": real}.items():
            if y is not None:
                check_clip_outputs(f"CLIP {size}, TorchScript in halves, {which} input", name,
                                   at("clip.pt"), y, clip_wants(model.float(), y), "")


# ---- ResNet ----

def resnet(name):
    """torchvision's, with norms that matter."""
    torch.manual_seed(9)
    model = getattr(torchvision.models, name)(weights=None).eval()
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                last = m.weight.numel() > 512
                m.weight.uniform_(0.2 if last else 0.5, 0.5 if last else 1.0)
                m.bias.normal_(0, 0.2)
                m.running_mean.normal_(0, 0.2)
                m.running_var.uniform_(0.5, 2)
    return model


def resnet_stages(model, x):
    stages = {}
    with torch.no_grad():
        x = model.maxpool(model.relu(model.bn1(model.conv1(torch.from_numpy(x)))))
        for k in range(4):
            x = getattr(model, f"layer{k + 1}")(x)
            stages[f"stage{k + 1}"] = x.permute(0, 2, 3, 1)
    return stages


def check_resnet(name, kinds):
    model = resnet(name)
    g = torch.Generator().manual_seed(10)
    inputs = {"random": torch.randn(2, 3, 224, 224, generator=g).numpy(),
              "real": real_input(name, 1)}
    for kind in kinds:
        path = write(kind, {"backbone." + k if kind == "legacy" else k: v
                            for k, v in numpy_state(model).items()})
        for which, x in inputs.items():
            if x is None:
                continue
            is_first = kind == kinds[0]
            want = resnet_stages(model, x)
            have = ours(name, path, x, "", at(f"{which}_") if is_first else None)
            if have is None:
                continue
            compare(f"{name}, {kind} file, {which} input", have, want["stage4"].numpy())
            for stage in want if is_first else ():
                compare(f"{name} {stage}, {which} input",
                        np.load(at(f"{which}_{stage}.npy")), want[stage].numpy())
            have = ours(name, path, x, "out=pooled")
            if have is not None:
                compare(f"{name} pooled, {kind} file, {which} input", have,
                        want["stage4"].mean((1, 2)).numpy())
        os.unlink(path)


def check_yamnet():
    model = yamnet.yamnet(11)
    g = torch.Generator().manual_seed(12)
    inputs = {"random": 2 * torch.randn(2, 96, 64, generator=g).numpy() - 2,
              "real": real_input("yamnet", 3)}
    files = {"Keras": lambda: yamnet.write_keras(at("yamnet"), model),
             "Keras, scaled": lambda: yamnet.write_keras(at("yamnet"), model, True)}
    for kind in ("float32", "float16", "8 bits"):
        files[f"TensorFlow Lite, {kind}"] = lambda k=kind: yamnet.write_lite(at("yamnet"), model, k)
    for what, write_file in files.items():
        stands = write_file() or model
        for which, x in inputs.items():
            if x is None:
                continue
            with torch.no_grad():
                values, scores = stands(torch.from_numpy(x))
            check(f"yamnet, {what} file, {which} input", "yamnet", at("yamnet"), x,
                  {"embedding": values, "scores": scores,
                   "both": torch.cat([values, scores], 1)})


# ---- arrays as they come ----

def check_arrays():
    base = torch.arange(-12.0, 12.0).reshape(4, 6)
    odd = OrderedDict([("plain", base), ("transposed", base.t()), ("part", base[1:3, ::2]),
                       ("row", base[2]), ("half", base.half() / 7),
                       ("bf16", (base / 7).bfloat16()), ("double", base.double() / 7),
                       ("empty", torch.zeros(0, 3)), ("one", torch.tensor(3.5)),
                       ("parameter", torch.nn.Parameter(base + 1)),
                       ("again", base)])
    for kind in ["zip", "legacy"]:
        path = at("odd.pth")
        torch.save(odd, path, _use_new_zipfile_serialization=kind == "zip")
        check_tensors(f"odd tensors, {kind}", path, {k: v.detach().float().numpy()
                                                     for k, v in odd.items()})
    arrays = {k: v.detach().numpy() for k, v in odd.items() if k != "bf16"}
    arrays["fortran"] = np.asfortranarray(arrays["plain"])
    np.savez_compressed(at("odd.npz"), **arrays)
    check_tensors("odd tensors, deflated npz", at("odd.npz"), arrays)
    np.save(at("odd.npy"), arrays["fortran"])
    check_tensors("one array", at("odd.npy"), {"array": arrays["plain"]})


def check_tensors(what, path, want):
    os.makedirs(at("t"), exist_ok=True)
    done = subprocess.run([RUN, "tensors", path, at("t")], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)
    names = dict(line.split(" ", 1)[::-1] for line in done.stdout.splitlines())
    if done.returncode or set(names) != set(want):
        return report(what, False, done.stderr.strip() or f"has {sorted(names)}")
    bad = [k for k, v in want.items()
           if not np.array_equal(np.load(at(f"t/{names[k]}.npy")), v.astype(np.float32))]
    report(what, not bad, f"{len(want)} arrays, differing: {bad}")


# ---- frames ----

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def pillow(image, size, short, resample):
    picture = Image.fromarray(image)
    if short:
        w, h = picture.size
        w, h = (short, int(short * h / w)) if w <= h else (int(short * w / h), short)
        picture = picture.resize((w, h), resample)
        left, top = int(round((w - size) / 2.0)), int(round((h - size) / 2.0))
        picture = picture.crop((left, top, left + size, top + size))
    else:
        picture = picture.resize((size, size), resample)
    return np.asarray(picture).astype(np.float64)


def check_frames():
    images = pictures()
    jpeg = "/usr/share/doc/opencv-doc/examples/data/fruits.jpg"
    if os.path.exists(jpeg):
        images["photograph"] = np.asarray(Image.open(jpeg).convert("RGB"))
    ways = {"": (0, Image.BICUBIC), "fit=crop": (256, Image.BICUBIC),
            "fit=crop,short=232": (232, Image.BICUBIC),
            "filter=bilinear": (0, Image.BILINEAR),
            "fit=crop,filter=bilinear": (256, Image.BILINEAR)}
    for name, image in images.items():
        for switches, (short, resample) in ways.items():
            what = f"frames as Pillow's, {name} {image.shape[1]}x{image.shape[0]}, " \
                   f"{switches or 'default'}"
            have = frame(what, image, 224, switches)
            if have is not None:
                have = have.transpose(1, 2, 0) * STD + MEAN
                compare_steps(what, have * 255 - pillow(image, 224, short, resample))
        check_plain(name, image)


def check_plain(name, image):
    """torch's interpolate, which does not filter, is OpenCV's INTER_LINEAR."""
    x = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].double()
    want = torch.nn.functional.interpolate(x, (224, 224), mode="bilinear",
                                           align_corners=False)[0].permute(1, 2, 0).numpy()
    have = frame(f"frames, {name}, plain bilinear", image, 224, "filter=bilinear_plain")
    if have is None:
        return
    off = np.abs((have.transpose(1, 2, 0) * STD + MEAN) * 255 - want)
    report(f"frames, {name}, plain bilinear", off.max() < 0.01,
           f"all within {off.max():.4f}/255 of torch's interpolate")


def compare_inputs_and_sound():
    check_arrays()
    check_frames()
    check_vggish()
    check_yamnet()
    yamnet.compare_concepts()
    hearing.compare_all(real_input("hearing", 3))


def compare_pictures():
    check_clip()
    check_resnet("resnet18", KINDS)
    for deep in ["resnet34", "resnet50", "resnet101", "resnet152"]:
        check_resnet(deep, ["zip"])
    sight.compare_all()


def compare_swin():
    check_swin("swin_t", [(n, k) for n in networks.NAMINGS for k in KINDS])
    for big in ["swin_b", "swin_b_384", "swin_l"]:
        check_swin(big, list(zip(networks.NAMINGS, ["zip", "legacy", "safetensors", "npz"])))


def compare_video():
    internvideo2.compare_all(real_input("internvideo2_s", 1))
    nets3d.compare_all()


torch.set_num_threads(2)
{"sound": compare_inputs_and_sound, "pictures": compare_pictures, "swin": compare_swin,
 "video": compare_video}[PART]()
finish()
