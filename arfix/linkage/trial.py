"""Links with a real linker in a scratch folder, and gathers everything that it reports.

A single run does not report everything. GNU ld stops at the first member that is not an object; lld and mold report
duplicates and stop before they look for undefined symbols. So a trial has rounds: members that are not objects are
removed and the link is repeated; then duplicates and undefined symbols are allowed, which shows the remaining errors
and gives an output whose exports can be compared.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.archive.files import open_archive, save
from arfix.archive.model import Index
from arfix.errors import ArfixError, UnsupportedError
from arfix.formats.elf.file import Elf
from arfix.formats.model import Binding, Place, SymbolType
from arfix.linkage.dialects import Format, dialect_of, platform_of
from arfix.linkage.linkers import target_options
from arfix.linkage.messages import MessageKind, Messages, parse_messages
from arfix.linkage.model import InputMode, Linker, Target
from arfix.linkage.process import TIMEOUT, run
from arfix.linkage.refusals import RefusalKind
from arfix.short_repr import short_repr
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.formats.model import Machine
    from arfix.linkage.linkers import Program
    from arfix.linkage.model import Input, Link

#: The most rounds to find out which members GNU ld rejects; it names one at a time.
_ROUNDS = 24

#: Kinds of messages that are reported unchanged, with the kind of refusal; None if it is not known.
_OTHERS: Final = {
    MessageKind.OTHER: None,
    MessageKind.VERSION_NODE: RefusalKind.VERSION_NODE,
    MessageKind.UNDEFINED_VERSION: RefusalKind.UNDEFINED_VERSION,
    MessageKind.LIBRARY_UNDEFINED: RefusalKind.LIBRARY_UNDEFINED,
    MessageKind.THREAD_LOCAL: RefusalKind.THREAD_LOCAL,
    MessageKind.DISCARDED: RefusalKind.DISCARDED,
    MessageKind.HIDDEN: RefusalKind.HIDDEN,
    MessageKind.OUT_OF_RANGE: RefusalKind.OUT_OF_RANGE,
    MessageKind.NO_SECTION: RefusalKind.NO_SECTION,
}


#: What stands for the path of the output in an `OwnLine`.
OUTPUT: Final = "{output}"
#: Messages after which linkers look for nothing else.
_STOPS: Final = (" referenced in expression", "--require-defined: undefined symbol")
#: What drivers say when their linker fails.
_OF_DRIVERS: Final = ("collect2: error:", "clang: error:", "clang++: error:")


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A command of the user's own, which is run in place of one that is made for the link.

    Attributes:
        words: The command; `OUTPUT` stands for the output.
        folder: The directory in which it runs.
        through_driver: Whether the program is a compiler driver, which passes options to its linker.
        compares_exports: Whether the exports of the output can be compared with the prediction.
    """

    words: tuple[str, ...]
    folder: str
    through_driver: bool = False
    compares_exports: bool = True

    def command(self, output: str, options: Sequence[str]) -> tuple[str, ...]:
        """Return the command with the path of the output, and with further options for the linker."""
        passed = [word for option in options for word in ("-Xlinker", option)] if self.through_driver else options
        return (*(word.replace(OUTPUT, output) for word in self.words), *passed)


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of a link with a real linker.

    Attributes:
        program: The linker.
        status: Exit status of the first run.
        undefined: Symbols it called undefined, versions as `name@VER`.
        duplicates: Symbols it called multiply defined, with the places it named.
        rejected: Files and members it did not take, as it named them.
        refused: Messages about position-dependent code (PIC, PIE), unless the symbol is undefined anyway.
        others: Whatever else it said that is not known.
        exported: What the output exports, versions removed; None if no output came to be.
        complete: False if it stopped before it had looked at every relocation, so that undefined symbols are missing
            from what it said: GNU ld at the first code it cannot place, lld and mold at duplicates they cannot pass
            over, any linker when it crashes.
        command: The command of the first run.
        refused_missing: Messages about position-dependent code for symbols that are undefined anyway. gold names
            one symbol per object, so this may hide others.
        refusals: What else it refused; what it said is among `others`.
        checks_libraries: Whether it was to report what shared objects lack.
    """

    __repr__ = short_repr

    program: Program
    status: int
    undefined: frozenset[str]
    duplicates: Mapping[str, tuple[str, ...]]
    rejected: tuple[str, ...]
    refused: tuple[str, ...]
    others: tuple[str, ...]
    exported: frozenset[str] | None
    complete: bool
    command: tuple[str, ...]
    refused_missing: tuple[str, ...] = ()
    refusals: frozenset[RefusalKind] = frozenset()
    checks_libraries: bool = False


def try_link(
    link: Link,
    program: Program,
    machine: Machine | None,
    *,
    line: OwnLine | None = None,
    timeout: float = TIMEOUT,
) -> Trial:
    """Return the outcome of `link` with `program`. Inputs are read from their files, under the paths in the link.

    With `line` that command is run, which makes the same link.

    Raises:
        AccessError: The linker cannot be run or does not end in time, or the scratch folder cannot be written.
        UnsupportedError: The linker cannot take a list of names.
    """
    with tempfile.TemporaryDirectory(prefix="arfix-link-") as scratch:
        return _Trials(link, program, machine, scratch, timeout=timeout, line=line).run()


class _Trials:
    """The rounds of one trial."""

    def __init__(  # noqa: PLR0913
        self,
        link: Link,
        program: Program,
        machine: Machine | None,
        scratch: str,
        *,
        timeout: float,
        line: OwnLine | None,
    ) -> None:
        self.link = link
        self.line = line
        self.program = program
        self.machine = machine
        self.scratch = Path(scratch)
        self.timeout = timeout
        self.output = Path(scratch) / "out"
        self.dialect = dialect_of(program.format, program.linker)
        self.paths = {position: _absolute(item) for position, item in enumerate(link.inputs)}
        self.rejected: dict[str, None] = {}
        self.crashed = False
        self.stopped = False

    def run(self) -> Trial:
        """Run the rounds."""
        command = self._command()
        status, first = self._link(command)
        said = self._without_rejected(first)
        if said.of(MessageKind.REJECTED) or first is not said:
            self.rejected.update(dict.fromkeys(said.rejected))
        again = self.dialect.lenient if status != 0 else ()
        lenient = self._link(self._command(again))[1] if again else said
        refused = (*said.of(MessageKind.RELOCATION), *lenient.of(MessageKind.RELOCATION))
        exported = self._exported()
        undefined = said.undefined | lenient.undefined
        spoken = [
            one
            for one in (*said.messages, *lenient.messages)
            if one.kind in _OTHERS and not (one.kind is MessageKind.OUT_OF_RANGE and one.symbol in undefined)
        ]
        others = tuple(dict.fromkeys(one.text for one in spoken))
        return Trial(
            self.program,
            status,
            undefined,
            {**lenient.duplicates, **said.duplicates},
            tuple(dict.fromkeys(map(self._of_user, self.rejected))),
            tuple(dict.fromkeys(self._of_user(one.text) for one in refused if one.symbol not in undefined)),
            tuple(dict.fromkeys(map(self._of_user, others))),
            exported,
            self._is_complete(undefined, others, exported, refused=bool(refused)),
            tuple(command),
            tuple(dict.fromkeys(self._of_user(one.text) for one in refused if one.symbol in undefined)),
            frozenset(kind for one in spoken if (kind := _OTHERS[one.kind]) is not None),
            self.line is not None,
        )

    def _of_user(self, text: str) -> str:
        """Return a message with the user's archives in place of the copies that were linked."""
        for position, path in self.paths.items():
            if path.startswith(f"{self.scratch}/"):
                text = text.replace(path, _absolute(self.link.inputs[position]))
        return text

    def _is_complete(
        self, undefined: frozenset[str], others: tuple[str, ...], exported: frozenset[str] | None, *, refused: bool
    ) -> bool:
        if self.crashed or self.stopped:
            return False
        if self.program.linker is Linker.LD and (refused or others):
            return self.output.is_file()
        return bool(undefined) or exported is not None or self.output.is_file()

    def _link(self, command: tuple[str, ...]) -> tuple[int, Messages]:
        self.output.unlink(missing_ok=True)
        folder = str(self.scratch) if self.line is None else self.line.folder
        ran = run(list(command), timeout=self.timeout, cwd=folder)
        self.crashed = self.crashed or ran.status < 0
        self.stopped = self.stopped or any(one in ran.errors for one in _STOPS)
        spoken = [line for line in ran.errors.splitlines() if not line.startswith(_OF_DRIVERS)]
        return ran.status, parse_messages(ran.errors if self.line is None else "\n".join(spoken))

    def _without_rejected(self, said: Messages) -> Messages:
        """Remove what the linker rejects and link again, until it rejects nothing more."""
        for _ in range(_ROUNDS):
            new = [place for place in said.rejected if place not in self.rejected]
            if not new:
                break
            self.rejected.update(dict.fromkeys(new))
            if not self._take_out(new):
                break
            said = self._link(self._command())[1]
        return said

    def _take_out(self, places: list[str]) -> bool:
        """Write copies of archives without the members named; return whether any was found."""
        changed = False
        for position, item in enumerate(self.link.inputs if self.line is None else ()):
            gone = {at for at, unit in enumerate(item.units) if unit.where.members and _is_named(item, at, places)}
            gone |= {
                at for at, unit in enumerate(item.units) if unit.where.members and _was_named(item, at, self.rejected)
            }
            if not gone or item.use is InputMode.NAMES:
                continue
            copy = self.scratch / f"{position}-{Path(item.where.path).name}"
            with open_archive(item.where.path) as archive:
                save(without(archive, gone), copy)
            self.paths[position] = str(copy)
            changed = True
        return changed

    def _command(self, more: Sequence[str] = ()) -> tuple[str, ...]:
        if self.line is not None:
            return self.line.command(str(self.output), (*self.dialect.plain_names, *more))
        platform = platform_of(self.link) if self.program.format is Format.MACHO else None
        options = target_options(self.program, self.link.target, self.machine, platform)
        output = _filled(self.dialect.output, str(self.output))
        roots = [word for name in self.link.roots for word in _filled(self.dialect.root, name)]
        return (self.program.path, *options, *output, *roots, *self._inputs(), *more)

    def _inputs(self) -> list[str]:
        words: list[str] = []
        group: int | None = None
        start, end = ([word] if self.dialect.group else [] for word in self.dialect.group or ("", ""))
        for position, item in enumerate(self.link.inputs):
            if item.group != group:
                words += end if group is not None else []
                words += start if item.group is not None else []
                group = item.group
            whole = item.use is InputMode.WHOLE and any(unit.where.members for unit in item.units)
            words += self._words(position, item, whole=whole)
        return words + (end if group is not None else [])

    def _words(self, position: int, item: Input, *, whole: bool) -> list[str]:
        if item.use is InputMode.NAMES and not item.image:
            if self.program.format is Format.WASM:
                return [f"--allow-undefined-file={self._names_file(position, item, '{}')}"]
            if self.dialect.listed is None:
                raise UnsupportedError(
                    f"{self.program.word} cannot use {item.where}, a list of symbols",
                    hint="Name the platform's libraries, or another linker with `linkers=...`.",
                )
            return [f"@{self._names_file(position, item, self.dialect.listed)}"]
        path = self.paths[position]
        return _filled(self.dialect.whole, path) if whole else [path]

    def _names_file(self, position: int, item: Input, line: str) -> Path:
        response = self.scratch / f"{position}-names"
        lines = "".join(f"{line.replace('{}', name)}\n" for name in sorted(item.names))
        response.write_bytes(lines.encode("utf-8", "surrogateescape"))
        return response

    def _exports_are_comparable(self) -> bool:
        """Return whether the output exports what is its own: a program that exports nothing has copies of variables."""
        rules = self.link.rules
        listed = rules.versions is not None or rules.dynamic_list is not None
        compares = not listed if self.line is None else self.line.compares_exports
        return compares and (self.link.target is Target.SHARED or self.link.export_dynamic)

    def _exported(self) -> frozenset[str] | None:
        if self.program.format is not Format.ELF:
            return None
        if self.link.target is Target.RELOCATABLE or not self.output.is_file():
            return None
        if not self._exports_are_comparable():
            return None
        try:
            symbols = Elf(memoryview(self.output.read_bytes())).dynamic_symbols
        except ArfixError:
            return None
        if not symbols:
            return None
        # A version itself is listed there too, as an absolute object at 0.
        return frozenset(
            base_name(one.name)
            for one in symbols
            if one.is_defined
            and one.binding is not Binding.LOCAL
            and not (one.place is Place.ABSOLUTE and one.type is SymbolType.OBJECT and one.value == 0)
        )


