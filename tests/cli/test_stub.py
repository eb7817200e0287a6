from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

TARGET = ("--target", "x86_64-linux-gnu")


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [name for name, _ in archive.index or ()]


def test_archive_of_stubs(tmp_path: Path) -> None:
    path = tmp_path / "stubs.a"
    ran = arfix("stub", "openlog", "frob", *TARGET, "-o", path)
    assert ran.code == 0
    assert ran.stdout.splitlines()[0] == "openlog does nothing (POSIX <syslog.h>)"
    assert ran.stdout.splitlines()[-1] == f"{path}: made 2 weak stubs for x86-64, 64 bits, little-endian, glibc"
    assert names(path) == ["openlog", "frob"]


def test_object_of_stubs(tmp_path: Path) -> None:
    path = tmp_path / "stubs.o"
    assert arfix("stub", "openlog", "frob", *TARGET, "-q", "-o", path).stdout == ""
    assert path.read_bytes()[:4] == b"\x7fELF"


@pytest.mark.parametrize("as_archive", [True, False])
def test_like_takes_the_target_from_a_file(tmp_path: Path, as_archive: bool) -> None:  # noqa: FBT001 (a parameter)
    like = tmp_path / "like"
    member = elf("f", "?__errno", machine=40, bits=32, flags=0x05000200)
    like.write_bytes(ar(("f.o", member)) if as_archive else member)
    path = tmp_path / "stubs.o"
    ran = arfix("stub", "frob", "--like", like, "-o", path)
    assert ran.code == 0
    assert "for arm, 32 bits, little-endian, newlib" in ran.stdout
    assert b"__errno\0" in path.read_bytes()


def test_like_of_a_file_that_is_no_object(tmp_path: Path) -> None:
    like = tmp_path / "like.txt"
    like.write_text("hello\n")
    ran = arfix("stub", "frob", "--like", like, "-o", tmp_path / "stubs.o")
    assert ran.code == 2
    assert "like.txt" in ran.stderr


def test_into_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", elf("a", "?openlog", "?__errno_location")), index=(("a", 0),)))
    ran = arfix("stub", "openlog", "--into", path)
    assert ran.code == 0
    assert "added arfix-stub-openlog.o" in ran.stdout
    assert names(path) == ["a", "openlog"]
    before = path.read_bytes()
    again = arfix("stub", "openlog", "--into", path)
    assert (again.code, path.read_bytes()) == (0, before)
    assert "already" in again.stderr


def test_into_an_archive_that_has_the_symbol(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", elf("a")), index=(("a", 0),)))
    ran = arfix("stub", "a=void", "--into", path)
    assert ran.code == 1
    assert "lib.a(a.o): a is defined here" in ran.stderr


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stubs.a"
    ran = arfix("stub", "openlog", *TARGET, "-o", path, "--dry-run")
    assert "would make 1 weak stub for" in ran.stdout
    assert not path.exists()


def test_library_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "stubs.o"
    assert arfix("stub", "frob", "--target", "i686", "-o", path).code == 1
    ran = arfix("stub", "frob", "--target", "i686", "--libc", "newlib", "-o", path)
    assert ran.code == 0
    assert b"\0__errno\0" in path.read_bytes()


def test_source_and_header_go_to_standard_output() -> None:
    ran = arfix("stub", "openlog", "--c", "--header")
    assert ran.code == 0
    assert 'void stub_openlog(void) __asm__("openlog") __attribute__((weak));' in ran.stdout
    assert "#define __stub_openlog\n" in ran.stdout
    assert arfix("stub", "openlog", "--snippet", "config.site").stdout.endswith("ac_cv_func_openlog=no\n")


def test_weak_and_hidden_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "stubs.o"
    assert "dynamic symbol table" in arfix("stub", "openlog", *TARGET, "--hidden", "-o", path).stderr
    assert not arfix("stub", "openlog", *TARGET, "--hidden", "--strong", "-o", path).stderr


def test_json(tmp_path: Path) -> None:
    ran = arfix("stub", "openlog", "frob=data:8", *TARGET, "-o", tmp_path / "s.a", "--json", "--header")
    assert ran.code == 0
    assert [(stub["name"], stub["behaviour"]) for stub in ran.json["stubs"]][:2] == [
        ("openlog", "void"),
        ("frob", "data:8"),
    ]
    assert "#define __stub_openlog" in ran.json["header"]
    assert ran.json["target"]["machine"] == "x86-64"


@pytest.mark.parametrize(
    "arguments",
    [
        ("openlog",),
        ("openlog", "-o", "x.a"),
        ("openlog", "-o", "x.so", *TARGET),
        ("openlog", "-o", "x.a", "--into", "y.a", *TARGET),
        ("openlog", "-o", "x.a", "--like", "y.a", *TARGET),
        ("openlog", "-o", "x.a", "--target", "vax-dec-ultrix"),
        (),
    ],
)
def test_bad_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    ran = arfix("stub", *arguments)
    assert ran.code == 2
    assert ran.stderr


@pytest.mark.parametrize("symbol", ["a=banana", "=void", "a=data:99999999999"])
def test_a_bad_behaviour_is_refused(symbol: str) -> None:
    assert arfix("stub", symbol, *TARGET, "-o", "never.a").code == 1


def test_a_symbol_is_named_as_the_linker_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "cxx.a"
    path.write_bytes(ar(("f.o", elf("f", "?_ZN2ns1gEi")), index=(("f", 0),)))
    assert arfix("stub", "ns::g(int)=0", "--into", path).code == 0
    with open_archive(path) as archive:
        assert "_ZN2ns1gEi" in [name for name, _ in archive.index or ()]
    ran = arfix("stub", "ns::h()", "--into", path)
    assert (ran.code, "nothing refers to ns::h()" in ran.stderr) == (1, True)
