"""Chromium without a window, for tests that look at pages."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SCHEMES = {"dark": 0, "light": 1}


def browse(tmp_path, *arguments):
    """What Chromium prints, with a profile of its own."""
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [CHROMIUM, *QUIET.split(), "--disable-component-update", "--disable-sync", profile, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def ask(tmp_path, page: Path, script: str, widths, scheme: str = "light") -> list:
    """What a script says of a page in windows of these widths.

    Args:
        tmp_path: for files.
        page: the page.
        script: JavaScript, the body of an async function that returns what JSON holds.
        widths: of the windows, pixels: frames, for Chromium's own window is never narrower than 500.
        scheme: "light" or "dark".
    """
    asked = f"parent.said(innerWidth, await (async () => {{{script}}})())"
    asked = f"<script>addEventListener('load', async () => {asked})</script>"
    (tmp_path / "page.html").write_text(page.read_text().replace("</body>", f"{asked}</body>"))
    listen = "<script>const found = {}; function said(width, what) { found[width] = what; "
    listen += "out.textContent = encodeURIComponent(JSON.stringify(found)) }</script><pre id=out></pre>"
    frames = "".join(f'<iframe src="page.html" style="border:0" width="{w}" height="900"></iframe>' for w in widths)
    (tmp_path / "frame.html").write_text(listen + frames)
    dom = browse(
        tmp_path,
        *("--allow-file-access-from-files", "--virtual-time-budget=20000", "--window-size=1400,1000", "--dump-dom"),
        *(f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"file://{tmp_path / 'frame.html'}"),
    )
    found = json.loads(unquote(dom.split('<pre id="out">')[1].split("</pre>")[0]))
    return [found[str(width)] for width in widths]
