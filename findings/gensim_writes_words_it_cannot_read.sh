#!/usr/bin/env bash
# Packages: gensim 4.4.0, numpy 2.4.6, scipy 1.17.1.
# Expected: what KeyedVectors.save_word2vec_format writes, load_word2vec_format of the same version reads again; where a
#   word does not fit into the format, writing it is refused.
# Seen: a word with a blank inside ("new york", as phrases have it, and ". . ." of Stanford's GloVe 840B) is written
#   without a word, as text and as binary, and the whole file can no longer be read: as text loading raises ValueError,
#   for the second half of the word is taken for a number; as binary UnicodeDecodeError, for the first vector is read
#   from a wrong place. One such word among 400,000 costs all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gensim==4.4.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors

vectors = KeyedVectors(3)
random = np.random.default_rng(0)
vectors.add_vectors(["london", "new york", "paris"], random.standard_normal((3, 3)).astype("float32"))
found = {}
for name, binary in (("text.txt", False), ("binary.bin", True)):
    vectors.save_word2vec_format(name, binary=binary)
    try:
        again = KeyedVectors.load_word2vec_format(name, binary=binary)
        found[name] = again.index_to_key
    except Exception as error:
        found[name] = type(error).__name__
print(found)
assert found == {"text.txt": "ValueError", "binary.bin": "UnicodeDecodeError"}, "changed"
PYTHON
