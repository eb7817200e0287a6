from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.formats.model import Machine
from arfix.linkage.sysroot import Sysroot
from arfix.linkage.toolchain import find_toolchain
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path

X86_64 = Machine("x86-64", 64, "little", 62)
ARM = Machine("arm", 32, "little", 40)


@pytest.fixture
def drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH with a compiler for ARM that answers one question only."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "gone").symlink_to("nowhere")
    driver = tmp_path / "bin" / "arm-linux-gnueabi-gcc"
    answer = f"libraries: ={tmp_path}/lib/../lib:{tmp_path}/gone:{tmp_path}/lib"
    driver.write_text(f'#!/bin/sh\n[ "$*" = -print-search-dirs ] && echo "{answer}"\n', "utf-8")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CROSS_COMPILE", raising=False)
    return tmp_path


def test_a_driver_of_the_machine_is_asked(drivers: Path) -> None:
    assert find_toolchain(ARM) == Sysroot("/", (str(drivers / "lib"),))


@pytest.mark.usefixtures("drivers")
def test_without_a_driver_the_usual_folders_are_taken() -> None:
    assert find_toolchain(X86_64) == Sysroot("/", Sysroot("/").folders(X86_64))


def test_the_driver_of_a_cross_build_goes_first(drivers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSS_COMPILE", "my-")
    mine = drivers / "bin" / "my-gcc"
    mine.write_text(f'#!/bin/sh\necho "libraries: ={drivers}"\n', "utf-8")
    mine.chmod(0o755)
    assert find_toolchain(X86_64).only == (str(drivers),)


def test_a_driver_that_fails_is_no_driver(drivers: Path) -> None:
    (drivers / "bin" / "arm-linux-gnueabi-gcc").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert find_toolchain(ARM).only == Sysroot("/").folders(ARM)


@pytest.mark.oracle
def test_the_library_that_gcc_links_is_found() -> None:
    need("gcc")
    machine = X86_64 if "x86_64" in output_of("gcc", "-dumpmachine") else None
    found = find_toolchain(machine)
    stems = found.candidates()
    assert {"libc", "libgcc", "libm"} <= set(stems)
    gcc = output_of("gcc", "-print-file-name=libc.so").strip()
    assert any(one.path == __import__("os").path.realpath(gcc) for one in stems["libc"]) or find("gcc") is None
