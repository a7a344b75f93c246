#!/usr/bin/env bash
# Packages: pillow 13.0.0, numpy 2.4.6. The files are written by hand: baseline TIFF, one strip, no compression.
# Expected: a grey TIFF whose PhotometricInterpretation is 0 (white is zero) is opened with white bright, at any depth.
# Seen: at 8 bits Pillow inverts the numbers, so that white is 255. At 16 bits, and for floats, it gives the numbers as
#   they are stored: white is 0, and the picture is a negative. Neither says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct

import numpy as np
from PIL import Image


def white_is_zero(pixels):
    """A little-endian grey TIFF of one strip, its smallest number white."""
    height, width = pixels.shape
    kind = 3 if pixels.dtype.kind == "f" else 1
    tags = [
        (256, 4, width), (257, 4, height), (258, 3, 8 * pixels.itemsize), (259, 3, 1), (262, 3, 0),
        (273, 4, 8 + 2 + 10 * 12 + 4), (277, 3, 1), (278, 4, height), (279, 4, pixels.nbytes), (339, 3, kind),
    ]
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags))
    head += b"".join(struct.pack("<HHII", tag, type_, 1, value) for tag, type_, value in tags) + struct.pack("<I", 0)
    return head + pixels.tobytes()


found = {}
for dtype, stored in (("uint8", [[0, 255]]), ("uint16", [[0, 65535]]), ("float32", [[0.0, 1.0]])):
    image = Image.open(io.BytesIO(white_is_zero(np.array(stored, dtype))))
    found[dtype] = np.asarray(image).tolist()
    print(f"{dtype}: white, black stored as {stored[0]} are read as {found[dtype][0]} in mode {image.mode}")
assert found["uint8"] == [[255, 0]]  # inverted
assert found["uint16"] == [[0, 65535]]  # as stored
assert found["float32"] == [[0.0, 1.0]]  # as stored
PYTHON
