# SPDX-License-Identifier: MIT
"""HCRN's appearance features (thaolmk54/hcrn-videoqa, preprocess/), from videos to its
HDF5: as its recipe makes them with Pillow and torchvision of the frames that ffmpeg
decodes, and as this program does.

    hcrn.py PIPE"""
import os
import subprocess

import numpy as np
import torch
import torchvision
from PIL import Image

from checks import RUN as PIPE
from checks import at, compare, finish, packages, report
from networks import shaken

CLIPS, FRAMES = 8, 4  # HCRN's are of 16
MEAN, STD = (.485, .456, .406), (.229, .224, .224)
VIDEOS = {3: ("128x96", 40), 12: ("70x110", 19), 101: ("96x96", 7)}  # id: size, frames


def run(*args):
    env = dict(os.environ, XDG_DATA_HOME=at("data"), XDG_CONFIG_HOME=at("config"))
    done = subprocess.run([str(a) for a in args], env=env, capture_output=True, text=True)
    if done.returncode:
        report(" ".join(args[:3]), False, f"status {done.returncode}: {done.stderr}")
        finish()


def make(video):
    size, frames = VIDEOS[video]
    os.makedirs(at("videos"), exist_ok=True)
    path = at(f"videos/vid{video}.mkv")
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25,format=gbrp",
        "-frames:v", frames, "-c:v", "ffv1", path)
    return path


def frames_of(path, size):
    w, h = map(int, size.split("x"))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt",
                          "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, "u1").reshape(-1, h, w, 3)


def prepared(frame):
    image = Image.fromarray(frame).resize((224, 224), Image.BICUBIC)
    x = (np.asarray(image, "f4") / 255 - MEAN) / STD
    return x.transpose(2, 0, 1).astype("f4")


def theirs(model, video):
    frames = frames_of(make(video), VIDEOS[video][0])
    centres = np.linspace(0, len(frames), CLIPS + 2, dtype=int)[1:-1]
    places = [np.clip(np.arange(c - FRAMES // 2, c + FRAMES // 2), 0, len(frames) - 1)
              for c in centres]
    used = {k: prepared(frames[k]) for k in sorted(set(np.concatenate(places)))}
    body = torch.nn.Sequential(*list(model.children())[:-1])
    with torch.no_grad():
        out = body(torch.from_numpy(np.stack(list(used.values())))).flatten(1).numpy()
    of = dict(zip(used, out))
    return np.stack([[of[k] for k in clip] for clip in places])


def check_appearance(h5py):
    torch.manual_seed(6)
    model = shaken(torchvision.models.resnet18(weights=None))
    torch.save(model.state_dict(), at("resnet18.pth"))
    want = {video: theirs(model, video) for video in VIDEOS}
    std = "/".join(map(str, STD))
    run(PIPE, "ingest", "-q", "--store", at("s.db"), "--f32", "--audio", "vggish_nano",
        "--audio-weights", "seeded:1", "--visual", "resnet18", "--visual-weights",
        at("resnet18.pth"), "--visual-options",
        f"rows={CLIPS}x{FRAMES},out=pooled,filter=bicubic,std={std}", at("videos"))
    run(PIPE, "store", "export", "--store", at("s.db"), "--format", "hcrn", "--out",
        at("app.h5"))
    with h5py.File(at("app.h5"), "r") as f:
        ids, have = list(f["ids"][...]), f["resnet_features"][...]
    report("HCRN: ids", sorted(ids) == sorted(VIDEOS), f"{ids}")
    for video, size in VIDEOS.items():
        scale = np.abs(want[video]).max()
        compare(f"HCRN: appearance of {size[1]} frames", have[ids.index(video)] / scale,
                want[video] / scale)


modules = packages("HCRN's features", "h5py")
built = subprocess.run([PIPE, "store", "export", "--format", "h5", "--out", at("x")],
                       capture_output=True, text=True).stderr
if "built without" in built:
    print("skipped: HCRN's features (no HDF5)")
elif modules:
    check_appearance(*modules)
finish()
