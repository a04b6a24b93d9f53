# SPDX-License-Identifier: MIT
"""What the PyTorch twins of answering networks share: reading what run_answer.c writes, layers by
the names of our parameters, the question-guided transformer, and the comparison of one training
step: outputs, every loss, every gradient and every parameter after the step. A case fails if one
differs by 1e-4 of its size, or, where the very same sources are built in double precision, by 1e-6.

In single precision a gradient that is one number (lambda, tau, a gain, the bias of one unit) is
held against a hundredth of the largest gradient if it is smaller than that: it is a sum over
everything, whose terms may cancel until their rounding is left. Double precision has no such
excuse."""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

TOL, TOL_DOUBLE = 1e-4, 1e-6
CENTRE = 4.25  # of counts, as run_answer.c has it


def read_safetensors(path):
    with open(path, "rb") as f:
        raw = f.read()
    (n,) = struct.unpack("<Q", raw[:8])
    out = {}
    for name, t in json.loads(raw[8:8 + n]).items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            out[name] = np.frombuffer(raw[8 + n + a:8 + n + b], "<f4").reshape(t["shape"])
    return out


class Twin:
    """Parameters by name; everything in double precision. A network's twin has `network`, `title`,
    `defaults`, forward(batch) -> outputs by name, losses(batch, outputs)."""

    def __init__(self, params, options):
        self.p = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True)
                  for k, v in params.items()}
        self.o = {"heads": 4, "layers": 1, "lambda": 0.0, "learn_lambda": "on",
                  **self.defaults, **options}
        self.heads = int(self.o["heads"])
        self.asks = self.o["learn_lambda"] == "on" or float(self.o["lambda"]) != 0

    def answer_loss(self, b, logits):
        answers, form = b["answers"], self.o.get("answers", "open")
        if form == "open":
            return F.cross_entropy(logits.flatten(0, 1), answers.flatten(), ignore_index=-1)
        if form == "count":
            known = answers >= 0
            return F.mse_loss(logits[..., 0][known] + CENTRE, answers[known].double())
        each = []
        for i in range(len(answers)):
            n = int((b["lengths"][i] > 0).sum())
            for question in sorted(set(b["candidate_of"][i, :n].tolist())):
                of = b["candidate_of"][i, :n] == question
                scores, right = logits[i, :n, 0][of], answers[i, :n][of] == 1
                if right.any():
                    each.append(F.relu(1 + scores[~right] - scores[right]).sum())
        return torch.stack(each).mean()

    def in_use(self, b):
        """Outputs of the network when it answers, by name."""
        return {}

    def moved(self):
        """Parameters that forward changed, by name."""
        return {}

    def dense(self, name, x):
        return F.linear(x, self.p[name + ".weight"], self.p[name + ".bias"])

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.p[name + ".weight"],
                            self.p[name + ".bias"], 1e-5)

    def attend(self, q, k, v, on):
        """q (..,n,d), k and v (..,m,d), on (..,m). Without a key that is there: zeros."""
        def split(x):
            return x.reshape(*x.shape[:-1], self.heads, -1).transpose(-2, -3)
        q, k, v = split(q), split(k), split(v)
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        hidden = ~on[..., None, None, :]
        w = torch.softmax(logits.masked_fill(hidden, -1e30), -1).masked_fill(hidden, 0)
        return (w @ v).transpose(-2, -3).flatten(-2)

    def multi_head(self, name, q, kv, on):
        y = self.attend(self.dense(name + ".query", q), self.dense(name + ".key", kv),
                        self.dense(name + ".value", kv), on)
        return self.dense(name + ".out", y)

    # 2 Question-guided transformer: x (B,R,S,d), on (B,R,S), q (B,N,d), asked (B,N)
    def qgt(self, name, x, on, q, asked, own=False):
        B, R, S, d = x.shape
        f_t, t_on = q, asked
        if self.asks and name + ".tokens" in self.p:
            tokens = self.p[name + ".tokens"]
            f_t = torch.cat([q, tokens.expand(B, -1, -1)], 1)
            t_on = torch.cat([asked, torch.ones(B, len(tokens), dtype=torch.bool)], 1)
        for layer in range(int(self.o["layers"])):
            n = f"{name}.{layer}."
            y = self.norm(n + "norm_m", x)
            hat_m = self.multi_head(n + "self_m", y, y, on)
            new = hat_m + x
            if self.asks:
                y = self.norm(n + "norm_t", f_t)
                f_t = self.multi_head(n + "self_t", y, y, t_on) + f_t
                asking = self.norm(n + "norm_c", hat_m)
                answering = self.norm(n + "norm_k", f_t)
                if own:  # row i asks question i and the tokens
                    one = torch.eye(R, f_t.shape[1], dtype=torch.bool)
                    one[:, R:] = True
                    hat_c = torch.stack([
                        self.multi_head(n + "cross", asking[:, i], answering,
                                        t_on & one[i]) for i in range(R)], 1)
                else:
                    hat_c = self.multi_head(n + "cross", asking.reshape(B, R * S, d),
                                            answering, t_on)
                lam = self.p.get(n + "lambda", float(self.o["lambda"]))
                new = (hat_m + lam * hat_c.reshape(B, R, S, d)) + x
            y = self.dense(n + "ffn.in", self.norm(n + "norm_f", new))
            x = self.dense(n + "ffn.out", F.gelu(y)) + new
        return self.norm(name + ".norm", x)


