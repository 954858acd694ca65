"""Sample sets out of ../shared/data, and what onnxruntime and LiteRT say of a model on them.

usage: python models_check.py FOLDER [DATA]

Writes the sets of DATA into FOLDER, real values in float32, as NAME.npz to score with and
NAME-calibration.npz to fit to, kws-all.npz as well, and says "ready". Then reads jobs from standard input, one JSON object a line, and answers
each with one: {"model": FILE, "samples": FILE.npz, "outputs": FILE.npy or none} gives the class
score `correct`, or the `error`; `off`, by how much our outputs differ, as a share of the largest; and
`agree`, on how many samples both choose the same class.
"""

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Samples = tuple[Floats, NDArray[Any]]

KWS_SCALE, KWS_ZERO = 0.5847029, 83  # of the int8 model's input, as the set is stored
SPEECH_SCALE, SPEECH_ZERO = 0.101716, -128
WINDOW = 5  # frames of one input of the anomaly detector


def arrays(path: Path) -> Samples:
    if path.suffix == ".npy":
        return np.load(path), np.zeros(0)
    with np.load(path) as archive:
        return archive["x"].astype(np.float32), archive["y"] if "y" in archive else np.zeros(0)


def idx(path: Path) -> NDArray[np.uint8]:
    raw = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def mnist(data: Path, name: str) -> Samples:
    x = idx(data / f"mnist/{name}-images-idx3-ubyte.gz")[:500, None].astype(np.float32) / 255
    return x, idx(data / f"mnist/{name}-labels-idx1-ubyte.gz")[:500]


def keywords(data: Path) -> Samples:
    x, y = arrays(data / "mlperf_kws01_1000.npz")
    return ((x - KWS_ZERO) * KWS_SCALE).astype(np.float32), y


def people(data: Path) -> Samples:
    x, y = arrays(data / "vww_coco128_val2017.npz")
    return x / 255, y


def machine(data: Path) -> Samples:
    """Windows of the one recording; what is to come out is what goes in."""
    frames = np.fromfile(data / "ad01_normal_id_01_00000000_hist_librosa.bin", "<f4").reshape(-1, 128)
    x = np.stack([frames[i : i + WINDOW].ravel() for i in range(len(frames) - WINDOW + 1)])
    return x, x


def sine(_: Path) -> Samples:
    x = np.linspace(0, 2 * np.pi, 200, dtype=np.float32)[:, None]
    return x, np.sin(x)


def speech(_: Path) -> Samples:
    """Random features: the set has four recordings only."""
    random = np.random.default_rng(0)
    x = (random.integers(-128, 128, (64, 1960)) - SPEECH_ZERO) * SPEECH_SCALE
    return x.astype(np.float32), np.zeros((64, 0), np.float32)


def every(step: int, samples: Samples, first: int = 0) -> Samples:
    return samples[0][first::step], samples[1][first::step]


# Samples to score with, and others to fit to where there are some.
SETS: dict[str, Callable[[Path], tuple[Samples, Samples]]] = {
    "fsdd": lambda d: (arrays(d / "fsdd_test.npz"), arrays(d / "fsdd_calib_f16.npz")),
    "mnist": lambda d: (mnist(d, "t10k"), every(5, mnist(d, "train6000"))),
    "watch": lambda d: (every(4, arrays(d / "watch_test.npz")), arrays(d / "watch_calib_f16.npz")),
    "kws": lambda d: (every(5, keywords(d)), every(10, keywords(d), 1)),
    "cifar": lambda d: (every(5, arrays(d / "cifar10_test1000.npz")), arrays(d / "cifar10_calib200.npz")),
    "vww": lambda d: (every(2, people(d)), every(2, people(d), 1)),
    "ad": lambda d: (every(2, machine(d)), every(2, machine(d), 1)),
    "sine": lambda d: (sine(d), every(3, sine(d))),
    "speech": lambda d: (speech(d), speech(d)),
}


def write_sets(data: Path, folder: Path) -> None:
    for name, make in SETS.items():
        (x, y), (fit, _) = make(data)
        labels = {"y": y} if y.size > 0 else {}
        np.savez(folder / f"{name}.npz", x=x, **labels)
        np.savez(folder / f"{name}-calibration.npz", x=fit)
    x, y = keywords(data)
    np.savez(folder / "kws-all.npz", x=x, y=y)


