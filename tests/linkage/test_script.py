from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import FormatError, Where
from arfix.linkage.script import ScriptFile, find_file, read_script

WHERE = Where("/sysroot/usr/lib/libc.so")
GLIBC = b"""/* GNU ld script
   Use the shared library, but some functions are only in the static library. */
OUTPUT_FORMAT(elf64-x86-64)
GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( /lib64/ld-linux-x86-64.so.2 ) )
"""


def test_glibc() -> None:
    assert read_script(GLIBC, WHERE).files == (
        ScriptFile("/lib/libc.so.6", group=True),
        ScriptFile("/usr/lib/libc_nonshared.a", group=True),
        ScriptFile("/lib64/ld-linux-x86-64.so.2", as_needed=True, group=True),
    )


def test_every_command_that_matters() -> None:
    script = read_script(
        b'SEARCH_DIR("/opt/my libs") ENTRY(_start) EXTERN(a b)\nINPUT(-lm, "x y.a" AS_NEEDED(-lz) last.o)\n'
        b"SECTIONS { .text : { *(.text) } } # done\nTARGET(elf32-i386)",
        WHERE,
    )
    assert [(one.name, one.as_needed) for one in script.files] == [
        ("-lm", False),
        ("x y.a", False),
        ("-lz", True),
        ("last.o", False),
    ]
    assert script.wanted == ("_start", "a", "b")
    assert script.folders == ("/opt/my libs",)


@pytest.mark.parametrize("data", [b"GROUP ( a.a", b"/* open", b'INPUT("a', b"GROUP ( AS_NEEDED ( a )", b"OUTPUT_ARCH("])
def test_what_is_left_open_is_an_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="a linker script ends"):
        read_script(data, WHERE)


def test_a_script_has_a_length() -> None:
    with pytest.raises(FormatError, match="expected at most"):
        read_script(b" " * (1 << 21), WHERE)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_script_or_an_error(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        read_script(data, WHERE)


def find(name: str, *there: str, where: Where = WHERE, sysroot: str | None = "/sysroot") -> str | None:
    return find_file(name, where, ("/sysroot/lib",), sysroot=sysroot, exists=lambda path: path in there)


def test_how_files_are_found() -> None:
    assert find("/lib/libc.so.6", "/sysroot/lib/libc.so.6", "/lib/libc.so.6") == "/sysroot/lib/libc.so.6"
    assert find("/lib/libc.so.6", "/sysroot/usr/lib/libc.so.6") == "/sysroot/usr/lib/libc.so.6"
    assert find("/lib/libc.so.6", "/lib/libc.so.6", sysroot=None) == "/lib/libc.so.6"
    assert find("libm.a", "/sysroot/usr/lib/libm.a") == "/sysroot/usr/lib/libm.a"
    assert find("libm.a", "/sysroot/lib/libm.a") == "/sysroot/lib/libm.a"
    assert find("gone.a") is None


def test_which_library_a_name_stands_for() -> None:
    both = ("/sysroot/lib/libm.so", "/sysroot/lib/libm.a")
    assert find("-lm", *both) == both[0]
    assert find("-lm", *both, where=Where("/sysroot/lib/libc.a")) == both[1]
    assert find("-l:odd.a", "/sysroot/lib/odd.a") == "/sysroot/lib/odd.a"
