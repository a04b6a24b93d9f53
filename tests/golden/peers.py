# SPDX-License-Identifier: MIT
"""CLIP's vision transformer as transformers, open_clip and timm have and save it.

    peers.py RUN_NETWORK

Ends with status 1 if something differs: 1e-3 absolute, a cosine of 0.99999 for each token."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import open_clip
import safetensors.torch
import timm
import torch
import transformers
from PIL import Image

RUN = sys.argv[1]
TOL, COSINE = 1e-3, 0.99999
failures = 0
work = tempfile.TemporaryDirectory()


def at(leaf):
    return os.path.join(work.name, leaf)


def report(what, ok, text):
    global failures
    failures += not ok
    print(f"{'ok    ' if ok else 'FAILED'} {what}: {text}", flush=True)


def run(what, *args):
    done = subprocess.run([RUN, *args], stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        report(what, False, done.stderr.strip())
    return done.returncode == 0


def compare(what, have, want):
    have = have.reshape(-1, have.shape[-1]).astype(np.float64)
    want = want.detach().numpy().reshape(-1, want.shape[-1]).astype(np.float64)
    if have.shape != want.shape:
        return report(what, False, f"shape {have.shape}, not {want.shape}")
    worst = np.abs(have - want).max()
    cosine = (have * want).sum(1) / (np.linalg.norm(have, axis=1) * np.linalg.norm(want, axis=1))
    report(what, worst < TOL and cosine.min() > COSINE,
           f"largest difference {worst:.1e}, least cosine {cosine.min():.7f}, "
           f"mean size {np.abs(want).mean():.2f}")


def check(what, name, path, x, wants, act):
    np.save(at("in.npy"), x.numpy())
    for out, want in wants.items():
        switches = ",".join(s for s in (f"out={out}", act) if s)
        if run(what, "net", name, path, switches, at("in.npy"), at("out.npy")):
            compare(f"{what}, {out}", np.load(at("out.npy")), want)


def shaken(model):
    """Norms and biases that matter too, which are ones and zeros in new models."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1 and p.numel() > 1:
                p.add_(0.1 * torch.randn_like(p))
    return model.eval()


# ---- transformers ----

def check_transformers():
    for act in ("quick_gelu", "gelu"):
        torch.manual_seed(1)
        vision = dict(hidden_size=128, intermediate_size=512, num_hidden_layers=3,
                      num_attention_heads=2, image_size=80, patch_size=16, hidden_act=act)
        model = shaken(transformers.CLIPModel(transformers.CLIPConfig(
            vision_config=vision, projection_dim=48,
            text_config=dict(hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                             num_attention_heads=1, vocab_size=99))))
        alone = shaken(transformers.CLIPVisionModelWithProjection(
            transformers.CLIPVisionConfig(projection_dim=48, **vision)))
        bare = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**vision))
        bare.vision_model.load_state_dict(alone.vision_model.state_dict())
        x = torch.randn(2, 3, 80, 80)
        for kind, m in (("CLIPModel", model), ("CLIPVisionModelWithProjection", alone),
                        ("CLIPVisionModel", bare)):
            tokens = m.vision_model(x).last_hidden_state
            tokens = m.vision_model.post_layernorm(tokens)
            wants = {"grid": tokens[:, 1:]}
            if m is not bare:
                wants["grid_proj"] = m.visual_projection(tokens[:, 1:])
            if m is model:
                wants["pooled"] = m.get_image_features(x)
            if m is alone:
                wants["pooled"] = m(x).image_embeds
            for safe, leaf in ((True, "model.safetensors"), (False, "pytorch_model.bin")):
                m.save_pretrained(at(kind), safe_serialization=safe)
                check(f"transformers {kind}, {leaf}, {act}", "clip_vit", at(f"{kind}/{leaf}"),
                      x, wants, f"act={act}")
                if m is not model:
                    continue
                m.save_pretrained(at("shards"), safe_serialization=safe, max_shard_size="500KB")
                check(f"transformers {kind}, shards of {leaf}, {act}", "clip_vit",
                      at(f"shards/{leaf}.index.json"), x, wants, f"act={act}")


# ---- open_clip ----

def check_open_clip():
    for name, act in (("ViT-B-32-quickgelu", "quick_gelu"), ("ViT-B-16", "gelu")):
        torch.manual_seed(2)
        model = shaken(open_clip.create_model(name, pretrained=None))
        model.visual.output_tokens = True
        x = torch.randn(2, 3, 224, 224)
        with torch.no_grad():
            pooled, tokens = model.visual(x)
        wants = {"grid": tokens, "grid_proj": tokens @ model.visual.proj, "pooled": pooled}
        ours = "clip_vit_b32" if "32" in name else "clip_vit_b16"
        state = model.state_dict()
        torch.save({"epoch": 3, "state_dict": {"module." + k: v for k, v in state.items()}},
                   at("open_clip.pt"))
        safetensors.torch.save_file(state, at("open_clip_model.safetensors"))
        for leaf in ("open_clip.pt", "open_clip_model.safetensors"):
            check(f"open_clip {name}, {leaf}", ours, at(leaf), x, wants, f"act={act}")


def check_pictures():
    """What the networks are given: open_clip's own preparation of pictures."""
    rng = np.random.default_rng(3)
    smooth = np.cumsum(rng.standard_normal((360, 640, 3)), axis=1)
    smooth = ((smooth - smooth.min()) / np.ptp(smooth) * 255).astype(np.uint8)
    pictures = {"smooth": smooth, "noise": rng.integers(0, 256, (241, 319, 3), dtype=np.uint8),
                "upright": rng.integers(0, 256, (300, 200, 3), dtype=np.uint8)}
    prepare = open_clip.image_transform(224, is_train=False)
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    switches = ("fit=crop,short=224,mean=" + "/".join(map(str, mean)) + ",std=" +
                "/".join(map(str, std)))
    for name, image in pictures.items():
        np.save(at("image.npy"), image)
        if not run(name, "frames", "224", switches, at("image.npy"), at("f.npy")):
            continue
        off = np.abs(np.load(at("f.npy")) - prepare(Image.fromarray(image)).numpy())
        off = off * np.array(std)[:, None, None] * 255
        report(f"open_clip's image_transform, {name} {image.shape[1]}x{image.shape[0]}",
               np.quantile(off, 0.999) <= 1.001,
               f"99.9 % within {np.quantile(off, 0.999):.2f}/255, all within {off.max():.2f}")


# ---- timm ----

def check_timm():
    for name, act in (("vit_base_patch32_clip_quickgelu_224", "quick_gelu"),
                      ("vit_base_patch16_clip_224", "gelu")):
        torch.manual_seed(4)
        model = shaken(timm.create_model(name, pretrained=False, num_classes=512))
        x = torch.randn(2, 3, 224, 224)
        with torch.no_grad():
            tokens = model.forward_features(x)
            pooled = torch.nn.functional.linear(tokens[:, 0], model.head.weight)
        wants = {"grid": tokens[:, 1:], "pooled": pooled}
        ours = "clip_vit_b32" if "32" in name else "clip_vit_b16"
        safetensors.torch.save_file(model.state_dict(), at("model.safetensors"))
        torch.save(model.state_dict(), at("pytorch_model.bin"))
        for leaf in ("model.safetensors", "pytorch_model.bin"):
            check(f"timm {name}, {leaf}", ours, at(leaf), x, wants, f"act={act}")


torch.set_num_threads(2)
check_transformers()
check_open_clip()
check_pictures()
check_timm()
print(f"{failures} failed" if failures else "all agree")
sys.exit(failures > 0)
