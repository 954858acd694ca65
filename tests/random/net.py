"""An ONNX model that grows node by node. Every node is run as it is added, on batches of two and three
samples: so its output's shape is known, which axis is the batch, and that its numbers are sane."""

import numpy as np
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from peers import Onnx

# The largest number that a value may hold: what is larger says nothing about small errors.
LARGEST = 1e5
# Axes of values are not drawn longer in all than this.
ELEMENTS = 20_000


class Reject(Exception):
    """A node that the standard, onnxruntime or sanity does not allow."""


class Value:
    """A value of the graph: its name, and what it is for each batch that is run along."""

    def __init__(self, name, runs, constant=False):
        self.name, self.runs, self.constant = name, runs, constant

    @property
    def dtype(self):
        return self.runs[0].dtype

    @property
    def shape(self):
        """With the batch of the first run."""
        return self.runs[0].shape

    @property
    def rank(self):
        return self.runs[0].ndim

    @property
    def free(self):
        """The axes that grow with the batch."""
        first, last = self.runs[0].shape, self.runs[-1].shape
        return [axis for axis, (a, b) in enumerate(zip(first, last)) if a != b]

    @property
    def batched(self):
        """Whether the samples lie along the first axis, and along no other."""
        return self.free == [0] or len(self.runs) == 1

    @property
    def real(self):
        return self.dtype == np.float32

    def least(self):
        return min(float(run.min()) if run.size else 0.0 for run in self.runs)

    def most(self):
        return max(float(run.max()) if run.size else 0.0 for run in self.runs)


