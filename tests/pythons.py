"""The Pythons that the project supports, and where this machine has them."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: As the classifiers of the project list them, oldest first: `3.11`.
VERSIONS = tuple(
    found[1]
    for line in PROJECT["classifiers"]
    if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
)


@functools.cache
def interpreter(version: str) -> str | None:
    """Return the path of a Python of this version: this one, one on PATH, or one that pyenv built; None without one."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    built = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3"))
    for path in (shutil.which(f"python{version}"), *map(str, built)):
        # a shim on PATH may stand for a version that is not installed
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None
