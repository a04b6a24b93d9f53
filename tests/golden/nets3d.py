# SPDX-License-Identifier: MIT
"""ResNeXt over clips in PyTorch, from its description (Hara et al., CVPR 2018; the sizes of
3D-ResNets-PyTorch), in a file as that repository and HCRN's scripts have it; torchvision's own
R(2+1)D; and what the program makes of them and of HCRN's pictures."""
import os

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn

from checks import at, compare, frame, ours, pictures, report, run


class Bottleneck(nn.Module):
    def __init__(self, before, inner, groups, stride):
        super().__init__()
        after = 2 * inner
        self.conv1 = nn.Conv3d(before, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(inner)
        self.conv2 = nn.Conv3d(inner, inner, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm3d(inner)
        self.conv3 = nn.Conv3d(inner, after, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(after)
        self.downsample = None
        if stride > 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv3d(before, after, 1, stride, bias=False),
                                            nn.BatchNorm3d(after))

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu()
        y = self.bn2(self.conv2(y)).relu()
        y = self.bn3(self.conv3(y))
        return (y + (self.downsample(x) if self.downsample else x)).relu()


class ResNeXt3d(nn.Module):
    def __init__(self, depths, groups, width):
        super().__init__()
        self.conv1 = nn.Conv3d(3, width // 2, 7, (1, 2, 2), 3, bias=False)
        self.bn1 = nn.BatchNorm3d(width // 2)
        before = width // 2
        for s, depth in enumerate(depths):
            inner = width << s
            blocks = [Bottleneck(before if k == 0 else 2 * inner, inner, groups,
                                 2 if k == 0 and s > 0 else 1) for k in range(depth)]
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
            before = 2 * inner
        self.fc = nn.Linear(before, 7)

    def stages(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = nn.functional.max_pool3d(x, 3, 2, 1)
        for k in range(1, 5):
            x = getattr(self, f"layer{k}")(x)
            yield x


def stages_of(model, x):
    """All four, (N,C,T,h,w), of torchvision's or ours."""
    if isinstance(model, ResNeXt3d):
        return list(model.stages(x))
    x, made = model.stem(x), []
    for k in range(1, 5):
        x = getattr(model, f"layer{k}")(x)
        made.append(x)
    return made


def settle(model, x, seed):
    """Norms with random weights, whose statistics are about those of x. What is added to the
    shortcut is small, as it adds up."""
    torch.manual_seed(seed)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm3d)]
    with torch.no_grad():
        for name, m in model.named_modules():
            if isinstance(m, nn.BatchNorm3d):
                by = 0.25 if name.endswith("bn3") else 1
                m.momentum = 1.0
                m.weight.uniform_(0.3 * by, 0.8 * by)
                m.bias.normal_(0, 0.2 * by)
        stages_of(model.train(), x)
        for m in norms:
            m.running_mean += 0.3 * m.running_var.sqrt() * torch.randn(m.num_features)
            m.running_var *= torch.empty(m.num_features).uniform_(0.6, 1.6)
    return model.eval()


def rows_of(x):
    """(N,3,T,H,W) as the program is given it, (N,3T,H,W)."""
    return x.transpose(1, 2).flatten(1, 2).numpy()


def run_frozen(name, path, x, switches, precision):
    """As ingest runs it, with packed filters; or None, reported."""
    np.save(at("in.npy"), x)
    if run(f"{name} frozen", "frozen", precision, name, path, switches, at("in.npy"),
           at("out.npy")):
        return np.load(at("out.npy"))
    return None


def compare_clips(what, name, path, model, x, staged=True):
    """x (N,3,T,H,W); in a row's clip, or in so many pictures of each second."""
    rows = rows_of(x)
    plan = "" if x.shape[2] == 16 else f"rows=4x{x.shape[2]}"
    with torch.no_grad():
        stages = stages_of(model, x)
    pooled = stages[3].mean((2, 3, 4))
    grid = stages[3].mean(2).permute(0, 2, 3, 1)
    prefix = at("s_") if staged else None
    have = ours(name, path, rows, plan, prefix)
    if have is None:
        return
    compare(f"{what}, pooled", have, pooled)
    for k, want in enumerate(stages if staged else []):
        compare(f"{what}, stage {k + 1}", np.load(at(f"s_stage{k + 1}.npy")),
                want.permute(0, 2, 3, 4, 1))
    have = ours(name, path, rows, ",".join(["out=grid", plan]).strip(","))
    if have is not None:
        compare(f"{what}, grid", have, grid)
    have = run_frozen(name, path, rows, plan, "f32")
    if have is not None:
        compare(f"{what}, pooled, packed", have, pooled)


def save_resnext(model, path):
    """As training by DataParallel leaves it."""
    state = {"module." + k: v for k, v in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    torch.save({"epoch": 3, "arch": "resnext-101", "state_dict": state,
                "optimizer": optimizer.state_dict()}, path)


def check_resnext(name, depths, groups, width, frames, seed):
    torch.manual_seed(seed)
    x = 255 * torch.rand(2, 3, frames, 112, 112)
    model = settle(ResNeXt3d(depths, groups, width), x, seed)
    save_resnext(model, at("resnext.pth"))
    compare_clips(f"{name}, {frames} pictures", name, at("resnext.pth"), model, x,
                  frames == 16)
    os.unlink(at("resnext.pth"))


def check_r2plus1d(kind):
    torch.manual_seed(21)
    x = torch.randn(1, 3, 16, 112, 112)
    model = settle(torchvision.models.video.r2plus1d_18(weights=None), x, 22)
    torch.save(model.state_dict(), at("r2.pth"),
               _use_new_zipfile_serialization=kind == "zip")
    compare_clips(f"r2plus1d_18 of torchvision, {kind} file", "r2plus1d_18", at("r2.pth"),
                  model, x)
    os.unlink(at("r2.pth"))


def check_raw_pictures():
    """HCRN's: squashed by Pillow's bicubic, 0 to 255."""
    raw = "mean=0/0/0,std=" + "/".join(["%.17g" % (1 / 255)] * 3)
    for name, image in pictures().items():
        have = frame(f"raw frame, {name}", image, 112, raw)
        if have is not None:
            want = np.asarray(Image.fromarray(image).resize((112, 112), Image.BICUBIC))
            off = np.abs(have.transpose(1, 2, 0) - want.astype(np.float32)).max()
            report(f"raw frame, {name}", off <= 1, f"all within {off:.2f} of 255")


def compare_all():
    check_raw_pictures()
    check_resnext("resnext101_3d", (3, 4, 23, 3), 32, 128, 16, 11)
    check_resnext("resnet3d", (1, 2, 1, 1), 8, 32, 5, 12)
    check_resnext("resnet3d", (1, 1, 1, 1), 2, 12, 16, 13)
    check_r2plus1d("zip")
