"""An ELF object with other names, bindings and visibilities of its symbols.

The symbol table keeps locals in front (gABI, "Symbol Table": `sh_info` is the index of the first symbol that is not
local), so a symbol made local or global moves, and with it every symbol index in the object: in relocations, section
groups, `SHT_SYMTAB_SHNDX` and LLVM's own sections. Sections that hold no such thing keep every byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from arfix.archive.names import decode_name, encode_name
from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import ET, LTO_SECTION_PREFIX, SHN, STB, STT, STV
from arfix.formats.elf.file import Elf
from arfix.formats.elf.rewrite import SectionChanges, replace_sections
from arfix.formats.elf.symbol_indices import renumber
from arfix.formats.elf.symbol_table import encode_symbols, stored_symbols
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.formats.elf.symbol_table import SymbolTable

_BINDINGS = {
    Binding.LOCAL: STB.LOCAL,
    Binding.GLOBAL: STB.GLOBAL,
    Binding.WEAK: STB.WEAK,
    Binding.UNIQUE: STB.GNU_UNIQUE,
}
_VISIBILITIES = {visibility: STV[visibility.name] for visibility in Visibility}
#: Types of symbols that are no names of the program.
_NOT_NAMES = frozenset({STT.SECTION, STT.FILE})
#: In place of `st_name`, until the string table has been made.
_NEW_NAME = -1
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LTO_PREFIX = LTO_SECTION_PREFIX.decode()


@dataclass(slots=True)
class _Row:
    """One symbol: its fields in one order for both classes, its name, and what that was."""

    old_name: bytes
    name: bytes
    name_offset: int
    value: int
    size: int
    info: int
    other: int
    section: int
    number: int


class SymbolPatch:
    """Changes to symbols, made once and applied to any number of objects.

    Args:
        renames: Old name -> new name, of non-local symbols, definitions and references alike.
        bindings: Name (as it was) -> binding of its definition. `GLOBAL` is for local symbols and touches no other;
            every other binding is for those that are not local.
        visibilities: Name (as it was) -> visibility of its definition.
        signature_prefix: Put in front of the signature of every COMDAT group that holds a renamed definition and is
            not named after one. Empty: such a rename is refused, since linkers drop the second group of a signature.
    """

    def __init__(
        self,
        *,
        renames: Mapping[str, str] = _NOTHING,
        bindings: Mapping[str, Binding] = _NOTHING,
        visibilities: Mapping[str, Visibility] = _NOTHING,
        signature_prefix: str = "",
    ) -> None:
        self._renames = {encode_name(old): encode_name(new) for old, new in renames.items()}
        self._bindings = {encode_name(name): _BINDINGS[one] for name, one in bindings.items()}
        self._made_local = frozenset(name for name, one in bindings.items() if one is Binding.LOCAL)
        self._signature_prefix = encode_name(signature_prefix)
        self._visibilities = {encode_name(name): _VISIBILITIES[one] for name, one in visibilities.items()}

    def apply(self, view: memoryview) -> bytes | None:
        """Return the ELF object in `view` with its symbols changed, or None if none of them is concerned.

        Raises:
            FormatError: The object's own tables are wrong.
            UnsupportedError: It is linked already, or a change would leave it saying two things: bytecode beside
                machine code, a common symbol made local, a table whose symbol numbers arfix does not know.
        """
        elf = Elf(view)
        table = elf.symbol_table
        if table is None:
            return None
        rows = _read_rows(view, table)
        if not sum([self._change(row) for row in rows[1:]]):
            return None
        if elf.header.type != ET.REL:
            raise UnsupportedError("it is linked already; only relocatable objects can have their symbols changed")
        if any(one.name.startswith(_LTO_PREFIX) for one in elf.sections):
            raise UnsupportedError(
                "it holds GCC bytecode, which has symbol names of its own",
                hint="Build it with -fno-lto, or remove the bytecode: objcopy --remove-section '.gnu.lto_*'.",
            )
        self._keep_groups_whole(elf, rows)
        return _rewrite(elf, table, rows)

    def _keep_groups_whole(self, elf: Elf, rows: list[_Row]) -> None:
        """Rename the signatures of groups whose definitions are renamed; refuse what would tear a group apart.

        Linkers keep the first group (or `.gnu.linkonce` section) of a name and drop the others with all they define.
        So a definition in a group cannot become local, nor get a name its equals in other objects do not have.
        """
        owner = {section: group for group in elf.groups if group.comdat for section in group.sections}
        for row in rows:
            if row.section == SHN.UNDEF or row.section >= len(elf.sections):
                continue
            renamed, local = (
                row.name_offset == _NEW_NAME,
                not row.info >> 4 and decode_name(row.old_name) in self._made_local,
            )
            if not (renamed or local):
                continue
            group = owner.get(row.section)
            if group is None:
                continue
            head = rows[0] if group.linkonce else rows[elf.sections[group.number].info]
            has_new_name = head.name_offset == _NEW_NAME
            if local or group.linkonce or not (has_new_name or self._signature_prefix):
                raise _torn_apart(row, f"the COMDAT group {group.signature}")
            if head.name and not has_new_name:
                head.name, head.name_offset = self._signature_prefix + head.name, _NEW_NAME

    def _change(self, row: _Row) -> bool:
        """Change one symbol; return whether that made a difference. Undefined symbols take part in renames only."""
        name, before = row.name, (row.name_offset, row.info, row.other)
        binding, kind = row.info >> 4, row.info & 15
        if kind in _NOT_NAMES:
            return False
        if binding and name in self._renames:
            row.name, row.name_offset = self._renames[name], _NEW_NAME
        if row.section != SHN.UNDEF:
            if self._bindings.get(name, binding) != binding and (binding == 0) is (self._bindings[name] == STB.GLOBAL):
                if row.section == SHN.COMMON:
                    raise UnsupportedError(
                        f"{decode_name(name)} is a common symbol, which can be neither local nor weak",
                        hint="Hide it instead, or build with -fno-common.",
                    )
                row.info = self._bindings[name] << 4 | kind
            if binding and name in self._visibilities:
                row.other = row.other & ~3 | self._visibilities[name]
        return (row.name_offset, row.info, row.other) != before


def _torn_apart(row: _Row, group: str) -> UnsupportedError:
    return UnsupportedError(
        f"{decode_name(row.old_name)} is in {group}, of which linkers keep one copy and drop the others",
        hint="Use `SymbolEdit.PREFIX` or `SymbolEdit.HIDE_ALL_BUT`, which rename the group too, or `SymbolEdit.HIDE`.",
    )


def _read_rows(view: memoryview, table: SymbolTable) -> list[_Row]:
    strings = table.strings(view)
    rows = []
    for number, (at, info, other, section, value, size) in enumerate(stored_symbols(view, table)):
        end = strings.find(b"\0", at)
        if end < 0:
            raise malformed(f"name of symbol {number} lies outside the {len(strings)} bytes of strings", table.offset)
        rows.append(_Row(strings[at:end], strings[at:end], at, value, size, info, other, section, number))
    return rows


def _rewrite(elf: Elf, table: SymbolTable, rows: list[_Row]) -> bytes:
    """Return the object with these symbols, locals moved in front."""
    ordered = [rows[0], *sorted(rows[1:], key=lambda row: row.info >> 4 != STB.LOCAL)]
    first_global = next((at for at, row in enumerate(ordered) if at and row.info >> 4), len(ordered))
    contents: dict[int, bytes] = {}
    links: dict[int, tuple[int, int]] = {}
    names: dict[int, int] | None = None
    if any(row.number != at for at, row in enumerate(ordered)):
        numbers = [0] * len(ordered)
        for at, row in enumerate(ordered):
            numbers[row.number] = at
        contents, links = renumber(elf, table.section, numbers)
    strings_section = elf.sections[table.section].link
    if any(row.name_offset == _NEW_NAME for row in ordered):
        contents[strings_section], names = _new_strings(elf, table, ordered)
    links[table.section] = (strings_section, first_global)
    contents[table.section] = encode_symbols(
        table, [(row.name_offset, row.info, row.other, row.section, row.value, row.size) for row in ordered]
    )
    return replace_sections(elf, SectionChanges(contents, links, names))


def _new_strings(elf: Elf, table: SymbolTable, rows: list[_Row]) -> tuple[bytes, dict[int, int] | None]:
    """Return the string table with the new names, and the new `sh_name` of every section if they moved in it.

    The table is made anew, each name once, when only symbols and section names use it. With any other user it grows at
    the end, so that offsets arfix does not know of stay true.
    """
    number = elf.sections[table.section].link
    if any(one.link == number and one.number != table.section for one in elf.sections):
        strings = _Strings(table.strings(elf.view))
        for row in rows:
            row.name_offset = strings.add(row.name) if row.name_offset == _NEW_NAME else row.name_offset
        return bytes(strings.data), None
    strings = _Strings(b"\0")
    for row in rows:
        row.name_offset = strings.add(row.name)
    if elf.header.names_section != number:
        return bytes(strings.data), None
    names = {one.number: strings.add(encode_name(one.name)) for one in elf.sections}
    return bytes(strings.data), names


class _Strings:
    """A string table that grows at its end; equal names added to it are stored once."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self._offsets = {b"": 0}

    def add(self, name: bytes) -> int:
        """Return where `name` is, adding it if need be."""
        offset = self._offsets.get(name)
        if offset is None:
            offset = self._offsets[name] = len(self.data)
            self.data += name + b"\0"
        return offset
