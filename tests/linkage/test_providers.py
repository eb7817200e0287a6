from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.errors import ArfixError, FormatError
from arfix.linkage.model import InputMode
from arfix.linkage.providers import open_providers
from arfix.linkage.sysroot import Sysroot
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    folder = tmp_path / "sysroot" / "lib"
    (folder / "i686-elf").mkdir(parents=True)
    (folder / "libc.a").write_bytes(ar(("c.o", elf("c")), index=(("c", 0),)))
    (folder / "libm-2.a").write_bytes(ar(("m.o", elf("m"))))
    (folder / "libm.a").write_bytes(b"/* GNU ld script */\nGROUP ( /lib/libm-2.a )\n")
    (folder / "i686-elf" / "libgcc.a").write_bytes(ar(("g.o", elf("g"))))
    (folder / "libbroken.a").write_bytes(b"no library at all\0\1")
    (folder / "libtext.a").write_bytes(b"any words\n")
    return tmp_path / "sysroot"


def test_a_sysroot_gives_its_libraries_once(sysroot: Path, stack: ExitStack) -> None:
    found = open_providers([], stack, sysroot=str(sysroot)).inputs
    assert sorted(item.where.path.rpartition("/")[2] for item in found) == ["libc.a", "libgcc.a", "libm-2.a"]
    assert all(item.provider and item.use is InputMode.ON_DEMAND and item.group == 1 for item in found)


def test_archives_under_test_are_left_out(sysroot: Path, stack: ExitStack) -> None:
    found = open_providers([], stack, sysroot=str(sysroot), without=[str(sysroot / "lib" / "libc.a")]).inputs
    assert not any(item.where.path.endswith("libc.a") for item in found)


def test_folders(sysroot: Path) -> None:
    assert Sysroot(str(sysroot)).folders() == (str(sysroot / "lib"), str(sysroot / "lib" / "i686-elf"))
    assert Sysroot(str(sysroot / "lib" / "i686-elf")).folders() == (str(sysroot / "lib" / "i686-elf"),)
    assert sum(map(len, Sysroot(str(sysroot)).candidates().values())) == 6


def test_each_kind_of_file(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "x.o").write_bytes(elf("x"))
    (tmp_path / "names").write_bytes(b"# what the system has\n0000000000000000 T openlog\nsyslog@GLIBC_2\n\n")
    (tmp_path / "x.a").write_bytes(ar(("x.o", elf("y"))))
    found = open_providers([str(tmp_path / name) for name in ("x.o", "names", "x.a")], stack).inputs
    assert [item.use for item in found] == [InputMode.WHOLE, InputMode.NAMES, InputMode.ON_DEMAND]
    assert found[1].names == {"openlog", "syslog"}


def test_what_is_named_must_be_of_use(tmp_path: Path, sysroot: Path, stack: ExitStack) -> None:
    with pytest.raises(FormatError, match="nothing that a link can take symbols from"):
        open_providers([str(sysroot / "lib" / "libbroken.a")], stack)
    with pytest.raises(ArfixError):
        open_providers([str(tmp_path / "gone")], stack)
    with pytest.raises(FormatError, match="no folder"):
        open_providers([], stack, sysroot=str(tmp_path / "gone"))


def test_scripts_that_lead_nowhere_or_in_circles(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "a.so").write_bytes(b"INPUT(b.so)")
    (tmp_path / "b.so").write_bytes(b"INPUT(a.so)")
    assert open_providers([str(tmp_path / "a.so")], stack).inputs == ()
    (tmp_path / "c.so").write_bytes(b"INPUT(AS_NEEDED(gone.a))")
    assert open_providers([str(tmp_path / "c.so")], stack).inputs == ()
    (tmp_path / "d.so").write_bytes(b"INPUT(gone.a)")
    with pytest.raises(FormatError, match="which is not there"):
        open_providers([str(tmp_path / "d.so")], stack)


def test_scripts_lead_only_so_deep(tmp_path: Path, stack: ExitStack) -> None:
    for at in range(12):
        (tmp_path / f"{at}.so").write_bytes(f"INPUT({at + 1}.so)".encode())
    with pytest.raises(FormatError, match="lead to linker scripts"):
        open_providers([str(tmp_path / "0.so")], stack)


def test_scripts_name_only_so_many_files(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "a.so").write_text(f"INPUT({'a.so ' * 20_000})")
    assert open_providers([str(tmp_path / "a.so")], stack).inputs == ()
    names = " ".join(f"{number}.so" for number in range(20_000))
    (tmp_path / "a.so").write_text(f"INPUT(AS_NEEDED({names}))")
    with pytest.raises(FormatError, match="name more than 5,000 files"):
        open_providers([str(tmp_path / "a.so")], stack)
