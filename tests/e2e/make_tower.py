# SPDX-License-Identifier: MIT
"""make_tower.py FOLDER SEED [PREFIX]: a small text tower of CLIP's, of random values, as
FOLDER/model.safetensors with OpenAI's names, and its tokenizer's merges.txt. Needs nothing but
Python."""
import json
import os
import random
import struct
import sys

WIDTH, LAYERS, MLP, JOINT, CONTEXT = 128, 2, 64, 12, 77
WORDS = ["which", "instrument", "how", "many", "the", "first", "sound", "violin", "flute", "left", "louder", "than"]


def merges():
    """The letters of each word one after the other."""
    found = []
    for word in WORDS:
        at = word[0]
        for k, letter in enumerate(word[1:], 1):
            pair = f"{at} {letter}" + ("</w>" if k == len(word) - 1 else "")
            if pair not in found:
                found.append(pair)
            at += letter
    return found


def main():
    folder, seed = sys.argv[1], int(sys.argv[2])
    prefix = sys.argv[3] if len(sys.argv) > 3 else ""
    os.makedirs(folder, exist_ok=True)
    pairs = merges()
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "".join(p + "\n" for p in pairs))
    rng = random.Random(seed)
    shapes = {"token_embedding.weight": [514 + len(pairs), WIDTH], "positional_embedding": [CONTEXT, WIDTH],
              "ln_final.weight": [WIDTH], "ln_final.bias": [WIDTH], "text_projection": [WIDTH, JOINT]}
    for k in range(LAYERS):
        at = f"transformer.resblocks.{k}."
        shapes.update({at + "ln_1.weight": [WIDTH], at + "ln_1.bias": [WIDTH], at + "ln_2.weight": [WIDTH],
                       at + "ln_2.bias": [WIDTH], at + "attn.in_proj_weight": [3 * WIDTH, WIDTH],
                       at + "attn.in_proj_bias": [3 * WIDTH], at + "attn.out_proj.weight": [WIDTH, WIDTH],
                       at + "attn.out_proj.bias": [WIDTH], at + "mlp.c_fc.weight": [MLP, WIDTH],
                       at + "mlp.c_fc.bias": [MLP], at + "mlp.c_proj.weight": [WIDTH, MLP],
                       at + "mlp.c_proj.bias": [WIDTH]})
    head, body = {}, b""
    for name, shape in shapes.items():
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        centre = 1 if "ln_" in name and name.endswith("weight") else 0
        data = struct.pack(f"<{n}f", *[centre + rng.gauss(0, 0.1) for _ in range(n)])
        head[prefix + name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(head).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)


main()
