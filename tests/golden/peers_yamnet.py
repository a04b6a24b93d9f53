# SPDX-License-Identifier: MIT
"""YAMNet as Keras and TensorFlow Lite have, save and compute it; and the published yamnet.tflite
on real sounds, where it is given:

    YAMNET=yamnet.tflite SOUNDS=FOLDER peers_yamnet.py RUN_NETWORK

SOUNDS: files that FFmpeg reads, beside made-up ones. TensorFlow Lite rounds what it multiplies
quantised weights by to 8 bits, the published file's sound and spectrum too. So its graphs are
compared with their weights unpacked; as it is, the published one is held to the first class of
each of SOUNDS."""
import os
import subprocess
import sys
import wave

import numpy as np

from checks import RUN, at, check, compare, finish, ours, packages, report

LAYERS = [(32, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1),
          (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)]
PIPE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(RUN))), "pipeline/avqa-pipe")
RATE, HEARD = 16000, 15600


def keras_yamnet(keras):
    """By the published table of layers."""
    layers = keras.layers

    def normed(x, name, relu):
        x = layers.BatchNormalization(name=name + "/bn", scale=False, epsilon=1e-4)(x)
        return layers.ReLU(name=relu)(x)

    start = x = layers.Input((96, 64, 1))
    for k, (channels, stride) in enumerate(LAYERS):
        name = f"layer{k + 1}"
        how = {"padding": "same", "use_bias": False}
        if k == 0:
            x = layers.Conv2D(channels, 3, strides=stride, name=name + "/conv", **how)(x)
            x = normed(x, name + "/conv", name + "/relu")
            continue
        part = name + "/depthwise_conv"
        x = layers.DepthwiseConv2D(3, strides=stride, name=part, **how)(x)
        x = normed(x, part, part + "/relu")
        part = name + "/pointwise_conv"
        x = layers.Conv2D(channels, 1, name=part, **how)(x)
        x = normed(x, part, part + "/relu")
    values = layers.GlobalAveragePooling2D()(x)
    scores = layers.Activation("sigmoid")(layers.Dense(521)(values))
    return keras.Model(start, [values, scores])


def fill(model):
    """Random weights that keep values in bounds."""
    rng, arrays = np.random.default_rng(3), []
    for v in model.weights:
        shape = v.shape.as_list()
        if "variance" in v.name:
            arrays.append(rng.uniform(0.5, 2, shape))
        elif len(shape) == 1:
            arrays.append(rng.normal(0, 0.2, shape))
        else:
            inputs = np.prod(shape[:2] if "depthwise" in v.name else shape[:-1])
            arrays.append(rng.normal(0, np.sqrt(2 / inputs), shape))
    model.set_weights(arrays)


# ---- TensorFlow Lite ----

def constant_inputs(graph, buffers, op):
    for k in op.inputs:
        if k >= 0 and buffers[graph.tensors[k].buffer].data is not None:
            yield graph.tensors[k]


def unpacked(schema, content, cut):
    """The graph with 8-bit weights as the float32 that they stand for, and if `cut` without
    what is before its first convolution."""
    import flatbuffers
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    graph, codes = model.subgraphs[0], model.operatorCodes
    kinds = [max(codes[op.opcodeIndex].deprecatedBuiltinCode, codes[op.opcodeIndex].builtinCode)
             for op in graph.operators]
    layers = {schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D,
              schema.BuiltinOperator.FULLY_CONNECTED}
    for op, kind in zip(graph.operators, kinds):
        for t in constant_inputs(graph, model.buffers, op) if kind in layers else []:
            if t.type != schema.TensorType.INT8:
                continue
            q = np.frombuffer(bytes(model.buffers[t.buffer].data), np.int8).reshape(t.shape)
            by = np.ones(q.ndim, int)
            by[t.quantization.quantizedDimension] = len(t.quantization.scale)
            scale, zero = (np.array(v).reshape(by) for v in (t.quantization.scale,
                                                             t.quantization.zeroPoint))
            values = ((q - zero.astype(np.float64)) * scale).astype(np.float32)
            model.buffers.append(schema.BufferT())
            model.buffers[-1].data = np.frombuffer(values.tobytes(), np.uint8)
            t.buffer, t.type, t.quantization = len(model.buffers) - 1, 0, None
    if cut:
        first = kinds.index(schema.BuiltinOperator.CONV_2D)
        mean = kinds.index(schema.BuiltinOperator.MEAN)
        graph.inputs = [graph.operators[first].inputs[0]]
        graph.outputs = [graph.operators[mean].outputs[0], graph.operators[-1].outputs[0]]
        graph.operators = graph.operators[first:]
        model.signatureDefs = None
    b = flatbuffers.Builder(1 << 20)
    b.Finish(model.Pack(b), b"TFL3")
    return bytes(b.Output())


def run_lite(tf, content, x):
    """Each of x by itself; the outputs by their sizes."""
    lite = tf.lite.Interpreter(model_content=content)
    lite.allocate_tensors()
    outs = {}
    for each in x:
        i = lite.get_input_details()[0]
        lite.set_tensor(i["index"], each.reshape(i["shape"]).astype(np.float32))
        lite.invoke()
        for o in lite.get_output_details():
            values = lite.get_tensor(o["index"]).copy()
            outs.setdefault(values.size, []).append(values.ravel())
    return {k: np.array(v) for k, v in outs.items()}


