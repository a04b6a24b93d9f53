# SPDX-License-Identifier: MIT
"""Writes those outputs of published code in tests/data/reference that came after the first:
CLIP's of transformers, ResNets' of torchvision, dlib's variant by PyTorch's functions; all
with weights of the formula, on one picture of the formula ("image", used as it is). CLIP's
text tower reads two texts, by open_clip's tokenizer and the vocabulary of tests/fuzz/seeds/bpe.

    make_references.py      needs what peers.sh installs beside Debian's torch

Of a grid, three cells are kept: the first, the middle one and the last."""
import gzip
import os
import tempfile

import numpy as np
import open_clip
import torch
import torchvision
import transformers
from torch.nn import functional

import clip
import dlib_file
import formula

TO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/reference")


def tensor(name, *shape):
    return torch.from_numpy(formula.weight(name, *shape))


def image(side):
    return torch.from_numpy(formula.fill("image", (1, 3, side, side)))


def keep(name, values):
    values = values.detach().numpy()
    np.save(os.path.join(TO, name + ".npy"), values)
    print(f"{name}: {values.shape}, mean size {np.abs(values).mean():.2f}, "
          f"largest {np.abs(values).max():.2f}")


def three_cells(grid):
    """(cells, C) to (3, C)"""
    return grid[[0, len(grid) // 2, len(grid) - 1]]


def make_clip():
    """OpenAI's names, brought to transformers' as the golden tests bring them."""
    width, layers, patch, side, joint = clip.SIZES["clip_vit_b32"]
    shapes = {k: v.shape for k, v in clip.make("clip_vit_b32").state_dict().items()}
    state = {k: formula.weight(k, *shape) for k, shape in shapes.items()
             if k.startswith("visual.")}
    model = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=width // 64, image_size=side * patch, patch_size=patch,
        projection_dim=joint, hidden_act="quick_gelu")).eval()
    theirs = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in clip.hf(state).items()
              if not k.startswith("text_model.")}
    missing, more = model.load_state_dict(theirs, strict=False)
    assert not more and all("position_ids" in k for k in missing), (missing, more)
    with torch.no_grad():
        out = model(image(side * patch))
        tokens = model.vision_model.post_layernorm(out.last_hidden_state[0, 1:])
    keep("clip_vit_b32_formula_3cells", three_cells(tokens))
    keep("clip_vit_b32_formula_pooled", out.image_embeds)


def tokenize(texts):
    """(texts,77) with zeros behind each end, and how many tokens there are. open_clip takes
    the line behind the last merge for one more."""
    seeds = os.path.join(TO, "../../fuzz/seeds/bpe/simple.txt.gz")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bpe.txt.gz")
        with gzip.open(seeds) as f, gzip.open(path, "w") as to:
            to.write(f.read().rstrip(b"\n"))
        tokenizer = open_clip.tokenizer.SimpleTokenizer(path)
    return tokenizer(texts), len(tokenizer.encoder)


def make_clip_text():
    """The first text has four tokens; the second has more than there is room for."""
    width, layers, joint = 512, 12, 512
    ids, n = tokenize(["Low violin", "low violin? " * 30])
    model = transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        vocab_size=n, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=width // 64, projection_dim=joint, hidden_act="quick_gelu",
        bos_token_id=n - 2, eos_token_id=n - 1)).eval()
    state = {k: tensor(k, *shape) for k, shape in clip.text_shapes(n, width, layers, joint)}
    missing, more = model.load_state_dict(clip.hf_text(state), strict=False)
    assert not more and all("position_ids" in k for k in missing), (missing, more)
    with torch.no_grad():
        out = model(ids)
    keep("clip_text_b32_formula_3rows", out.last_hidden_state[1, [0, 38, 76]])
    keep("clip_text_b32_formula_pooled", out.text_embeds)


def make_resnet(name):
    model = getattr(torchvision.models, name)(weights=None).eval()
    model.load_state_dict({k: v if "num_batches" in k else tensor(k, *v.shape)
                           for k, v in model.state_dict().items()})
    kept = {}
    model.layer4.register_forward_hook(lambda m, i, out: kept.update(grid=out[0]))
    model.avgpool.register_forward_hook(lambda m, i, out: kept.update(pooled=out.flatten(1)))
    with torch.no_grad():
        model(image(224))
    keep(name + "_formula_3cells", three_cells(kept["grid"].flatten(1).T))
    keep(name + "_formula_pooled", kept["pooled"])


def run_dlib(layers, x):
    """The layers of dlib_file.resnet() one after another; each tag keeps what passes it."""
    tags = []
    for kind, *more in layers:
        more = [torch.from_numpy(m) if isinstance(m, np.ndarray) else m for m in more]
        if kind == "tag":
            tags.append(x)
        elif kind == "con":
            x = functional.conv2d(x, more[0], more[1], more[2], int(more[3]))
        elif kind == "affine":
            x = x * more[0][:, None, None] + more[1][:, None, None]
        elif kind == "relu":
            x = x.relu()
        elif kind == "max_pool":
            x = functional.max_pool2d(x, more[0], more[1])
        elif kind == "avg_pool" and more[0] == 0:
            grid, x = x, x.mean((2, 3))
        elif kind == "avg_pool":  # of what was tagged first, of three
            x = functional.avg_pool2d(tags[0], more[0], more[1])
            tags = [tags[1]]
        elif kind == "add_prev":
            narrow, wide = sorted((tags.pop(), x), key=lambda t: t.shape[1])
            x = wide + functional.pad(narrow, (0, 0, 0, 0, 0, wide.shape[1] - narrow.shape[1]))
        else:
            x = x @ more[0] + more[1]
    return grid, x


def make_dlib():
    """The network of tests/fuzz/seeds/dlib/resnet.dnn."""
    layers = dlib_file.resnet(formula.weight, [1, 2, 3, 4], [1, 1, 1, 1], 2)
    grid, scores = run_dlib(layers, image(99))
    keep("dlib_resnet_formula_2x2", grid.permute(0, 2, 3, 1)[0])
    keep("dlib_resnet_formula_scores", scores)


torch.set_num_threads(1)
make_dlib()
make_resnet("resnet18")
make_resnet("resnet50")
make_clip()
make_clip_text()
