from __future__ import annotations

import errno
import os
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError
from arfix.formats.model import Machine
from arfix.linkage.providers import Providers, open_providers
from arfix.linkage.sysroot import Sysroot, is_c_library
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

X86_64 = Machine("x86-64", 64, "little", 62)
ARM = 40


def library(*names: str, machine: int = 62, bits: int = 64) -> bytes:
    return ar(("x.o", elf(*names, machine=machine, bits=bits)), index=tuple((name, 0) for name in names))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "sys", {"lib/libc.a": library("malloc")})
    return tmp_path / "sys"


def write(root: Path, files: dict[str, bytes | str]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


def names_of(provided: Providers) -> set[str]:
    """Return every symbol that the providers have."""
    return {name for item in provided.inputs for unit in item.units for name in unit.definitions} | {
        name for item in provided.inputs for name in item.names
    }


def opened(root: Path, stack: ExitStack, *, static: bool = False) -> Providers:
    return open_providers([], stack, sysroot=str(root), machine=X86_64, static=static)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no library under it"),
        ({"include/stdio.h": "int puts(const char *);"}, "no library under it"),
        ({"lib/pkgconfig/z.pc": "Libs: -lz"}, "no library under it"),
        ({"lib/libz.a": library("inflate")}, "no C library for x86-64"),
        ({"lib/libc.a": library("malloc", machine=ARM, bits=32)}, r"libc\.a is for arm"),
        ({"lib/libc.so": "GROUP ( /lib/libc.so.6 )"}, "which is not inside"),
    ],
)
def test_what_is_no_sysroot_is_said_to_be_none(
    tmp_path: Path, stack: ExitStack, files: dict[str, bytes | str], said: str
) -> None:
    (tmp_path / "wrong").mkdir()
    write(tmp_path / "wrong", files)
    provided = opened(tmp_path / "wrong", stack)
    assert provided.lacking is not None
    assert provided.lacking.where is not None
    assert provided.lacking.where.path == str(tmp_path / "wrong")
    assert re.search(said, provided.lacking.message)


@pytest.mark.parametrize("near", ["lib/pkgconfig", "include", ".."])
def test_the_sysroot_that_was_meant_is_named(root: Path, stack: ExitStack, near: str) -> None:
    (root / "lib" / "pkgconfig").mkdir()
    (root / "include").mkdir()
    lacking = opened(root / near, stack).lacking
    assert lacking is not None
    assert lacking.hint in {f"Did you mean `sysroot={str(near)!r}`?" for near in (root, root / "lib")}


def test_the_folder_of_the_libraries_itself_will_do(root: Path, stack: ExitStack) -> None:
    provided = opened(root / "lib", stack)
    assert (provided.lacking, names_of(provided)) == (None, {"malloc"})


def test_a_sysroot_without_a_c_library_will_do_where_nothing_is_missing(tmp_path: Path, stack: ExitStack) -> None:
    write(tmp_path, {"lib/libz.a": library("inflate")})
    for wanted, lacks in (({"inflate"}, False), ({"inflate", "malloc"}, True)):
        provided = open_providers([], stack, sysroot=str(tmp_path), wanted=lambda wanted=wanted: wanted)  # type: ignore[misc]
        assert (provided.lacking is not None) is lacks


@pytest.mark.parametrize(
    "script",
    [
        "GROUP ( {outside} )",
        "INPUT ( ../../{name} )",
        "INPUT ( ../../../../../../../../{name} )",
        "SEARCH_DIR({folder}) INPUT ( -lout )",
        "INPUT ( =/../{name} )",
        "INPUT ( link.a )",
    ],
)
def test_no_script_leads_outside(root: Path, stack: ExitStack, script: str) -> None:
    outside = root.parent / "libout.a"
    outside.write_bytes(library("outside"))
    (root / "lib" / "link.a").symlink_to(outside)
    text = script.format(outside=outside, name=outside.name, folder=outside.parent)
    write(root, {"lib/libx.so": text})
    provided = opened(root, stack)
    assert names_of(provided) == {"malloc"}
    assert any("libx.so" in note and "is not inside" in note for note in provided.notes)


def test_links_are_followed_inside_only(root: Path, stack: ExitStack) -> None:
    (root.parent / "libout.a").write_bytes(library("outside"))
    write(root, {"opt/libin.a": library("inside")})
    for name, target in (
        ("libabs.a", "/opt/libin.a"),  # absolute: from the root of the platform
        ("librel.a", "../opt/libin.a"),
        ("libup.a", "../../libout.a"),
        ("libhost.a", str(root.parent / "libout.a")),
        ("libloop.a", "libloop.a"),
    ):
        (root / "lib" / name).symlink_to(target)
    os.mkfifo(root / "lib" / "libfifo.a")
    provided = opened(root, stack)
    assert names_of(provided) == {"malloc", "inside"}
    assert sum("passed over" in note for note in provided.notes) == 3
    assert "1 more" in provided.notes[-1]


