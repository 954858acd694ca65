"""Property tests of data: random files of every kind that the README names, read by sepal through a model that gives
its input back, and compared with what numpy, Pillow and scipy read.

    python data.py SEPAL FOLDER [SEED [COUNT]]

SEPAL is the program, FOLDER is for the files; COUNT files of each kind are drawn. What differs is printed with the
files that show it, and the exit status is 1.
"""

import gzip
import io
import shutil
import struct
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from data_case import Case
from data_media import jpegs, pngs, resized, wavs
from numpy.lib import format as npy_format
from onnx import TensorProto, helper, numpy_helper

NUMBERS = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


# Arrays


def numbers(random, kind, shape):
    """Random numbers of numpy's `kind`, those at its ends among them."""
    if kind == "?":
        return random.integers(0, 2, shape).astype("?")
    if kind[0] == "f":
        return (random.standard_normal(shape) * 10.0 ** random.integers(-3, 4)).astype(kind)
    info = np.iinfo(kind)
    values = random.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    values.flat[0], values.flat[-1] = info.min, info.max
    return values


def save_npy(file, array, version):
    npy_format.write_array(file, array, version=version, allow_pickle=False)


def save_npz(path, arrays, random):
    """As numpy.savez or savez_compressed write it, or with the header of another version."""
    packing = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED][random.integers(2)]
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            save_npy(content, array, [(1, 0), (2, 0), (3, 0)][random.integers(3)])
            archive.writestr(f"{name}.npy", content.getvalue())


def array(folder, random):
    """Every element type, byte order, order of axes and shape; in an .npz or alone."""
    shape = random.integers(2, 8, random.integers(1, 4)).tolist()
    case = Case(folder, shape)
    kind = NUMBERS[random.integers(len(NUMBERS))]
    x = numbers(random, kind, [int(random.integers(1, 9)), *shape])
    case.values = x.astype("f4")
    x = x.astype(x.dtype.newbyteorder("<>"[random.integers(2)]))
    x = np.asfortranarray(x) if random.integers(2) else x
    if random.integers(3):
        save_npz(case.path("data.npz"), {["x", "X_test", "data"][random.integers(3)]: x}, random)
    else:
        with open(case.path("x.npy"), "wb") as file:
            save_npy(file, x, [(1, 0), (2, 0), (3, 0)][random.integers(3)])
    return case


def several(folder, random):
    """Several inputs, each by its name or by what a file system leaves of it."""
    case = Case(folder, [1])
    names = random.permutation(["net/left:0", "net/right:0", "X", "x", "onnx::Gemm_0", "Input.1", "mask"])[: random.integers(2, 5)]
    value = lambda name, dims: helper.make_tensor_value_info(str(name), TensorProto.FLOAT, ["N", *dims])
    shapes = [random.integers(2, 5, random.integers(1, 3)).tolist() for _ in names]
    flat = [helper.make_node("Flatten", [str(name)], [f"flat{i}"]) for i, name in enumerate(names)]
    joined = helper.make_node("Concat", [node.output[0] for node in flat], ["y"], axis=1)
    size = sum(int(np.prod(shape)) for shape in shapes)
    graph = helper.make_graph([*flat, joined], "several", [value(*pair) for pair in zip(names, shapes)], [value("y", [size])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), case.model)
    count = int(random.integers(1, 9))
    arrays = [random.standard_normal([count, *shape]).astype("f4") for shape in shapes]
    case.values = np.concatenate([a.reshape(count, -1) for a in arrays], axis=1)
    plain = lambda name: "".join(c if c.isalnum() else "_" for c in name)
    form = [str, lambda n: n.removesuffix(":0"), plain, lambda n: plain(n.removesuffix(":0"))][random.integers(4)]
    pairs = [(form(str(name)), array) for name, array in zip(names, arrays)]
    save_npz(case.path("data.npz"), dict(pairs[i] for i in random.permutation(len(pairs))), random)
    return case


def declared(folder, random):
    """An input of whole numbers: stored ones are read as they are, with and without labels."""
    shape = random.integers(2, 6, random.integers(1, 4)).tolist()
    case = Case(folder, shape, says=[])
    kind = ["uint8", "int8", "int32", "int64"][random.integers(4)]
    model = onnx.load(case.model)
    model.graph.input[0].type.tensor_type.elem_type = getattr(TensorProto, kind.upper())
    cast = helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT)
    nodes = [cast, helper.make_node("Flatten", ["f"], ["y"])]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, case.model)
    least, most = (0, 255) if kind == "uint8" else (-128, 127)
    x = random.integers(least, most, [20, *shape], endpoint=True)
    case.values = x.astype("f4")
    stored = {"x": x.astype(["u1" if kind == "uint8" else "i1", "i4", "i8", "f4", "f8"][random.integers(5)])}
    if random.integers(2):
        stored["y"] = np.zeros(20, "u1")
        case.says = ["metric=accuracy"]
    save_npz(case.path("data.npz"), stored, random)
    return case


