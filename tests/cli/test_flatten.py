from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

LIBC = ar(("syslog.o", elf("syslog")), ("open.o", elf("open")))
CONV = ar(("conv.o", elf("conv", "?open")))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "sysroot" / "sub").mkdir(parents=True)
    (tmp_path / "sysroot" / "sub" / "libc.a").write_bytes(LIBC)
    path = tmp_path / "libffi.a"
    path.write_bytes(
        ar(("ffi.o", elf("ffi_call", "?conv")), ("libc.a", LIBC), ("libconv.a", CONV), index=(("ffi_call", 0),))
    )
    return path


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_platform_drops_what_it_has_and_splices_the_rest(library: Path) -> None:
    ran = arfix("flatten", library, "--platform", library.parent / "sysroot")
    assert ran.code == 0
    assert ran.stderr == ""
    assert ran.stdout == (
        f"{library}: removed libc.a ({library.parent}/sysroot/sub/libc.a has its name, and 2 of its 2 members)\n"
        "removed libconv.a (its 1 member takes its place)\n"
        f"added conv.o from {library}(libconv.a(conv.o))\n"
        "3 -> 2 members, 1 -> 2 index entries\n"
    )
    assert names(library) == ["ffi.o", "conv.o"]


def test_an_archive_in_the_platform_directory_is_not_compared_with_itself(library: Path) -> None:
    library.write_bytes(ar(("ffi.o", elf("ffi_call")), ("libffi.a", CONV)))
    assert arfix("flatten", library, "--platform", library.parent).code == 0
    assert names(library) == ["ffi.o", "conv.o"]


def test_without_a_choice_it_splices_and_warns(library: Path) -> None:
    ran = arfix("flatten", library)
    assert ran.code == 0
    assert "libc.a) has the name of a platform library" in ran.stderr
    assert names(library) == ["ffi.o", "syslog.o", "open.o", "conv.o"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("--splice", ["ffi.o", "syslog.o", "open.o", "conv.o"]),
        ("--drop", ["ffi.o"]),
        ("--needed", ["ffi.o", "open.o", "conv.o"]),
    ],
)
def test_choices(library: Path, choice: str, expected: list[str]) -> None:
    assert arfix("flatten", choice, library).code == 0
    assert names(library) == expected


@pytest.mark.parametrize(
    "arguments", [("--drop", "--splice"), ("--drop", "--platform", "."), ("--platform", "/no/such/place")]
)
def test_bad_usage(library: Path, arguments: tuple[str, ...]) -> None:
    before = library.read_bytes()
    assert arfix("flatten", *arguments, library).code == 2
    assert library.read_bytes() == before


def test_nothing_nested_nothing_written(library: Path) -> None:
    assert arfix("flatten", "--drop", library).code == 0
    os.utime(library, (1, 1))
    ran = arfix("flatten", "--drop", library)
    assert (ran.code, ran.stdout) == (0, f"{library}: nothing to do\n")
    assert library.stat().st_mtime == 1


def test_many_added_members_are_counted(tmp_path: Path) -> None:
    inner = ar(*((f"m{number}.o", elf(f"f{number}")) for number in range(50)))
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("n.a", inner)))
    ran = arfix("flatten", "-n", path)
    assert "would add 47 more\n" in ran.stdout


def test_json(library: Path) -> None:
    edits = arfix("flatten", "--json", "--needed", library).json["edits"]
    assert [(edit["action"], edit["member"]) for edit in edits] == [
        ("drop", "libc.a"),
        ("add", "open.o"),
        ("drop", "libconv.a"),
        ("add", "conv.o"),
    ]
    assert edits[1]["origin"] == f"{library}(libc.a(open.o))"


@pytest.mark.parametrize("place", ["absolute", "..", "link"])
@pytest.mark.parametrize("verb", ["flatten", "merge"])
def test_a_nested_thin_archive_does_not_choose_files(tmp_path: Path, verb: str, place: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "beside").write_bytes(b"beside")
    (folder / "link").symlink_to(tmp_path / "secret")
    path = {"absolute": str(tmp_path / "secret"), "..": "../secret", "link": "link"}[place]
    library, out = folder / "lib.a", tmp_path / "out.a"
    command = (verb, library, "-o", out) if verb == "merge" else (verb, library, "--splice", "-o", out)
    for name, allowed in ((path, ("--allow-outside",)), ("beside", ())):
        table = f"{name}/\n" + "\n" * (len(name) % 2)
        thin = f"!<thin>\n{'//':<48}{len(table):<10}`\n{table}{'/0':<16}{0:<12}{0:<6}{0:<6}{644:<8}{6:<10}`\n"
        library.write_bytes(ar(("inner.a", thin.encode())))
        if allowed:
            ran = arfix(*command)
            assert ran.code == 2
            assert "outside" in ran.stderr
            assert not out.exists()
        assert arfix(*command, *allowed).code == 0
        assert out.read_bytes().endswith(b"secret" if allowed else b"beside")
        out.unlink()
