#!/usr/bin/env bash
# Packages: pillow 13.0.0, numpy 2.4.6.
# Expected: an uncompressed grey TIFF whose orientation tag turns it by 90 degrees gives the same pixels whether Pillow is
#   given its name, the open file, or an LZW-compressed copy.
# Seen: given its name, pixels are scrambled without a word: the file is mapped into memory with the width and height of
#   the turned picture, so rows break at the wrong places. Orientations 5 to 8, modes L and I;16. Given the open file it
#   is not mapped, and is right; so are compressed files, and orientations 1 to 4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy as np
from PIL import Image

name, packed = f"{sys.argv[1]}/scan.tif", f"{sys.argv[1]}/packed.tif"
for dtype in ("uint8", "uint16"):
    lying = Image.fromarray(np.arange(12, dtype=dtype).reshape(3, 4))
    for orientation in range(1, 9):
        lying.save(name, exif={274: orientation})
        lying.save(packed, exif={274: orientation}, compression="tiff_lzw")
        with Image.open(name) as image:
            by_name = np.asarray(image)
        with open(name, "rb") as file, Image.open(file) as image:
            opened = np.asarray(image)
        with Image.open(packed) as image:
            compressed = np.asarray(image)
        assert np.array_equal(opened, compressed)
        scrambled = not np.array_equal(by_name, opened)
        print(f"{dtype}, orientation {orientation}: by name {'scrambled' if scrambled else 'right'}")
        assert scrambled == (orientation >= 5)
PYTHON
