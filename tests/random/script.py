"""Writes a case as a Python script that makes it: model.onnx, x.npz with its samples, and right.npy."""

import base64
import io

import numpy as np
import onnx
from onnx import numpy_helper

# Numbers that are written out; more are packed.
SHOWN = 64


def script(case, finding, seed):
    """The script's text."""
    graph = case.model.graph
    nodes = [f"    helper.make_node({node.op_type!r}, {list(node.input)!r}, {list(node.output)!r}, name={node.name!r}"
             f"{''.join(f', {a.name}={attribute(a)}' for a in node.attribute)})," for node in graph.node]
    infos = [f"    helper.make_tensor_value_info({i.name!r}, {i.type.tensor_type.elem_type}, {shape(i)!r})," for i in graph.input]
    ends = [f"    helper.make_tensor_value_info({o.name!r}, {o.type.tensor_type.elem_type}, {shape(o)!r})," for o in graph.output]
    constants = [f"    numpy_helper.from_array({array(numpy_helper.to_array(t))}, {t.name!r})," for t in graph.initializer]
    samples = [f"    {name!r}: {array(values)}," for name, values in case.inputs]
    opset, index = case.model.opset_import[0].version, 0
    if finding.output:
        index = next((i for i, o in enumerate(graph.output) if o.name == finding.output), 0)
    return "\n".join([
        f'"""{finding.stage}: {finding.kind}: {finding.text}', "", f"Drawn from seed {seed}.", '"""', "", "import base64, io", "",
        "import numpy as np", "import onnx", "import onnxruntime as ort", "from onnx import helper, numpy_helper", "", "",
        "def packed(text):", "    return np.load(io.BytesIO(base64.b64decode(text)))", "", "",
        "nodes = [", *nodes, "]", "inputs = [", *infos, "]", "outputs = [", *ends, "]", "constants = [", *constants, "]",
        "samples = {", *samples, "}",
        'graph = helper.make_graph(nodes, "random", inputs, outputs, constants)',
        f'model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", {opset})], ir_version={case.model.ir_version})',
        'onnx.save(model, "model.onnx")', 'np.savez("x.npz", **samples)', "options = ort.SessionOptions()",
        "options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL",
        'session = ort.InferenceSession("model.onnx", options)',
        "count = len(next(iter(samples.values())))",
        f"batch, right = {max(1, graph.input[0].type.tensor_type.shape.dim[0].dim_value)}, []",
        "for first in range(0, count, batch):",
        "    places = np.minimum(np.arange(first, first + batch), count - 1)",
        f"    found = session.run(None, {{n: a[places] for n, a in samples.items()}})[{index}]",
        "    right.extend(found.reshape(batch, -1)[: count - first])",
        'np.save("right.npy", np.stack(right))', "print(np.stack(right))", "",
    ])


def attribute(given):
    value = onnx.helper.get_attribute_value(given)
    if isinstance(value, bytes):
        return repr(value.decode())
    if isinstance(value, onnx.TensorProto):
        return f"numpy_helper.from_array({array(numpy_helper.to_array(value))})"
    if isinstance(value, (int, float)):
        return repr(round(value, 7) if isinstance(value, float) else value)
    return repr([item.decode() if isinstance(item, bytes) else item for item in value])


def shape(info):
    if not info.type.tensor_type.HasField("shape"):
        return None
    return [dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in info.type.tensor_type.shape.dim]


def array(values):
    values = np.asarray(values)
    if values.size <= SHOWN and values.size:
        return f"np.asarray({values.tolist()!r}, np.{values.dtype.name}).reshape({list(values.shape)!r})"
    stored = io.BytesIO()
    np.save(stored, values)
    return f"packed({base64.b64encode(stored.getvalue()).decode()!r})"


def lite_script(case, finding):
    """The same for a TensorFlow Lite file: its bytes, since its parts are in the drawing of its seed."""
    steps = [f"    {name} {[list(shape) for shape in step.shapes]} {step.options or ''}" for name, step in zip(case.operators, case.graph.steps)]
    return "\n".join([
        f'"""{finding.stage}: {finding.kind}: {finding.text}', "", f"Drawn from seed {case.name}:", "", *steps, '"""', "", "import base64, io", "",
        "import numpy as np", "from ai_edge_litert.interpreter import Interpreter", "", "",
        "def packed(text):", "    return np.load(io.BytesIO(base64.b64decode(text)))", "", "",
        f"content = base64.b64decode({base64.b64encode(case.content).decode()!r})", f"samples = {array(case.inputs[0][1])}",
        'open("model.tflite", "wb").write(content)', 'np.savez("x.npz", x=samples)', "model = Interpreter(model_content=content)",
        "model.allocate_tensors()", "given, wanted = model.get_input_details()[0], model.get_output_details()[0]", "right = []",
        "for sample in samples:", "    (scale, zero), stored = given['quantization'], sample.reshape(given['shape'])",
        "    if scale:", "        stored = np.clip(np.round(stored / np.float32(scale)) + zero, -128, 127).astype(np.int8)",
        "    model.set_tensor(given['index'], stored)", "    model.invoke()",
        "    (scale, zero), y = wanted['quantization'], model.get_tensor(wanted['index']).astype(np.float32)",
        "    right.append((y - zero) * np.float32(scale) if scale else y)", 'np.save("right.npy", np.stack(right))',
        "print(np.stack(right))", "",
    ])
