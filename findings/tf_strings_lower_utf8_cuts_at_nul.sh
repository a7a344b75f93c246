#!/usr/bin/env bash
# tf.strings.lower(encoding="utf-8") drops everything from the first NUL character on.
#
# Version: TensorFlow 2.21.0, CPU, Linux.
#
# Expected: TensorFlow's strings are byte strings of any content with a length of their own; "A\0B" in lower case is
# "a\0b", as encoding="" (ASCII) gives. U+0000 is a valid character of UTF-8.
#
# Seen: with encoding="utf-8" the result ends before the NUL: "a". tf.strings.upper does the same. Texts scraped or
# read from fixed-width fields do hold NULs; whatever stands behind one is lost without a word, in training and in an
# export.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile tensorflow==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import tensorflow as tf

text = tf.constant(b"One\0Two THREE")
lower, upper = tf.strings.lower(text, "utf-8").numpy(), tf.strings.upper(text, "utf-8").numpy()
ascii_only = tf.strings.lower(text).numpy()
print("encoding='utf-8':", lower, upper)
print("encoding='':     ", ascii_only)
assert ascii_only == b"one\0two three", "changed: ASCII"
assert (lower, upper) == (b"one", b"ONE"), "changed: UTF-8 no longer ends at NUL"
PYTHON
