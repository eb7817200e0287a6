"""What is read from every ELF member of real libraries is what readelf, LIEF and GNU ar read from it."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from typing import TYPE_CHECKING

import lief
import pytest

from arfix import open as open_archive
from arfix.formats.elf.file import Elf
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import type_name
from arfix.formats.identify import identify
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Content, Place, Symbol, SymbolType
from tests.debian import archives_of
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

PACKAGES = pytest.mark.parametrize(
    "package",
    [
        "libssl-dev",
        "libssl-dev:i386",
        "libstdc++-12-dev",
        "libc6-dev-arm64-cross",
        "libc6-dev-armhf-cross",
        "libc6-dev-riscv64-cross",
        "libc6-dev-s390x-cross",
        "libc6-dev-mips-cross",
        "libc6-dev-ppc64el-cross",
        "libgcc-12-dev-ppc64-cross",
        "picolibc-xtensa-lx106-elf",
    ],
)
_TYPES = {SymbolType.NONE: "NOTYPE", SymbolType.FUNCTION: "FUNC"}
_PLACES = {Place.UNDEFINED: "UND", Place.ABSOLUTE: "ABS", Place.COMMON: "COM"}
#: Machines whose relocations have roles; xtensa has none.
_WITHOUT_ROLES = {94}
#: Members of an archive that are all compared with LIEF.
_MANY = 400


def archives(package: str) -> Iterator[tuple[Path, list[memoryview]]]:
    """Yield the archives of a package with the bytes of their members, which are all ELF objects."""
    for path in archives_of(package):
        data = path.read_bytes()
        if not data.startswith(b"!<arch>\n"):
            continue
        with open_archive(path) as archive:
            places = [((member.header_offset or 0) + 60, member.size) for member in archive.members]
        views = [memoryview(data)[start : start + size] for start, size in places]
        if views and all(identify(view) is Content.ELF_RELOCATABLE for view in views):
            yield path, views


def per_member(text: str) -> list[str]:
    """Return what readelf printed of an archive, cut into members."""
    return re.split(r"^File: .*$", text, flags=re.MULTILINE)[1:]


def as_readelf_prints(symbol: Symbol) -> tuple[str, ...]:
    name = re.sub("[\x01-\x1f]", lambda match: f"^{chr(ord(match[0]) + 64)}", symbol.name)
    return (
        str(symbol.number),
        f"{symbol.value:x}",
        str(symbol.size),
        _TYPES.get(symbol.type, symbol.type.value.upper()),
        symbol.binding.value.upper(),
        symbol.visibility.value.upper(),
        _PLACES.get(symbol.place, str(symbol.section)),
        "" if symbol.type is SymbolType.SECTION else name,
    )


def from_readelf(text: str) -> Iterator[tuple[str, ...]]:
    pattern = r"^ *(\d+): 0*([0-9a-f]+) +(\d+) (\w+) +(\w+) +(\w+) +(?:\[.*?\] +)?(\w+) ?(?:\[.*?\] )?(.*)$"
    for match in re.finditer(pattern, text, re.MULTILINE):
        number, *rest, name = match.groups()
        if number != "0":  # readelf gives a section symbol the name of its section
            yield (number, *rest, "" if rest[2] == "SECTION" else name)


@PACKAGES
def test_symbols_are_those_of_readelf(package: str) -> None:
    compared = 0
    for path, views in archives(package):
        printed = per_member(output_of(need("readelf"), "-Ws", "--sym-base=10", path))
        for view, text in zip(views, printed, strict=True):
            ours = [as_readelf_prints(symbol) for symbol in Elf(view).symbols]
            assert ours == list(from_readelf(text)), path
            compared += len(ours)
    assert compared > 1000


def visibility_of(symbol: lief.ELF.Symbol) -> str:
    """Return the visibility; LIEF gives `st_other` whole, of which PPC64 and MIPS use the upper bits otherwise."""
    return ("DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED")[int(symbol.visibility) & 3]


@PACKAGES
def test_symbols_are_those_of_lief(package: str) -> None:
    lief.logging.disable()
    compared = 0
    for path, views in archives(package):
        # readelf is asked for every member; LIEF is a second opinion, and slow.
        for view in views[:: 4 if len(views) > _MANY else 1]:
            binary = lief.ELF.parse(BytesIO(view))  # its symbols live no longer than it does
            assert binary is not None
            theirs = [
                (one.name, one.value, one.size, one.binding.name.removeprefix("GNU_"), visibility_of(one))
                for one in binary.symbols
            ][1:]
            ours = [(one.name, one.value, one.size, one.binding.name, one.visibility.name) for one in Elf(view).symbols]
            assert ours == theirs, path
            compared += len(ours)
    assert compared > 1000


@PACKAGES
def test_index_entries_are_those_of_gnu_ar(package: str, tmp_path: Path) -> None:
    compared = 0
    for path, views in archives(package):
        copy = tmp_path / path.name
        shutil.copyfile(path, copy)
        output_of(need("ranlib"), "-D", copy)
        with open_archive(copy) as archive:
            expected = list(archive.index or ())
        ours = [(name, number) for number, view in enumerate(views) for name in inspect_object(view).index_names]
        assert ours == expected, path
        compared += len(ours)
    assert compared > 100


@PACKAGES
def test_relocations_are_those_of_readelf(package: str) -> None:
    for path, views in archives(package):
        printed = per_member(output_of(need("readelf"), "-Wr", path))
        for view, text in zip(views, printed, strict=True):
            elf = Elf(view)
            header = elf.header
            if header.machine in _WITHOUT_ROLES:
                continue
            ours = [
                (one.offset, type_name(header.machine, header.bits, one.type))
                for section in elf.sections
                if section.type in {4, 9}
                for one in elf.relocations(section)
            ]
            lines = re.findall(r"^([0-9a-f]{8,16}) +[0-9a-f]+ +(R_\w+)", text, re.MULTILINE)
            assert ours == [(int(offset, 16), name) for offset, name in lines], path
            assert not [use for use in elf.relocation_uses if use.role is Role.OTHER], path


@PACKAGES
def test_groups_are_those_of_readelf(package: str) -> None:
    for path, views in archives(package):
        printed = per_member(output_of(need("readelf"), "-Wg", path))
        for view, text in zip(views, printed, strict=True):
            heads = re.findall(r"^(COMDAT )?group section \[ *(\d+)\] `.*' \[(.*)\] contains (\d+)", text, re.MULTILINE)
            ours = [
                ("COMDAT " * group.comdat, str(group.number), group.signature, str(len(group.sections)))
                for group in Elf(view).groups
                if not group.linkonce
            ]
            assert ours == heads, path
