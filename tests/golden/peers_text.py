# SPDX-License-Identifier: MIT
"""CLIP's tokenizer and text tower as transformers and open_clip have and save them: 2,000 odd
strings give the same tokens, towers of random weights the same rows and pooled vectors."""
import json
import os
import random
import subprocess
import sys
import unicodedata

import numpy as np
from checks import RUN, at, compare, finish, packages, report

found = packages("CLIP's text tower", "ftfy", "open_clip", "open_clip.tokenizer", "safetensors.torch",
                 "torch", "transformers")
if not found:
    sys.exit(0)
ftfy, open_clip, _, safetensors, torch, transformers = found
RUN_TEXT = os.path.join(os.path.dirname(RUN), "run_text")
VOCABULARY = open_clip.tokenizer.default_bpe()
CONTEXT = 77


def run(what, *args):
    done = subprocess.run([RUN_TEXT, *args], capture_output=True, check=False)
    if done.returncode:
        report(what, False, done.stderr.decode().strip())
        return None
    return done.stdout.decode()


# ---- strings ----

SOME = [
    "", " ", "\t\n", "?", "Which instrument sounds first?", "What's that? It's a VIOLIN, isn't it",
    "they'll we've I'm you'd he'S SHE'RE 'twas rock'n'roll ''' 's'sound", "don\u2019t \u201cquote\u201d",
    "3rd of 12 drums, 100%, 1,000.50 \u00bd \u2162 \u0663 \u4e09", "caf\u00e9 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m",
    "\u0130stanbul I\u0307 \u1e9e STRASSE \u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 \u03a3 \u03a3\u03b1\u03a3.",
    "\U0001f3bb\U0001f941 plays \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "\u4e50\u5668\u6709\u591a\u5c11\uff1f \u30d0\u30a4\u30aa\u30ea\u30f3 \ubc14\uc774\uc62c\ub9b0 \uff21\uff22\uff23 \uff76\uff9e",
    "a\x00b".replace("\x00", "\x01"), "bell\x07 esc\x1b[31mred\x1b[0m tab\tnew\nline\r\nend\x0b\x0c\x1f",
    "\x80\x85\x93quoted\x94\x99", "\ufeffbom \u200bzero\u2060 soft\u00adhyphen \u2028line \u00a0nbsp",
    "&amp; &lt;b&gt; &eacute; &EACUTE; &#233; &#xe9; &amp;amp; &ampamp; &notit; &hearts; &NotEqualTilde;",
    "<b>bold</b> &amp; &quot;x&quot;\n&eacute;", "AT&T & R&D &copy 2020 &nbsp;&#0; &#x110000; &#128; &#59;",
    "\ufb01nal \ufb02ute \u0133s \u01c4 \u0149", "x" * 300, "ab" * 3000, "violin " * 200, "\U0001f3bb" * 100,
    "!" * 500, "1234567890" * 20, "a.b,c;d:e(f)g[h]i{j}k/l\\m|n@o#p$q%r^s&t*u-v_w+x=y~z`",
    "<|startoftext|> <|endoftext|>", "\u0915\u094d\u0937 \u0e44\u0e17\u0e22 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea",
    "Z\u0351\u036b\u0343\u036a\u0302\u036bA\u0334L\u0337G\u0335O\u0336", "\u212b \u2126 \u2460 \u00b2 x\u2082 \u2153",
    "is the accordion to the left of the 2nd cello louder than it?"]

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ  '", "0123456789 .,", "'\"`\u2018\u2019\u201c\u201d s t re ve m ll d",
    "\u00e0\u00e9\u00ee\u00f5\u00fc\u00e7\u00f1\u00df\u00c6\u0152\u0141 ", "\u4e2d\u6587\u5b57\u7b26\u97f3\u4e50\u30c6\u30b9\u30c8\ud14c\uc2a4\ud2b8 ",
    "\U0001f600\U0001f3b8\U0001f3b9\U0001f3ba\U0001f44d\U0001f3fd\u200d\ufe0f\u2640 ", "\u03b1\u03b2\u03b3\u0391\u0392\u03a3\u03c3\u03c2 ",
    "\u0430\u0431\u0432\u0413\u0414\u042f ", "\t\n\r \u00a0\u2003\u3000\u1680ab", "!?.,;:-_()[]{}<>/\\@#$%^&*+=~|",
    "\u0301\u0308\u030c\u0327aeou ", "\uff21\uff41\uff11\uff01\uff76\uff9e\uffe0 ", "\u0967\u0968\u0661\u0662\u2160\u2164\u00bd\u00b3 ",
    "\u05d0\u05d1\u0627\u0628\u0e01\u0e02\u0915\u0916 ", "\x01\x02\x08\x0e\x1b\x1f\x7f ab", "\u200b\u200c\u2060\ufffd\ufff9\u206a ab"]
