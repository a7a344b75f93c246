"""Pictures as cameras, microscopes, phones and downloads leave them, each against NumPy."""

import contextlib
import io
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from zoo865 import ZooError
from zoo865.data import picture_files, pictures
from zoo865.data.image_scan import look

pytestmark = pytest.mark.fast

GREY = np.linspace(0, 1, 64).reshape(8, 8)  # black to white
BLOCKS = np.kron(np.random.default_rng(0).integers(0, 256, (3, 4, 3), "uint8"), np.ones((8, 8, 1), "uint8"))


def tiff(rows, kind: int, bits: int = 0, photometric: int = 1) -> bytes:
    """A grey TIFF by hand; kind 1 for unsigned, 2 for signed, 3 for floats."""
    order = ">" if rows.dtype.byteorder == ">" else "<"
    height, width = rows.shape
    data = rows.tobytes() if bits != 12 else packed_in_12_bits(rows)
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits or rows.dtype.itemsize * 8), (259, 3, 1)]
    tags += [(262, 3, photometric), (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, len(data)), (339, 3, kind)]
    value = {3: "HH", 4: "I"}
    entries = [
        struct.pack(order + "HHI" + value[size], tag, size, 1, *((one, 0) if size == 3 else (one,)))
        for tag, size, one in tags
    ]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(data))
    return head + data + struct.pack(order + "H", len(tags)) + b"".join(entries) + bytes(4)


def packed_in_12_bits(rows) -> bytes:
    bits = np.unpackbits(rows.astype(">u2").view("uint8").reshape(*rows.shape, 2), axis=-1)[..., 4:]
    return np.packbits(bits.reshape(len(rows), -1), axis=-1).tobytes()


