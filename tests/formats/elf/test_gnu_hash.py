from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.formats.elf.file import Elf
from arfix.formats.elf.gnu_hash import may_define
from arfix.symbols.name import base_name
from tests.elf_builder import elf
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [f"f{n}" for n in range(300)]
OTHERS = ["", "f", *(f"g{n}" for n in range(300)), "é"]


def shared(folder: Path, style: str) -> memoryview:
    """Return a shared object that defines all names."""
    (folder / "x.o").write_bytes(elf(*NAMES))
    subprocess.run([need("ld"), "-shared", f"--hash-style={style}", "-o", "x.so", "x.o"], cwd=folder, check=True)
    return memoryview((folder / "x.so").read_bytes())


@pytest.mark.oracle
def test_names_are_found_as_the_linker_hashed_them(tmp_path: Path) -> None:
    image = Elf(shared(tmp_path, "gnu"))
    assert all(may_define(image, [name]) for name in NAMES)
    assert not any(may_define(image, [name]) for name in OTHERS)
    assert may_define(image, [*OTHERS, NAMES[7]])
    assert {base_name(one) for one in image.dynamic.provides} >= set(NAMES)


@pytest.mark.oracle
def test_without_a_table_of_this_kind_anything_is_possible(tmp_path: Path) -> None:
    assert may_define(Elf(shared(tmp_path, "sysv")), OTHERS)


@pytest.mark.oracle
def test_a_damaged_table_excludes_nothing(tmp_path: Path) -> None:
    data = bytearray(shared(tmp_path, "gnu"))
    image = Elf(memoryview(bytes(data)))
    table = next(one for one in image.sections if one.name == ".gnu.hash")
    for word in range(0, 16, 4):
        for value in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
            damaged = data[:]
            damaged[table.offset + word : table.offset + word + 4] = value
            may_define(Elf(memoryview(bytes(damaged))), NAMES)  # an answer and no exception
