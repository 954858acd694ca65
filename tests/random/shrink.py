"""Makes a failing case small: a cut in front, a cut behind, nodes left out, attributes left at their defaults, fewer
samples, shorter axes, rounder numbers; each kept where the same goes wrong with what is left."""

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference

from compare import Changed
from peers import Onnx

# Cases that are tried, at most.
TRIES = 250


class Shrinker:
    """Shrinks cases of `checker` at the stages that `key`, a finding's, needs."""

    def __init__(self, checker, key, stages):
        self.checker, self.key, self.stages, self.tries = checker, key, stages, 0

    def fails(self, case):
        self.tries += 1
        if self.tries > TRIES:
            return False
        try:
            onnx.checker.check_model(case.model)
            found = self.checker.onnx(case, self.stages).findings
        except Exception:
            return False
        return any(finding.key == self.key for finding in found)

    def shrunk(self, case):
        best = Changed(case.model, case.inputs, case.operators)
        before = None
        while before != size(best) and self.tries < TRIES:
            before = size(best)
            for smaller in (tails, heads, without, fewer_samples, plain_attributes, shorter, rounder):
                best = self.first(best, smaller)
        return best

    def first(self, case, smaller):
        """Goes on with the first smaller case that fails, until none does."""
        while True:
            for candidate in guarded(smaller(case)):
                if self.fails(candidate):
                    case = candidate
                    break
            else:
                return case
            if self.tries > TRIES:
                return case


def guarded(candidates):
    """The candidates that can be made at all."""
    while True:
        try:
            yield next(candidates)
        except StopIteration:
            return
        except Exception:
            return


def size(case):
    return (len(case.model.graph.node), len(case.model.SerializeToString()), len(case.inputs[0][1]))


def rebuilt(case, nodes, inputs=None, outputs=None, constants=None):
    """A case of these nodes; constants and inputs that nothing needs are left out."""
    graph = case.model.graph
    outputs = outputs or [output.name for output in graph.output]
    constants = list(graph.initializer) if constants is None else constants
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed & set(node.output):
            kept.insert(0, node)
            needed |= set(node.input)
    inputs = [(name, array) for name, array in (case.inputs if inputs is None else inputs) if name in needed]
    if not kept or not inputs:
        raise ValueError("nothing is left")
    first = graph.input[0].type.tensor_type.shape.dim[0]
    infos = [value_info(name, array, first.dim_param or first.dim_value) for name, array in inputs]
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs]
    for end in ends:
        end.ClearField("type")
    kept_constants = [tensor for tensor in constants if tensor.name in needed]
    made = helper.make_model(helper.make_graph(kept, "random", infos, ends, kept_constants),
                             opset_imports=case.model.opset_import, ir_version=max(4, case.model.ir_version))
    typed = shape_inference.infer_shapes(made)
    if all(end.type.tensor_type.elem_type for end in typed.graph.output):
        del made.graph.output[:]
        made.graph.output.extend(typed.graph.output)
    else:
        types(made, inputs)
    return Changed(made, inputs, [node.op_type for node in kept])


def types(model, inputs):
    """Gives the outputs the types that they have when run."""
    found = Onnx(model.SerializeToString()).run({name: array[:1] for name, array in inputs})
    for output, array in zip(model.graph.output, found):
        output.CopyFrom(helper.make_tensor_value_info(output.name, helper.np_dtype_to_tensor_dtype(array.dtype), [None] * array.ndim))


def value_info(name, array, batch):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), [batch, *array.shape[1:]])


def tails(case):
    """The value of an earlier node as the output, the first ones first."""
    nodes = list(case.model.graph.node)
    for count in range(1, len(nodes)):
        for output in nodes[count - 1].output:
            if output:
                yield rebuilt(case, nodes[:count], outputs=[output])
    if len(case.model.graph.output) > 1:
        for output in case.model.graph.output:
            yield rebuilt(case, nodes, outputs=[output.name])


def heads(case):
    """A value from between as an input, the last ones first."""
    nodes = list(case.model.graph.node)
    values = between(case)
    for count in range(len(nodes) - 1, 0, -1):
        for output in nodes[count - 1].output:
            array = values.get(output)
            if array is None or array.dtype not in (np.float32, np.int64, np.int32, np.bool_) or array.ndim < 1:
                continue
            rest = [node for node in nodes if output not in node.output]
            yield rebuilt(case, rest, inputs=[*case.inputs, (output, array)])


