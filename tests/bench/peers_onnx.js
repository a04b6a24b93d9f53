// SPDX-License-Identifier: MIT
// ONNX Runtime taking turns: says "ready", then for each line that comes in runs the network
// once and prints seconds, what was done, and processor seconds.
//   node peers_onnx.js NODE_MODULES BASE THREADS
// BASE.{onnx,in,out} are peers_export.py's; the output has to be BASE.out.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [modules, base, threads] = process.argv.slice(2);
const ort = require(path.join(modules, "onnxruntime-node"));
const common = require(path.join(modules, "onnxruntime-common"));

function floats(file) {
  const raw = fs.readFileSync(file);
  return new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
}

function worst(have, want) {
  let most = 0, size = 0;
  for (let k = 0; k < want.length; k++) {
    most = Math.max(most, Math.abs(have[k] - want[k]));
    size = Math.max(size, Math.abs(want[k]));
  }
  return most / size;
}

async function main() {
  const session = await ort.InferenceSession.create(base + ".onnx", {
    executionProviders: ["cpu"], intraOpNumThreads: Number(threads), interOpNumThreads: 1,
    graphOptimizationLevel: "all", executionMode: "sequential",
  });
  const batch = Number(base.split("-").pop());
  const values = floats(base + ".in");
  const each = values.length / batch;
  const shape = each === 96 * 64 ? [batch, 96, 64]
    : [batch, 3, Math.sqrt(each / 3), Math.sqrt(each / 3)];
  const feed = { x: new common.Tensor("float32", values, shape) };
  const first = await session.run(feed);
  const off = worst(first.y.data, floats(base + ".out"));
  if (!(off < 1e-4)) {
    throw new Error(`the output is off by ${off} of its size`);
  }
  const version = require(path.join(modules, "onnxruntime-node/package.json")).version;
  console.log(`ready ONNX Runtime ${version}, off by ${off.toExponential(1)}`);
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const cpu = process.cpuUsage(), from = process.hrtime.bigint();
    await session.run(feed);
    const seconds = Number(process.hrtime.bigint() - from) / 1e9;
    const used = process.cpuUsage(cpu);
    console.log(`${seconds.toFixed(6)} ${batch} ${((used.user + used.system) / 1e6).toFixed(6)}`);
  }
}

main().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
