from __future__ import annotations

import pytest

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.source import extent_of
from arfix.edits.extract import plan_extraction, safe_name
from arfix.errors import Where


def files(*names: str, windows: bool = False) -> list[str]:
    members = tuple(Member(name, new_header(0), extent_of(b"x", Where(name))) for name in names)
    archive = Archive(Kind.GNU, members, None)
    return [one.file_name for one in plan_extraction(archive, range(len(names)), windows=windows)]


def test_names_stay_where_they_can() -> None:
    names = [
        "x.o",
        "libcrypto-lib-bss_log.o",
        "with blank.o",
        "n\u00e4me.o",
        "\udcff.o",
        ".hidden",
        "a:b.o",
        "-x.o",
        "...",
    ]
    assert files(*names) == names


def test_the_second_of_a_name_gets_its_own() -> None:
    assert files("x.o", "x.o", "x.o", "y", "y", ".z", ".z") == ["x.o", "x.2.o", "x.3.o", "y", "y.2", ".z", ".z.2"]


def test_a_name_made_up_never_takes_one_that_a_member_has() -> None:
    assert files("x.o", "x.o", "x.2.o", "x.3.o") == ["x.o", "x.4.o", "x.2.o", "x.3.o"]


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    assert files("A.o", "a.o") == ["A.o", "a.2.o"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("z:\\dir\\x.obj", "x.obj"),
        ("a/b/x.o", "x.o"),
        ("..", "member-8"),
        (".", "member-8"),
        ("", "member-8"),
        ("dir/", "member-8"),
        ("dir/..", "member-8"),
        ("new\nline\x1b[31m.o", "new_line_[31m.o"),
        ("nul\0.o", "nul_.o"),
    ],
)
def test_no_name_leaves_the_directory(name: str, file: str) -> None:
    assert safe_name(name, 7) == file


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("con", "_con"),
        ("NUL.o", "_NUL.o"),
        ("a:b.o", "a_b.o"),
        ("x.o. .", "x.o"),
        ("...", "member-1"),
        ("com10", "com10"),
    ],
)
def test_names_that_windows_has_not(name: str, file: str) -> None:
    assert files(name, windows=True) == [file]


def test_names_that_are_too_long_are_cut_and_stay_apart() -> None:
    long = "\u00e4" * 200
    result = files(f"{long}1.o", f"{long}2.o", long + "3", f"x.{'y' * 300}")
    assert len(set(result)) == 4
    assert all(len(name.encode()) <= 255 for name in result)
    assert result[0].endswith(".o")
