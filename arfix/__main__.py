"""The `arfix` program: `python -m arfix` and the console script both start here."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return the exit code for `sys.exit`."""
    from arfix.cli.app import run  # noqa: PLC0415 (so that an interrupt while modules load is handled below)

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