def turned(folder, random):
    """Channels first or last, whichever the model has, and samples in one axis."""
    rows, columns = random.integers(5, 9, 2).tolist()
    first, last = [3, rows, columns], [rows, columns, 3]
    model_last, stored = random.integers(2), random.integers(3)
    case = Case(folder, last if model_last else first)
    x = random.standard_normal([4, *first]).astype("f4")
    own = x.transpose(0, 2, 3, 1) if model_last else x
    case.values = own
    array = [x, x.transpose(0, 2, 3, 1), own.reshape(4, -1)][stored]
    save_npz(case.path("data.npz"), {"x": np.ascontiguousarray(array)}, random)
    return case


def steps(folder, random):
    """A sequence with samples or steps first, as the operator that reads it says."""
    count, length, features, hidden = 5, int(random.integers(6, 9)), int(random.integers(1, 4)), 3
    case = Case(folder, [length, features])
    op, gates = [("LSTM", 4), ("GRU", 3)][random.integers(2)]
    steps_first = random.integers(2)
    dims = [length, 1, features] if steps_first else [1, length, features]
    weights = {"w": [1, gates * hidden, features], "r": [1, gates * hidden, hidden], "b": [1, 2 * gates * hidden]}
    constants = [
        numpy_helper.from_array(random.standard_normal(shape).astype("f4"), name) for name, shape in weights.items()
    ]
    constants.append(numpy_helper.from_array(np.array([0]), "zero"))
    reads, nodes = "x", []
    if not steps_first:
        nodes.append(helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]))
        reads = "t"
    if random.integers(2):
        nodes.append(helper.make_node("Tanh", [reads], ["u"]))
        reads = "u"
    says = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes.append(helper.make_node(op, [reads, "w", "r", "b"], ["all", "last"], hidden_size=hidden, **says))
    nodes.append(helper.make_node("Squeeze", ["last", "zero"], ["y"]))
    value = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    graph = helper.make_graph(nodes, "steps", [value("x", dims)], [value("y", [1, hidden])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), case.model)
    x = random.standard_normal([count, length, features]).astype("f4")
    run = onnxruntime.InferenceSession(case.model).run
    case.values = np.concatenate([run(["y"], {"x": sample.reshape(dims)})[0] for sample in x])
    case.tolerance = 1e-4
    stored = [x, x.reshape(count, *dims), x.transpose(1, 0, 2)][random.integers(3 if steps_first else 2)]
    save_npz(case.path("data.npz"), {"x": np.ascontiguousarray(stored)}, random)
    return case


# Labels


def label_form(y, classes, random):
    """The same classes as another array: how people write labels down."""
    form = random.integers(7)
    if form == 0:
        return y.astype(["u1", "i2", ">i4", "i8", ">u8", "f4", ">f8"][random.integers(7)])
    if form == 1:
        return y.reshape(-1, 1).astype("i8")
    if form == 2:
        return np.eye(classes)[y].astype(["u1", "f4", "?", "i8"][random.integers(4)])
    if form == 3:
        return y.astype("i8") + 1
    if form == 4:
        return np.array([f"class {chr(97 + label)}" for label in y])
    if form == 5:
        return np.array([f"c{chr(97 + label)}".encode() for label in y])
    return np.array([str(label) for label in y])


def labels(folder, random):
    """Classes in every form, beside values of which the largest says what the model chooses."""
    classes, count = int(random.integers(2, 12)), int(random.integers(30, 60))
    case = Case(folder, [classes], says=[])
    x = random.standard_normal([count, classes]).astype("f4")
    y = np.where(random.random(count) < 0.8, x.argmax(1), random.integers(0, classes, count))
    y[:classes] = np.arange(classes)
    case.values, case.accuracy = x, 100 * float((x.argmax(1) == y).mean())
    case.says = ["metric=accuracy"]
    save_npz(case.path("data.npz"), {"x": x, "y": label_form(y, classes, random)}, random)
    return case


def single(folder, random):
    """One output, a probability or a logit, and labels in every form of two classes."""
    case = Case(folder, [1], says=["metric=accuracy"])
    x = random.standard_normal([60, 1]).astype("f4")
    threshold = 0
    if random.integers(2):
        x, threshold = 1 / (1 + np.exp(-3 * x)), 0.5
    chosen = (x[:, 0] > threshold).astype("i8")
    y = np.where(random.random(60) < 0.8, chosen, 1 - chosen)
    y[:2] = [0, 1]
    case.values, case.accuracy = x, 100 * float((chosen == y).mean())
    forms = [y, y.astype("?"), y[:, None].astype("f4"), y + 1, np.eye(2)[y], np.array(["no", "yes"])[y]]
    save_npz(case.path("data.npz"), {"x": x, "y": forms[random.integers(len(forms))]}, random)
    return case


