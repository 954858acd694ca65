"""One set of random samples: its files, and what is right about them."""

import json
import subprocess

import numpy as np
import onnx
from onnx import TensorProto, helper


def identity(path, shape):
    """A model that gives its input back, as one row for each sample."""
    value = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *dims])
    node = helper.make_node("Flatten", ["x"], ["y"])
    graph = helper.make_graph([node], "identity", [value("x", shape)], [value("y", [int(np.prod(shape))])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


class Case:
    """One file with what is right about it."""

    def __init__(self, folder, shape, says=("scale=1",)):
        self.folder = folder
        folder.mkdir(parents=True)
        self.model = folder / "model.onnx"
        self.shape = list(shape)
        self.says = list(says)
        self.files = []
        self.values = None
        self.accuracy = None
        self.tolerance = 0.0
        self.mean = None
        identity(self.model, self.shape)

    def path(self, name):
        """A file of the case, given to sepal."""
        self.files.append(self.folder / name)
        return self.files[-1]

    def check(self, program):
        """What is wrong, or nothing."""
        out = self.folder / "out.npy"
        command = [program, "evaluate", self.model, "--json", "--outputs", out, "--evaluation", *self.files]
        if self.says:
            command += ["--preprocess", *self.says]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            return f"it is refused: {done.stderr.strip()}"
        if self.values is not None:
            found, right = np.load(out), self.values.reshape(len(self.values), -1)
            if found.shape != right.shape:
                return f"the values have the shape {found.shape}, not {right.shape}"
            off = np.abs(found - right)
            if self.mean is None and not (off <= self.tolerance).all():
                at = np.unravel_index(off.argmax(), off.shape)
                return f"value {at} is {found[at]}, not {right[at]}"
            if self.mean is not None and off.mean() > self.mean:
                return f"values are off by {off.mean()} in the mean"
        if self.accuracy is not None:
            found = json.loads(done.stdout).get("accuracy")
            if found is None or abs(found - self.accuracy) > 1e-9:
                return f"the accuracy is {found}, not {self.accuracy}"
        return None
