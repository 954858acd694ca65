"""Train the network of the reproduction page and write it as ONNX, with its sample sets.

usage: python train.py --mnist DIR --out DIR [--epochs N]

The network has the shapes of SparseSep's Ambient and Speaker DNNs: 650 inputs, two hidden layers of
1000, ReLU. Their audio features are not at hand, so the 650 inputs are the pixels of MNIST digits,
cropped to 26 x 25. The recipe is the usual one of 2016: stochastic gradient descent with
momentum, weight decay and dropout. DIR of --out gets network.onnx, evaluation.npz (x, y: the test
images) and calibration.npz (x: training images without their labels).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

sys.path.append(str(Path(__file__).parents[1] / "model"))
import data

SIZES = [650, 1000, 1000, 10]
ROWS, COLUMNS = slice(1, 27), slice(1, 26)
SEED = 0
EPOCHS = 20
BATCH = 128
LEARNING_RATE = 0.05  # falls to 0 in equal steps
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
DROPOUT = 0.5  # share of hidden units left out
CALIBRATION = 5000
OPSET = 13
IR_VERSION = 8
PRODUCER = "sepal"

Array = NDArray[np.float32]
Layer = tuple[Array, Array]  # weights [outputs, inputs] and biases


def pixels(split: data.Split[np.uint8]) -> NDArray[np.uint8]:
    """The images without most of their empty border, one row of 650 each."""
    return split.x[:, 0, ROWS, COLUMNS].reshape(len(split.x), -1)


def scaled(x: NDArray[np.uint8]) -> Array:
    return x.astype(np.float32) / np.float32(255)


def initial(random: np.random.Generator) -> list[Layer]:
    """He's initialisation for ReLU: variance 2 / inputs."""

    def layer(inputs: int, outputs: int) -> Layer:
        weights = random.standard_normal((outputs, inputs), np.float32) * np.sqrt(2 / inputs)
        return weights.astype(np.float32), np.zeros(outputs, np.float32)

    return [layer(*pair) for pair in zip(SIZES, SIZES[1:])]


def logits(layers: list[Layer], x: Array) -> Array:
    for weights, biases in layers[:-1]:
        x = np.maximum(x @ weights.T + biases, 0)
    weights, biases = layers[-1]
    return x @ weights.T + biases


def gradients(
    layers: list[Layer], x: Array, y: NDArray[np.uint8], random: np.random.Generator
) -> list[Layer]:
    """Of the mean cross-entropy, with dropout behind every hidden layer."""
    inputs, kept = [x], []
    for weights, biases in layers[:-1]:
        hidden = inputs[-1] @ weights.T + biases
        keep = (random.random(hidden.shape, np.float32) >= DROPOUT) & (hidden > 0)
        kept.append(keep.astype(np.float32) / np.float32(1 - DROPOUT))
        inputs.append(hidden * kept[-1])
    weights, biases = layers[-1]
    scores = inputs[-1] @ weights.T + biases
    scores = np.exp(scores - scores.max(1, keepdims=True))
    error = scores / scores.sum(1, keepdims=True)
    error[np.arange(len(y)), y] -= 1
    error /= len(y)

    found: list[Layer] = []
    for index in reversed(range(len(layers))):
        found.insert(0, (error.T @ inputs[index], error.sum(0)))
        if index > 0:
            error = (error @ layers[index][0]) * kept[index - 1]
    return found


def step(layers: list[Layer], moved: list[Layer], found: list[Layer], rate: np.float32) -> None:
    """One step of gradient descent with momentum; weights decay, biases do not."""
    for (weights, biases), (v_weights, v_biases), (g_weights, g_biases) in zip(layers, moved, found):
        g_weights += np.float32(WEIGHT_DECAY) * weights
        for value, velocity, gradient in (
            (weights, v_weights, g_weights),
            (biases, v_biases, g_biases),
        ):
            velocity *= np.float32(MOMENTUM)
            velocity -= rate * gradient
            value += velocity


def accuracy(layers: list[Layer], x: Array, y: NDArray[np.uint8]) -> float:
    blocks = range(0, len(x), 1000)
    right = sum(int((logits(layers, x[b : b + 1000]).argmax(1) == y[b : b + 1000]).sum()) for b in blocks)
    return right / len(y)


def train(training: data.Split[np.uint8], test: data.Split[np.uint8], epochs: int) -> list[Layer]:
    random = np.random.default_rng(SEED)
    layers = initial(random)
    moved = [(np.zeros_like(weights), np.zeros_like(biases)) for weights, biases in layers]
    x, x_test = scaled(pixels(training)), scaled(pixels(test))
    steps = len(x) // BATCH
    started = time.monotonic()
    for epoch in range(epochs):
        order = random.permutation(len(x))
        for index in range(steps):
            batch = order[index * BATCH : (index + 1) * BATCH]
            rate = np.float32(LEARNING_RATE * (1 - (epoch * steps + index) / (epochs * steps)))
            step(layers, moved, gradients(layers, x[batch], training.y[batch], random), rate)
        percent = accuracy(layers, x_test, test.y) * 100
        seconds = time.monotonic() - started
        print(f"epoch {epoch + 1}/{epochs}: {percent:.2f} % of the test set, {seconds:.0f} s", flush=True)
    return layers


def nodes() -> list[NodeProto]:
    def gemm(layer: str, x: str, y: str) -> NodeProto:
        names = [x, f"{layer}.weight", f"{layer}.bias"]
        return helper.make_node("Gemm", names, [y], name=layer, transB=1)

    return [
        gemm("fc1", "input", "a1"),
        helper.make_node("Relu", ["a1"], ["h1"]),
        gemm("fc2", "h1", "a2"),
        helper.make_node("Relu", ["a2"], ["h2"]),
        gemm("fc3", "h2", "logits"),
    ]


def to_onnx(layers: list[Layer]) -> onnx.ModelProto:
    tensors = [
        numpy_helper.from_array(np.ascontiguousarray(value), f"fc{number}.{name}")
        for number, layer in enumerate(layers, 1)
        for name, value in zip(("weight", "bias"), layer)
    ]
    graph = helper.make_graph(
        nodes(),
        "reproduction",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", SIZES[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", SIZES[-1]])],
        tensors,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(
        graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name=PRODUCER
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, required=True, help="folder with MNIST's IDX files")
    parser.add_argument("--out", type=Path, required=True, help="folder for model and samples")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer, to try it out")
    arguments = parser.parse_args()

    training, test = data.mnist(arguments.mnist)
    layers = train(training, test, arguments.epochs)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.out / "evaluation.npz", x=pixels(test), y=test.y)
    chosen = np.random.default_rng(SEED).choice(len(training.x), CALIBRATION, replace=False)
    np.savez_compressed(arguments.out / "calibration.npz", x=pixels(training)[chosen])
    # Last: its presence says that the rest is there.
    onnx.save(to_onnx(layers), arguments.out / "network.onnx")


if __name__ == "__main__":
    main()