def _filled(words: tuple[str, ...], text: str) -> list[str]:
    return [word.replace("{}", text) for word in words]


def without(archive: Archive, gone: set[int]) -> Archive:
    """Return the archive without the members at these positions, with its index."""
    kept = [position for position in range(len(archive.members)) if position not in gone]
    new = {old: position for position, old in enumerate(kept)}
    index = archive.index
    if index is not None:
        pairs = [(name, new[at]) for name, at in index if at in new]
        names, members = [name for name, _ in pairs], [at for _, at in pairs]
        index = replace(index, names=tuple(names), members=tuple(members)) if pairs else Index((), ())
    return replace(archive, members=tuple(archive.members[at] for at in kept), index=index, source=None)


def _absolute(item: Input) -> str:
    return str(Path(item.where.path).absolute())


def _is_named(item: Input, position: int, places: list[str]) -> bool:
    """Return whether one of the linker's spellings means this member: `path/lib.a(x.o)`, `lib.a(x.o at 4711)`."""
    name = item.units[position].member_name
    base = Path(item.where.path).name
    return any(
        f"{base}({name})" in place or f"{base}({Path(name).name}" in place or place in (name, f"({name})")
        for place in places
    )


def _was_named(item: Input, position: int, rejected: Mapping[str, None]) -> bool:
    return _is_named(item, position, list(rejected))
