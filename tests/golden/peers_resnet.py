# SPDX-License-Identifier: MIT
"""ResNet as torchvision and timm have and save it, and torchvision's pictures.

    peers_resnet.py RUN_NETWORK"""
import numpy as np
import torch
import torchvision
from PIL import Image

from checks import at, check, compare_steps, finish, frame, packages, pictures
from networks import shaken


def damped(model):
    """With norms at the ends of branches that keep a deep network's values in bounds."""
    with torch.no_grad():
        for name, m in model.named_modules():
            if name.split(".")[-1] in ("bn2", "bn3"):
                m.weight.mul_(0.3)
    return model


def check_files(what, name, model, grid, pooled, x, safetensors):
    torch.save(model.state_dict(), at("resnet.pth"))
    torch.save({"epoch": 7, "state_dict": {"module." + k: v for k, v in
                                           model.state_dict().items()}}, at("model_best.pth.tar"))
    leaves = ["resnet.pth", "model_best.pth.tar"]
    if safetensors:
        safetensors.save_file(model.state_dict(), at("model.safetensors"))
        leaves.append("model.safetensors")
    for leaf in leaves:
        check(f"{what}, {leaf}", name, at(leaf), x,
              {"grid": grid.permute(0, 2, 3, 1), "pooled": pooled})


def check_torchvision(name, ours):
    torch.manual_seed(3)
    model = damped(shaken(getattr(torchvision.models, name)(weights=None)))
    x = torch.randn(2, 3, 224, 224)
    kept = {}
    model.layer4.register_forward_hook(lambda m, i, out: kept.update(grid=out))
    model.avgpool.register_forward_hook(lambda m, i, out: kept.update(pooled=out.flatten(1)))
    with torch.no_grad():
        model(x)
    check_files(f"torchvision {name}", ours, model, kept["grid"], kept["pooled"], x, None)


def check_timm(timm, safetensors, name, ours):
    torch.manual_seed(4)
    model = damped(shaken(timm.create_model(name, pretrained=False)))
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        grid = model.forward_features(x)
        pooled = model.forward_head(grid, pre_logits=True)
    check_files(f"timm {name}", ours, model, grid, pooled, x, safetensors)


def check_pictures():
    """What the networks are given: the preparation of torchvision's first weights."""
    prepare = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()
    std = np.array(prepare.std)[:, None, None]
    for name, image in pictures().items():
        what = f"torchvision's transforms, {name} {image.shape[1]}x{image.shape[0]}"
        have = frame(what, image, 224, "fit=crop,filter=bilinear")
        if have is not None:
            off = have - prepare(Image.fromarray(image)).numpy()
            compare_steps(what, off * std * 255)


torch.set_num_threads(2)
for each in ("resnet18", "resnet34", "resnet50"):
    check_torchvision(each, each)
check_torchvision("wide_resnet50_2", "resnet")
check_pictures()
found = packages("ResNet of timm", "timm", "safetensors.torch")
if found:
    check_timm(*found, "resnet18", "resnet18")
    check_timm(*found, "resnet50", "resnet50")
finish()
