from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError, UnsupportedError, Where
from arfix.formats.model import Machine
from arfix.linkage.dialects import Format, dialect_of, foreign_options, format_of, platform_of
from arfix.linkage.linkers import find_linker, installed_linkers
from arfix.linkage.model import Input, InputMode, Link, Linker, Target, Unit
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

X86_64 = Machine("x86-64", 64, "little", 0x8664)


def link(data: bytes, *, provider: bool = False) -> Link:
    unit = Unit(Where("l.a", ("x.o",)), 0, lambda: memoryview(data))
    return Link((Input(Where("l.a"), InputMode.WHOLE, (unit,), provider=provider),))


def macho(*commands: bytes) -> bytes:
    head = struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 1, len(commands), sum(map(len, commands)), 0, 0)
    return head + b"".join(commands)


def test_the_format_is_that_of_the_objects_under_test() -> None:
    assert format_of(link(b"\0asm\1\0\0\0")) is Format.WASM
    assert format_of(link(macho())) is Format.MACHO
    assert format_of(link(elf("f"))) is Format.ELF
    assert format_of(link(b"words\n")) is Format.ELF
    assert format_of(link(b"\0asm\1\0\0\0", provider=True)) is Format.ELF


@pytest.mark.parametrize(
    ("commands", "platform"),
    [
        ((struct.pack("<6I", 0x32, 24, 2, 14 << 16 | 5 << 8, 0, 0),), ("ios", "14.5")),
        ((struct.pack("<2I8x", 0x19, 16), struct.pack("<4I", 0x24, 16, 10 << 16 | 9 << 8, 0)), ("macos", "10.9")),
        ((struct.pack("<4I", 0x19, 0, 0, 0),), None),
        ((b"\x32\0\0\0",), None),
        ((), None),
    ],
)
def test_the_platform_of_a_macho_object(commands: tuple[bytes, ...], platform: tuple[str, str] | None) -> None:
    assert platform_of(link(macho(*commands))) == platform
    assert platform_of(link(elf("f"))) is None


def test_each_linker_is_told_in_its_own_words() -> None:
    assert dialect_of(Format.COFF, Linker.LLD).whole == ("/wholearchive:{}",)
    assert dialect_of(Format.COFF, Linker.LD).whole[0] == "--whole-archive"
    assert dialect_of(Format.MACHO, Linker.LLD).whole == ("-force_load", "{}")
    assert foreign_options(Format.COFF, Linker.LD, Target.SHARED, X86_64, None)[:3] == ("-m", "i386pep", "-shared")
    assert "/machine:x64" in foreign_options(Format.COFF, Linker.LLD, Target.SHARED, X86_64, None)
    words = foreign_options(Format.MACHO, Linker.LLD, Target.SHARED, None, ("ios", "14.0"))
    assert words[words.index("-platform_version") :][:4] == ("-platform_version", "ios", "14.0", "14.0")
    assert "-r" in foreign_options(Format.WASM, Linker.LLD, Target.RELOCATABLE, None, None)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH with every kind of linker, each of which only says who it is."""
    said = {
        "ld": ("GNU ld (GNU Binutils) 2.40", "elf_x86_64 i386pep"),
        "ld.lld": ("LLD 19.1.7", ""),
        "x86_64-w64-mingw32-ld": ("GNU ld (GNU Binutils) 2.40", "i386pep"),
        "lld-link-19": ("LLD 19.1.7", ""),
        "wasm-ld": ("LLD 19.1.7", ""),
    }
    for name, (version, emulations) in said.items():
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\ncase $1 in -V) echo "{emulations}";; *) echo "{version}";; esac\n', "utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("programs")
def test_linkers_are_those_of_the_format() -> None:
    assert [one.word for one in installed_linkers(X86_64, Format.COFF)] == ["x86_64-w64-mingw32-ld", "lld-link-19"]
    assert [one.word for one in installed_linkers(None, Format.WASM)] == ["wasm-ld"]
    assert installed_linkers(None, Format.MACHO) == ()
    assert installed_linkers(None, Format.XCOFF) == ()
    assert find_linker("ld", X86_64, Format.COFF).path.endswith("/x86_64-w64-mingw32-ld")
    assert find_linker("lld", X86_64, Format.COFF).word == "lld-link-19"
    assert find_linker("lld", None, Format.WASM).word == "wasm-ld"


@pytest.mark.usefixtures("programs")
def test_a_linker_of_another_format_is_refused_with_what_would_do() -> None:
    with pytest.raises(UnsupportedError, match=r"ld\.lld does not link COFF") as caught:
        find_linker("ld.lld", X86_64, Format.COFF)
    assert caught.value.hint is not None
    assert "lld-link" in caught.value.hint
    with pytest.raises(UnsupportedError, match="mold does not link WebAssembly"):
        find_linker("mold", None, Format.WASM)
    with pytest.raises(AccessError, match=r"looked for ld64\.lld"):
        find_linker("lld", None, Format.MACHO)
