"""`zoo865 look`: what is on its page is what the network gives; the page works in Chromium; errors say the way out."""

import json
import re

import numpy as np
import pytest
from browser import CHROMIUM, browse
from PIL import Image

import zoo865
from zoo865.errors import ZooError
from zoo865.visualize.features import feature_maps
from zoo865.visualize.receptive import receptive_fields


@pytest.fixture(scope="module")
def looked(tiny_run, tmp_path_factory):
    """A page on a digit that a tiny network was trained on, what `look` says of it, and the digit."""
    run = tiny_run("mnist_cnn")
    picture = run.data.validation.take([3])["image"][0]
    out = tmp_path_factory.mktemp("look") / "look.html"
    return out, zoo865.look(run, picture, examples=60, out=out), picture


def test_what_is_on_the_page_is_what_the_network_gives(looked, tiny_run):
    out, found, picture = looked
    run = tiny_run("mnist_cnn")
    image = picture[None].astype("float32") / 255
    logits = np.asarray(run.model(image, training=False), "float64")[0]
    probabilities = np.exp(logits) / np.exp(logits).sum()
    likeliest = np.argsort(-probabilities)[:3]
    assert list(found["answers"]) == [run.spec.class_names[label] for label in likeliest]
    np.testing.assert_allclose(list(found["answers"].values()), probabilities[likeliest], rtol=1e-4)
    for path, units in found["layers"].items():
        maps = feature_maps(run.model, image, path)[0]
        for unit, value in units.items():
            assert maps[..., unit].max() == pytest.approx(value, rel=1e-4)
        others = [maps[..., unit].max() for unit in range(maps.shape[-1]) if unit not in units]
        assert max(others, default=-np.inf) <= min(units.values()) + 1e-6
    page = out.read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page)


PROBE = """<script>
const said = [];
for (const layer of at("layer").options) {
  at("layer").value = layer.value; at("layer").onchange({ target: at("layer") });
  at("units").children[at("units").children.length - 1].click();
  at("classes").children[1].click();
  at("methods").children[2].click();
  const box = at("map").getBoundingClientRect();
  at("map").dispatchEvent(new PointerEvent("pointermove", { clientX: box.right - 1, clientY: box.top + 1 }));
  said.push([at("unit").textContent, at("place").textContent, at("picture").src.length > 500, at("box").hidden,
    document.documentElement.scrollWidth <= innerWidth]);
}
document.body.append("said: " + JSON.stringify(said) + " end");
</script>"""


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_the_page_can_be_clicked_through(looked, tiny_run, tmp_path):
    out, found, _ = looked
    model = tiny_run("mnist_cnn").model
    (tmp_path / "look.html").write_text(out.read_text().replace("</body>", f"{PROBE}</body>"))
    dom = browse(tmp_path, "--virtual-time-budget=5000", "--dump-dom", f"file://{tmp_path / 'look.html'}")
    said = json.loads(dom.split("</script>said: ")[1].split(" end")[0].replace("&lt;", "<").replace("&gt;", ">"))
    for (path, units), (unit, place, has_picture, hidden, fits) in zip(found["layers"].items(), said, strict=True):
        assert unit.startswith(f"Unit {list(units)[-1]} of {path}")
        rows, columns = receptive_fields(model, path)
        (top, bottom), (left, right) = rows[0], columns[-1]
        assert place == (
            f"Row 0, column {len(columns) - 1}: "
            f"receptive field rows {top} to {bottom - 1}, columns {left} to {right - 1}."
        )
        assert has_picture
        assert not hidden
        assert fits


def test_command(zoo, tiny_run, tmp_path):
    run = tiny_run("mnist_cnn")
    Image.fromarray(run.data.validation.take([0])["image"][0, ..., 0]).save("digit.png")
    code, out, err = zoo("look", run.path, tmp_path / "digit.png", "--layer", "stage1_conv", "--examples", 20, "--json")
    assert code == 0, err
    assert list(json.loads(out)["layers"]) == ["stage1_conv"]
    assert (tmp_path / "look.html").is_file()
    for arguments, said in (
        (["--layer", "stage9"], "no layer 'stage9'; there are stem, stem_norm"),
        (["--layer", "logits"], "layer 'logits' has no feature maps; these have: stem, stem_norm"),
        (["--out", "look.txt"], "look.txt is not an HTML page"),
    ):
        code, _, err = zoo("look", run.path, tmp_path / "digit.png", *arguments)
        assert code == 2
        assert said in err


def test_only_classifiers_are_looked_at(tiny_run):
    with pytest.raises(ZooError, match="is not a classifier of images or texts"):
        zoo865.look(tiny_run("vae"), np.zeros((28, 28, 1), "uint8"))
