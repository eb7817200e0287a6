"""Install the packages of `zipapp.txt`, which a zipapp or a Debian package carries, into a folder.

    python -m release.pinned FOLDER [NAME...]          (all of them without names)

With `ARFIX_WHEELS` set, they come from that folder of wheels, and nothing is downloaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PINS = Path(__file__).parent / "zipapp.txt"


class PipError(Exception):
    """pip failed; the text is what it printed."""


def pip_install(folder: Path, *words: str) -> None:
    """Let pip install into a folder, without what the packages depend on and without compiling.

    Raises:
        PipError: It failed.
    """
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"]
    command += ["--no-compile", "--no-warn-conflicts", "--target", str(folder), *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise PipError(f"pip failed:\n{ran.stderr}")


def install_pinned(folder: Path, names: tuple[str, ...] = ()) -> None:
    """Install the pinned packages, or those of these names; pip compares their hashes.

    Raises:
        PipError: One cannot be fetched, or is not the one that was pinned.
    """
    lines = [line for line in PINS.read_text("ascii").splitlines() if line and not line.startswith("#")]
    chosen = [line for line in lines if not names or line.partition("==")[0] in names]
    wheels = os.environ.get("ARFIX_WHEELS")
    source = ["--no-index", "--find-links", wheels] if wheels else []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "requirements.txt"
        path.write_text("\n".join(chosen), "ascii")
        pip_install(folder, *source, "--require-hashes", "--only-binary", ":all:", "-r", str(path))


if __name__ == "__main__":
    install_pinned(Path(sys.argv[1]), tuple(sys.argv[2:]))
