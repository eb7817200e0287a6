"""What a command line for a linker for Mach-O means: which files count, and what is wanted from the start.

Source: `man ld` of ld64; lld `MachO/Driver.cpp`; measured with ld64.lld 14 and 19.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from arfix.errors import ArfixError
from arfix.formats.macho_commands import read_linker_options
from arfix.formats.model import Content
from arfix.linkage.model import InputMode, Link, Linker, LinkRules, Target
from arfix.linkage.resolve import resolve
from arfix.linkline.model import LineInput, Unresolved
from arfix.linkline.words import read_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkage.model import Input
    from arfix.linkline.inputs import LineFile
    from arfix.linkline.model import LinkCommand


class OpenDefault(Protocol):
    """Opens a library that an object names."""

    def __call__(self, item: LineInput, *, is_error: bool) -> list[LineFile]:
        """Return its files; where it is not there, note that, or that the link fails."""


def read_once(command: LinkCommand, files: Sequence[LineFile]) -> list[LineFile]:
    """Return the files as the linker reads them: an archive that is named again counts once, `-all_load` for all.

    An archive that is taken whole anywhere is whole.
    """
    is_whole = {one.path for one in files if one.archive is not None and one.item.state.whole}
    found: list[LineFile] = []
    seen: set[str] = set()
    for one in files:
        if one.archive is None:
            found.append(one)
            continue
        if one.path in seen:
            continue
        seen.add(one.path)
        whole = command.darwin.takes_all or one.path in is_whole
        use = InputMode.WHOLE if whole else InputMode.ON_DEMAND
        found.append(replace(one, input=replace(one.input, use=use)))
    return found


def darwin_link(command: LinkCommand, inputs: Sequence[Input]) -> Link:
    """Return the link of these inputs with the options of the command."""
    entry = (command.entry or "_main") if command.target in (Target.EXECUTABLE, Target.PIE) else None
    exported = [name for name in _exported(command) if not any(sign in name for sign in "*?[")]
    roots = dict.fromkeys([*([entry] if entry else []), *command.roots, *exported])
    rules = LinkRules(
        tolerates_undefined=command.unresolved is not Unresolved.ERROR,
        may_stay_undefined=frozenset(command.may_stay_unresolved),
        required=frozenset(roots),
        alternates={name: base for base, name in command.darwin.aliases},
        takes_objc=command.darwin.takes_objc,
    )
    return Link(tuple(inputs), command.target, tuple(roots), rules=rules)


def _exported(command: LinkCommand) -> Iterator[str]:
    """Yield the symbols and patterns of `-exported_symbol` and `-exported_symbols_list`."""
    yield from command.exported
    for path in command.darwin.export_lists:
        try:
            text = read_response(os.path.join(command.folder, path))  # noqa: PTH118 (any bytes)
        except ArfixError:
            continue  # `with_scripts` notes it
        for line in text.splitlines():
            name = line.partition("#")[0].strip()
            if name:
                yield name


def with_named_libraries(command: LinkCommand, files: Sequence[LineFile], opener: OpenDefault) -> list[LineFile]:
    """Return the files with the libraries that objects in the link name (`LC_LINKER_OPTION`), as far as they are there.

    The linker looks into objects once it has read all inputs, and into members that enter for a library after that.
    """
    found = list(files)
    seen: set[LineInput] = set()
    while not command.darwin.ignores_auto_link:
        if not any(one.input.use is not InputMode.NAMES and _may_name(one.input) for one in found):
            break
        result = resolve(darwin_link(command, [one.input for one in found]), Linker.LLD)
        named = [
            item
            for entry in result.entered
            if result.units[entry.unit].content is Content.MACHO
            for words in read_linker_options(result.units[entry.unit].view)
            if (item := _input_of(words)) is not None
        ]
        new = [item for item in dict.fromkeys(named) if item not in seen]
        if not new:
            break
        seen.update(new)
        paths = {one.path for one in found}
        opened = [one for item in new for one in opener(item, is_error=False)]
        found += [one for one in opened if one.path not in paths]
    return found


def _may_name(item: Input) -> bool:
    return any(unit.content is Content.MACHO and read_linker_options(unit.view) for unit in item.units)


def _input_of(words: Sequence[str]) -> LineInput | None:
    """Return the library that an option of an object names; None for any other option."""
    match words:
        case ["-framework", name]:
            return LineInput(name, added=True, is_framework=True, is_default=True)
        case [word] if word.startswith("-l"):
            return LineInput(word[2:], is_library=True, added=True, is_default=True)
        case _:
            return None
