from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError, UnsupportedError
from arfix.formats.model import Machine
from arfix.linkage.linkers import (
    Program,
    emulation_of,
    find_linker,
    identify_linker,
    installed_linkers,
    links_for,
    target_options,
)
from arfix.linkage.model import Linker, Target
from arfix.linkage.process import run

if TYPE_CHECKING:
    from pathlib import Path

X86_64 = Machine("x86-64", 64, "little", 62)
AARCH64 = Machine("aarch64", 64, "little", 183)
MIPSEL = Machine("mips", 32, "little", 8)
VAX = Machine("vax", 32, "little", 75)

INTRODUCTIONS = {
    "GNU ld (GNU Binutils for Debian) 2.40": (Linker.LD, 2),
    "GNU gold (GNU Binutils for Debian 2.40) 1.16": (Linker.GOLD, 1),
    "Debian LLD 19.1.7 (compatible with GNU linkers)": (Linker.LLD, 19),
    "LLD 22.1.8 (compatible with GNU linkers)": (Linker.LLD, 22),
    "mold 1.10.1 (compatible with GNU ld)": (Linker.MOLD, 1),
}


def fake(folder: Path, name: str, version: str, listed: str = "") -> Path:
    """A program that answers `--version` and `-V`."""
    path = folder / name
    path.write_text(
        f'#!/bin/sh\ncase "$1" in --version) echo "{version}";; *) echo "{listed}";; esac\n', encoding="utf-8"
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("version", INTRODUCTIONS)
def test_who_a_program_is(version: str, tmp_path: Path) -> None:
    program = identify_linker(str(fake(tmp_path, "ld", version)))
    assert (program.linker, program.version) == (INTRODUCTIONS[version][0], version)
    assert identify_linker(program.path).linker is INTRODUCTIONS[version][0]


def test_a_program_knows_its_release() -> None:
    program = Program(Linker.LLD, "ld.lld", "Debian LLD 19.1.7 (compatible with GNU linkers)")
    assert (program.release, program.label) == ((19, 1), "lld 19.1")
    assert Program(Linker.LD, "ld", "GNU ld").label == "ld"


def test_other_programs_are_no_linkers(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="none of GNU ld, gold, lld and mold"):
        identify_linker(str(fake(tmp_path, "ld", "Solaris Link Editors")))


def test_words_and_names_are_found(only: Path) -> None:
    fake(only, "ld.lld-19", "LLD 19.1.7")
    fake(only, "aarch64-linux-gnu-ld", "GNU ld 2.40", "aarch64linux")
    fake(only, "ld", "GNU ld 2.40", "elf_x86_64 elf_i386")
    assert find_linker("lld").path.endswith("/ld.lld-19")
    assert find_linker("ld").path.endswith("/ld")
    assert find_linker("ld", AARCH64).path.endswith("/aarch64-linux-gnu-ld")
    assert find_linker("aarch64-linux-gnu-ld").linker is Linker.LD
    assert [one.linker for one in installed_linkers(AARCH64)] == [Linker.LD, Linker.LLD]
    with pytest.raises(AccessError, match="no linker 'mold' on PATH"):
        find_linker("mold")


def test_each_machine_of_mips_has_its_own_cross_linker(only: Path) -> None:
    fake(only, "mipsel-linux-gnu-ld", "GNU ld 2.40", "elf32ltsmip")
    assert find_linker("ld", MIPSEL).path.endswith("/mipsel-linux-gnu-ld")
    assert [one.linker for one in installed_linkers(MIPSEL)] == [Linker.LD]


def test_what_a_linker_links_for(tmp_path: Path) -> None:
    ld = identify_linker(str(fake(tmp_path, "ld", "GNU ld 2.40", "Supported emulations: elf_x86_64 elf_i386")))
    assert links_for(ld, X86_64)
    assert links_for(ld, None)
    assert not links_for(ld, AARCH64)
    assert not links_for(ld, VAX)
    lld = Program(Linker.LLD, "ld.lld", "LLD 19.1.7")
    assert links_for(lld, AARCH64)
    assert not links_for(lld, VAX)
    assert emulation_of(VAX) is emulation_of(None) is None


def test_options() -> None:
    ld = Program(Linker.LD, "/usr/bin/ld", "GNU ld 2.40")
    every = ("--allow-shlib-undefined", "--no-demangle")
    assert target_options(ld, Target.SHARED, X86_64) == ("-m", "elf_x86_64", "-shared", "-z", "defs", *every)
    assert target_options(ld, Target.PIE, None) == ("-pie", "--export-dynamic", *every)
    assert target_options(ld, Target.RELOCATABLE, None) == ("-r", *every)
    lld = Program(Linker.LLD, "ld.lld", "LLD 19.1.7")
    assert target_options(lld, Target.EXECUTABLE, None)[-1] == "--error-limit=0"
    bare = Program(Linker.LD, "/usr/bin/arm-none-eabi-ld", "GNU ld 2.40")
    assert "-m" not in target_options(bare, Target.EXECUTABLE, Machine("arm", 32, "little", 40))


def test_programs_run_under_the_c_locale_and_not_for_ever(tmp_path: Path) -> None:
    shows = "import os, sys; print(os.environ['LC_ALL']); sys.stderr.write('told'); sys.exit(3)"
    ran = run([sys.executable, "-c", shows])
    assert (ran.status, ran.output, ran.errors) == (3, "C\n", "told")
    with pytest.raises(AccessError, match="did not end within"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)
    with pytest.raises(AccessError, match="cannot be run"):
        run([str(tmp_path / "gone")])


def test_a_cross_builds_prefix_comes_first_where_it_fits(only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(only, "aarch64-linux-gnu-ld", "GNU ld 2.40", "aarch64linux")
    fake(only, "my-arm64-ld", "GNU ld 2.41", "aarch64linux")
    fake(only, "ld", "GNU ld 2.40", "elf_x86_64 elf_i386")
    monkeypatch.setenv("CROSS_COMPILE", "my-arm64-")
    assert find_linker("ld", AARCH64).path.endswith("/my-arm64-ld")
    assert find_linker("ld").path.endswith("/my-arm64-ld")
    assert find_linker("ld", X86_64).path.endswith(f"{only.name}/ld")
    monkeypatch.setenv("CROSS_COMPILE", "nowhere-")
    assert find_linker("ld", AARCH64).path.endswith("/aarch64-linux-gnu-ld")
