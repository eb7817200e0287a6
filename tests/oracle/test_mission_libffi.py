"""A libffi.a that holds archives, as libtool makes it: linkers refuse it, and `arfix flatten` makes it good."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from tests.elf_builder import elf
from tests.oracle.sysroots import LINKERS, MACHINES, Machine, dynamic_link
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.debian]


@pytest.fixture(scope="module", params=MACHINES, ids=lambda machine: machine.name)
def machine(request: pytest.FixtureRequest) -> Machine:
    found: Machine = request.param
    return found


@pytest.fixture(scope="module")
def place(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sysroot's `lib` with libc.a and libm.a; beside it the pristine libffi.a, and two nested ones.

    `nested.a` holds libc.a, libm.a and a convenience library that exists nowhere else; `libc-and-libm.a` only the first
    two. Both are made by `ar cr X.a /abs/libc.a ... objects`, the command that libtool runs (link-facts 9 in the issue:
    a dependency given by its path).
    """
    folder = tmp_path_factory.mktemp(machine.name)
    (folder / "sysroot" / "lib").mkdir(parents=True)
    (folder / "objects").mkdir()
    shutil.copyfile(machine.file("libc6-dev", "libc.a"), folder / "sysroot" / "lib" / "libc.a")
    libm = "libm-*.a" if machine.name == "amd64" else "libm.a"
    shutil.copyfile(machine.file("libc6-dev", libm), folder / "sysroot" / "lib" / "libm.a")
    shutil.copyfile(machine.file("libffi-dev", "libffi.a"), folder / "libffi.a")
    assert arfix("extract", "-q", folder / "libffi.a", "-C", folder / "objects").code == 0
    (folder / "conv.o").write_bytes(elf("convenience", "of_its_own", machine=machine.elf, bits=machine.bits))
    output_of(need("ar"), "crD", folder / "libconv.a", folder / "conv.o")
    with open_archive(folder / "libffi.a") as archive:
        objects = [folder / "objects" / member.name for member in archive]
    platform = [folder / "sysroot" / "lib" / name for name in ("libc.a", "libm.a")]
    output_of(need("ar"), "crD", folder / "nested.a", *platform, folder / "libconv.a", *objects)
    output_of(need("ar"), "crD", folder / "libc-and-libm.a", *objects[:3], *platform, *objects[3:])
    return folder


@pytest.fixture(scope="module")
def flat(place: Path) -> Path:
    """`nested.a` after `arfix flatten --platform`."""
    ran = arfix("flatten", place / "nested.a", "--platform", place / "sysroot" / "lib", "-o", place / "flat.a")
    assert ran.code == 0
    assert ran.stderr == ""
    return place / "flat.a"


def own_exports(machine: Machine, linker: str, folder: Path, *whole: Path) -> set[str]:
    linked = dynamic_link(linker, machine, folder, *whole)
    assert linked.code == 0, linked.messages
    return linked.exported


def test_what_becomes_of_each(place: Path, flat: Path) -> None:
    with open_archive(flat) as archive, open_archive(place / "libffi.a") as pristine:
        names = [member.name for member in archive]
        assert names == ["conv.o", *(member.name for member in pristine)]
    ran = arfix("flatten", "-n", "--json", place / "nested.a", "--platform", place / "sysroot" / "lib")
    reasons = {edit["member"]: edit["reason"] for edit in ran.json["edits"] if edit["action"] == "drop"}
    assert set(reasons) == {"libc.a", "libm.a", "libconv.a"}
    assert reasons["libconv.a"] == "its 1 member takes its place"
    assert str(place / "sysroot" / "lib" / "libc.a") in reasons["libc.a"]


def test_with_only_the_platform_nested_it_is_the_pristine_one(place: Path, tmp_path: Path) -> None:
    for options in (["--platform", str(place / "sysroot" / "lib")], ["--drop"]):
        out = tmp_path / "out.a"
        assert arfix("flatten", "-q", place / "libc-and-libm.a", *options, "-o", out).code == 0
        assert out.read_bytes() == (place / "libffi.a").read_bytes()


def test_under_other_names_the_content_is_enough(place: Path, tmp_path: Path) -> None:
    library = tmp_path / "library.a"
    shutil.copyfile(place / "sysroot" / "lib" / "libm.a", tmp_path / "mathematics.a")
    shutil.copyfile(place / "libffi.a", library)
    output_of(need("ar"), "qD", library, tmp_path / "mathematics.a")
    assert arfix("flatten", "-q", library, "--platform", place / "sysroot" / "lib").code == 0
    assert library.read_bytes() == (place / "libffi.a").read_bytes()


@pytest.mark.parametrize("linker", LINKERS)
def test_before_linkers_refuse_it_or_lose_its_symbols(
    linker: str, machine: Machine, place: Path, tmp_path: Path
) -> None:
    linked = dynamic_link(linker, machine, tmp_path, place / "nested.a")
    if linker == "mold":
        assert linked.code == 0
        assert "ffi_call" in linked.exported
        assert "convenience" not in linked.exported
    else:
        assert linked.code != 0
        assert any(said in linked.messages for said in ("is not an object", "is not an ELF object", "not an ELF file"))


@pytest.mark.parametrize("linker", LINKERS)
def test_after_all_link_and_export_both(linker: str, machine: Machine, place: Path, flat: Path, tmp_path: Path) -> None:
    clean = own_exports(machine, linker, tmp_path, place / "libffi.a")
    assert "ffi_call" in clean
    assert own_exports(machine, linker, tmp_path, flat) == clean | {"convenience", "of_its_own"}


@pytest.mark.parametrize("linker", LINKERS)
def test_splicing_the_c_library_warns_and_does_not_link(
    linker: str, machine: Machine, place: Path, tmp_path: Path
) -> None:
    ran = arfix("flatten", "--splice", place / "nested.a", "-o", tmp_path / "spliced.a")
    assert ran.code == 0
    for name in ("libc.a", "libm.a"):
        assert f"{place}/nested.a({name}) has the name of a platform library" in ran.stderr
    assert "--drop" in ran.stderr
    assert dynamic_link(linker, machine, tmp_path, tmp_path / "spliced.a").code != 0


def test_libtool_makes_such_archives(tmp_path: Path) -> None:
    libtool, gcc = need("libtool"), need("gcc")
    (tmp_path / "dep.c").write_text("int dep(void) { return 1; }\n")
    (tmp_path / "lib.c").write_text("int dep(void);\nint lib(void) { return dep(); }\n")
    commands: tuple[list[str | Path], ...] = (
        [gcc, "-c", "dep.c", "-o", "dep.o"],
        [need("ar"), "crD", "libdep.a", "dep.o"],
        [libtool, "--silent", "--tag=CC", "--mode=compile", gcc, "-c", "lib.c", "-o", "lib.lo"],
        [
            libtool,
            "--silent",
            "--tag=CC",
            "--mode=link",
            gcc,
            "-static",
            "-o",
            "libx.la",
            "lib.lo",
            tmp_path / "libdep.a",
        ],
    )
    for command in commands:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    made = tmp_path / ".libs" / "libx.a"
    with open_archive(made) as archive:
        assert "libdep.a" in [member.name for member in archive]
    assert arfix("flatten", made).code == 0
    with open_archive(made) as archive:
        assert sorted(member.name for member in archive) == ["dep.o", "lib.o"]
