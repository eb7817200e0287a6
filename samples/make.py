"""Makes the archives in `samples/archives/` again, as `samples/manifest.toml` tells.

python samples/make.py            write them into samples/archives/
python samples/make.py FOLDER     write them into FOLDER, to compare
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from samples.tiny_object import tiny_object

HERE = Path(__file__).parent


def read_manifest() -> dict[str, Any]:
    """Return the manifest as it stands."""
    return tomllib.loads((HERE / "manifest.toml").read_text(encoding="utf-8"))


def make(sample: dict[str, Any], objects: dict[str, dict[str, list[str]]], target: Path) -> None:
    """Make one sample in an empty folder and copy it, and the files it needs beside it, into `target`."""
    tools = {"ar": "ar", "llvm": "llvm-ar-19", "mc": "llvm-mc-19"}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, functions in objects.items():
            (scratch / name).write_bytes(tiny_object(functions))
        for name, text in sample.get("files", {}).items():
            (scratch / name).write_text(text, encoding="utf-8")
        for command in sample.get("run", []):
            subprocess.run(["/bin/sh", "-ec", command], cwd=scratch, env={**os.environ, **tools}, check=True)
        for name in [sample["name"], *sample.get("keep", [])]:
            shutil.copyfile(scratch / name, target / name)


def main() -> None:
    """Make every sample."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "archives"
    target.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest()
    for sample in manifest["sample"]:
        make(sample, manifest["objects"], target)
        print(f"{sample['name']}: {sample['trait']}")


if __name__ == "__main__":
    main()
