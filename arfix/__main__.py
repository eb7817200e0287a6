"""Entry point of the `arfix` program, for `python -m arfix` and for the console script."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

#: Objects between two searches for reference cycles. Loading modules and reading an archive make many objects that stay
#: alive, and with Python's default of 700 the searches take a tenth of `arfix strip`.
COLLECT_EVERY = 100_000


def start() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(COLLECT_EVERY)
    code = main()
    # Python's last search for cycles would take a sixth of `arfix strip`, and the memory is freed anyway.
    # LIEF complains on standard error about each of its objects that the search does not reach.
    if "lief" not in sys.modules:
        gc.freeze()
    sys.exit(code)


def main() -> int:
    """Run the command line and return the exit code."""
    reserve_standard_descriptors()
    try:
        from arfix.cli.app import run  # noqa: PLC0415 (an interrupt while modules load is handled here)
    except KeyboardInterrupt:
        return 128 + 2  # as shells write SIGINT; `arfix.cli.exit_codes` may not be loaded
    return run(sys.argv[1:])


def reserve_standard_descriptors() -> None:
    """Open descriptors 0, 1 and 2 on the null device if they are closed.

    Otherwise the next file to be opened, such as the new archive, would get one of these numbers, and whatever the
    interpreter or another program prints would land in it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    start()
