#!/usr/bin/env bash
# Packages: gensim 4.4.0, numpy 2.4.6, scipy 1.17.1: the newest of each, which pip installs together.
# Expected: Word2Vec starts from published vectors in word2vec's binary format, by wv.intersect_word2vec_format(FILE,
#   binary=True), as it does from the same vectors as text; load_word2vec_format(FILE, binary=True) reads the file.
# Seen: the call raises ValueError, for it uses a mode of numpy.fromstring that NumPy 2.3 took away, while gensim's
#   requirements allow any NumPy from 1.18.5 on. Text works, and so does reading the same file as KeyedVectors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gensim==4.4.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors, Word2Vec

texts = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 20
published = Word2Vec(texts, vector_size=4, min_count=1, seed=1, workers=1).wv
published.save_word2vec_format("vectors.txt")
published.save_word2vec_format("vectors.bin", binary=True)
read = KeyedVectors.load_word2vec_format("vectors.bin", binary=True)
found = {}
for name, binary in (("vectors.txt", False), ("vectors.bin", True)):
    model = Word2Vec(vector_size=4, min_count=1, seed=2, workers=1)
    model.build_vocab(texts)
    model.wv.vectors_lockf = np.ones(len(model.wv), "float32")  # as its documentation asks for
    try:
        model.wv.intersect_word2vec_format(name, binary=binary)
        found[name] = "taken"
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
print(len(read), found)
assert len(read) == 4 and found["vectors.txt"] == "taken", "changed"
assert found["vectors.bin"].startswith("ValueError: The binary mode of fromstring is removed"), "changed"
PYTHON
