"""Makes of a user's link command the line that a trial runs: the same, with everything that it writes put elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.linkage.trial import OUTPUT, OwnLine
from arfix.linkline.options import Argument, Effect, find_option
from arfix.linkline.tool import ToolKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkline.model import LinkCommand

#: Options of linkers whose value is a file that is written.
_WRITING: Final = frozenset(
    {
        *("Map", "dependency-file", "why-extract", "why-live", "out-implib", "reproduce", "time-trace-file", "repro"),
        *("print-symbol-counts", "opt-remarks-filename", "print-symbol-order", "print-archive-stats", "cmse-implib"),
        *("base_file", "output-def", "thinlto-cache-dir", "separate-debug-file"),
    }
)
#: Options that write files beside the output.
_WRITING_PLAIN: Final = frozenset({"save-temps", "time-trace", "repro", "cref", "M", "print-map"})
#: Options of drivers that write files, with and without a value of their own.
_DRIVER_WRITING: Final = frozenset({"-MF", "-MJ", "-dumpdir", "-dumpbase"})
_DRIVER_WRITING_PLAIN: Final = ("-MD", "-MMD", "-MP", "-save-temps", "--save-temps", "-o", "-ftime-trace", "-v", "-###")


def own_line(command: LinkCommand) -> OwnLine:
    """Return the line of a command for a trial: the output is the trial's, and other files are not written."""
    is_driver = command.tool.kind is ToolKind.DRIVER
    words = _of_driver(command.words[1:]) if is_driver else _of_linker(command.words[1:])
    own = bool(command.version_scripts or command.dynamic_lists or command.exported)
    return OwnLine(
        (command.words[0], "-o", OUTPUT, *words),
        command.folder,
        through_driver=is_driver,
        compares_exports=not own,
    )


def _of_linker(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a linker without those that name a file to write."""
    skip = False
    for word in words:
        if skip:
            skip = False
            continue
        found = find_option(word) if word.startswith("-") else None
        if found is None:
            yield word
            continue
        names = found.option.names
        if found.option.effect is Effect.OUTPUT or not _WRITING.isdisjoint(names):
            skip = found.takes_next
        elif found.option.argument is Argument.VALUE or _WRITING_PLAIN.isdisjoint(names):
            yield word


def _of_driver(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a driver; those for the linker each behind an `-Xlinker` of its own."""
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in _DRIVER_WRITING or word == "-o":
            at += 1
        elif word.startswith("-Wl,") or word == "-Xlinker":
            parts: list[str] = []
            at -= 1
            while at < len(words) and (words[at].startswith("-Wl,") or words[at] == "-Xlinker"):
                if words[at] == "-Xlinker":
                    parts += words[at + 1 : at + 2]
                    at += 2
                else:
                    parts += words[at].split(",")[1:]
                    at += 1
            for part in _of_linker(parts):
                yield from ("-Xlinker", part)
        elif word.startswith(_DRIVER_WRITING_PLAIN) and not word.startswith("-openmp"):
            continue
        else:
            yield word