ENTITIES = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;", "&nbsp;", "&eacute;", "&Eacute;", "&hellip;",
            "&copy", "&#x1F3BB;", "&#8217;", "&not", "&notin;", "&;", "&#;", "&#x;", "&rarr;", "&yuml;", "&amp;lt;"]
WORDS = ["violin", "Flute", "what's", "the", "3rd", "CELLO", "na\u00efve", "\u697d\u5668", "\U0001f3bb", "---", "left-hand", "o'clock"]


def is_mojibake(s):
    """Is it what ftfy takes for text of another encoding? That is not undone here."""
    config = ftfy.TextFixerConfig(fix_encoding=False)
    return ftfy.fix_text(s) != ftfy.fix_text(s, config)


def odd_strings(n):
    rng = random.Random(20)
    found = [s for s in SOME if not is_mojibake(s)]
    while len(found) < n:
        parts = []
        for _ in range(rng.randint(1, 6)):
            what = rng.random()
            if what < 0.15:
                parts.append(rng.choice(ENTITIES))
            elif what < 0.35:
                parts.append(rng.choice(WORDS))
            elif what < 0.4:
                parts.append(chr(rng.choice(PLANES)))
            else:
                letters = rng.choice(ALPHABETS)
                parts.append("".join(rng.choice(letters) for _ in range(rng.randint(1, 24))))
        text = rng.choice(["", " "]).join(parts)
        if not is_mojibake(text):
            found.append(text)
    return found


def known_characters():
    """Of the first planes, but not those that only newer versions of Unicode know."""
    return [c for c in range(1, 0x20000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]


PLANES = known_characters()


def write_texts(strings):
    with open(at("texts"), "wb") as f:
        for s in strings:
            f.write(s.encode() + b"\0")


def tokens_of(what, vocabulary, strings):
    write_texts(strings)
    out = run(what, "tokens", vocabulary, at("texts"))
    return None if out is None else [[int(x) for x in line.split()] for line in out.split("\n")[:-1]]


def compare_tokens(what, strings, have, want):
    if have is None:
        return
    bad = [k for k, s in enumerate(strings) if have[k] != want[k]]
    text = f"{len(strings) - len(bad)} of {len(strings)} strings alike"
    for k in bad[:5]:
        text += f"\n       {strings[k][:80]!r}\n         here  {have[k][:20]}\n         there {want[k][:20]}"
    report(what, len(have) == len(strings) and not bad, text)


def trim(ids, start=49406, end=49407):
    """Without the start, the end and what is behind it."""
    assert ids[0] == start
    return ids[1:ids.index(end)]


def save_hugging_face():
    """merges.txt, vocab.json and tokenizer.json of the same vocabulary."""
    own = open_clip.tokenizer.SimpleTokenizer()
    names = {own.encoder[k]: k for k in own.encoder}
    names[49406], names[49407] = "<|startoftext|>", "<|endoftext|>"
    folder = at("hf")
    os.makedirs(folder)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump({names[k]: k for k in range(len(names))}, f, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in own.bpe_ranks))
    transformers.CLIPTokenizerFast(os.path.join(folder, "vocab.json"),
                                   os.path.join(folder, "merges.txt")).save_pretrained(at("fast"))
    return folder


def check_tokens():
    plain = odd_strings(2000)
    own = open_clip.tokenizer.SimpleTokenizer()
    have = tokens_of("tokens", VOCABULARY, plain)
    compare_tokens("tokens as open_clip's", plain, have,
                   [own.encode(s)[:CONTEXT - 2] for s in plain])
    folder = save_hugging_face()
    theirs = transformers.CLIPTokenizer.from_pretrained(folder)
    # transformers undoes HTML's references once, and carefully; OpenAI's and open_clip's twice more
    # (and takes "<|endoftext|>" for the end)
    simple = [s for s in plain if "&" not in s and "<|" not in s]
    want = [trim(theirs(s, truncation=True, max_length=CONTEXT)["input_ids"]) for s in simple]
    compare_tokens("tokens as transformers'", simple, tokens_of("tokens", VOCABULARY, simple), want)
    for name, path in (("merges.txt", os.path.join(folder, "merges.txt")),
                       ("tokenizer.json", os.path.join(at("fast"), "tokenizer.json"))):
        compare_tokens(f"tokens by {name}", plain, tokens_of(name, path, plain), have)


