"""Real libraries: the archives of these packages are read, written and edited as GNU ar, ranlib and llvm-ar do it."""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive, save
from arfix.edits.apply import apply
from arfix.edits.plan import Plan, Reindex
from arfix.edits.strip import plan_strip
from arfix.errors import ArfixError
from arfix.formats.identify import identify
from arfix.formats.model import ELF_CONTENTS, OBJECT_CONTENTS
from tests.debian import package
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.archive.model import Archive

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

PACKAGES = (
    "zlib1g-dev",
    "libgmp-dev",
    "libssl-dev",
    "libssl-dev:i386",
    "libffi-dev",
    "libffi-dev:i386",
    "libsqlite3-dev",
    "libncurses-dev",
    "libc6-dev",
    "libc6-dev:i386",
    "musl-dev",
    "dietlibc-dev",
    "libgcc-12-dev",
    "libstdc++-12-dev",
    "libc6-dev-arm64-cross",
    "libc6-dev-s390x-cross",
    "libc6-dev-riscv64-cross",
    "libc6-dev-armhf-cross",
    "libgcc-12-dev-ppc64-cross",
    "picolibc-xtensa-lx106-elf",
    "avr-libc",
    "libz-mingw-w64-dev",
    "libnpth-mingw-w64-dev",
    "libghc-lens-dev",
    "libc++-19-dev-wasm32",
    "libclang-rt-19-dev-wasm32",
    "libabsl-dev",
    "libdpdk-dev",
    "qtbase5-private-dev",
    "liblapack-dev",
    "libboost-test1.83-dev|libboost-test1.81-dev",
    "libpython3.13-dev|libpython3.11-dev",
    "binutils-dev",
    "libfl-dev",
    "tcl8.6-dev",
    "libcrypto++-dev",
)
#: GNU tools list the names of the bytecode for objects that have it beside machine code, if GCC's plugin is loaded: a
#: plugin of one's own takes its place, and this one is none. Debian 13's libgp-collectorAPI.a has such objects.
NO_PLUGIN = ("--plugin", os.devnull)
#: Archives of one package that are edited; packages of hundreds hold one kind of archive many times.
EDITED = 12


def archives(name: str) -> list[Path]:
    return sorted(path for path in package(name).rglob("*.a") if path.is_file() and not path.is_symlink())


def holds_only_elf(archive: Archive) -> bool:
    contents = {identify(member.data) for member in archive}
    return not contents & OBJECT_CONTENTS - ELF_CONTENTS


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def armap_of(path: Path) -> list[str]:
    """Return `symbol in member` for each index entry, as nm prints them."""
    listing = output_of(need("nm"), "--print-armap", path, check=False)
    head, _, rest = listing.partition("Archive index:\n")
    return rest.partition("\n\n")[0].split("\n") if not head.strip() and rest else []


@pytest.fixture(scope="module", params=PACKAGES)
def real(request: pytest.FixtureRequest) -> list[Path]:
    """The archives of one package that are archives: `libm.a` of glibc is a linker script, `libmcheck.a` an object."""
    found = []
    refused = []
    for path in archives(request.param):
        try:
            open_archive(path).close()
        except ArfixError as error:
            refused.append(error.message)
        else:
            found.append(path)
    assert all("not an archive but" in message for message in refused)
    assert found
    return found


def test_unedited_it_is_written_byte_for_byte(real: list[Path], tmp_path: Path) -> None:
    for path in real:
        with open_archive(path) as archive:
            save(archive, tmp_path / "out.a")
        assert (tmp_path / "out.a").read_bytes() == path.read_bytes(), path


def test_members_and_index_are_those_of_llvm_ar_and_nm(real: list[Path]) -> None:
    for path in real[:EDITED]:
        with open_archive(path) as archive:
            names = [member.name for member in archive]
            assert names == lines_of(output_of(need("llvm-ar"), "t", path)), path
            if holds_only_elf(archive) and archive.index is not None:
                entries = [f"{name} in {names[at]}" for name, at in archive.index]
                assert entries == armap_of(path), path


def test_an_index_is_rebuilt_as_ranlib_does_it(real: list[Path], tmp_path: Path) -> None:
    for path in real[:EDITED]:
        with open_archive(path) as archive:
            if not holds_only_elf(archive):
                continue
            without = replace(archive, index=None)
            save(apply(without, Plan(str(path), (Reindex(""),))), tmp_path / "ours.a")
        (tmp_path / "theirs.a").write_bytes(path.read_bytes())
        subprocess.run([need("ranlib"), *NO_PLUGIN, "-D", tmp_path / "theirs.a"], check=True, capture_output=True)
        assert (tmp_path / "ours.a").read_bytes() == (tmp_path / "theirs.a").read_bytes(), path


def test_a_member_is_removed_as_ar_does_it(real: list[Path], tmp_path: Path) -> None:
    for path in real[:EDITED]:
        with open_archive(path) as archive:
            if not holds_only_elf(archive) or not archive.members:
                continue
            name = random.Random(path.name).choice(archive.members).name  # noqa: S311 (the same one each time)
            count = sum(1 for member in archive if member.name == name)
            save(apply(archive, plan_strip(archive, [name], force=True)), tmp_path / "ours.a")
        (tmp_path / "theirs.a").write_bytes(path.read_bytes())
        for _ in range(count):  # ar removes the first of several
            output_of(need("ar"), "dDP", *NO_PLUGIN, tmp_path / "theirs.a", name)
        assert (tmp_path / "ours.a").read_bytes() == (tmp_path / "theirs.a").read_bytes(), (path, name)
