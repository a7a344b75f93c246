"""What commands import before they answer, counted: each module takes its part of a second from everybody who asks."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

# By name: NumPy and pictures, ONNX Runtime, the command line, and what these import.
NEEDED = {"numpy", "PIL", "onnxruntime", "typer", "rich", "zoo865"}
WITH_THEM = {
    *("pydantic", "pydantic_core", "annotated_types", "annotated_doc", "typing_extensions", "typing_inspection"),
    *("shellingham", "click", "pygments", "markdown_it", "mdurl", "colorama", "packaging", "flatbuffers"),
}
MODULES = 650  # of which NumPy, rich, typer, pydantic and gymnasium are 250

COUNTED = """
import json, sys
from zoo865.cli.main import main
sys.argv[0] = "zoo865"
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize(
    ("command", "beside"),
    [
        ("predict mnist_cnn digit.png", ()),
        ("predict mnist_cnn digit.png --json", ()),
        ("generate vae --count 2 --out made.png", ()),
        pytest.param(
            "play dqn_cartpole --episodes 1",
            ("gymnasium", "farama_notifications", "cloudpickle"),
            marks=pytest.mark.agents,
        ),
    ],
)
def test_answering_imports_little(command, beside, tmp_path):
    Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "digit.png")
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *command.split()], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stdout.strip().split("\n")[-1])
    packages = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    known = NEEDED | WITH_THEM | set(beside)
    # Of an installation: what finds an editable package, and C modules without a package of their own.
    strange = {name for name in packages - known if not name.startswith("_")} - {"cython_runtime", "sitecustomize"}
    assert not strange, f"{strange} imported"
    assert len(modules) <= MODULES
