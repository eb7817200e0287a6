"""The parts of an object that matter to linking and running it: symbols, sections, ABI; not the layout.

String tables, the order of symbols and sections, and the padding between them do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.diff.equal_contents import same_body
from arfix.diff.object_contents import Body, ComparedObject, Fixup, plain_name
from arfix.formats.elf.constants import SHF, SHT
from arfix.formats.elf.section_kinds import SectionKind, kind_of
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Content, Place, SymbolType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Symbol


class DiffAspect(Enum):
    """A kind of difference. The value is the word in text and JSON."""

    CODE = "code"
    DATA = "data"
    SIZE = "size"
    VALUE = "value"
    BINDING = "binding"
    VISIBILITY = "visibility"
    TYPE = "type"
    SECTION = "section"
    MEMBER = "member"
    ABI = "abi"
    SYMBOLS = "symbols"
    CONTENTS = "contents"


@dataclass(frozen=True, slots=True)
class Definition:
    """One defined symbol.

    Attributes:
        symbol: The symbol table entry.
        place: The kind of its section: `code`, `data`, `bss`, ..., `common` or `absolute`.
        body: Its contents; None if the format is not ELF, or if it has none.
    """

    symbol: Symbol
    place: str
    body: Body | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[Definition], tuple[Symbol, str]]:
        """Return what `pickle` keeps: the contents are views on the file."""
        return Definition, (self.symbol, self.place)


class SectionShape(NamedTuple):
    """One section, ready to be compared: strings that linkers merge are in order and each is there once."""

    kind: SectionKind
    flags: int
    alignment: int
    size: int
    data: bytes | tuple[bytes, ...]
    fixups: tuple[Fixup, ...]


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """The compared parts of an object.

    Attributes:
        definitions: Non-local defined symbols by name.
        statics: Local functions and objects by name, with a number behind all but the first of a name.
        references: Non-local undefined symbols.
        sections: By name and number among those of that name.
        abi: Properties that linkers and loaders check: machine, flags, float ABI, stack, hardening.
        opaque: Its sections cannot be read, so all its bytes are compared.
    """

    definitions: Mapping[str, Definition]
    statics: Mapping[str, Definition] = field(default_factory=dict)
    references: frozenset[str] = frozenset()
    sections: Mapping[tuple[str, int], SectionShape] = field(default_factory=dict)
    abi: Mapping[str, str] = field(default_factory=dict)
    opaque: bool = False


#: Sections of loaded programs that are reported as part of the ABI.
_IN_ABI: Final = frozenset({SectionKind.PROPERTY_NOTE, SectionKind.STACK_NOTE})
_NO_THING: Final = frozenset({SymbolType.SECTION, SymbolType.FILE})
_STATIC: Final = frozenset({SymbolType.FUNCTION, SymbolType.OBJECT, SymbolType.TLS, SymbolType.IFUNC})
#: Strings that compilers make, one for each function that asks for its name; strings are reported with their section.
_FUNCTION_NAMES: Final = frozenset({"__func__", "__FUNCTION__", "__PRETTY_FUNCTION__"})


def read_shape(view: memoryview, *, debug: bool = False) -> ObjectShape:
    """Return the compared parts of an object; `debug` includes sections that are not loaded.

    Raises:
        FormatError: The tables of the object are wrong.
    """
    facts = inspect_object(view)
    if facts.content not in {Content.ELF_RELOCATABLE, Content.ELF_SHARED, Content.ELF_EXECUTABLE}:
        symbols = facts.global_symbols
        found = {one.name: Definition(one, one.type.value) for one in symbols if one.is_defined}
        return ObjectShape(found, references=frozenset(facts.references), opaque=True)
    image = ComparedObject(facts.elf)
    kinds = [kind_of(section) for section in image.sections]
    definitions: dict[str, Definition] = {}
    statics: dict[str, Definition] = {}
    references: set[str] = set()
    counts: dict[str, int] = {}
    for symbol in image.symbols:
        if symbol.binding is Binding.LOCAL:
            name = plain_name(symbol)
            if symbol.type in _STATIC and symbol.section and name not in _FUNCTION_NAMES:
                number = counts[name] = counts.get(name, 0) + 1
                statics[name if number == 1 else f"{name}#{number}"] = _definition(image, kinds, symbol)
        elif not symbol.is_defined:
            references.add(symbol.name)
        elif symbol.type not in _NO_THING:
            definitions[symbol.name] = _definition(image, kinds, symbol)
    return ObjectShape(definitions, statics, frozenset(references), _sections(image, kinds, debug=debug), _abi(image))


def _definition(image: ComparedObject, kinds: list[SectionKind], symbol: Symbol) -> Definition:
    if symbol.place is not Place.DEFINED or not 0 < symbol.section < len(kinds):
        return Definition(symbol, symbol.place.value)
    return Definition(symbol, kinds[symbol.section].value, image.body(symbol))


def _sections(image: ComparedObject, kinds: list[SectionKind], *, debug: bool) -> dict[tuple[str, int], SectionShape]:
    shapes: dict[tuple[str, int], SectionShape] = {}
    counts: dict[str, int] = {}
    for section, kind in zip(image.sections, kinds, strict=True):
        if kind in {SectionKind.TABLE, SectionKind.GROUP} or kind in _IN_ABI or not section.size:
            continue
        if not debug and not section.flags & SHF.ALLOC and kind is not SectionKind.WARNING:
            continue
        number = counts[section.name] = counts.get(section.name, 0) + 1
        shapes[section.name, number] = _shape_of(image, section, kind)
    return shapes


def _shape_of(image: ComparedObject, section: Section, kind: SectionKind) -> SectionShape:
    contents = image.contents(section.number)
    data: bytes | tuple[bytes, ...] = contents.data
    size = section.size
    if section.flags & SHF.MERGE and section.flags & SHF.STRINGS and section.entry_size <= 1:
        data, size = tuple(sorted(set(contents.data.split(b"\0")))), 0
    if section.type == SHT.NOBITS:
        data = b""
    return SectionShape(kind, section.flags & ~SHF.GROUP, section.alignment, size, data, contents.fixups)


def _abi(image: ComparedObject) -> dict[str, str]:
    """Return the ABI properties that the object records, in words."""
    abi, facts = image.elf.abi, image.elf.section_facts
    machine = abi.machine
    said = {
        "machine": f"{machine.name} ({machine.bits}-bit, {machine.byte_order}-endian)",
        "flags": f"{image.header.flags:#x}",
        "version": abi.version,
        "float-abi": abi.float_abi,
        "registers": abi.registers,
        "nan": abi.nan,
        "isa": abi.isa,
        "stack-note": facts.stack.value,
        "properties": ", ".join(sorted(one.value for one in facts.properties)) or "none",
    }
    return {name: value for name, value in said.items() if value is not None}


def compare_definitions(old: Definition, new: Definition) -> tuple[DiffAspect, ...]:
    """Return the differences between two definitions of one symbol, in the order of `DiffAspect`."""
    one, other = old.symbol, new.symbol
    found = set()
    if old.body is not None and new.body is not None and not same_body(old.body, new.body):
        found.add(DiffAspect.CODE if SectionKind.CODE.value in {old.place, new.place} else DiffAspect.DATA)
    pairs: Iterable[tuple[DiffAspect, object, object]] = (
        (DiffAspect.SIZE, one.size, other.size),
        (DiffAspect.BINDING, one.binding, other.binding),
        (DiffAspect.VISIBILITY, one.visibility, other.visibility),
        (DiffAspect.TYPE, one.type, other.type),
        (DiffAspect.SECTION, old.place, new.place),
    )
    found.update(aspect for aspect, left, right in pairs if left != right)
    if one.place is other.place and one.place in {Place.ABSOLUTE, Place.COMMON} and one.value != other.value:
        found.add(DiffAspect.VALUE)
    return tuple(aspect for aspect in DiffAspect if aspect in found)
