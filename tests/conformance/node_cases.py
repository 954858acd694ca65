"""Write the node cases of the package onnx for our runner, and check what our import made of them.

usage: python node_cases.py write FOLDER
       python node_cases.py check FOLDER

`write` leaves cases.json and values.bin: every model, its inputs and the outputs it must give, as
little-endian float32, int32, int8 or uint8, the types that rten computes in. To the cases that onnx
makes come those of Conv, ConvTranspose, Gemm, MatMul, LSTM and GRU with constant weights.
`check` runs the models in FOLDER/rewritten, those that are not as they were, by onnx's reference
evaluator, and prints a JSON object: per case null where its outputs are right, else a reason.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.backend.test.case.test_case import TestCase
from onnx.reference import ReferenceEvaluator

FLOATS = {"float16", "float32", "float64", "bfloat16"}
INTEGERS = {"bool", "int32", "int64"}
BYTES = {"int8", "uint8"}
# Which inputs of an operator are its weights.
WEIGHTS = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "Gemm": (1, 2),
    "MatMul": (1,),
    "LSTM": (1, 2, 3),
    "GRU": (1, 2, 3),
}
# Two units in the last place: rten computes in float32 what onnx's outputs are rounded in. onnx's own
# runner does the same for bfloat16.
RTOL = {"bfloat16": 2**-6, "float16": 2**-9}

Arrays = Sequence[Any]


def collect() -> list[TestCase]:
    """onnx's cases, all values as arrays; many draw their inputs, always the same after the seed."""
    np.random.seed(0)  # noqa: NPY002 (onnx draws from the old generator)
    from onnx.backend.test.case.node import collect_testcases

    cases = collect_testcases(None)
    for case in cases:
        case.data_sets = [tuple([as_array(v) for v in side] for side in pair) for pair in case.data_sets]
    return cases


def as_array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def constant_weights(cases: Iterable[TestCase]) -> list[TestCase]:
    """The cases of one operator with weights, with these as initializers."""
    found = []
    for case in cases:
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in WEIGHTS or nodes[0].domain:
            continue
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        inputs, outputs = case.data_sets[0]
        names = [value.name for value in model.graph.input]
        weights = {nodes[0].input[i] for i in WEIGHTS[nodes[0].op_type] if i < len(nodes[0].input)}
        kept = [i for i, name in enumerate(names) if name not in weights]
        for i, name in enumerate(names):
            if name in weights:
                model.graph.initializer.append(numpy_helper.from_array(inputs[i], name))
        rest = [model.graph.input[i] for i in kept]
        del model.graph.input[:]
        model.graph.input.extend(rest)
        sets = [([inputs[i] for i in kept], outputs)]
        found.append(
            TestCase(
                name=f"{case.name}_constant",
                model_name=case.model_name,
                url=None,
                model_dir=None,
                model=model,
                data_sets=sets,
                kind=case.kind,
                rtol=case.rtol,
                atol=case.atol,
            )
        )
    return found


class Blob:
    """Bytes one after another, each piece known by where it starts and its length."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def add(self, data: bytes) -> list[int]:
        place = [self.file.tell(), len(data)]
        self.file.write(data)
        return place


def as_computed(array: NDArray[Any]) -> tuple[str, NDArray[Any]] | None:
    """The type that rten computes in and the values in it; None where there is none."""
    name = array.dtype.name
    if name in FLOATS:
        return "float", array.astype("<f4")
    if name in INTEGERS:
        limits = np.iinfo(np.int32)
        return "int32", array.astype(np.int64).clip(limits.min, limits.max).astype("<i4")
    return (name, array) if name in BYTES else None


def value(array: Any, blob: Blob) -> dict[str, Any]:
    """How an input or output is described: without `as` where it is no tensor that rten has."""
    if not isinstance(array, np.ndarray | np.generic):
        return {"type": "optional" if array is None else "sequence"}
    array = np.asarray(array)
    name = "string" if array.dtype == object or array.dtype.kind == "U" else array.dtype.name
    found = {"type": name, "shape": list(array.shape)}
    computed = as_computed(array)
    if computed is None:
        return found
    kind, values = computed
    wide = name == "int64" and bool((values != array).any())
    return found | {"as": kind, "at": blob.add(values.tobytes()), "wide": wide}


def write(folder: Path) -> None:
    cases = collect()
    cases += constant_weights(cases)
    described = []
    with (folder / "values.bin").open("wb") as file:
        blob = Blob(file)
        for case in cases:
            (inputs, outputs), *_ = case.data_sets
            types = {array.dtype.name for array in outputs if isinstance(array, np.ndarray)}
            described.append(
                {
                    "name": case.name.removeprefix("test_"),
                    "model": blob.add(case.model.SerializeToString()),
                    "rtol": max([case.rtol, *(RTOL.get(name, 0) for name in types)]),
                    "atol": case.atol,
                    "inputs": [value(array, blob) for array in inputs],
                    "outputs": [value(array, blob) for array in outputs],
                }
            )
    (folder / "cases.json").write_text(json.dumps(described))


def difference(case: TestCase, model: onnx.ModelProto) -> str | None:
    """Why `model` does not give the case's outputs, if it does not."""
    (inputs, expected), *_ = case.data_sets
    names = [value.name for value in case.model.graph.input]
    try:
        found = ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))
    except Exception as failure:  # of the evaluator: its operators raise what they like
        if "No implementation for operator" in str(failure):
            return None  # it does not have the version of that opset
        return f"the reference evaluator fails: {' '.join(str(failure).split())}"
    reasons = (one_difference(case, *pair) for pair in zip(found, expected, strict=True))
    return next((reason for reason in reasons if reason is not None), None)


def one_difference(case: TestCase, ours: Any, theirs: Any) -> str | None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    if theirs.dtype.kind not in "biufV":
        return None if (ours == theirs).all() else "another text"
    wide = [array.astype(np.float64) for array in (ours, theirs)]
    rtol = max(case.rtol, RTOL.get(theirs.dtype.name, 0))
    same = np.allclose(*wide, rtol=rtol, atol=case.atol, equal_nan=True)
    return None if same else "a wrong value in the reference evaluator"


# Of explicit pads that are not alike, the evaluator's MaxPool takes begin and end for two axes.
MISREAD = {"maxpool_2d_same_lower"}


def check(folder: Path) -> dict[str, str | None]:
    paths = sorted((folder / "rewritten").glob("*.onnx"))
    if not paths:
        return {}
    cases = collect()
    cases += constant_weights(cases)
    by_name = {case.name.removeprefix("test_"): case for case in cases}
    found = {}
    for path in paths:
        case = by_name[path.stem]
        reason = difference(case, onnx.load_from_string(path.read_bytes()))
        if reason is not None and (path.stem in MISREAD or difference(case, case.model) is not None):
            continue  # the evaluator has trouble with it
        found[path.stem] = reason
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["write", "check"])
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # onnx's cases divide by zero on purpose
    if arguments.what == "write":
        arguments.folder.mkdir(parents=True, exist_ok=True)
        write(arguments.folder)
    else:
        json.dump(check(arguments.folder), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
