"""zoo865 doctor"""

import dataclasses

from zoo865.cli.output import Json, as_json
from zoo865.errors import ZooError

NAME = "doctor"
COLOURS = {"ok": "green", "missing": "yellow", "slow": "yellow", "wrong": "bold red"}


def run(json: Json = False):
    """Checks packages, GPU, data sets and disk, and prints the command that fixes each problem."""
    from zoo865.reporting.doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not json:
            _print(finding)
    broken = [finding.name for finding in findings if finding.core and finding.mark in ("missing", "wrong")]
    if json:
        as_json({"works": not broken, "findings": [dataclasses.asdict(finding) for finding in findings]})
    if broken:
        raise ZooError(f"no system can be trained here: {', '.join(broken)}", "fix that first")


def _print(finding):
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text.assemble((f"{finding.mark:<9}", COLOURS[finding.mark]), f"{finding.name:<23}{finding.value}"))
    if finding.mend:
        console.print(Text.assemble(" " * 32, "fix: ", (finding.mend, "bold")))
