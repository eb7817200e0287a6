"""Change the address of the repository in every file that has it.

    python -m release.address https://example.org/NAME/arfix

`REPOSITORY` in `arfix/version.py` is the address that the program prints. Metadata, README and packaging files cannot
import it, so they repeat it; a test compares them. Recipes in `packaging/` name the owner alone as well.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from arfix.version import REPOSITORY
from release.build import ROOT, source_files

if TYPE_CHECKING:
    from pathlib import Path

#: What is made from the help texts, and written again afterwards.
MADE = ("docs/man/", "tests/")


def main(arguments: list[str]) -> int:
    """Replace the address, and print the files that changed."""
    if len(arguments) != 1 or not arguments[0].startswith("https://") or arguments[0].rstrip("/") != arguments[0]:
        sys.stderr.write("usage: python -m release.address https://HOST/OWNER/arfix\n")
        return 2
    for path in files_with_address():
        names_owner = (ROOT / "packaging") in path.parents
        text = with_address(path.read_bytes().decode(), arguments[0], names_owner=names_owner)
        path.write_bytes(text.encode())
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    sys.stdout.write("now run `make man` and `make golden`\n")
    return 0


def with_address(text: str, address: str, *, names_owner: bool = False) -> str:
    """Return a text with another address; with `names_owner` also the owner is replaced where it is named alone."""
    text = text.replace(REPOSITORY, address)
    if names_owner:
        old, new = (one.split("/")[-2] for one in (REPOSITORY, address))
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
    return text


def files_with_address() -> list[Path]:
    """Return the sources that have the address, except what is made from the help texts."""
    paths = [ROOT / name for name in source_files() if not name.startswith(MADE)]
    return [path for path in paths if REPOSITORY.encode() in path.read_bytes()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
