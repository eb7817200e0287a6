"""The bytes of stub objects: their code, symbols and sections.

One call makes one object, with one stub or several; the same arguments give the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.errors import EditError, UnsupportedError
from arfix.formats.elf.constants import SHF, SHT, STB, STT, STV
from arfix.stubs.behaviour import Alias, Behaviour, Data, Fail, Return, ReturnName, Trap, Void
from arfix.stubs.elf_writer import NewHeader, NewRelocation, NewSection, NewSymbol, write_object
from arfix.stubs.features import write_property
from arfix.stubs.machines import machine_code
from arfix.stubs.machines.base import TEXT, Code, MachineCode
from arfix.stubs.platform import ACCESSORS, Accessor, CLibrary, Reach, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.stubs.target import StubTarget

#: The name of the file symbol in every stub object, which distinguishes it from code that somebody wrote.
FILE_SYMBOL = "arfix-stub"
WARNING_PREFIX = ".gnu.warning."
R_PPC64_ADDR64, R_PPC64_TOC = 38, 51


class StubSymbol(NamedTuple):
    """One symbol and what it does."""

    name: str
    behaviour: Behaviour


class Options(NamedTuple):
    """How the symbols of stubs look to a linker.

    Attributes:
        strong: Global instead of weak: a real definition then clashes instead of winning.
        hidden: Kept out of the dynamic symbol table of what is linked.
        warn: GNU ld and gold warn when the symbol is used.
    """

    strong: bool = False
    hidden: bool = False
    warn: bool = False


class _Parts:
    """What an object is made of while its stubs are put in one by one."""

    def __init__(self, machine: MachineCode, target: StubTarget, options: Options) -> None:
        self.machine = machine
        self.target = target
        self.options = options
        self.text = bytearray()
        self.descriptors = bytearray()
        self.space = 0
        self.space_align = 1
        self.relocations: list[NewRelocation] = []
        self.descriptor_relocations: list[NewRelocation] = []
        self.local: list[NewSymbol] = []
        self.defined: dict[str, NewSymbol] = {}

    def add(self, stub: StubSymbol) -> None:
        """Put one stub's code or space into the object, and its symbol."""
        match stub.behaviour:
            case Data(size):
                align = min(16, size & -size)
                self.space += -self.space % align
                self.space_align = max(self.space_align, align)
                self._define(stub.name, ".bss", (self.space, size), STT.OBJECT)
                self.space += size
            case Alias(other) if other in self.defined:
                self.defined[stub.name] = self.defined[other]._replace(name=stub.name)
            case behaviour:
                self._add_code(stub.name, code_of(self.machine, self.target, behaviour))

    def _define(self, name: str, section: str, place: tuple[int, int], kind: int, other: int = 0) -> None:
        value, size = place
        binding = STB.GLOBAL if self.options.strong else STB.WEAK
        visibility = STV.HIDDEN if self.options.hidden else STV.DEFAULT
        self.defined[name] = NewSymbol(name, section, value, size, binding, kind, visibility | other)

    def _add_code(self, name: str, code: Code) -> None:
        self.text += bytes(-len(self.text) % self.machine.align)
        start = len(self.text)
        self.text += code.text
        labels = {label: f"{label}_{start:x}" for label, _ in code.labels if label.startswith(".L")}
        for relocation in code.relocations:
            symbol = labels.get(relocation.symbol, relocation.symbol)
            addend = relocation.addend + (start if symbol == TEXT else 0)
            self.relocations.append(relocation._replace(offset=start + relocation.offset, symbol=symbol, addend=addend))
        for label, at in code.labels:
            self.local.append(NewSymbol(labels.get(label, label), TEXT, start + at, 0, STB.LOCAL, STT.NOTYPE))
        size = len(code.text) - code.entry
        if self.machine.descriptors(self.target):
            self._define(name, ".opd", (len(self.descriptors), size), STT.FUNC)
            self._add_descriptor(start)
        else:
            value = start + code.entry | self.machine.entry_bit(self.target)
            self._define(name, TEXT, (value, size), STT.FUNC, code.other)

    def _add_descriptor(self, start: int) -> None:
        """Put a 64-bit PowerPC ELFv1 function descriptor into `.opd`: entry point, TOC base, environment.

        Source: 64-bit PowerPC ELF ABI Supplement 1.9, section 3.2.2.
        """
        place = len(self.descriptors)
        self.descriptor_relocations += [
            NewRelocation(place, R_PPC64_ADDR64, TEXT, start),
            NewRelocation(place + 8, R_PPC64_TOC, ""),
        ]
        self.descriptors += bytes(24)