def test_a_folder_that_is_an_absolute_link_is_one_of_the_platform(tmp_path: Path, stack: ExitStack) -> None:
    write(tmp_path, {"usr/lib/libc.a": library("malloc")})
    (tmp_path / "lib").symlink_to("/usr/lib")
    assert Sysroot(str(tmp_path)).folders() == (str(tmp_path / "usr" / "lib"),)
    assert names_of(opened(tmp_path, stack)) == {"malloc"}


def test_the_newest_gcc_of_the_machine_is_looked_into(root: Path, stack: ExitStack) -> None:
    gcc = "usr/lib/gcc/x86_64-linux-gnu"
    write(
        root,
        {
            f"{gcc}/9/libgcc.a": library("old"),
            f"{gcc}/12/libgcc.a": library("__udivti3"),
            f"{gcc}/12/libstdc++.a": library("_ZSt4cout"),
            f"{gcc}/12/libasan.a": library("malloc_of_asan"),
            f"{gcc}/13/README": "no libraries",
            "usr/lib/gcc/arm-linux-gnueabi/12/libgcc.a": library("__aeabi_idiv", machine=ARM, bits=32),
        },
    )
    assert names_of(opened(root, stack)) == {"malloc", "__udivti3", "_ZSt4cout"}


def test_libraries_of_other_machines_are_passed_over(root: Path, stack: ExitStack) -> None:
    write(
        root,
        {
            "lib/arm-linux-gnueabi/libm.a": library("sin_of_arm", machine=ARM, bits=32),
            "lib/libz.a": library("inflate_of_arm", machine=ARM, bits=32),
            "usr/lib/x86_64-linux-gnu/libz.a": library("inflate"),
        },
    )
    assert names_of(opened(root, stack)) == {"malloc", "inflate"}


def test_an_object_in_a_sysroot_is_no_library(root: Path, stack: ExitStack) -> None:
    write(root, {"lib/libmcheck.a": elf("__malloc_initialize_hook")})
    assert names_of(opened(root, stack)) == {"malloc"}


@pytest.mark.oracle
def test_a_shared_object_goes_before_an_archive_unless_static(root: Path, stack: ExitStack) -> None:
    for name in ("dynamic", "versioned"):
        (root / f"{name}.o").write_bytes(elf(name))
    ld = need("ld.bfd", "ld")
    output_of(ld, "-shared", "-o", root / "lib" / "libz.so", root / "dynamic.o")
    output_of(ld, "-shared", "-o", root / "lib" / "libv.so.2", root / "versioned.o")
    write(root, {"lib/libz.a": library("archive")})
    assert names_of(opened(root, stack)) == {"malloc", "dynamic", "versioned"}
    with ExitStack() as again:
        assert names_of(opened(root, again, static=True)) == {"malloc", "archive"}
    for wanted, found in (
        (set(), {"malloc"}),
        ({"dynamic"}, {"malloc", "dynamic"}),
        ({"versioned"}, {"malloc", "versioned"}),
    ):
        with ExitStack() as again:
            provided = open_providers([], again, sysroot=str(root), wanted=lambda wanted=wanted: wanted)  # type: ignore[misc]
            assert names_of(provided) == found


def test_names_of_c_libraries() -> None:
    names = ("libc.so.6", "libc.a", "lib/libc.so", "libc.musl-x86_64.so.1", "libmsvcrt.a", "libSystem.tbd")
    assert all(map(is_c_library, names))
    assert not any(map(is_c_library, ("libcrypto.a", "libc_nonshared.a", "libcap.so.2", "c.a")))


@pytest.mark.parametrize("call", ["stat", "readlink", "scandir"])
def test_a_disk_that_fails_is_an_error_and_no_missing_library(
    call: str, root: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(call, str(root / "lib"), errno.EIO, monkeypatch)
    with pytest.raises(AccessError, match=os.strerror(errno.EIO)):
        open_providers((), stack, sysroot=str(root), machine=X86_64)


def test_a_folder_that_we_may_not_read_is_named(root: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse("scandir", str(root / "lib"), errno.EACCES, monkeypatch)
    lacking = open_providers((), stack, sysroot=str(root), machine=X86_64).lacking
    assert str(lacking).endswith(f"{root / 'lib'}: cannot read: {os.strerror(errno.EACCES)}")


def refuse(call: str, path: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call of `os` fail for one path."""
    real = getattr(os, call)

    def wrapped(asked: str, *arguments: object, **named: object) -> object:
        if asked == path:
            raise OSError(code, os.strerror(code), asked)
        return real(asked, *arguments, **named)

    monkeypatch.setattr(os, call, wrapped)


@pytest.mark.oracle
def test_what_a_named_provider_wants_counts(root: Path, stack: ExitStack) -> None:
    """The archives under test want nothing, but the program's own object wants a shared object of the sysroot."""
    (root / "print.o").write_bytes(elf("print"))
    (root / "main.o").write_bytes(elf("main", "?print"))
    output_of(need("ld.bfd", "ld"), "-shared", "-o", root / "lib" / "libp.so", root / "print.o")
    provided = open_providers([str(root / "main.o")], stack, sysroot=str(root), wanted=frozenset)
    assert "print" in {name for item in provided.inputs for name in item.names}
