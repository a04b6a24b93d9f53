# SPDX-License-Identifier: MIT
"""VGGish as TensorFlow saves it: checkpoints of both versions that its own Saver wrote, of
random values, and what TensorFlow computes with them.

    peers_vggish.py RUN_NETWORK"""
import os
import sys

import numpy as np

from checks import at, check, finish, packages

found = packages("VGGish of TensorFlow", "tensorflow")
if not found:
    sys.exit(0)
tf = found[0].compat.v1
tf.disable_eager_execution()
tf.logging.set_verbosity(tf.logging.ERROR)

CONVOLUTIONS = [("conv1", 64, True), ("conv2", 128, True), ("conv3/conv3_1", 256, False),
                ("conv3/conv3_2", 256, True), ("conv4/conv4_1", 512, False),
                ("conv4/conv4_2", 512, True)]  # name, channels, is there a pool behind it
FULL = [("fc1/fc1_1", 4096), ("fc1/fc1_2", 4096), ("fc2", 128)]


def variable(rng, name, shape, scale):
    values = (scale * rng.standard_normal(shape, np.float32)).astype(np.float32)
    return tf.get_variable(name, initializer=values)


def layer(rng, name, shape):
    """The weights and biases of a layer; shape[-1] outputs."""
    fan = int(np.prod(shape[:-1]))
    return (variable(rng, name + "/weights", shape, (2.0 / fan) ** 0.5),
            variable(rng, name + "/biases", shape[-1:], 0.1))


def build(rng, x):
    """vggish_slim.py's graph, from its description; the embedding before its ReLU."""
    last = 1
    for name, width, pooled in CONVOLUTIONS:
        weights, biases = layer(rng, name, (3, 3, last, width))
        x = tf.nn.relu(tf.nn.conv2d(x, weights, 1, "SAME") + biases)
        if pooled:
            x = tf.nn.max_pool2d(x, 2, 2, "SAME")
        last = width
    x = tf.reshape(x, (-1, 6 * 4 * 512))
    for k, (name, width) in enumerate(FULL):
        weights, biases = layer(rng, name, (x.shape[1], width))
        x = tf.matmul(x if k == 0 else tf.nn.relu(x), weights) + biases
    return x


given = np.random.default_rng(6).standard_normal((3, 96, 64), np.float32)
with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(
        intra_op_parallelism_threads=2, inter_op_parallelism_threads=1)) as session:
    examples = tf.placeholder(tf.float32, (None, 96, 64))
    with tf.variable_scope("vggish"):
        embedding = build(np.random.default_rng(7), examples[..., None])
    tf.get_variable("global_step", initializer=np.int64(7))  # a training's, not the network's
    tf.get_variable("vggish/conv1/biases/Adam", initializer=np.zeros(64, np.float32))
    session.run(tf.global_variables_initializer())
    want = session.run(embedding, {examples: given})
    for version in (tf.train.SaverDef.V1, tf.train.SaverDef.V2):
        saver = tf.train.Saver(write_version=version)
        saver.save(session, at(f"v{version}.ckpt"), write_meta_graph=False)
for version in (1, 2):
    path = at(f"v{version}.ckpt")
    if version == 1 and not os.path.exists(path):
        raise FileNotFoundError(path)
    check(f"VGGish, TensorFlow's checkpoint of version {version}", "vggish", path, given,
          {"": np.maximum(want, 0)})
    check(f"VGGish, TensorFlow's checkpoint of version {version}, relu=off", "vggish", path,
          given, {"": want}, "relu=off")
check("VGGish, version 2 by its index", "vggish", at("v2.ckpt.index"), given,
      {"": np.maximum(want, 0)})
finish()
