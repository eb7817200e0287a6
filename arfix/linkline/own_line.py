"""Makes of a user's link command the line that a trial runs: the same, with everything that it writes put elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.linkage.trial import OUTPUT, OwnLine
from arfix.linkline.options import Argument, Effect
from arfix.linkline.read import GRAMMARS
from arfix.linkline.tool import Flavour, ToolKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from arfix.linkline.model import LinkCommand
    from arfix.linkline.options import FoundOption

#: Options of linkers whose value is a file that is written.
_WRITING: Final = frozenset(
    {
        *("Map", "dependency-file", "why-extract", "why-live", "out-implib", "reproduce", "time-trace-file", "repro"),
        *("print-symbol-counts", "opt-remarks-filename", "print-symbol-order", "print-archive-stats", "cmse-implib"),
        *("map", "dependency_info", "time-trace", "object_path_lto", "cache_path_lto"),  # of Mach-O
        *(
            "implib",
            "pdb",
            "lldmap",
            "linkrepro",
            "pdbstripped",
            "ltcgout",
            "manifestfile",
            "lto-obj-path",
        ),  # of Windows
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
    flavour = command.tool.flavour
    find = GRAMMARS[flavour].find
    words = _of_driver(command.words[1:], find) if is_driver else _of_linker(command.words[1:], find)
    own = bool(command.version_scripts or command.dynamic_lists or command.exported)
    is_windows = flavour is Flavour.WINDOWS and (command.tool.is_cl or not is_driver)
    output = (f"/Fe:{OUTPUT}",) if command.tool.is_cl else (f"/out:{OUTPUT}",) if is_windows else ("-o", OUTPUT)
    return OwnLine(
        (command.words[0], *output, *words),
        command.folder,
        through_driver=is_driver,
        compares_exports=not own,
    )


def _of_linker(words: Sequence[str], find: Callable[[str], FoundOption | None]) -> Iterator[str]:
    """Yield the words of a linker without those that name a file to write."""
    skip = 0
    for word in words:
        if skip:
            skip -= 1
            continue
        found = find(word)
        if found is None:
            yield word
            continue
        names = found.option.names
        if found.option.effect is Effect.OUTPUT or not _WRITING.isdisjoint(names):
            skip = found.option.value_words if found.takes_next else 0
        elif found.option.argument is Argument.VALUE or _WRITING_PLAIN.isdisjoint(names):
            yield word


def _of_driver(words: Sequence[str], find: Callable[[str], FoundOption | None]) -> Iterator[str]:
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
            for part in _of_linker(parts, find):
                yield from ("-Xlinker", part)
        elif word.startswith(_DRIVER_WRITING_PLAIN) and not word.startswith("-openmp"):
            continue
        else:
            yield word
