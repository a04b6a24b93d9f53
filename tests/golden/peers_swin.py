# SPDX-License-Identifier: MIT
"""Swin as transformers and timm have and save it.

    peers_swin.py RUN_NETWORK"""
import torch

from checks import at, check, finish, packages
from networks import shaken

SIZES = {  # ours: embed, depths, heads, window, image
    "swin": (48, [2, 2, 2, 2], [2, 4, 6, 12], 7, 224),
    "swin_t": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 224),
    "swin_b_384": (128, [2, 2, 18, 2], [4, 8, 16, 32], 12, 384)}


def check_transformers(transformers, name, kinds):
    embed, depths, heads, window, side = SIZES[name]
    torch.manual_seed(1)
    config = transformers.SwinConfig(image_size=side, embed_dim=embed, depths=depths,
                                     num_heads=heads, window_size=window)
    x = torch.randn(2 if side == 224 else 1, 3, side, side)
    for kind in kinds:
        model = shaken(getattr(transformers, kind)(config))
        with torch.no_grad():
            want = getattr(model, "swin", model)(x).last_hidden_state
        for safe, leaf in ((True, "model.safetensors"), (False, "pytorch_model.bin")):
            model.save_pretrained(at(kind), safe_serialization=safe)
            check(f"transformers {kind} of {embed} channels, {leaf}", name,
                  at(f"{kind}/{leaf}"), x, {"": want})


def check_timm(timm, safetensors, name, theirs):
    torch.manual_seed(2)
    model = shaken(timm.create_model(theirs, pretrained=False))
    side = model.patch_embed.img_size[0]
    x = torch.randn(2 if side == 224 else 1, 3, side, side)
    with torch.no_grad():
        want = model.forward_features(x)
    safetensors.save_file(model.state_dict(), at("model.safetensors"))
    torch.save(model.state_dict(), at("pytorch_model.bin"))
    for leaf in ("model.safetensors", "pytorch_model.bin"):
        check(f"timm {theirs}, {leaf}", name, at(leaf), x, {"": want})


torch.set_num_threads(2)
found = packages("Swin of transformers", "transformers")
if found:
    check_transformers(*found, "swin", ["SwinModel", "SwinForImageClassification",
                                        "SwinForMaskedImageModeling"])
    check_transformers(*found, "swin_t", ["SwinForImageClassification"])
    check_transformers(*found, "swin_b_384", ["SwinForImageClassification"])
found = packages("Swin of timm", "timm", "safetensors.torch")
if found:
    check_timm(*found, "swin_t", "swin_tiny_patch4_window7_224")
    check_timm(*found, "swin_b_384", "swin_base_patch4_window12_384")
finish()