def png(rows, colour: int, transparent: bytes = b"") -> bytes:
    """A PNG of 16 bits by hand; colour 0 for grey, 2 for RGB, 4 for grey and alpha, 6 for RGBA."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 16, colour, 0, 0, 0)
    body = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
    chunks = chunk(b"IHDR", head) + (chunk(b"tRNS", transparent) if transparent else b"")
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def in_bytes(shares) -> np.ndarray:
    return np.uint8(np.round(255 * np.asarray(shares, "float64")))


def saved(image, kind, **settings) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


DEEP = {  # what is in the file: what shares of white it shows
    "floats from 0 to 1": (tiff(GREY.astype("<f4"), 3), GREY),
    "of another byte order": (tiff(GREY.astype(">f4"), 3), GREY),
    "dim floats": (tiff((GREY / 3).astype("<f4"), 3), GREY / 3),
    "floats that resampling left a little beyond": (tiff((GREY * 1.06 - 0.03).astype("<f4"), 3), GREY * 1.06 - 0.03),
    "floats from 0 to 255": (tiff((GREY * 255).astype("<f4"), 3), GREY),
    "floats from 0 to 65,535": (tiff((GREY * 65535).astype("<f4"), 3), GREY),
    "floats whose white is 0": (tiff(GREY.astype("<f4"), 3, photometric=0), 1 - GREY),
    "floats a little beyond 255": (tiff((GREY * 270).astype("<f4"), 3), GREY * 270 / 255),
    "a dim PGM": (b"P5 8 8 65535\n" + (GREY * 1000).round().astype(">u2").tobytes(), GREY * 1000 / 65535),
    "nothing but black": (tiff((GREY * 0).astype("<f4"), 3), GREY * 0),
    "16 bits": (tiff((GREY * 65535).round().astype("<u2"), 1), GREY),
    "16 dim bits": (tiff((GREY * 1000).round().astype("<u2"), 1), GREY * 1000 / 65535),
    "16 bits of another byte order": (tiff((GREY * 65535).round().astype(">u2"), 1), GREY),
    "16 bits whose white is 0": (tiff((GREY * 65535).round().astype("<u2"), 1, photometric=0), 1 - GREY),
    "16 bits in a PNG": (png((GREY * 65535).round(), 0), GREY),
    "12 bits": (tiff((GREY * 4095).round().astype("<u2"), 1, bits=12), GREY),
    "16 bits with a sign": (tiff((GREY * 32767).round().astype("<i2"), 2), GREY),
    "16 bits with a sign, up to 255": (tiff((GREY * 255).round().astype("<i2"), 2), GREY),
    "32 bits": (tiff((GREY * (2**32 - 1)).round().astype("<u4"), 1), GREY),
    "32 bits with a sign": (tiff((GREY * (2**31 - 1)).round().astype("<i4"), 2), GREY),
    "32 bits up to 255": (tiff((GREY * 255).round().astype("<i4"), 2), GREY),
    "32 bits up to 65,535": (tiff((GREY * 65535).round().astype("<u4"), 1), GREY),
    "16 bits of a PGM": (b"P5 8 8 65535\n" + (GREY * 65535).round().astype(">u2").tobytes(), GREY),
}


@pytest.mark.parametrize("what", DEEP)
def test_deep_pixels_keep_their_brightness(what):
    file, shares = DEEP[what]
    image = pictures.read(file, 1)
    assert np.abs(image[..., 0].astype(int) - in_bytes(np.clip(shares, 0, 1))).max() <= 1
    assert (pictures.read(file, 3) == image).all()
    assert pictures.is_grey(Image.open(io.BytesIO(file)))


@pytest.mark.parametrize(
    "numbers",
    [
        (GREY * 2 - 1).astype("<f4"),
        (GREY * 3000 - 1000).astype("<i2"),  # Hounsfield units
        (GREY * 100_000).astype("<i4"),
        (GREY * 4095).astype("<i4"),
        (GREY * 300).astype("<i4"),
        (270 + GREY * 40).astype("<f4"),  # kelvin
        (GREY * 400).astype("<f4"),
        (GREY * 10).astype("<f4"),
        (GREY * 3000).astype("<f4"),
        (GREY * 1e6).astype("<f4"),
        np.where(GREY > 0.5, np.nan, GREY).astype("<f4"),
    ],
)
def test_numbers_whose_white_nobody_knows_are_an_error_that_tells_them(numbers):
    kind = {"f": 3, "i": 2}[numbers.dtype.kind]
    with pytest.raises(ZooError, match=r"values go from .* to .*, so black and white are unknown|non-finite"):
        pictures.read(tiff(numbers, kind), 1)


def test_transparency_of_16_bits_is_laid_on_white():
    rows = (GREY * 65535).round().astype("uint16")
    hidden = in_bytes(np.where(GREY[3, 3] == GREY, 1, GREY))
    read = pictures.read(png(rows, 0, struct.pack(">H", rows[3, 3])), 1)[..., 0]
    assert np.abs(read.astype(int) - hidden).max() <= 1
    alpha = np.where(GREY < 0.5, 65535, 0)
    laid = in_bytes(np.where(GREY < 0.5, GREY, 1))
    both = pictures.read(png(np.stack([rows, alpha], -1), 4), 1)[..., 0]
    assert np.abs(both.astype(int) - laid).max() <= 1
    colours = np.stack([rows, rows // 2, rows // 4, alpha], -1)
    wanted = in_bytes(np.where((alpha > 0)[..., None], colours[..., :3] / 65535, 1))
    assert np.abs(pictures.read(png(colours, 6), 3).astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("YCbCr", "JPEG"),
        ("YCbCr", ""),
        ("LAB", "TIFF"),
        ("CMYK", "TIFF"),
        ("CMYK", "JPEG"),
        ("P", "PNG"),
        ("HSV", ""),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_other_colours_are_those_of_rgb(mode, kind, channels):
    wanted = np.asarray(Image.fromarray(BLOCKS).convert("L" if channels == 1 else "RGB"), int).reshape(24, 32, channels)
    image = Image.fromarray(BLOCKS)
    if mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(image, *profiles, outputMode="LAB")
    elif mode == "P":
        image = image.quantize(256)
    else:
        image = image.convert(mode)
    settings = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    read = pictures.read(saved(image, kind, **settings), channels) if kind else pictures.from_pil(image, channels)
    assert np.abs(read.astype(int) - wanted).mean() < 1.5
    assert np.abs(read.astype(int) - wanted).max() <= 16  # at the rim of what LAB holds


@pytest.mark.parametrize("mode", ["1", "LA", "La", "P", "PA", "RGBA", "RGBa"])
@pytest.mark.parametrize("channels", [1, 3])
def test_bits_and_transparency_are_seen_on_white(mode, channels):
    """Black, and on the right half black that is transparent; of one bit, white."""
    shown = Image.fromarray(np.uint8([[255, 255, 0, 0]] * 4))  # where black is seen
    if mode == "1":
        image = Image.fromarray(255 - np.asarray(shown)).convert("1")
    elif mode == "P":
        image = Image.fromarray(255 - np.asarray(shown)).convert("P")
        image.info["transparency"] = 255
    else:
        image = Image.new({"La": "LA", "RGBa": "RGBA"}.get(mode, mode), (4, 4))
        image.putalpha(shown)
        image = image.convert(mode)
    assert pictures.from_pil(image, channels)[..., 0].tolist() == [[0, 0, 255, 255]] * 4


# What cameras and editors have been seen to write.
RATIONAL, SIGNED_RATIONAL, ASCII, SHORT, LONG, FLOAT, UNDEFINED = 5, 10, 2, 3, 4, 11, 7
BAD_TAGS = {
    "a signed rational": [(0x9204, SIGNED_RATIONAL, 1, struct.pack("<ii", -1, 0))],
    "a rational by 0": [(0x011A, RATIONAL, 1, struct.pack("<II", 0, 0))],
    "a float that is none": [(0x011A, FLOAT, 1, struct.pack("<f", float("nan")))],
    "a text that is no UTF-8": [(0x010F, ASCII, 5, b"\xff\xfe\xe4\xc3\x28")],
    "a type that does not exist": [(0x9999, 99, 1, b"\0\0\0\0")],
    "a count beyond the file": [(0x927C, UNDEFINED, 2**31, b"\0\0\0\0")],
    "a text for a number": [(0x0100, ASCII, 4, b"wide")],
    "a block of EXIF that is text": [(0x8769, ASCII, 4, b"none")],
    "a GPS block that lies nowhere": [(0x8825, LONG, 1, struct.pack("<I", 2**32 - 2))],
}


def exif(tags) -> bytes:
    """EXIF by hand: (tag, type, count, its bytes) each; longer ones stand behind the directory."""
    behind, entries, at = b"", b"", 8 + 2 + 12 * len(tags) + 4
    for tag, kind, count, data in sorted(tags):
        where = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", at + len(behind))
        behind += data if len(data) > 4 else b""
        entries += struct.pack("<HHI", tag, kind, count) + where
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + behind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("bad", BAD_TAGS)
def test_a_broken_tag_costs_the_tag_and_never_the_photo(tmp_path, bad, kind):
    path = tmp_path / "photo"
    tags = [(0x0112, SHORT, 1, struct.pack("<H", 6)), *BAD_TAGS[bad]]
    lying = Image.fromarray(BLOCKS)
    path.write_bytes(saved(lying, kind, exif=exif(tags), quality=100))
    upright = np.rot90(BLOCKS, -1)
    assert np.abs(pictures.read(path, 3).astype(int) - upright).mean() < 12
    assert look(path).trouble == ""
    assert look(path).size == (32, 24)


@pytest.mark.parametrize(
    ("kind", "data"), [(ASCII, b"abc\0"), (FLOAT, struct.pack("<f", float("nan"))), (99, bytes(4))]
)
def test_a_broken_tag_of_a_turned_avif_costs_the_tag(kind, data):
    """Broken behind Pillow's back, which checks tags when it writes an AVIF."""
    tags = [(0x0112, SHORT, 1, b"\x06\0"), (0x011A, RATIONAL, 1, struct.pack("<II", 72, 1))]
    file = saved(Image.fromarray(BLOCKS), "AVIF", exif=exif(tags), quality=95)
    before, _, behind = file.partition(struct.pack("<HHI", 0x011A, RATIONAL, 1))
    broken = before + struct.pack("<HHI", 0x011A, kind, 1) + data + behind[4:]
    assert np.abs(pictures.read(broken, 3).astype(int) - np.rot90(BLOCKS, -1)).mean() < 12


