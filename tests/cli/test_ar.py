from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

    from tests.run_arfix import Ran


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a")), ("b.o", elf("b"))))
    (tmp_path / "x.o").write_bytes(elf("x"))
    return tmp_path


def mri(folder: Path, *lines: str, options: tuple[str, ...] = ()) -> Ran:
    (folder / "script.mri").write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    return arfix("ar", "-M", *options, "script.mri")


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_a_script(folder: Path) -> None:
    ran = mri(folder, "CREATE out.a", "ADDLIB lib.a", "ADDMOD x.o", "LIST", "SAVE", "END")
    assert (ran.code, ran.stdout, ran.stderr) == (
        0,
        "a.o\nb.o\nx.o\nout.a: saved 3 members, index of 3 entries\n",
        "",
    )
    assert names(folder / "out.a") == ["a.o", "b.o", "x.o"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("t lib.a", "arfix inspect lib.a"),
        ("rcs new.a x.o", "arfix merge x.o -o new.a"),
        ("qS lib.a x.o", "arfix merge lib.a x.o -o lib.a"),
        ("dD lib.a a.o", "arfix strip lib.a a.o"),
        ("xo lib.a a.o", "arfix extract lib.a a.o"),
        ("s lib.a", "arfix index lib.a"),
    ],
)
def test_an_operation_of_ar_leads_to_the_verb_that_does_it(folder: Path, line: str, command: str) -> None:
    ran = arfix("ar", *line.split())
    assert (ran.code, ran.stdout) == (2, "")
    assert f"hint: `{command}`" in ran.stderr
    assert arfix(*command.split()[1:]).code == 0, "it works when it is pasted"
    assert folder.is_dir()


def test_from_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"OPEN lib.a\nDELETE a.o\nSAVE\n")))
    assert arfix("ar", "-M").code == 0
    assert names(folder / "lib.a") == ["b.o"]


@pytest.mark.parametrize("name", ["with blank, comma+plus.a", "ümläut.a", os.fsdecode(b"\xff.a"), "a;b(1).a", "it's.a"])
def test_paths_with_any_characters(folder: Path, name: str) -> None:
    (folder / name).write_bytes(ar(("n.o", elf("n"))))
    ran = mri(folder, f'CREATE "out {name}"', f'ADDLIB "{name}"', "SAVE")
    assert ran.code == 0
    assert names(folder / f"out {name}") == ["n.o"]


def test_verbose_says_what_is_done(folder: Path) -> None:
    ran = mri(folder, "VERBOSE", "OPEN lib.a", "ADDMOD x.o", "DELETE a.o", "LIST", "VERBOSE", "CLEAR", "LIST")
    size = len(elf("b"))
    assert ran.stdout == f"added x.o\ndeleted a.o\n{size:>10}  b.o\n{len(elf('x')):>10}  x.o\n"
    assert "lib.a was changed but not saved" in ran.stderr


def test_a_mistake_stops_it_before_anything_is_done(folder: Path) -> None:
    ran = mri(folder, "CREATE out.a", "ADDLIB lib.a", "SAVE", "SAFE")
    assert ran.code == 2
    assert ran.stderr == 'arfix: script.mri:4: "SAFE" is no command\nhint: Did you mean SAVE?\n'
    assert not (folder / "out.a").exists()


def test_a_failure_leaves_what_was_not_saved(folder: Path) -> None:
    before = (folder / "lib.a").read_bytes()
    ran = mri(folder, "OPEN lib.a", "DELETE a.o", "DELETE c.o", "SAVE")
    assert ran.code == 1
    assert "no member is called c.o (line 3 of the script)" in ran.stderr
    assert (folder / "lib.a").read_bytes() == before
    assert mri(folder, "OPEN gone.a").code == 2
    assert mri(folder, "CREATE o.a", "ADDMOD gone.o").code == 2


def test_nothing_to_save_leaves_the_file_alone(folder: Path) -> None:
    os.utime(folder / "lib.a", (1, 1))
    assert mri(folder, "OPEN lib.a", "SAVE").stdout == "lib.a: nothing to save\n"
    assert (folder / "lib.a").stat().st_mtime == 1


def test_thin(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "obj").mkdir()
    (folder / "obj" / "y.o").write_bytes(elf("y"))
    ran = mri(folder, "CREATETHIN sub/out.a", "ADDMOD x.o, obj/y.o", "ADDLIB lib.a (b.o)", "SAVE")
    assert ran.stdout == "sub/out.a: saved thin archive of 3 members, index of 3 entries\n"
    with open_archive(folder / "sub" / "out.a") as archive:
        assert [(member.name, bytes(member.data)) for member in archive] == [
            ("../x.o", elf("x")),
            ("../obj/y.o", elf("y")),
            ("b.o", elf("b")),
        ]
    ran = mri(folder, "CREATETHIN again.a", "ADDLIB sub/out.a", "DELETE x.o", "SAVE")
    with open_archive(folder / "again.a") as archive:
        assert [(member.name, bytes(member.data)) for member in archive] == [("obj/y.o", elf("y")), ("b.o", elf("b"))]
    assert mri(folder, "CREATE full.a", "ADDLIB sub/out.a", "SAVE").code == 0
    assert names(folder / "full.a") == ["x.o", "y.o", "b.o"]


def test_extract_and_directory(folder: Path) -> None:
    ran = mri(folder, "OPEN lib.a", "EXTRACT b.o", "DIRECTORY lib.a names.txt", "DIRECTORY lib.a (a.o)")
    assert ran.code == 0
    assert (folder / "b.o").read_bytes() == elf("b")
    assert (folder / "names.txt").read_text() == "a.o\nb.o\n"
    assert ran.stdout == "lib.a: extracted 1 member to .\na.o\n"
    assert mri(folder, "DIRECTORY lib.a none/names.txt").code == 2


def test_dry_run_writes_nothing(folder: Path) -> None:
    lines = ("CREATE out.a", "ADDLIB lib.a", "EXTRACT b.o", "DIRECTORY lib.a names.txt", "SAVE")
    ran = mri(folder, *lines, options=("-n",))
    assert "out.a: would save 2 members, index of 2 entries\n" in ran.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["lib.a", "script.mri", "x.o"]


def test_json(folder: Path) -> None:
    document = mri(
        folder, "VERBOSE", "CREATE o.a", "ADDMOD x.o", "LIST", "EXTRACT x.o", "SAVE", "SAVE", options=("--json",)
    ).json
    assert document["listed"] == [
        {"archive": "o.a", "members": [{"member": "x.o", "size": len(elf("x"))}], "file": None}
    ]
    assert document["extracted"] == ["x.o"]
    assert [(one["output"], one["written"], one["changed"]) for one in document["saved"]] == [
        ("o.a", True, True),
        ("o.a", False, False),
    ]


def test_bad_usage(folder: Path) -> None:
    assert arfix("ar").code == 2
    assert arfix("ar", "-M", folder / "none.mri").code == 2


def test_an_archive_as_a_module_is_warned_of(folder: Path) -> None:
    assert "ADDLIB adds its members" in mri(folder, "CREATE out.a", "ADDMOD lib.a", "SAVE").stderr