def between(case):
    """The values of all samples that nodes compute, where their first axis is the batch."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    names = [name for node in model.graph.node for name in node.output if name]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = Onnx(model.SerializeToString())
    count = len(case.inputs[0][1])
    runs = [session.run({name: array[i : i + 1] for name, array in case.inputs}) for i in range(count)]
    return {name: np.concatenate(parts) for name, *parts in zip(names, *runs) if all(p.ndim and len(p) == 1 for p in parts)}


def without(case):
    """A node left out, its first input in its output's place."""
    nodes = list(case.model.graph.node)
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        for given in node.input:
            if not given or any(tensor.name == given for tensor in case.model.graph.initializer):
                continue
            rest = []
            for other in nodes[:index] + nodes[index + 1 :]:
                copy = onnx.NodeProto()
                copy.CopyFrom(other)
                for place, name in enumerate(copy.input):
                    if name == node.output[0]:
                        copy.input[place] = given
                rest.append(copy)
            outputs = [given if output.name == node.output[0] else output.name for output in case.model.graph.output]
            yield rebuilt(case, rest, outputs=outputs)


def fewer_samples(case):
    count = len(case.inputs[0][1])
    if count > 1:
        for index in range(count):
            yield rebuilt(case, list(case.model.graph.node), inputs=[(n, a[index : index + 1]) for n, a in case.inputs])
        yield rebuilt(case, list(case.model.graph.node), inputs=[(n, a[:2]) for n, a in case.inputs]) if count > 2 else None


def plain_attributes(case):
    """An attribute or an optional last input left out."""
    nodes = list(case.model.graph.node)
    for index, node in enumerate(nodes):
        for place in range(len(node.attribute)):
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            del copy.attribute[place]
            yield rebuilt(case, [*nodes[:index], copy, *nodes[index + 1 :]])
        if len(node.input) > 2:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            del copy.input[-1]
            yield rebuilt(case, [*nodes[:index], copy, *nodes[index + 1 :]])


def shorter(case):
    """An axis of an input cut short, with those of the constants that are as long."""
    lengths = sorted({length for _, array in case.inputs for length in array.shape[1:] if length > 1}, reverse=True)
    for length in lengths:
        for new in dict.fromkeys((1, length // 2, length - 1)):
            if new < 1:
                continue
            inputs = [(name, cut(array, length, new, 1)) for name, array in case.inputs]
            for also in (True, False):
                constants = [numpy_helper.from_array(cut(numpy_helper.to_array(t), length, new, 0), t.name) if also else t
                             for t in case.model.graph.initializer]
                yield rebuilt(case, list(case.model.graph.node), inputs=inputs, constants=constants)
    for index, tensor in enumerate(case.model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        for axis, length in enumerate(array.shape):
            if length > 1 and array.dtype == np.float32:
                short = numpy_helper.from_array(np.take(array, range(length // 2), axis), tensor.name)
                others = list(case.model.graph.initializer)
                yield rebuilt(case, list(case.model.graph.node), constants=[*others[:index], short, *others[index + 1 :]])


def cut(array, length, new, first):
    part = tuple(slice(0, new) if axis >= first and own == length else slice(None) for axis, own in enumerate(array.shape))
    return np.ascontiguousarray(array[part])


def rounder(case):
    """All real numbers with one digit, or with two."""
    for digits in (1, 2):
        inputs = [(name, short(array, digits)) for name, array in case.inputs]
        constants = [numpy_helper.from_array(short(numpy_helper.to_array(t), digits), t.name) for t in case.model.graph.initializer]
        candidate = rebuilt(case, list(case.model.graph.node), inputs=inputs, constants=constants)
        if candidate.model != case.model or any((a != b).any() for (_, a), (_, b) in zip(inputs, case.inputs)):
            yield candidate


def short(array, digits):
    """Real numbers of so many digits; none becomes 0, which would be another case."""
    if array.dtype != np.float32:
        return array
    with np.errstate(divide="ignore"):
        power = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(array, dtype=np.float64))))
    return np.where(array == 0, 0, np.round(array * power) / power).astype(np.float32).reshape(array.shape)