def make_object(target: StubTarget, stubs: Sequence[StubSymbol], options: Options | None = None) -> bytes:
    """Return the bytes of a relocatable object that defines `stubs`, in their order.

    Raises:
        EditError: A name occurs twice, aliases go round in a circle, or nothing says how `errno` is reached.
        UnsupportedError: There is no code for the machine, or not for this behaviour on it.
    """
    options = options or Options()
    machine = machine_code(target.machine, target.origin)
    machine.accepts(target)
    parts = _Parts(machine, target, options)
    names = [stub.name for stub in stubs]
    if len(set(names)) != len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise EditError(f"{double} is to be stubbed twice", hint="name each symbol once")
    for stub in aliases_last(stubs):
        parts.add(stub)
    symbols = _symbols(parts, names)
    header = NewHeader(
        *(target.machine, target.bits, target.byte_order, target.flags, target.os_abi, 0),
        rela=machine.rela(target),
    )
    return write_object(header, _sections(parts, names if options.warn else ()), symbols)


def make_one(target: StubTarget, stub: StubSymbol, options: Options) -> bytes:
    """Return what `make_object` returns for this one stub, from a template where another had a name of the same length.

    Two hundred stubs differ in little but their names, and most of the work is the same for all of them.
    """
    name = stub.name.encode("utf-8", "surrogateescape")
    if isinstance(stub.behaviour, Alias) or name[:1] in _MARKS:
        return make_object(target, (stub,), options)
    data, places = _template(target, stub.behaviour, options, len(name))
    made = bytearray(data)
    for place in places:
        made[place : place + len(name)] = name
    return bytes(made)


#: Placeholders for a name in a template; no symbol begins with them.
_MARKS = (b"\1", b"\2")


@lru_cache(maxsize=1024)
def _template(target: StubTarget, behaviour: Behaviour, options: Options, length: int) -> tuple[bytes, tuple[int, ...]]:
    """Return an object with a name of `length` bytes, and where the name is in it: where two names differ."""
    one, two = (make_object(target, (StubSymbol((mark * length).decode(), behaviour),), options) for mark in _MARKS)
    places = []
    start = one.find(_MARKS[0] * length)
    while start >= 0:
        if two[start : start + length] == _MARKS[1] * length:
            places.append(start)
            start += length - 1
        start = one.find(_MARKS[0] * length, start + 1)
    return one, tuple(places)


def aliases_last(stubs: Sequence[StubSymbol]) -> list[StubSymbol]:
    """Return the stubs with every alias behind what it names, if that is among them.

    Raises:
        EditError: Aliases go round in a circle.
    """
    here = {stub.name: stub for stub in stubs}
    done: dict[str, StubSymbol] = {}
    for stub in stubs:
        chain = [stub]
        while isinstance(last := chain[-1].behaviour, Alias) and last.other in here and last.other not in done:
            if here[last.other] in chain:
                raise EditError(f"the aliases {' -> '.join(link.name for link in chain)} go round in a circle")
            chain.append(here[last.other])
        for link in reversed(chain):
            done[link.name] = link
    return list(done.values())


def code_of(machine: MachineCode, target: StubTarget, behaviour: Behaviour) -> Code:
    """Return the machine code of a behaviour other than `Data`.

    Raises:
        EditError: `errno` is to be set, and nothing says how.
        UnsupportedError: There is no code for this on this machine.
    """
    library = target.libc or CLibrary.GLIBC
    match behaviour:
        case Void():
            return machine.leave(target, None)
        case Return(value, unsigned):
            return machine.leave(target, _result(machine, target, value, unsigned=unsigned))
        case ReturnName(name):
            return machine.leave(target, number_of(name, library, target.machine))
        case Fail(value, error, unsigned):
            result = _result(machine, target, value, unsigned=unsigned)
            return _fail(machine, target, number_of(error, library, target.machine), result)
        case Trap():
            return machine.trap(target)
        case Alias(other):
            if machine.jump is None:
                raise UnsupportedError(
                    f"on {machine.name} a function cannot hand over to {other} without a frame of its own",
                    hint=f"stub {other} in the same object, or choose another behaviour",
                )
            return machine.jump(target, other)
        case Data():
            raise UnsupportedError("data has no code")
        case _:
            assert_never(behaviour)


