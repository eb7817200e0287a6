"""What shared objects of the system export and need is what readelf and LIEF say."""

from __future__ import annotations

import re
from pathlib import Path

import lief
import pytest

from arfix.formats.elf.file import Elf
from arfix.formats.model import Place
from tests.tools import give_up, need, output_of

pytestmark = pytest.mark.oracle

IMAGES = ["libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libcrypto.so.3"]


@pytest.mark.parametrize("name", IMAGES)
def test_versions_are_those_of_readelf(name: str) -> None:
    path = find(name)
    text = output_of(need("readelf"), "--dyn-syms", "-W", path)
    lines = [line.split() for line in text.splitlines() if re.match(r" *\d+: ", line)]
    expected = [line[7] if len(line) > 7 else "" for line in lines if line[4] != "LOCAL"]
    ours = []
    for symbol, version, is_default, _ in Elf(memoryview(path.read_bytes())).dynamic.symbols:
        mark = "@@" if symbol.is_defined and is_default else "@"
        names_a_version = symbol.place is Place.ABSOLUTE and symbol.name == version
        ours.append(symbol.name if version is None or names_a_version else f"{symbol.name}{mark}{version}")
    assert ours == expected


@pytest.mark.parametrize("name", IMAGES)
def test_exports_and_libraries_are_those_of_lief(name: str) -> None:
    path = find(name)
    facts = Elf(memoryview(path.read_bytes())).dynamic
    binary = lief.ELF.parse(str(path))
    assert binary is not None
    assert list(facts.needed) == list(binary.libraries)
    theirs = {
        one.name
        for one in binary.dynamic_symbols
        if one.shndx and one.binding.name != "LOCAL" and one.visibility.name in {"DEFAULT", "PROTECTED"}
    }
    versions = {found.symbol.name for found in facts.symbols if found.symbol.name == found.version}
    assert {one.partition("@")[0] for one in facts.provides} == theirs - versions


def find(name: str) -> Path:
    for folder in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"):
        if (path := Path(folder) / name).is_file():
            return path
    return give_up(f"no {name} on this system")