def check_built(tf, schema):
    keras = tf.keras
    tf.random.set_seed(1)
    model = keras_yamnet(keras)
    fill(model)
    x = np.random.default_rng(5).normal(-2, 2, (3, 96, 64, 1)).astype(np.float32)
    values, scores = model.predict(x, verbose=0)
    model.save_weights(at("yamnet.h5"))
    model.save(at("whole.h5"))
    for leaf in ("yamnet.h5", "whole.h5"):
        check(f"Keras of TensorFlow {tf.__version__}, {leaf}", "yamnet", at(leaf), x,
              {"embedding": values, "scores": scores})
    convert = tf.lite.TFLiteConverter.from_keras_model
    kinds = {"float32": [], "float16": [tf.float16], "8 bits": None}
    for kind, types in kinds.items():
        c = convert(model)
        if kind != "float32":
            c.optimizations = [tf.lite.Optimize.DEFAULT]
        if types:
            c.target_spec.supported_types = types
        content = c.convert()
        with open(at("yamnet.tflite"), "wb") as f:
            f.write(content)
        want = run_lite(tf, content if types is not None else unpacked(schema, content, False),
                        x)
        check(f"TensorFlow Lite {tf.__version__}, {kind}", "yamnet", at("yamnet.tflite"), x,
              {"embedding": want[1024], "scores": want[521]})


# ---- the published file ----

def sounds():
    """(name, whole seconds of 16 kHz as int16, is it one of SOUNDS?)"""
    t = np.arange(3 * RATE) / RATE
    rng = np.random.default_rng(7)
    made = {"tone": np.sin(2 * np.pi * 440 * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2,
            "noise": rng.normal(0, 0.2, len(t)), "silence": 0 * t,
            "clicks": (np.arange(len(t)) % 1600 < 20) * 0.8}
    found = [(k, (np.clip(v, -1, 1) * 32767).astype(np.int16), False) for k, v in made.items()]
    folder = os.environ.get("SOUNDS")
    for leaf in sorted(os.listdir(folder)) if folder else []:
        done = subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i",
                               os.path.join(folder, leaf), "-vn", "-ac", "1", "-ar", str(RATE),
                               "-f", "s16le", "-"], stdout=subprocess.PIPE)
        pcm = np.frombuffer(done.stdout[:len(done.stdout) // 2 * 2], np.int16)
        if len(pcm) >= RATE:
            found.append((leaf, pcm[:len(pcm) // RATE * RATE], True))
    return found


def log_mel(name, pcm, weights):
    """(T,96,64) as the program makes it of a file of that sound, or None, reported."""
    with wave.open(at("sound.wav"), "wb") as f:
        f.setparams((1, 2, RATE, 0, "NONE", ""))
        f.writeframes(pcm.tobytes())
    done = subprocess.run([PIPE, "features", at("sound.wav"), "--extractor", "yamnet", "--weights",
                           weights, "--stage", "input", "--out", at("mel.npy"), "-q"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          universal_newlines=True)
    if done.returncode:
        report(f"log-mel of {name}", False, done.stderr.strip())
        return None
    return np.load(at("mel.npy")).reshape(-1, 96, 64)[:len(pcm) // RATE]


def published_log_mel(tf, seconds):
    """tf.signal with YAMNet's settings, in double precision: much is left of a tone where the
    others' rounding is as large as the offset."""
    mel = tf.signal.linear_to_mel_weight_matrix(64, 257, RATE, 125.0, 7500.0, tf.float64)
    stft = tf.abs(tf.signal.stft(seconds[:, :HEARD] / 32768, 400, 160, 512))
    return tf.math.log(tf.matmul(stft, mel) + 0.001).numpy()


def check_sound(tf, name, pcm, is_real, weights, graphs):
    x = log_mel(name, pcm, weights)
    if x is None:
        return
    seconds = pcm.reshape(-1, RATE).astype(np.float64)
    off = np.abs(x - published_log_mel(tf, seconds)).max()
    report(f"log-mel of {name} as tf.signal's", off < 1e-4, f"largest difference {off:.1e}")
    want = run_lite(tf, graphs["unpacked"], x)
    have = {}
    for out, size in (("embedding", 1024), ("scores", 521)):
        have[out] = ours("yamnet", weights, x, f"out={out}")
        if have[out] is None:
            return
        have[out] = have[out].reshape(-1, size)
        compare(f"the published YAMNet on {name}, {out}", have[out], want[size])
    if is_real:
        check_as_it_is(tf, name, have["scores"], seconds, graphs["as it is"])


def check_as_it_is(tf, name, have, seconds, content):
    own = run_lite(tf, content, seconds[:, :HEARD] / 32768)[521]
    first, own_first = have.mean(0).argmax(), own.mean(0).argmax()
    same = (have.argmax(1) == own.argmax(1)).mean()
    off = np.abs(have - own)
    report(f"{name} by TensorFlow Lite itself, in 8 bits", first == own_first,
           f"class {first}, its own {own_first}; {100 * same:.0f} % of {len(own)} seconds alike; "
           f"scores differ by {off.max():.3f} at most, {off.mean():.1e} in the mean")


def check_published(tf, schema):
    weights = os.environ.get("YAMNET")
    if not weights:
        print("skipped: the published yamnet.tflite (YAMNET=FILE gives it)", flush=True)
        return
    with open(weights, "rb") as f:
        content = f.read()
    graphs = {"as it is": content, "unpacked": unpacked(schema, content, True)}
    for name, pcm, is_real in sounds():
        check_sound(tf, name, pcm, is_real, os.path.abspath(weights), graphs)


found = packages("YAMNet of Keras and TensorFlow Lite", "tensorflow",
                 "tensorflow.lite.python.schema_py_generated")
if not found:
    sys.exit(0)
check_built(*found)
check_published(*found)
finish()
