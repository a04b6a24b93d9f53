# SPDX-License-Identifier: MIT
"""PyTorch taking turns: says "ready", then for each line that comes in runs once and prints
seconds, what was done, and processor seconds. Its output has to be BASE.out.

    peers_torch.py eager|frozen BASE THREADS     a network on peers_export.py's BASE.in
    peers_torch.py step FILE THREADS             CoQo's training step on bench's --keep FILE

"frozen" is traced, frozen and handed to optimize_for_inference."""
import os
import sys
import time

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import coqo  # noqa: E402
import peers_nets  # noqa: E402


class SinglePrecision:
    """torch, but that float64 is float32: coqo.py computes in double precision."""

    float64 = torch.float32

    def __getattr__(self, name):
        return getattr(torch, name)


class Coqo(coqo.Coqo):
    """In single precision; and the LSTM without a module made for nothing each time."""

    def questions(self, words, lengths):
        B, N, L = words.shape
        d = self.p["question.embedding"].shape[1]
        weights = [self.p["question.lstm." + n] for n in
                   ("in.weight", "state.weight", "in.bias", "state.bias")]
        x = torch.tanh(self.p["question.embedding"][words.reshape(B * N, L)])
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths.reshape(-1), True, False)
        zeros = torch.zeros(1, B * N, d)
        _, h, _ = torch._VF.lstm(packed.data, packed.batch_sizes, (zeros, zeros), weights,
                                 True, 1, 0.0, True, False)
        h = h[0][packed.unsorted_indices]
        return self.dense("question.out", h).reshape(B, N, d)


def load_batch(arrays):
    b = {k: torch.tensor(v, dtype=torch.float32 if k in ("audio", "visual") else torch.long)
         for k, v in arrays.items()}
    B, T = b["audio"].shape[:2]
    b["audio_on"] = b["visual_on"] = torch.ones(B, T, dtype=torch.bool)
    return b


def training_step(path):
    coqo.torch = SinglePrecision()
    arrays = coqo.read_safetensors(path)
    net = Coqo(coqo.part(arrays, "param."), {"heads": 4})
    batch = load_batch(coqo.part(arrays, "batch."))
    values = list(net.p.values())
    how = torch.optim.AdamW(
        [{"params": [v for v in values if v.dim() < 2], "weight_decay": 0.0},
         {"params": [v for v in values if v.dim() >= 2], "weight_decay": 0.05}], lr=1e-4)

    def step():
        how.zero_grad(set_to_none=True)
        loss = net.losses(batch, *net.forward(batch))["total"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(values, 1.0)
        how.step()
        return float(loss)
    return step, 1, ""


def inference(kind, base):
    name, batch = os.path.basename(base).rsplit("-", 1)
    net, shape = peers_nets.module(name), peers_nets.NETS[name].shape
    x = torch.from_numpy(np.fromfile(base + ".in", np.float32).reshape(int(batch), *shape))
    if kind == "frozen":
        with torch.no_grad():
            net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    want = np.fromfile(base + ".out", np.float32)

    def run():
        with torch.inference_mode():
            return net(x)
    have = run().numpy().reshape(-1)
    off = np.abs(have - want).max() / np.abs(want).max()
    if not off < 1e-4:
        sys.exit(f"the output is off by {off} of its size")
    return run, int(batch), f", cosine {peers_nets.cosine(have, want):.7f}"


def main():
    kind, base, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    run, work, about = training_step(base) if kind == "step" else inference(kind, base)
    first = run()
    about += f", first loss {first:.5f}" if kind == "step" else ""
    print(f"ready PyTorch {torch.__version__}{about}", flush=True)
    for _ in sys.stdin:
        at, cpu = time.perf_counter(), time.process_time()
        run()
        print(f"{time.perf_counter() - at:.6f} {work} {time.process_time() - cpu:.6f}",
              flush=True)


if __name__ == "__main__":
    main()
