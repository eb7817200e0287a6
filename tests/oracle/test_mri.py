"""MRI scripts give what llvm-ar gives, and what GNU ar gives but for its order."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SCRIPTS = {
    "libraries": ["CREATE out.a", "ADDLIB one.a", "ADDLIB two.a", "SAVE", "END"],
    "modules": ["; a comment", "create out.a", "ADDMOD x.o", "ADDMOD a_file_with_a_long_name.o", "SAVE", "END"],
    "deletion": ["CREATE out.a", "ADDLIB one.a", "DELETE b.o", "* another comment", "ADDMOD x.o", "SAVE", "END"],
    "nothing": ["CREATE out.a", "SAVE", "END"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.a").write_bytes(ar(*((f"{name}.o", elf(name)) for name in "abc")))
    (tmp_path / "two.a").write_bytes(ar(("d.o", elf("d")), ("a_member_with_a_long_name.o", elf("e"))))
    (tmp_path / "x.o").write_bytes(elf("x", "?a"))
    (tmp_path / "a_file_with_a_long_name.o").write_bytes(elf("f"))
    return tmp_path


def made_by(tool: str, folder: Path, script: str) -> bytes:
    (folder / "out.a").unlink(missing_ok=True)
    subprocess.run([need(tool), "-M"], input=script.encode(), cwd=folder, check=True, capture_output=True)
    return (folder / "out.a").read_bytes()


def made_by_arfix(folder: Path, script: str) -> bytes:
    (folder / "out.a").unlink(missing_ok=True)
    (folder / "script").write_text(script)
    ran = arfix("ar", "-M", folder / "script")
    assert ran.code == 0, ran.stderr
    return (folder / "out.a").read_bytes()


@pytest.mark.parametrize("name", SCRIPTS)
def test_llvm_ar_writes_the_same_bytes(name: str, folder: Path) -> None:
    script = "\n".join([*SCRIPTS[name], ""])
    assert made_by_arfix(folder, script) == made_by("llvm-ar", folder, script)


@pytest.mark.parametrize("name", SCRIPTS)
def test_gnu_ar_has_the_same_members_in_another_order(name: str, folder: Path) -> None:
    script = "\n".join([*SCRIPTS[name], ""])
    made_by_arfix(folder, script)
    ours = output_of(need("ar"), "t", "out.a", cwd=folder).splitlines()
    made_by("ar", folder, script)
    theirs = output_of(need("ar"), "t", "out.a", cwd=folder).splitlines()
    assert sorted(ours) == sorted(theirs)
    if name == "libraries":
        assert theirs != ours, "GNU ar no longer reverses the members of a library: docs and tests can say so"


def test_gnu_ar_takes_the_same_modules_of_a_library(folder: Path) -> None:
    script = "CREATE out.a\nADDLIB one.a (c.o, a.o)\nADDMOD x.o, +\n a_file_with_a_long_name.o\nSAVE\nEND\n"
    made_by_arfix(folder, script)
    ours = output_of(need("ar"), "t", "out.a", cwd=folder).splitlines()
    assert ours == ["c.o", "a.o", "x.o", "a_file_with_a_long_name.o"]
    made_by("ar", folder, script)
    assert sorted(output_of(need("ar"), "t", "out.a", cwd=folder).splitlines()) == sorted(ours)


def test_a_thin_archive_is_one_that_gnu_ar_reads(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "script").write_text("CREATETHIN sub/out.a\nADDMOD x.o\nADDLIB two.a\nSAVE\n")
    assert arfix("ar", "-M", folder / "script").code == 0
    printed = subprocess.run([need("ar"), "p", "sub/out.a"], cwd=folder, check=True, capture_output=True).stdout
    assert printed == elf("x", "?a") + elf("d") + elf("e")
    assert "f in" not in output_of(need("nm"), "-s", "sub/out.a", cwd=folder)
