"""Chromium without a window, for tests that look at pages."""

import shutil
import subprocess

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


def browse(tmp_path, *arguments):
    """What Chromium prints, with a profile of its own."""
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [CHROMIUM, *QUIET.split(), "--disable-component-update", "--disable-sync", profile, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