@pytest.mark.parametrize("kind", [ASCII, SHORT, FLOAT, UNDEFINED])
def test_xmp_of_any_type_leaves_a_tiff(kind):
    whole = tiff(in_bytes(GREY), 1)
    (at,) = struct.unpack("<I", whole[4:8])
    entries = whole[at + 2 : -4] + struct.pack("<HHI", 700, kind, 1) + bytes(4)
    file = whole[:at] + struct.pack("<H", len(entries) // 12) + entries + bytes(4)
    assert (pictures.read(file, 1)[..., 0] == in_bytes(GREY)).all()


@pytest.mark.parametrize(
    "orientation",
    [(ASCII, 4, b"top\0"), (FLOAT, 1, struct.pack("<f", float("nan"))), (SHORT, 1, b"\x09\0"), (RATIONAL, 1, bytes(8))],
)
def test_an_orientation_that_is_none_leaves_the_photo_as_it_lies(tmp_path, orientation):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(Image.fromarray(BLOCKS), "JPEG", exif=exif([(0x0112, *orientation)]), quality=100))
    assert pictures.read(path, 3).shape == BLOCKS.shape
    assert look(path).size == BLOCKS.shape[:2]


@pytest.mark.parametrize("cut", [7, 12, 20, 30])
def test_exif_that_breaks_off_leaves_the_photo(cut):
    file = saved(Image.fromarray(BLOCKS), "JPEG", exif=exif([(0x0112, SHORT, 1, b"\x06\0")])[:cut], quality=100)
    assert pictures.read(file, 3).shape in (BLOCKS.shape, (32, 24, 3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_does(orientation):
    file = saved(Image.fromarray(BLOCKS), "PNG", exif=exif([(0x0112, SHORT, 1, struct.pack("<H", orientation))]))
    assert (pictures.read(file, 3) == np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file))))).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_turned_tiff_is_the_same_by_its_name_and_from_bytes(tmp_path, orientation, dtype, compression):
    """Pillow maps an uncompressed one that is given by its name."""
    rows = np.kron(GREY, np.ones((1, 2)))  # 8 x 16
    most = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    lying = Image.fromarray((rows * most).astype(dtype))
    lying.save(tmp_path / "scan.tif", exif={0x0112: orientation}, compression=compression)
    way = {5: lambda a: a.T, 6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).T, 8: np.rot90}
    way |= {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud}
    wanted = way[orientation](rows * 255)
    file = tmp_path / "scan.tif"
    for given in (file, str(file), file.read_bytes()):
        read = pictures.read(given, 1)[..., 0]
        assert read.shape == wanted.shape
        assert np.abs(read - wanted).max() <= 1
    assert look(file).size == wanted.shape


