# SPDX-License-Identifier: MIT
"""CLIP's vision transformer as transformers, open_clip and timm have and save it.

    peers_clip.py RUN_NETWORK"""
import numpy as np
import torch
from PIL import Image

from checks import at, check, compare_steps, finish, frame, packages, pictures
from networks import shaken

# ---- transformers ----

def check_transformers(transformers):
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

def check_open_clip(open_clip, safetensors):
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
        safetensors.save_file(state, at("open_clip_model.safetensors"))
        for leaf in ("open_clip.pt", "open_clip_model.safetensors"):
            check(f"open_clip {name}, {leaf}", ours, at(leaf), x, wants, f"act={act}")


def check_pictures(open_clip):
    """What the networks are given: open_clip's own preparation of pictures."""
    prepare = open_clip.image_transform(224, is_train=False)
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    switches = ("fit=crop,short=224,mean=" + "/".join(map(str, mean)) + ",std=" +
                "/".join(map(str, std)))
    for name, image in pictures().items():
        what = f"open_clip's image_transform, {name} {image.shape[1]}x{image.shape[0]}"
        have = frame(what, image, 224, switches)
        if have is not None:
            off = have - prepare(Image.fromarray(image)).numpy()
            compare_steps(what, off * np.array(std)[:, None, None] * 255)


# ---- timm ----

def check_timm(timm, safetensors):
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
        safetensors.save_file(model.state_dict(), at("model.safetensors"))
        torch.save(model.state_dict(), at("pytorch_model.bin"))
        for leaf in ("model.safetensors", "pytorch_model.bin"):
            check(f"timm {name}, {leaf}", ours, at(leaf), x, wants, f"act={act}")


torch.set_num_threads(2)
found = packages("CLIP of transformers", "transformers")
if found:
    check_transformers(*found)
found = packages("CLIP of open_clip", "open_clip", "safetensors.torch")
if found:
    check_open_clip(*found)
    check_pictures(found[0])
found = packages("CLIP of timm", "timm", "safetensors.torch")
if found:
    check_timm(*found)
finish()
