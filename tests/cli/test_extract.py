from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("x.o", b"first\n"), ("../../../../../../evil-name.o", b"evil\n"), ("x.o", b"second\n")))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_members_each_its_own_file(library: Path, tmp_path: Path) -> None:
    ran = arfix("extract", library, "-C", tmp_path / "out" / "deep")
    assert ran.code == 0
    assert contents(tmp_path / "out" / "deep") == {"x.o": b"first\n", "evil-name.o": b"evil\n", "x.2.o": b"second\n"}
    assert ran.stdout == (
        f"{library}: extracted 3 members to {tmp_path}/out/deep\n"
        "  ../../../../../../evil-name.o is evil-name.o\n"
        "  x.o#2 is x.2.o\n"
    )


def test_selected_members_into_the_working_directory(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert arfix("extract", library, "x.o#2").code == 0
    assert contents(tmp_path / "here") == {"x.o": b"second\n"}


def test_what_is_there_is_not_replaced(library: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.2.o").write_bytes(b"mine")
    ran = arfix("extract", library, "-C", tmp_path / "out")
    assert ran.code == 1
    assert "1 file exists already: x.2.o" in ran.stderr
    assert contents(tmp_path / "out") == {"x.2.o": b"mine"}
    assert arfix("extract", "--overwrite", library, "-C", tmp_path / "out").code == 0
    assert contents(tmp_path / "out")["x.2.o"] == b"second\n"


def test_links_are_not_followed(library: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "out" / "x.o").symlink_to(tmp_path / "precious")
    (tmp_path / "out" / "x.2.o").symlink_to(tmp_path / "dangling")
    assert arfix("extract", library, "-C", tmp_path / "out").code == 1
    assert arfix("extract", "--overwrite", library, "-C", tmp_path / "out").code == 0
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "dangling").exists()
    assert (tmp_path / "out" / "x.o").read_bytes() == b"first\n"


def test_absent_members(library: Path, tmp_path: Path) -> None:
    assert arfix("extract", library, "y.o", "-C", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    ran = arfix("extract", "--if-present", library, "y.o", "-C", tmp_path / "out")
    assert ran.code == 0
    assert 'nothing matches "y.o"' in ran.stderr


def test_dry_run_and_json(library: Path, tmp_path: Path) -> None:
    ran = arfix("extract", "-n", "--json", library, "-C", tmp_path / "out")
    assert ran.json["dry_run"] is True
    assert ran.json["files"][2] == {"position": 2, "member": "x.o", "file": "x.2.o", "size": 7}
    assert not (tmp_path / "out").exists()


def test_modes_without_what_is_dangerous(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("tool", b"#!/bin/sh\n"), mode=0o104755))
    old = os.umask(0o022)
    try:
        assert arfix("extract", path, "-C", tmp_path / "out").code == 0
    finally:
        os.umask(old)
    assert (tmp_path / "out" / "tool").stat().st_mode & 0o7777 == 0o755


def test_thin_members_and_those_that_are_gone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.o").write_bytes(elf(name))
    output_of(need("ar"), "rcT", "lib.a", "a.o", "b.o", cwd=tmp_path)
    assert arfix("extract", tmp_path / "lib.a", "-C", tmp_path / "out").code == 0
    assert contents(tmp_path / "out") == {"a.o": elf("a"), "b.o": elf("b")}
    (tmp_path / "b.o").unlink()
    assert arfix("extract", tmp_path / "lib.a", "-C", tmp_path / "none").code == 2
    assert not (tmp_path / "none").exists()


def test_a_directory_that_cannot_be(library: Path) -> None:
    ran = arfix("extract", library, "-C", library)
    assert ran.code == 2
    assert "cannot write" in ran.stderr


def test_where_no_directory_can_be_held_open(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set())
    for _ in range(2):
        assert arfix("extract", "--overwrite", library, "-C", tmp_path / "out").code == 0
    assert len(contents(tmp_path / "out")) == 3


def failing(monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: int) -> None:
    """Let the n-th call of a function of `os` fail."""
    real, left = getattr(os, call), number

    def fail(*arguments: object, **options: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, fail)


@pytest.mark.parametrize(("call", "number"), [("write", 1), ("write", 3), ("replace", 1), ("replace", 3), ("link", 3)])
@pytest.mark.parametrize("old", [{}, {"x.o": b"old"}, {"x.o": b"old", "x.2.o": b"old too", "other": b"kept"}])
def test_a_disk_that_refuses_leaves_the_folder_as_it_was(  # noqa: PLR0917 (fixtures)
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, old: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    if old:
        out.mkdir()
    for name, data in old.items():
        (out / name).write_bytes(data)
    with monkeypatch.context() as patch:
        failing(patch, call, number, 28)
        ran = arfix("extract", "--overwrite", library, "-C", out)
    if call == "link":  # no file system has to have hard links
        assert (ran.code, len(contents(out))) == (0, 4 if "other" in old else 3)
        return
    assert ran.code == 2
    assert "No space left on device" in ran.stderr
    assert out.exists() == bool(old)
    assert not old or contents(out) == old


def test_a_folder_in_the_way_is_an_error(library: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "x.2.o").mkdir(parents=True)
    ran = arfix("extract", "--overwrite", library, "-C", tmp_path / "out")
    assert ran.code == 2
    assert "x.2.o: cannot write: Is a directory" in ran.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.2.o"]


def test_a_file_that_is_overwritten_is_never_half_there(library: Path, tmp_path: Path) -> None:
    # What a reader sees at any moment is the old bytes or the new ones.
    (tmp_path / "x.o").write_bytes(b"old")
    with (tmp_path / "x.o").open("rb") as file:
        assert arfix("extract", "--overwrite", library, "-C", tmp_path).code == 0
        assert file.read() == b"old"


@pytest.mark.no_cover
def test_many_members_of_one_name_and_long_names_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*[("x.o", b"")] * 8000))
    assert arfix("extract", "-n", path).stdout.count("x.8000.o") == 1
    path.write_bytes(ar(("A" * 900_000, b"")))
    assert arfix("extract", "-n", path).code == 0