WAYS = {
    ".png": "PNG",
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".jp2": "JPEG2000",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
}
WAYS |= {".webp": "WEBP", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".ppm": "PPM", ".mpo": "MPO"}


@pytest.mark.parametrize("suffix", WAYS)
def test_a_picture_is_read_by_its_content_whatever_its_name(tmp_path, suffix):
    if suffix in (".heic", ".heif"):
        pytest.importorskip("pillow_heif").register_heif_opener()
    file = saved(Image.fromarray(BLOCKS), WAYS[suffix], **({"quality": 95} if WAYS[suffix] != "GIF" else {}))
    (tmp_path / "a.jpg").write_bytes(file)
    (tmp_path / "a").write_bytes(file)
    assert suffix in pictures.SUFFIXES
    with open(tmp_path / "a.jpg", "rb") as opened:
        opened.seek(7)
        seen = [pictures.read(one, 3) for one in (tmp_path / "a.jpg", tmp_path / "a", file, bytearray(file), opened)]
    assert all((one == seen[0]).all() for one in seen)
    assert np.abs(seen[0].astype(int) - BLOCKS).mean() < 12


def test_a_stream_that_cannot_be_sought_is_read():
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdin.write(saved(Image.fromarray(BLOCKS), "PNG"))
        process.stdin.close()
        assert (pictures.read(process.stdout, 3) == BLOCKS).all()