def places(folder, random):
    """A class for each pixel or step."""
    size, classes, count = random.integers(3, 7, random.integers(1, 3)).tolist(), 2, 20
    last = len(size) == 1
    shape = [*size, classes] if last else [classes, *size]
    case = Case(folder, shape, says=[])
    x = random.standard_normal([count, *shape]).astype("f4")
    y = x.argmax(-1 if last else 1)
    y = np.where(random.random(y.shape) < 0.9, y, 1 - y)
    case.accuracy = 100 * float((x.argmax(-1 if last else 1) == y).mean())
    # The outputs keep their axes.
    model = onnx.load(case.model)
    model.graph.node[0].CopyFrom(helper.make_node("Identity", ["x"], ["y"]))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", *shape]))
    onnx.save(model, case.model)
    form = [y, y.astype("f4"), y[:, None].astype("u1")][random.integers(3 if not last else 2)]
    save_npz(case.path("data.npz"), {"x": x, "y": form}, random)
    return case


# IDX


def idx(folder, random):
    """Every element type of IDX, packed or not, with labels."""
    code, kind = [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")][random.integers(6)]
    shape = random.integers(2, 6, random.integers(1, 4)).tolist()
    case = Case(folder, shape, says=["scale=1", "metric=accuracy"])
    x = numbers(random, kind[-2:], [20, *shape])
    case.values = x.astype("f4")
    y = random.integers(0, int(np.prod(shape)), 20).astype("u1")
    y[0] = 0
    case.accuracy = 100 * float((case.values.reshape(20, -1).argmax(1) == y).mean())
    header = lambda code, sizes: struct.pack(f">BBBB{len(sizes)}I", 0, 0, code, len(sizes), *sizes)
    content = {"images": header(code, x.shape) + x.astype(kind).tobytes(), "labels": header(8, y.shape) + y.tobytes()}
    for name in random.permutation(list(content)):
        if random.integers(2):
            case.path(f"{name}.gz").write_bytes(gzip.compress(content[name]))
        else:
            case.path(name).write_bytes(content[name])
    return case


# Tables


def table(folder, random):
    """Separators, decimal commas, quotes, headers and line ends; the label first or last, a number or a word."""
    classes, count = int(random.integers(3, 7)), 40
    case = Case(folder, [classes], says=["scale=1", "metric=accuracy"])
    x = (random.standard_normal([count, classes]) * 3).astype("f4")
    y = random.integers(0, classes, count)
    y[:classes] = np.arange(classes)
    case.values, case.accuracy = x, 100 * float((x.argmax(1) == y).mean())
    separator = ",;\t"[random.integers(3)]
    comma = separator == ";" and random.integers(2)
    number = lambda v: repr(float(v)).replace(".", ",") if comma else repr(float(v))
    first = random.integers(1, 3)
    words = random.integers(2)
    label = lambda c: f'"class {chr(97 + c)}"' if words else str(c + first - 1)
    place = [0, classes][random.integers(2)]
    rows = []
    if random.integers(2) or place == 0:
        names = [f"f{i}" for i in range(classes)]
        names.insert(place, ["label", "Class", "y"][random.integers(3)])
        rows.append(separator.join(f'"{name}"' if random.integers(2) else name for name in names))
    for values, c in zip(x, y):
        fields = [number(v) for v in values]
        fields.insert(place, label(c))
        rows.append(separator.join(fields))
    end = ["\n", "\r\n"][random.integers(2)]
    case.path("table.csv").write_text(end.join(rows) + (end if random.integers(2) else ""), newline="")
    return case


KINDS = [array, several, declared, turned, steps, labels, single, places, idx, table, pngs, jpegs, resized, wavs]


def main(program, folder, seed=0, count=8):
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    cases = []
    for number, make in enumerate(KINDS):
        for index in range(int(count) * (3 if make in (array, labels) else 1)):
            random = np.random.default_rng([int(seed), number, index])
            cases.append(make(folder / f"{make.__name__}-{index}", random))
    with ThreadPoolExecutor(2) as pool:
        wrong = [(case, said) for case, said in zip(cases, pool.map(lambda c: c.check(program), cases)) if said]
    for case, said in wrong:
        print(f"{case.folder.name}: {said}\n  sepal evaluate {case.model} --evaluation {' '.join(map(str, case.files))}")
    print(f"{len(cases)} sets of samples, {len(wrong)} read wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
