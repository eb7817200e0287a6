"""Change the address of the repository in every file that has it.

    python -m release.address https://example.org/NAME/arfix

`REPOSITORY` in `arfix/version.py` is the address that the program prints. Metadata, README and packaging files cannot
import it, so they repeat it; a test compares them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from arfix.version import REPOSITORY

ROOT = Path(__file__).parent.parent

#: The files that have the address. Man pages and golden files are made from the help texts: `make man`, `make golden`.
PLACES = (
    *("arfix/version.py", "pyproject.toml", "README.md", "docs/install.md", "docs/man/arfix-hook.1"),
    *("debian/control", "debian/copyright", "debian/upstream/metadata", "debian/watch"),
    *("packaging/conda-forge/recipe.yaml", "packaging/nixpkgs/package.nix", "packaging/homebrew/arfix.rb"),
    *("Dockerfile", "release/metainfo.py"),
)


def main(arguments: list[str]) -> int:
    """Replace the address, and print the files that changed."""
    if len(arguments) != 1 or not arguments[0].startswith("https://") or arguments[0].rstrip("/") != arguments[0]:
        sys.stderr.write("usage: python -m release.address https://HOST/OWNER/arfix\n")
        return 2
    for path in map(ROOT.joinpath, PLACES):
        before = path.read_text("utf-8")
        after = before.replace(REPOSITORY, arguments[0])
        if after != before:
            path.write_text(after, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    sys.stdout.write("now run `make man` and `make golden`\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
