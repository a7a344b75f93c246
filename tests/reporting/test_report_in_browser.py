"""The report in Chromium: nothing is wider than the window, no word is broken, no request leaves the page, dark is
dark.
"""

import numpy as np
import pytest
from browser import CHROMIUM, browse
from PIL import Image
from systems import one_of_each_builder

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")]


PROBE = """<script>
document.title = document.documentElement.scrollWidth + " " + innerWidth + " "
  + [...document.images].filter(i => i.complete && i.naturalWidth).length + " "
  + performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length + " "
  + [...document.querySelectorAll("td")].filter(isBroken).length;
function isBroken(cell) {  // one word on two lines
  const range = document.createRange();
  range.selectNodeContents(cell);
  return /^[a-z]{2,16}$/i.test(cell.textContent) && range.getClientRects().length > 1;
}
</script>"""


@pytest.mark.parametrize("name", one_of_each_builder())
@pytest.mark.parametrize("width", [375, 1280])
def test_fits_the_window_and_loads_nothing(name, width, tiny_run, tmp_path):
    page = tiny_run(name).report_path.read_text()
    # A frame of the wanted width: Chromium's window is never narrower than 500 px.
    (tmp_path / "report.html").write_text(page.replace("</body>", f"{PROBE}</body>"))
    frame = f'<iframe id="f" src="report.html" style="border:0" width="{width}" height="900"></iframe>'
    ask = "<script>f.onload = () => document.body.append('seen: ' + f.contentDocument.title)</script>"
    (tmp_path / "frame.html").write_text(frame + ask)
    dom = browse(
        tmp_path,
        *("--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1400,1000", "--dump-dom"),
        f"file://{tmp_path / 'frame.html'}",
    )
    scroll, inner, images, requests, broken_words = map(int, dom.split("</script>seen: ")[1].split("<")[0].split())
    assert inner == width
    assert scroll <= width
    assert images == page.count("<img ")
    assert requests == 0
    assert broken_words == 0


def test_light_and_dark(tiny_run, tmp_path):
    brightness = []
    for scheme in ("1", "0"):
        picture = tmp_path / f"{scheme}.png"
        browse(
            tmp_path,
            *(f"--blink-settings=preferredColorScheme={scheme}", "--window-size=800,600", f"--screenshot={picture}"),
            f"file://{tiny_run('mnist_cnn').report_path}",
        )
        brightness.append(np.median(np.asarray(Image.open(picture).convert("L"))))
    assert brightness[0] > 200
    assert brightness[1] < 60
