"""Symbols, references and index entries of formats other than ELF, compared with the tools that made or know them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Content, Place, Visibility
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.formats.inspect import ObjectFacts

pytestmark = pytest.mark.oracle
SOURCE = """
int g_def = 1; int g_common; static int loc = 3; extern int ext; int ext2(int);
__attribute__((weak)) int weakf(void) { return ext + loc; }
__attribute__((weak)) int weakundef(void);
__attribute__((visibility("hidden"))) int hid_with_a_long_name(void) { return 1; }
int f(int a) { return a ? ext2(a) : (weakundef ? weakundef() : g_def + hid_with_a_long_name() + g_common); }
"""


class Case(NamedTuple):
    """A target of clang, what its objects are, and the machine they are for."""

    target: str
    content: Content
    machine: str
    options: tuple[str, ...] = ()
    prefix: str = ""


CASES = [
    Case("x86_64-pc-windows-msvc", Content.COFF, "x86-64"),
    Case("x86_64-w64-mingw32", Content.COFF, "x86-64"),
    Case("i686-pc-windows-msvc", Content.COFF, "i386", prefix="_"),
    Case("aarch64-pc-windows-msvc", Content.COFF, "aarch64"),
    Case("arm64-apple-macos11", Content.MACHO, "aarch64", prefix="_"),
    Case("x86_64-apple-macos11", Content.MACHO, "x86-64", prefix="_"),
    Case("i386-apple-macos10.6", Content.MACHO, "i386", prefix="_"),
    Case("wasm32", Content.WASM, "wasm32", ("-fno-common",)),
    Case("x86_64-linux-gnu", Content.BITCODE, "x86-64", ("-flto",)),
    Case("arm64-apple-macos11", Content.BITCODE, "aarch64", ("-flto",), prefix="_"),
    Case("riscv64-linux-gnu", Content.BITCODE, "riscv", ("-flto=thin",)),
    Case("s390x-linux-gnu", Content.BITCODE, "s390x", ("-flto",)),
    Case("armv7-linux-gnueabihf", Content.BITCODE, "arm", ("-flto",)),
]


def compile_with_clang(case: Case, folder: Path) -> Path:
    (folder / "x.c").write_text(SOURCE, encoding="utf-8")
    options = [f"--target={case.target}", "-fcommon", *case.options, "-w", "-c"]
    subprocess.run([need("clang-19", "clang"), *options, "x.c", "-o", "x.o"], cwd=folder, check=True)
    return folder / "x.o"


def facts_of(path: Path) -> ObjectFacts:
    return inspect_object(memoryview(path.read_bytes()))


def index_of(path: Path, archiver: str, nm: str) -> list[str]:
    archive = path.with_suffix(".a")
    output_of(archiver, "rcsD", archive, path)
    head, _, rest = output_of(nm, "--print-armap", archive, check=False).partition("Archive")
    del head
    return re.findall(r"^(.*) in [^ ]+$", rest.partition("\n\n")[0], re.MULTILINE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.target}-{case.content.value}")
def test_index_entries_are_those_of_llvm_ar(case: Case, tmp_path: Path) -> None:
    path = compile_with_clang(case, tmp_path)
    facts = facts_of(path)
    assert facts.content is case.content
    assert facts.machine is not None
    assert facts.machine.name == case.machine
    expected = index_of(path, need("llvm-ar-19", "llvm-ar"), need("llvm-nm-19", "llvm-nm"))
    ours = list(facts.index_names)
    if case.content is Content.COFF:  # llvm-ar sorts the index of a COFF library
        ours.sort()
    assert ours == expected
    assert len(ours) >= 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.target}-{case.content.value}")
def test_symbols_are_told_apart(case: Case, tmp_path: Path) -> None:
    facts = facts_of(compile_with_clang(case, tmp_path))
    by_name = {symbol.name.removeprefix(case.prefix): symbol for symbol in facts.symbols}
    assert by_name["f"].place is Place.DEFINED
    assert by_name["f"].binding is Binding.GLOBAL
    assert by_name["loc"].binding is Binding.LOCAL
    assert by_name["ext2"].place is Place.UNDEFINED
    assert by_name["weakf"].binding is Binding.WEAK
    assert by_name["g_common"].place is (Place.DEFINED if case.content is Content.WASM else Place.COMMON)
    assert {"ext", "ext2"} <= {name.removeprefix(case.prefix) for name in facts.references}
    if case.content is not Content.COFF:
        assert by_name["hid_with_a_long_name"].visibility is Visibility.HIDDEN
        assert by_name["weakundef"].place is Place.UNDEFINED


@pytest.mark.parametrize("option", ["-fno-lto", "-ffat-lto-objects"])
def test_fat_lto_objects_have_native_symbols(option: str, tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text(SOURCE, encoding="utf-8")
    subprocess.run([need("gcc"), "-flto", option, "-w", "-c", "x.c"], cwd=tmp_path, check=True)
    facts = facts_of(tmp_path / "x.o")
    assert facts.content is Content.ELF_RELOCATABLE
    # where GCC's plugin is installed, GNU ar lists the same names in the order of the bytecode's symbol table
    assert sorted(facts.index_names) == sorted(index_of(tmp_path / "x.o", need("ar"), need("nm")))


def test_slim_lto_objects_are_indexed_as_with_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text(SOURCE, encoding="utf-8")
    subprocess.run([need("gcc"), "-flto", "-fcommon", "-w", "-c", "x.c"], cwd=tmp_path, check=True)
    facts = facts_of(tmp_path / "x.o")
    assert facts.content is Content.LTO_SLIM
    assert list(facts.index_names) == index_of(tmp_path / "x.o", need("gcc-ar"), need("gcc-nm"))
    by_name = {symbol.name: symbol for symbol in facts.symbols}
    assert by_name["g_common"].place is Place.COMMON
    assert by_name["hid_with_a_long_name"].visibility is Visibility.HIDDEN
    assert set(facts.references) == {"ext", "ext2", "weakundef"}


def test_short_imports_are_indexed_as_llvm_ar_does(tmp_path: Path) -> None:
    (tmp_path / "x.def").write_text("LIBRARY x.dll\nEXPORTS\nf\nv DATA\nc CONSTANT\n", encoding="utf-8")
    output_of(need("llvm-dlltool-19", "llvm-dlltool"), "-m", "i386:x86-64", "-d", "x.def", "-l", "x.lib", cwd=tmp_path)
    listing = output_of(need("llvm-nm-19", "llvm-nm"), "--print-armap", tmp_path / "x.lib", check=False)
    expected = set(re.findall(r"^(\S+) in x.dll$", listing, re.MULTILINE))
    output_of(need("llvm-ar-19", "llvm-ar"), "xN", "1", "x.lib", "x.dll", cwd=tmp_path)
    found: set[str] = set()
    data = (tmp_path / "x.lib").read_bytes()
    for match in re.finditer(rb"\0\0\xff\xff\0\0\x64\x86", data):
        size = int.from_bytes(data[match.start() + 12 : match.start() + 16], "little")
        facts = inspect_object(memoryview(data)[match.start() : match.start() + 20 + size])
        assert facts.content is Content.COFF_IMPORT
        assert facts.machine is not None
        assert facts.machine.name == "x86-64"
        found.update(facts.index_names)
    assert found == {name for name in expected if not name.startswith(("__IMPORT", "__NULL", "\x7f"))}
    assert {"f", "__imp_f", "__imp_v"} <= found
    assert "v" not in found
