from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.formats.elf.dynamic import DynamicFacts

SOURCE = """
int puts(const char *);
int counter = 3;
int old_f(void) { return 1; }
int new_f(void) { return counter; }
__asm__(".symver old_f,f@V1");
__asm__(".symver new_f,f@@V2");
int hidden_from_all(void) { return puts("x"); }
__attribute__((weak)) extern int perhaps(void);
int g(void) { return perhaps ? perhaps() : 0; }
"""
SCRIPT = "V1 { global: g; f; local: *; }; V2 { global: counter; } V1;"


@pytest.fixture(scope="module", params=["-Wl,--hash-style=gnu", "-Wl,--hash-style=sysv"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("image")
    (folder / "x.c").write_text(SOURCE, encoding="utf-8")
    (folder / "x.map").write_text(SCRIPT, encoding="utf-8")
    options = ["-shared", "-fPIC", "-w", "-Wl,-soname,libx.so.1", "-Wl,--version-script=x.map", request.param]
    subprocess.run([need("gcc", "cc"), *options, "x.c", "-o", "x.so"], cwd=folder, check=True)
    return (folder / "x.so").read_bytes()


def without_sections(data: bytes) -> bytes:
    """Return a 64-bit image as `strip --strip-section-headers` leaves it: fields about sections are 0."""
    return data[:40] + bytes(8) + data[48:60] + bytes(4) + data[64:]


def check(facts: DynamicFacts) -> None:
    assert facts.soname == "libx.so.1"
    assert "libc.so.6" in facts.needed
    assert facts.provides == {"f", "f@V2", "f@V1", "g", "g@V1", "counter", "counter@V2"}
    assert "puts" in facts.needs
    assert "perhaps" not in facts.needs
    (puts,) = (found for found in facts.symbols if found.symbol.name == "puts")
    assert (puts.library, puts.version) == ("libc.so.6", "GLIBC_2.2.5")


def test_versions_and_defaults(image: bytes) -> None:
    check(Elf(memoryview(image)).dynamic)


def test_the_dynamic_segment_says_the_same_without_section_headers(image: bytes) -> None:
    stripped = Elf(memoryview(without_sections(image))).dynamic
    check(stripped)
    assert [(found.symbol.name, found.version) for found in stripped.symbols] == [
        (found.symbol.name, found.version) for found in Elf(memoryview(image)).dynamic.symbols
    ]


def test_a_cut_image_is_told(image: bytes) -> None:
    with pytest.raises(FormatError):
        _ = Elf(memoryview(without_sections(image)[:0x300])).dynamic


def test_an_image_without_dynamic_section_exports_nothing() -> None:
    header = b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\x3e\0\1" + bytes(43)
    facts = Elf(memoryview(header)).dynamic
    assert (facts.soname, facts.needed, facts.symbols, facts.provides) == (None, (), (), frozenset())
