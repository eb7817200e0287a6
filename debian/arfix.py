#!/usr/bin/python3
"""Start arfix from the folder of the Debian package (or, while that is built, from where it is put together)."""

import sys
from pathlib import Path

here = Path(__file__).resolve()
sys.path.insert(
    0, "/usr/share/arfix" if here.parent == Path("/usr/bin") else str(here.parent / "arfix/usr/share/arfix")
)

from arfix.__main__ import start  # noqa: E402 (found on the path above)

if __name__ == "__main__":
    start()
