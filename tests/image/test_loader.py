"""Files that a loader would map: written by a real linker, since LIEF reads them."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_source
from arfix.formats.elf.linked_image import read_image
from arfix.image.loader import LoadedImage, LoaderOptions, load_libraries
from tests.elf_builder import elf
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


def shared(path: Path, *arguments: str | Path, defines: str = "it", bits: int = 64) -> Path:
    """Make a shared object that defines one function."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".o")
    source.write_bytes(elf(defines, machine=62 if bits == 64 else 3, bits=bits))
    emulation = "elf_x86_64" if bits == 64 else "elf_i386"
    command: list[str | Path] = [
        need("ld"),
        "-shared",
        "-m",
        emulation,
        "-soname",
        path.name,
        "-o",
        path,
        source,
        *arguments,
    ]
    subprocess.run(command, check=True)
    return path


def load(path: Path) -> LoadedImage:
    return LoadedImage(str(path), read_image(open_source(path).view))


def found(start: Path, options: LoaderOptions | None = None, *given: Path) -> dict[str, str | None]:
    """Return needed name -> the file the loader takes."""
    with ExitStack() as stack:
        options = options or LoaderOptions([load(path) for path in given], sysroot=str(start.parent / "nothing"))
        libraries = load_libraries([load(start)], options, stack)
        return {name: None if module is None else module.path for name, module in libraries.items()}


def test_files_given_by_hand_are_known_by_soname_and_by_name(tmp_path: Path) -> None:
    library = shared(tmp_path / "libone.so.1")
    start = shared(tmp_path / "start.so", library)
    assert found(start) == {"libone.so.1": None}
    assert found(start, None, library) == {"libone.so.1": str(library)}
    moved = library.rename(tmp_path / "renamed.so")
    assert found(start, None, moved) == {"libone.so.1": str(moved)}


def test_runpath_holds_for_its_own_image_and_rpath_for_what_that_needs(tmp_path: Path) -> None:
    deep = shared(tmp_path / "deep" / "libdeep.so")
    near = shared(tmp_path / "near" / "libnear.so", deep, defines="near")
    for tags, seen in (("--enable-new-dtags", None), ("--disable-new-dtags", str(deep))):
        path = "$ORIGIN/near:$ORIGIN/deep"
        start = shared(tmp_path / "start.so", near, "-rpath", path, tags, f"-rpath-link={deep.parent}")
        assert found(start) == {"libnear.so": str(tmp_path / "near" / "libnear.so"), "libdeep.so": seen}


def test_a_file_for_another_machine_or_none_at_all_is_passed_over(tmp_path: Path) -> None:
    right = shared(tmp_path / "right" / "libone.so")
    start = shared(tmp_path / "start.so", right)
    shared(tmp_path / "wrong" / "libone.so", bits=32)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "libone.so").write_text("GROUP ( libone.so.1 )")
    folders = [str(tmp_path / name) for name in ("text", "wrong", "right")]
    assert found(start, LoaderOptions(folders=folders)) == {"libone.so": str(right)}


def test_a_program_has_its_loader_already(tmp_path: Path) -> None:
    itself = shared(tmp_path / "odd" / "ld.so")
    (tmp_path / "start.o").write_bytes(elf("start"))
    start = tmp_path / "start"
    command: list[str | Path] = [
        need("ld"),
        "-pie",
        "-dynamic-linker",
        itself,
        "-o",
        start,
        tmp_path / "start.o",
        "--no-as-needed",
        itself,
    ]
    subprocess.run(command, check=True)
    assert found(start, LoaderOptions()) == {"ld.so": str(itself)}


def test_a_sysroot_is_the_root_of_absolute_folders(tmp_path: Path) -> None:
    one = shared(tmp_path / "root" / "opt" / "libone.so")
    two = shared(tmp_path / "root" / "usr" / "lib" / "libtwo.so", defines="two")
    start = shared(tmp_path / "start.so", one, two, "-rpath", "/opt")
    assert found(start, LoaderOptions(sysroot=str(tmp_path / "root"))) == {
        "libone.so": f"{tmp_path}/root/opt/libone.so",
        "libtwo.so": str(two),
    }