def difference(have, want, least=1e-8):
    """The largest, in parts of the array's own largest value, or of `least`."""
    have, want = np.asarray(have, np.float64), np.asarray(want, np.float64)
    if have.shape != want.shape:
        return math.inf
    return float(np.abs(have - want).max() / max(np.abs(want).max(), least))


def part(ours, prefix):
    return {k[len(prefix):]: v for k, v in ours.items() if k.startswith(prefix)}


def after_step(net):
    """Clipped to a norm of 1, then AdamW; biases, norms and single values do not decay."""
    with_grad = {k: v for k, v in net.p.items()}
    for v in with_grad.values():
        if v.grad is None:
            v.grad = torch.zeros_like(v)
    norm = math.sqrt(sum(float((v.grad ** 2).sum()) for v in with_grad.values()))
    if norm > 1:
        for v in with_grad.values():
            v.grad /= norm
    flat = [v for v in with_grad.values() if v.dim() < 2]
    wide = [v for v in with_grad.values() if v.dim() >= 2]
    torch.optim.AdamW([{"params": flat, "weight_decay": 0.0},
                       {"params": wide, "weight_decay": 0.05}], lr=1e-3).step()
    return with_grad


def compare(twin, run, double, path, name, B, N, T, options):
    kind = "in double precision" if double else "in single precision"
    done = subprocess.run([run, twin.network, path, "7", str(B), str(N), str(T)] + options,
                          stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        print(f"FAILED {twin.title}, {name}, {kind}: {run} ended with {done.returncode}: "
              f"{done.stderr.strip()}", flush=True)
        return False
    ours = read_safetensors(path)
    net = twin(part(ours, "param."), dict(o.split("=") for o in options))
    b = {}
    for k, v in part(ours, "batch.").items():
        floats = k.rstrip("2") in ("audio", "visual", "changes")
        b[k] = torch.tensor(v, dtype=torch.float64 if floats else torch.long)
        if k.endswith("_on"):
            b[k] = b[k] > 0
    out = net.forward(b)
    losses = net.losses(b, out)
    losses["total"].backward()
    asked = (b["lengths"] > 0).reshape(-1).numpy()
    worst = {}
    for k, v in {**out, **net.in_use(b)}.items():
        have = ours["out." + k][asked]
        worst["outputs"] = max(worst.get("outputs", 0), difference(
            have, v.detach().flatten(0, 1).numpy()[asked]))
    for k, v in part(ours, "loss.").items():
        want = float(losses[k])
        worst["losses"] = max(worst.get("losses", 0),
                              abs(float(v.flat[0]) - want) / max(abs(want), 1e-2))
    largest = max(float(np.abs(v).max()) for v in part(ours, "grad.").values())
    grads, zero = part(ours, "grad."), []
    for k, v in grads.items():
        want = net.p[k].grad
        want = torch.zeros_like(net.p[k]) if want is None else want
        if float(want.abs().max()) < 1e-6 * largest:  # zero but for rounding
            zero.append(float(np.abs(v).max()) / largest)
            continue
        least = 1e-2 * largest if v.size == 1 and not double else 1e-8
        worst["gradients"] = max(worst.get("gradients", 0),
                                 difference(v, want.numpy(), least))
    kept = {k: float(v.grad.abs().max()) if v.grad is not None else 0.0
            for k, v in net.p.items()}
    for k, v in net.moved().items():
        worst["statistics"] = max(worst.get("statistics", 0),
                                  difference(part(ours, "after.")[k], v.numpy()))
    for k, v in after_step(net).items():
        if kept[k] < 1e-6 * largest:  # Adam's first step is the sign of the rounding
            continue
        small = net.p[k].grad.abs() < 1e-4 * kept[k]
        change = (torch.tensor(part(ours, "after.")[k]).double() - v).abs()
        worst["step"] = max(worst.get("step", 0),
                            float(change.masked_fill(small, 0).max() / v.abs().max()))
    tol = TOL_DOUBLE if double else TOL
    ok = all(v < tol for v in worst.values()) and all(z < tol / 10 for z in zero)
    text = ", ".join(f"{k} {v:.1e}" for k, v in worst.items())
    print(f"{'ok    ' if ok else 'FAILED'} {twin.title}, {name}, {kind}: {text} ({len(grads)} tensors, "
          f"{len(zero)} without gradient)", flush=True)
    return ok


def main(twin, cases):
    """argv: the program in single and in double precision."""
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "step.safetensors")
        good = [compare(twin, sys.argv[1 + double], double, path, *case)
                for double in (0, 1) for case in cases]
    return 0 if all(good) else 1
