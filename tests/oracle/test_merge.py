"""A merged library is what ranlib and real linkers take it for."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.debian import library
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

PARTS = {
    "one.a": (("start.o", elf("_start", "?f", "?g")), ("f.o", elf("f"))),
    "two.a": (("g.o", elf("g")), ("f.o", elf("f", "extra"))),
    "three.a": (("h_with_a_long_name.o", elf("h")),),
}


def made(folder: Path) -> list[str]:
    for name, members in PARTS.items():
        (folder / name).write_bytes(ar(*members))
    return list(PARTS)


def test_the_index_is_the_one_ranlib_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert arfix("merge", *made(tmp_path), "-o", "out.a").code == 0
    shutil.copy(tmp_path / "out.a", tmp_path / "again.a")
    output_of(need("ranlib"), "-D", "again.a", cwd=tmp_path)
    assert (tmp_path / "again.a").read_bytes() == (tmp_path / "out.a").read_bytes()


def test_objects_become_the_archive_that_ar_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    names = ["f.o", "an object with a long name.o", "-x.o"]
    for name in names:
        (tmp_path / name).write_bytes(elf(name[0], "?other"))
    assert arfix("merge", "-o", "out.a", "--", *names).code == 0
    output_of(need("ar"), "rcsD", "ref.a", "--", *names, cwd=tmp_path)
    assert (tmp_path / "out.a").read_bytes() == (tmp_path / "ref.a").read_bytes()
    assert arfix("merge", "out.a", "f.o", "-o", "twice.a", "-q").code == 0, "the same bytes under the same name: once"
    assert (tmp_path / "twice.a").read_bytes() == (tmp_path / "ref.a").read_bytes()


@pytest.mark.parametrize("linker", ["ld.bfd", "ld.gold", "ld.lld", "mold"])
def test_linkers_refuse_what_was_warned_of_and_take_what_was_preferred(
    linker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inputs = made(tmp_path)
    link = [need(linker), "--whole-archive", "out.a", "-o", "program"]
    ran = arfix("merge", *inputs, "-o", "out.a")
    assert "f in one.a(f.o) and two.a(f.o)" in ran.stderr
    refused = subprocess.run(link, capture_output=True, check=False)
    assert refused.returncode
    assert b"multiple definition" in refused.stderr or b"duplicate symbol" in refused.stderr
    ran = arfix("merge", *inputs, "-o", "out.a", "--prefer", "two.a")
    assert (ran.code, ran.stderr) == (0, "")
    output_of(*link)


def test_llvm_ar_makes_the_same_library_but_for_the_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = "".join(["CREATE llvm.a\n", *(f"ADDLIB {name}\n" for name in made(tmp_path)), "SAVE\nEND\n"])
    subprocess.run([need("llvm-ar"), "-M"], input=script.encode(), check=True)
    assert arfix("merge", *PARTS, "-o", "out.a").code == 0
    assert (tmp_path / "out.a").read_bytes() == (tmp_path / "llvm.a").read_bytes()


@pytest.mark.debian
def test_openssl_as_one_library(tmp_path: Path) -> None:
    inputs = [library("libssl-dev", name) for name in ("libssl.a", "libcrypto.a")]
    merged, oracle = tmp_path / "all.a", tmp_path / "again.a"
    assert arfix("merge", *inputs, "-o", merged).code == 0
    with open_archive(merged) as archive:
        assert len(archive) == sum(len(output_of(need("ar"), "t", path).splitlines()) for path in inputs)
    shutil.copy(merged, oracle)
    output_of(need("ranlib"), "-D", oracle)
    assert merged.read_bytes() == oracle.read_bytes()


@pytest.mark.debian
def test_wide_and_narrow_forms(tmp_path: Path) -> None:
    """Two builds of one library share most objects; preferring one gives that one."""
    inputs = [library("libncurses-dev", name) for name in ("libform.a", "libformw.a")]
    ran = arfix("merge", *inputs, "-o", tmp_path / "both.a", "--prefer", "libformw.a")
    assert ran.code == 0
    with open_archive(tmp_path / "both.a") as both, open_archive(inputs[1]) as wide:
        assert {(one.name, bytes(one.data)) for one in both} == {(one.name, bytes(one.data)) for one in wide}
    assert os.fspath(inputs[0]) in ran.stdout
