"""Prints how many numbers of ONNX files are not finite or beyond the size of weights, one line per file."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper


def tensors(graph):
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("sparse_tensor"):
                yield attribute.sparse_tensor.values


for path in sys.argv[1:]:
    wild = 0
    for tensor in tensors(onnx.load(path).graph):
        values = numpy_helper.to_array(tensor)
        if values.dtype.kind == "f":
            wild += int(np.sum(~(np.abs(values.astype(np.float64)) <= 1e9)))
    print(wild)