def _result(machine: MachineCode, target: StubTarget, value: int, *, unsigned: bool) -> int:
    return value & 0xFFFFFFFF if unsigned and target.bits == 64 and machine.zero_extends else value


def _fail(machine: MachineCode, target: StubTarget, error: int, value: int) -> Code:
    accessor = accessor_of(target)
    match accessor.reach:
        case Reach.CALL:
            return machine.fail(target, accessor.symbol, error, value)
        case Reach.TLS:
            if machine.fail_tls is None:
                raise UnsupportedError(f"no code for a thread-local errno on {machine.name}")
            return machine.fail_tls(target, accessor.symbol, error, value)
        case _:
            assert_never(accessor.reach)


def accessor_of(target: StubTarget) -> Accessor:
    """Return how `errno` is reached; raises `EditError` when nothing says which C library the target has."""
    if target.libc is None:
        raise EditError(
            f"{target.origin or 'the target'} does not show which C library it is for, and how errno is accessed",
            hint="add `libc=...`: glibc, musl, newlib, bionic or picolibc",
        )
    return ACCESSORS[target.libc]


def _symbols(parts: _Parts, names: Sequence[str]) -> list[NewSymbol]:
    symbols = [NewSymbol(FILE_SYMBOL, "*ABS*", 0, 0, STB.LOCAL, STT.FILE)]
    used = [r.symbol for r in (*parts.relocations, *parts.descriptor_relocations) if r.symbol]
    if TEXT in used:
        symbols.append(NewSymbol("", TEXT, 0, 0, STB.LOCAL, STT.SECTION))
    labels = {label.name for label in parts.local}
    symbols += parts.local
    symbols += [parts.defined[name] for name in names]
    seen = {TEXT, *labels, *names}
    accessor = ACCESSORS.get(parts.target.libc) if parts.target.libc else None
    variable = accessor.symbol if accessor and accessor.reach is Reach.TLS else ""
    for name in used:
        if name not in seen:
            seen.add(name)
            symbols.append(NewSymbol(name, kind=STT.TLS if name == variable else STT.NOTYPE))
    return symbols


def _sections(parts: _Parts, warned: Sequence[str]) -> list[NewSection]:
    sections = []
    if parts.text:
        sections.append(
            NewSection(
                *(TEXT, SHT.PROGBITS, SHF.ALLOC | SHF.EXECINSTR, bytes(parts.text)),
                align=parts.machine.align,
                relocations=tuple(parts.relocations),
            )
        )
    if parts.descriptors:
        sections.append(
            NewSection(
                *(".opd", SHT.PROGBITS, SHF.ALLOC | SHF.WRITE, bytes(parts.descriptors), 8),
                relocations=tuple(parts.descriptor_relocations),
            )
        )
    if parts.space:
        sections.append(
            NewSection(".bss", SHT.NOBITS, SHF.ALLOC | SHF.WRITE, align=parts.space_align, size=parts.space)
        )
    sections += [warning_of(name) for name in warned]
    sections += _constant_sections(parts.target, parts.machine)
    return sections


def warning_of(name: str) -> NewSection:
    """Return the section that makes GNU ld and gold say, where `name` is used, that it is a stub."""
    text = f"{name} is a stub made by arfix: the platform does not have it"
    encoded = text.encode("utf-8", "surrogateescape") + b"\0"
    return NewSection(WARNING_PREFIX + name, SHT.PROGBITS, 0, encoded)


@lru_cache(maxsize=8)
def _constant_sections(target: StubTarget, machine: MachineCode) -> tuple[NewSection, ...]:
    """Return what every object for the target has: hardening, attributes, and no need of an executable stack."""
    sections = list(target.copied)
    kind, bits = machine.hardening
    if target.hardening & bits:
        sections.append(write_property(target.bits, target.byte_order, kind, target.hardening & bits))
    if target.stack_note:
        sections.append(NewSection(".note.GNU-stack", SHT.PROGBITS, 0))
    return tuple(sections)
