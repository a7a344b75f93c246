#!/usr/bin/env bash
# Packages: pillow 13.0.0.
# Expected: the name that Image.format tells of a file is one by which Image.open(formats=...) opens it again: so a
#   program that lists which formats it reads can be written from what it has seen.
# Seen: a photo of two pictures, as many phones and stereo cameras write it, has the format "MPO". formats=["MPO"] raises
#   KeyError, for that plugin registers no way to open: it takes over from JPEG's. formats=["JPEG"] opens the file, and
#   what is opened says "MPO" again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io

from PIL import Image

file = io.BytesIO()
pictures = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
pictures[0].save(file, "MPO", save_all=True, append_images=pictures[1:])
told = Image.open(file).format
try:
    by_its_name = Image.open(file, formats=[told]).format
except Exception as error:
    by_its_name = type(error).__name__
by_jpeg = Image.open(file, formats=["JPEG"]).format
print(f"format: {told}; opened with formats=[{told!r}]: {by_its_name}; with formats=['JPEG']: {by_jpeg}")
assert (told, by_its_name, by_jpeg) == ("MPO", "KeyError", "MPO")
PYTHON
