"""Random pictures and recordings, and what Pillow and scipy read of them."""

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image
from scipy.io import wavfile
from data_case import Case


# Pictures

# Adam7: first column and row, and the steps between them, of each pass.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(pixels, colour, depth, interlaced):
    """A PNG file of 8 or 16 bits; Pillow writes no interlaced ones."""
    chunk = lambda kind, data: (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )
    rows, columns = pixels.shape[:2]
    raw = pixels.astype(">u2" if depth == 16 else "u1")
    lines = lambda part: b"".join(b"\0" + line.tobytes() for line in part) if part.size else b""
    if interlaced:
        content = b"".join(lines(raw[y::down, x::right]) for x, y, right, down in PASSES)
    else:
        content = lines(raw)
    head = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


def picture(random, rows, columns):
    """A PNG of any kind: its bytes, and as Pillow sees it, in colours."""
    kind = random.integers(8)
    noise = lambda *shape: random.integers(0, 256, [rows, columns, *shape]).astype("u1")
    if kind < 4:
        colour, channels = [(0, 1), (2, 3), (4, 2), (6, 4)][kind]
        deep = int(random.integers(2))
        pixels = noise(channels).astype("u2") * (257 if deep else 1)
        content = png(pixels, colour, 16 if deep else 8, bool(random.integers(2)))
        low = (pixels >> (8 if deep else 0)).astype("u1")
        brightness = low[..., :1].repeat(3, 2) if channels < 3 else low[..., :3]
        return content, Image.fromarray(brightness)
    mode = ["L", "RGB", "P", "1"][kind - 4]
    image = Image.fromarray(noise(3)).convert(mode)
    file = io.BytesIO()
    image.save(file, "png", **({"transparency": 0} if mode == "P" and random.integers(2) else {}))
    return file.getvalue(), Image.open(file).convert("RGB")


def pictures_case(folder, random, make, ending):
    """Class folders or an archive of them, for a model of one colour or three."""
    rows, columns = random.integers(5, 20, 2).tolist()
    colours = [1, 3][random.integers(2)]
    last = random.integers(2)
    shape = [rows, columns, colours] if last else [colours, rows, columns]
    case = Case(folder, shape, says=["scale=1"])
    values = []
    root = case.path("pictures")
    for label in ["ant", "bee"]:
        (root / label).mkdir(parents=True)
        for index in range(3):
            content, seen = make(random, rows, columns)
            (root / label / f"{index}.{ending}").write_bytes(content)
            grey = np.asarray(seen.convert("L"))[..., None]
            seen = grey if colours == 1 else np.asarray(seen.convert("RGB"))
            values.append(seen if last else seen.transpose(2, 0, 1))
    case.values = np.array(values).astype("f4")
    if random.integers(2):
        archive = folder / "pictures.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(root.rglob("*.*")):
                file.write(path, path.relative_to(root))
        case.files = [archive]
    return case


def pngs(folder, random):
    return pictures_case(folder, random, picture, "png")


def jpegs(folder, random):
    sampling = int(random.integers(3))

    def jpeg(random, rows, columns):
        smooth = Image.fromarray(random.integers(0, 256, [3, 3, 3]).astype("u1")).resize((columns, rows))
        image = smooth.convert(["L", "RGB"][random.integers(2)])
        file = io.BytesIO()
        image.save(file, "jpeg", quality=95, subsampling=sampling, progressive=bool(random.integers(2)))
        return file.getvalue(), Image.open(file)

    case = pictures_case(folder, random, jpeg, "jpg")
    # Decoders may round; colours of fewer places are spread in different ways.
    case.tolerance, case.mean = 4.0, None if sampling == 0 else 3.0
    return case


def resized(folder, random):
    """Pictures of another size, as Pillow's BILINEAR makes them."""
    rows, columns = random.integers(8, 24, 2).tolist()

    def other(random, rows, columns):
        size = random.integers(5, 40, 2).tolist()
        image = Image.fromarray(random.integers(0, 256, [*size, 3]).astype("u1"))
        file = io.BytesIO()
        image.save(file, "png")
        return file.getvalue(), image.resize((columns, rows), Image.BILINEAR)

    case = pictures_case(folder, random, other, "png")
    # Pillow rounds between the axes; and before or after colours become one.
    case.tolerance = 2.0
    return case


# Recordings


def wav(random, count):
    """A WAV file of any kind, and its values as scipy reads them, whole numbers as shares of the greatest."""
    channels = int(random.integers(1, 4))
    code, size = [(1, 1), (1, 2), (1, 3), (1, 4), (3, 4), (3, 8)][random.integers(6)]
    wave = random.random([count, channels]) * 1.9 - 0.95
    if code == 3:
        content = wave.astype(f"<f{size}").tobytes()
    elif size == 1:
        content = ((wave * 128) + 128).astype("u1").tobytes()
    else:
        content = (wave * 2 ** (8 * size - 1)).astype("<i4" if size > 2 else "<i2")
        whole = content.reshape(-1, 1).view("u1") if size > 2 else content
        content = (whole[:, :3] if size == 3 else content).tobytes()
    frame, bits = size * channels, 8 * size
    extended = bool(random.integers(2))
    head = struct.pack("<HHIIHH", 0xFFFE if extended else code, channels, 16000, 16000 * frame, frame, bits)
    if extended:
        guid = bytes.fromhex("000000001000800000aa00389b71")
        head += struct.pack("<HHIH", 22, bits, 0, code) + guid
    chunk = lambda name, data: name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    junk = chunk(b"LIST", b"INFOx" * int(random.integers(1, 4))) if random.integers(2) else b""
    body = b"WAVE" + chunk(b"fmt ", head) + junk
    whole = b"RIFF" + struct.pack("<I", len(body) + 8 + len(content)) + body
    exact = whole + chunk(b"data", content) + (chunk(b"LIST", b"INFO") if random.integers(2) else b"")
    rate, seen = wavfile.read(io.BytesIO(exact))
    seen = seen.reshape(count, channels)
    if seen.dtype.kind == "u":
        seen = (seen.astype("f8") - 128) / 128
    elif seen.dtype.kind == "i":
        seen = seen.astype("f8") / 2.0 ** (8 * seen.dtype.itemsize - 1)
    streamed = random.integers(4) == 0
    if streamed:
        size = [0, 0xFFFFFFFF, 0x7FFFFFFF][random.integers(3)]
        exact = b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + body + b"data" + struct.pack("<I", size) + content
    return exact, seen.mean(1)


def wavs(folder, random):
    length = int(random.integers(400, 600))
    case = Case(folder, [length])
    root = case.path("sounds")
    values = []
    for label in ["no", "yes"]:
        (root / label).mkdir(parents=True)
        for index in range(2):
            content, seen = wav(random, length + 2 * int(random.integers(0, 50)))
            (root / label / f"{index}.wav").write_bytes(content)
            cut = (len(seen) - length) // 2
            values.append(seen[cut : cut + length])
    case.values, case.tolerance = np.array(values).astype("f4"), 1e-6
    return case