def shaped(x: Floats, shape: tuple[int, ...]) -> Floats:
    """The samples as an input of this shape takes them: channels may have to go last, or first."""
    wanted = tuple(size for size in shape[1:] if isinstance(size, int))
    if x.shape[1:] == wanted or x.ndim < 3 or len(wanted) < len(shape) - 1:
        return x
    for order in ((0, 2, 3, 1), (0, 3, 1, 2)):
        turned = x.transpose(order) if x.ndim == len(order) else x
        if turned.shape[1:] == wanted:
            return np.ascontiguousarray(turned)
    return x.reshape(len(x), *wanted)


def taken(session: onnxruntime.InferenceSession, x: Floats) -> dict[str, NDArray[Any]]:
    """Samples as the inputs of a model take them; several inputs lie in a sample one behind the other."""
    inputs = session.get_inputs()
    kinds = {"tensor(float16)": np.float16}
    if len(inputs) == 1:
        return {inputs[0].name: shaped(x, tuple(inputs[0].shape)).astype(kinds.get(inputs[0].type, np.float32))}
    shapes = [[size for size in given.shape[1:] if isinstance(size, int)] for given in inputs]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(x.reshape(len(x), -1), ends[:-1], axis=1)
    return {given.name: part.reshape(len(x), *shape) for given, part, shape in zip(inputs, parts, shapes, strict=True)}


def open_onnx(model: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Without this, sums of products saturate at 16 bits on processors without VNNI; some of
    # onnxruntime's own operators are not there with it.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(model, options)
    except Exception:  # of onnxruntime: its own classes share no base
        options.add_session_config_entry("session.x64quantprecision", "0")
        return onnxruntime.InferenceSession(model, options)


def run_onnx(model: str, x: Floats) -> Floats:
    """The model's first output of real values."""
    session = open_onnx(model)
    given = taken(session, x)
    first = session.get_inputs()[0]
    block = first.shape[0] if isinstance(first.shape[0], int) else len(x)
    output = next(found.name for found in session.get_outputs() if "float" in found.type)
    blocks = [{name: part[i : i + block] for name, part in given.items()} for i in range(0, len(x), block)]
    return np.concatenate([session.run([output], block)[0] for block in blocks]).astype(np.float32)


def run_tflite(model: str, x: Floats) -> Floats:
    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    given, found = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    x = shaped(x, tuple(int(size) for size in given["shape"]))
    scale, zero = given["quantization"]
    if given["dtype"] != np.float32:
        limits = np.iinfo(given["dtype"])
        x = np.round(x / scale + zero).clip(limits.min, limits.max)
    outputs = []
    for sample in x:
        interpreter.set_tensor(given["index"], sample[None].astype(given["dtype"]).reshape(given["shape"]))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(found["index"])[0])
    stacked = np.stack(outputs).astype(np.float32)
    scale, zero = found["quantization"]
    return stacked if found["dtype"] == np.float32 else (stacked - zero) * np.float32(scale)


def answer(job: dict[str, Any]) -> dict[str, Any]:
    x, y = arrays(Path(job["samples"]))
    run = run_tflite if job["model"].endswith(".tflite") else run_onnx
    theirs = run(job["model"], x)
    theirs = theirs.reshape(len(theirs), -1)
    found: dict[str, Any] = {"samples": len(x)}
    if y.ndim == 1 and y.size > 0:
        found["correct"] = int((theirs.argmax(1) == y).sum())
    elif y.size > 0:
        found["error"] = float(np.sqrt(((theirs - y.reshape(theirs.shape)) ** 2).mean()))
    if job.get("outputs"):
        ours = np.load(job["outputs"]).reshape(theirs.shape)
        found["off"] = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
        found["agree"] = int((ours.argmax(1) == theirs.argmax(1)).sum())
    return found


def main() -> int:
    folder, *data = (Path(argument) for argument in sys.argv[1:])
    for source in data:
        write_sets(source, folder)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except Exception as failure:  # of onnxruntime and LiteRT: their own classes share no base
            found = {"failure": " ".join(str(failure).split())}
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
