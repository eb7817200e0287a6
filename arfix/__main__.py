"""The `arfix` program: `python -m arfix` and the console script both start here."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # `typing` is not loaded for it
if TYPE_CHECKING:
    from typing import TextIO

#: Objects between two searches for cycles. Loading modules makes many that stay, and so does an archive of thousands of
#: members; with Python's own 700 the searches cost a tenth of `arfix strip`.
COLLECT_EVERY = 100_000


def main() -> int:
    """Run the command line and return the exit code for `sys.exit`."""
    reserve_standard_descriptors()
    if sys.argv[1:2] == ["apply"] and _is_fresh(sys.argv[2:]):
        return 0
    gc.set_threshold(COLLECT_EVERY)
    load_when_used("inspect")
    from arfix.cli.app import run  # noqa: PLC0415 (so that an interrupt while modules load is handled below)

    return run(sys.argv[1:])


def load_when_used(name: str) -> None:
    """Let a module be loaded when something in it is first used, whoever imports it; one that is loaded stays.

    `dataclasses` imports `inspect` for classes without a docstring, of which there are none here, and loading that
    takes a twentieth of `arfix strip`. (`importlib.util.LazyLoader` does not help: the import statement itself looks
    at the module.)
    """
    if name in sys.modules:
        return
    stand_in = type(sys)(name)  # a module; importing `types` for the name would cost a run that ends in `_is_fresh`

    def load(attribute: str) -> object:
        from importlib import import_module  # noqa: PLC0415 (the same)

        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    stand_in.__getattr__ = load  # type: ignore[method-assign]  # PEP 562
    sys.modules[name] = stand_in


def _is_fresh(arguments: list[str]) -> bool:
    """Return whether `arfix apply` has nothing to do, and say so; what answers that loads next to nothing."""
    from arfix.recipe.state.stamp import fresh_answer  # noqa: PLC0415 (for this verb alone)
    from arfix.version import __version__  # noqa: PLC0415 (the same)

    answer = fresh_answer(arguments, __version__)
    if answer is not None and not {"-q", "--quiet"} & {*arguments}:
        _say(sys.stdout, f"{answer}\n")  # nothing to do stays so when nobody can be told
    return answer is not None


def start() -> None:
    """Run the command line and end the process, without taking apart the values it leaves behind one by one.

    Everything is written by then, and the ordinary end costs another tenth of `arfix strip`. What watches the
    interpreter (coverage, a debugger) needs that end and gets it.
    """
    code = main()
    if "coverage" in sys.modules or sys.gettrace() is not None:
        sys.exit(code)
    _say(sys.stdout)
    _say(sys.stderr)
    os._exit(code)


def _say(stream: TextIO | None, text: str = "") -> None:
    """Write and flush, unless the stream is closed or takes nothing; what can be said of that was said."""
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        pass


def reserve_standard_descriptors() -> None:
    """Open 0, 1 and 2 on nothing where they are closed, so that no file gets one of these numbers.

    Otherwise the next file that is opened, say the new archive, would be what other programs started here, or the
    interpreter itself, print on.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    start()
