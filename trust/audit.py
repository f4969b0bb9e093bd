"""Are any of the locked dependencies known to be unsafe?"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence

from trust.figures import ROOT, Figure, Section, zero


def audit(_quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Ask the advisory database, where it can be reached, and count what the lock file pins."""
    return [*_lock(), *_advisories()]


def _lock() -> list[Figure]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    bare = [
        p["name"]
        for p in packages
        if "virtual" not in p["source"]
        and "editable" not in p["source"]
        and not all("hash" in file for file in [*p.get("wheels", []), *([p["sdist"]] if "sdist" in p else [])])
    ]
    return [Figure("packages in the lock file", f"{len(packages)}"), zero("… without a checksum", len(bare))]


def _advisories() -> list[Figure]:
    program = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    result = subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        found = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [Figure("looked up in the advisory database", "it could not be asked from here")]
    asked = [package for package in found if "skip_reason" not in package]
    unsafe = [package["name"] for package in asked if package["vulns"]]
    return [
        Figure(
            "looked up in the advisory database",
            f"{len(asked)} of {len(found)}" + ("" if asked else ": it could not be reached from here"),
        ),
        *([zero("… with a known vulnerability", len(unsafe))] if asked else []),
    ]


SECTION = Section(
    "audit",
    "Dependencies",
    audit,
    "The lock file pins every package with checksums; pip-audit asks for advisories (`make audit`).",
)