# ---- towers ----

def shaken(model):
    """Norms and biases that matter too, which are ones and zeros in new models."""
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1 and p.numel() > 1:
                p.add_(0.1 * torch.randn_like(p))
    return model.eval()


ASKED = ["Which instrument sounds first?", "is the flute on the left of the cello louder", "?", "violin " * 90,
         "\u697d\u5668\u306f\u3044\u304f\u3064\u3042\u308a\u307e\u3059\u304b", "What's the 3rd one that we've heard?"]


def check_tower(what, path, act, ids, lengths, rows, pooled):
    """rows (texts,77,W) of padded texts, of which the first `lengths` are theirs."""
    write_texts(ASKED)
    if run(what, "rows", VOCABULARY, path, act, at("texts"), at("rows.npy"), at("pooled.npy")) is None:
        return
    want = torch.cat([rows[k, :n] for k, n in enumerate(lengths)])
    compare(f"{what}, rows", np.load(at("rows.npy")), want)
    compare(f"{what}, pooled", np.load(at("pooled.npy")), pooled)


def asked_ids():
    own = open_clip.tokenizer.SimpleTokenizer()
    ids = own(ASKED)
    return ids, [int(row.argmax()) + 1 for row in ids]


def check_transformers():
    ids, lengths = asked_ids()
    for act, end in (("quick_gelu", 49407), ("gelu", 2)):  # 2: as the first files have it
        torch.manual_seed(2)
        text = dict(hidden_size=128, intermediate_size=512, num_hidden_layers=3, num_attention_heads=2,
                    vocab_size=49408, hidden_act=act, projection_dim=48, eos_token_id=end)
        model = shaken(transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(**text)))
        with torch.no_grad():
            y = model(ids)
        model.save_pretrained(at("text"), safe_serialization=act == "gelu")
        leaf = "model.safetensors" if act == "gelu" else "pytorch_model.bin"
        check_tower(f"transformers text tower, {act}", os.path.join(at("text"), leaf), f"act={act}",
                    ids, lengths, y.last_hidden_state, y.text_embeds)
    torch.manual_seed(3)
    text.update(eos_token_id=49407)
    vision = dict(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1,
                  image_size=32, patch_size=16)
    both = shaken(transformers.CLIPModel(transformers.CLIPConfig(text_config=text, vision_config=vision,
                                                                 projection_dim=48)))
    with torch.no_grad():
        rows = both.text_model(ids).last_hidden_state
        pooled = both.get_text_features(ids)
    both.save_pretrained(at("both"))
    check_tower("transformers, both towers", os.path.join(at("both"), "model.safetensors"), "act=gelu",
                ids, lengths, rows, pooled)


def check_open_clip():
    ids, lengths = asked_ids()
    for quick in (True, False):
        torch.manual_seed(4)
        model = shaken(open_clip.model.CLIP(
            48, dict(layers=1, width=64, patch_size=16, image_size=32), quick_gelu=quick,
            text_cfg=dict(context_length=77, vocab_size=49408, width=128, heads=2, layers=3)))
        rows = []
        hook = model.ln_final.register_forward_hook(lambda _m, _i, y: rows.append(y))
        with torch.no_grad():
            pooled = model.encode_text(ids)
        hook.remove()
        act = f"act={'quick_gelu' if quick else 'gelu'}"
        name = f"open_clip, {act}"
        path = at("open_clip.safetensors" if quick else "open_clip.pt")
        if quick:
            safetensors.save_file(model.state_dict(), path)
        else:
            torch.save({"state_dict": {"module." + k: v for k, v in model.state_dict().items()}}, path)
        check_tower(name, path, act, ids, lengths, rows[0], pooled)
        if quick:  # an archive of TorchScript, as OpenAI's: it tells the activation itself
            torch.jit.script(Kept(model)).save(at("openai.pt"))
            check_tower("TorchScript", at("openai.pt"), "", ids, lengths, rows[0], pooled)


class Kept(torch.nn.Module):
    """A module of the model's parameters under their own names."""

    def __init__(self, model):
        super().__init__()
        for name, child in model.named_children():
            if name in ("transformer", "token_embedding", "ln_final"):
                self.add_module(name, Names(child))
        self.positional_embedding = model.positional_embedding
        self.text_projection = model.text_projection

    def forward(self, x):
        return x


class Names(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        for name, child in model.named_children():
            self.add_module(name, Names(child))
        for name, p in model.named_parameters(recurse=False):
            self.register_parameter(name, p)

    def forward(self, x):
        return x


check_tokens()
check_transformers()
check_open_clip()
finish()
