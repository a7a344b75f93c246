#!/usr/bin/env bash
# Packages: soundfile 0.14.0 (libsndfile 1.2.2), scipy 1.17.0, numpy 2.4.6.
# Expected: of a WAV file that was copied half, whose header still tells its whole length, a reader says so, as soundfile
#   does of FLAC and OGG files; or at least `frames` is what the header tells, more than what `read` gives.
# Seen: soundfile opens it, `frames` is what is left, and `read` gives that: nothing tells it from a shorter recording.
#   SciPy's reader warns of the same file. Whoever needs to know compares the length in the header with the file's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 scipy==1.17.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'END'
import io
import warnings

import numpy as np
import soundfile
from scipy.io import wavfile

tone = np.sin(np.arange(8000) / 9) / 2
found = {}
for kind in ("WAV", "FLAC", "OGG"):
    soundfile.write(file := io.BytesIO(), tone, 8000, format=kind)
    half = file.getvalue()[: len(file.getvalue()) // 2]
    try:
        with soundfile.SoundFile(io.BytesIO(half)) as opened:
            found[kind] = opened.frames == len(opened.read()) < len(tone)
            print(f"half a {kind}: {opened.frames:,} of {len(tone):,} samples, without a word")
    except soundfile.SoundFileError as error:
        found[kind] = False
        print(f"half a {kind}: {type(error).__name__}")
    if kind == "WAV":
        told = int.from_bytes(half[4:8], "little") + 8
        print(f"its header tells {told:,} bytes, it has {len(half):,}")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                wavfile.read(io.BytesIO(half))
            except ValueError as error:
                said.append(error)
        print(f"SciPy: {len(said)} warning or error")
        assert said
assert found == {"WAV": True, "FLAC": False, "OGG": False}, "this has changed"
END