NO_PICTURES = {
    "it is an HTML page": b"\xef\xbb\xbf\n<!DOCTYPE HTML>\n<title>404 Not Found</title>",
    "it is a text file": b'{"error": "quota exceeded"}',
    "it is empty": b"",
    "it is a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 1\n",
    "it is a video": b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41",
    "it is an SVG drawing": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "it is a PDF": b"%PDF-1.7\n",
    "it is an archive": b"PK\x03\x04\x14\0\0\0",
    "it is not a picture": bytes(2000),
    "it is an unsupported kind of TIFF": tiff(GREY, 3),  # of 64 bits
    "it is a damaged PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "it is PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n",
}


@pytest.mark.parametrize("reason", NO_PICTURES)
def test_what_is_no_picture_is_called_by_what_it_is(tmp_path, reason):
    (tmp_path / "a.jpg").write_bytes(NO_PICTURES[reason])
    for given in (tmp_path / "a.jpg", NO_PICTURES[reason], io.BytesIO(NO_PICTURES[reason])):
        with pytest.raises(ZooError, match=rf"^cannot read (picture .*a\.jpg|the given picture): {reason}"):
            pictures.read(given, 3)
    assert look(tmp_path / "a.jpg").trouble.startswith(reason)


def test_a_text_cut_in_a_character_is_a_text():
    with pytest.raises(ZooError, match="it is a text file"):
        pictures.read(("a" + "ä" * 400).encode(), 3)


def test_a_closed_file_and_a_damaged_archive_cost_a_line(tmp_path):
    closed = io.BytesIO(b"")
    closed.close()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", saved(Image.fromarray(BLOCKS), "PNG"))
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes().replace(b"IDAT", b"IDOT"))
    for given in (closed, zipfile.Path(tmp_path / "a.zip", "a.png")):
        with pytest.raises(ZooError, match=r"cannot read (picture .*a\.png|the given picture): "):
            pictures.read(given, 3)


def test_a_file_open_as_text_is_told(tmp_path):
    (tmp_path / "a.png").write_bytes(saved(Image.fromarray(BLOCKS), "PNG"))
    with open(tmp_path / "a.png", encoding="latin-1") as file, pytest.raises(ZooError, match=r'open\(FILE, "rb"\)'):
        pictures.read(file, 3)


def test_heic_without_its_package_names_the_command(tmp_path, monkeypatch):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    (tmp_path / "a.heic").write_bytes(saved(Image.fromarray(BLOCKS), "HEIF"))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    picture_files._reads_heic.cache_clear()
    try:
        assert "pip install 'zoo865[heic]'" in look(tmp_path / "a.heic").trouble
        with pytest.raises(ZooError, match=r"a\.heic: it is HEIC: pip install 'zoo865\[heic\]'"):
            pictures.read(tmp_path / "a.heic", 3)
    finally:
        picture_files._reads_heic.cache_clear()


def test_a_photo_that_an_iphone_turned_stands_upright():
    pytest.importorskip("pillow_heif").register_heif_opener()
    bad = BAD_TAGS["a signed rational"]
    for tags in ([], bad):
        file = saved(Image.fromarray(BLOCKS), "HEIF", quality=95, exif=exif([(0x0112, SHORT, 1, b"\x06\0"), *tags]))
        assert pictures.read(file, 3).shape == (32, 24, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_frames_or_pages_the_first_is_taken(kind):
    first, others = Image.fromarray(BLOCKS), [Image.new("RGB", (32, 24), "blue")] * 2
    settings = {"lossless": True} if kind == "WEBP" else {}
    read = pictures.read(saved(first, kind, save_all=True, append_images=others, **settings), 3)
    assert np.abs(read.astype(int) - BLOCKS).max() <= (8 if kind == "GIF" else 0)


def test_decoders_raise_nothing_of_their_own():
    """Damaged at random; AVIF's decoder raises RuntimeError."""
    random = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM"):
        whole = np.frombuffer(saved(Image.fromarray(BLOCKS), kind), "uint8")
        for _ in range(30):
            damaged = whole[: random.integers(1, len(whole) + 1)].copy()
            damaged[random.integers(0, len(damaged), 4)] = random.integers(0, 256, 4)
            with contextlib.suppress(ZooError):
                pictures.read(damaged.tobytes(), 3)