class Net:
    """See the module. `batches` are the batches that are run along: (1,) where the file fixes it."""

    def __init__(self, random, opset, batches):
        self.random, self.opset, self.batches = random, opset, batches
        self.nodes, self.constants, self.inputs, self.values = [], {}, [], []
        self.count = 0

    def chance(self, share):
        return self.random.random() < share

    def integer(self, low, high):
        """One of low..high, both included."""
        return int(self.random.integers(low, high + 1))

    def of(self, *choices):
        return choices[self.integer(0, len(choices) - 1)]

    def name(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    def input(self, shape, dtype=np.float32):
        """An input of samples of `shape`."""
        name = f"x{len(self.inputs)}" if self.inputs else "x"
        runs = [self.samples((batch, *shape), dtype) for batch in self.batches]
        self.inputs.append((name, shape, np.dtype(dtype)))
        self.values.append(Value(name, runs))
        return self.values[-1]

    def samples(self, shape, dtype=np.float32):
        if np.dtype(dtype) == bool:
            return self.random.random(shape) < 0.5
        if np.dtype(dtype).kind in "iu":
            low = 0 if np.dtype(dtype).kind == "u" else -4
            return self.random.integers(low, 5, shape).astype(dtype)
        return self.random.normal(0, 1, shape).astype(dtype)

    def const(self, array, name="c"):
        """A constant: an initializer, or what a node gives."""
        array = np.asarray(array)
        value = Value(self.name(name), [array] * len(self.batches), constant=True)
        if self.chance(0.04):
            stored = numpy_helper.from_array(array)
            self.nodes.append(helper.make_node("Constant", [], [value.name], name=f"n{len(self.nodes)}", value=stored))
        else:
            self.constants[value.name] = array
        return value

    def weights(self, *shape, scale=None):
        """Weights that keep the size of what they are multiplied with; sometimes with dead rows, or of a tiny or a
        large scale."""
        fan = max(1, int(np.prod(shape[1:])))
        array = self.random.normal(0, scale or fan**-0.5, shape)
        if shape and self.chance(0.1):
            array[self.random.random(shape[0]) < 0.3] = 0
        if self.chance(0.05):
            array *= self.of(1e-4, 1e-2, 30.0)
        value = self.const(array.astype(np.float32), "w")
        if self.chance(0.06):
            return self.computed(value)
        return value

    def computed(self, value):
        """The same constant behind nodes that change nothing, or little, of it."""
        kind = self.integer(0, 3)
        if kind == 0:
            return self.add("Identity", [value])
        if kind == 1 and value.rank > 1:
            order = list(range(value.rank))[::-1]
            return self.add("Transpose", [self.add("Transpose", [value], perm=order)], perm=order)
        if kind == 2:
            flat = self.add("Reshape", [value, self.ints(-1)])
            return self.add("Reshape", [flat, self.ints(*value.shape)]) if value.rank else value
        return self.add("Mul", [value, self.const(np.float32(0.5))])

    def ints(self, *numbers):
        return self.const(np.asarray(numbers, np.int64).reshape(len(numbers)), "i")

    def add(self, op, inputs, outputs=1, **attributes):
        """Adds a node; its outputs. An input may be None."""
        attributes = {key: value for key, value in attributes.items() if value is not None}
        names = [self.name("v") for _ in range(outputs)]
        node = helper.make_node(op, [value.name if value else "" for value in inputs], names,
                                name=f"n{len(self.nodes)}", **attributes)
        while node.input and not node.input[-1]:
            node.input.pop()
        made = self.run(node, [value for value in inputs if value])
        for value in made:
            self.check(value)
        self.nodes.append(node)
        self.values.extend(made)
        return made[0] if outputs == 1 else made

    def check(self, value):
        for run in value.runs:
            if run.size > ELEMENTS or run.size == 0:
                raise Reject("size")
            if run.dtype.kind == "f" and not (np.isfinite(run).all() and np.abs(run).max() < LARGEST):
                raise Reject("numbers")
            if run.dtype == np.int64 and np.abs(run).max() > 2**30:
                raise Reject("numbers")

    def run(self, node, inputs):
        given = {value.name: value for value in inputs}
        infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), [None] * value.rank)
                 for name, value in given.items() if not value.constant]
        constants = [numpy_helper.from_array(value.runs[0], name) for name, value in given.items() if value.constant]
        outputs = [helper.make_tensor_value_info(name, 0, None) for name in node.output]
        for output in outputs:
            output.ClearField("type")
        graph = helper.make_graph([node], "one", infos, outputs, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=10)
        feeds = [{name: value.runs[index] for name, value in given.items() if not value.constant}
                 for index in range(len(self.batches))]
        runs = self.outputs(model, feeds)
        if any(len({run[index].ndim for run in runs}) > 1 for index in range(len(node.output))):
            raise Reject("rank")
        constant = not infos
        return [Value(name, [run[index] for run in runs], constant) for index, name in enumerate(node.output)]

    def outputs(self, model, feeds):
        try:
            session = Onnx(model.SerializeToString())
            return [session.run(feed) for feed in feeds]
        except Exception as error:
            if "NOT_IMPLEMENTED" not in str(error) and "opset" not in str(error):
                raise Reject(str(error)) from error
        try:
            evaluator = ReferenceEvaluator(model)
            return [[np.asarray(found) for found in evaluator.run(None, feed)] for feed in feeds]
        except Exception as error:
            raise Reject(str(error)) from error

    def mark(self):
        return len(self.nodes), len(self.values), len(self.inputs)

    def back(self, mark):
        nodes, values, inputs = mark
        del self.nodes[nodes:], self.values[values:], self.inputs[inputs:]

    def model(self, outputs):
        """The file's bytes; what `outputs` do not need is left out."""
        needed, nodes = {value.name for value in outputs}, []
        for node in reversed(self.nodes):
            if needed & set(node.output):
                nodes.insert(0, node)
                needed |= set(node.input)
        batch = [self.batches[0]] if len(self.batches) == 1 else ["N"]
        infos = [info(name, dtype, batch + list(shape)) for name, shape, dtype in self.inputs if name in needed]
        ends = [info(value.name, value.dtype, self.declared(value)) for value in outputs]
        constants = [numpy_helper.from_array(array, name) for name, array in self.constants.items() if name in needed]
        old = self.opset < 9 and self.chance(0.3)
        if old:
            # The first versions list constants among the inputs.
            infos += [info(name, array.dtype, array.shape) for name, array in self.constants.items() if name in needed]
        graph = helper.make_graph(nodes, "random", infos, ends, constants)
        imports = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=imports, ir_version=10 if self.opset > 8 else 3 if old else 4)

    def declared(self, value):
        free = value.free
        return [("N" if axis == 0 else None) if axis in free else size for axis, size in enumerate(value.shape)]


def info(name, dtype, shape):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


