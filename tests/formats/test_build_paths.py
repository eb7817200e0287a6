"""Paths of the building machine, in what real compilers write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.formats.build_paths import find_build_paths
from arfix.formats.inspect import inspect_object
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
#include <assert.h>
const char *p = "/etc/passwd", *q = "/usr/share/zoneinfo/UTC", *t = "/tmp/.X11-unix/X0", *h = "/home/%s/.config/x";
void f(int x) { {check} }
"""


def paths(folder: Path, *flags: str, check: str = "", compiler: str = "gcc") -> tuple[str, ...]:
    source = folder / "a.c"
    source.write_text(PROGRAM.replace("{check}", check))
    output_of(need(compiler, f"{compiler}-19"), *flags, "-c", source, "-o", folder / "a.o", cwd=folder)
    view = memoryview((folder / "a.o").read_bytes())
    return find_build_paths(inspect_object(view))


@pytest.mark.oracle
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", [("-g",), ("-g", "-gdwarf-4"), ("-g", "-gz"), ("-g3",)])
def test_debug_information_names_the_directory(tmp_path: Path, flags: tuple[str, ...], compiler: str) -> None:
    assert any(path.startswith(str(tmp_path)) for path in paths(tmp_path, *flags, compiler=compiler))


@pytest.mark.oracle
def test_an_assertion_names_the_source_file(tmp_path: Path) -> None:
    assert paths(tmp_path, check="assert(x);") == (f"{tmp_path}/a.c",)


@pytest.mark.oracle
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_advised_option_leaves_none(tmp_path: Path, compiler: str) -> None:
    flags = ("-g", f"-ffile-prefix-map={tmp_path}=.")
    assert paths(tmp_path, *flags, check="assert(x);", compiler=compiler) == ()
    half = ("-g", f"-fdebug-prefix-map={tmp_path}=.")
    assert paths(tmp_path, *half, check="assert(x);", compiler=compiler) == (f"{tmp_path}/a.c",)


@pytest.mark.oracle
def test_paths_that_mean_the_same_everywhere_are_none(tmp_path: Path) -> None:
    assert paths(tmp_path) == ()


@pytest.mark.oracle
def test_a_prefix_in_a_home_directory(tmp_path: Path) -> None:
    assert paths(tmp_path, check='p = "/home/me/install/share/app";') == ("/home/me/install/share/app",)


@pytest.mark.oracle
def test_objects_of_other_formats(tmp_path: Path) -> None:
    flags = ("-target", "arm64-apple-macos13", "-ffreestanding")
    source = "p = __FILE__;"
    (tmp_path / "a.c").write_text(f"const char *p; void f(void) {{ {source} }}")
    output_of(need("clang", "clang-19"), *flags, "-c", tmp_path / "a.c", "-o", tmp_path / "m.o")
    view = memoryview((tmp_path / "m.o").read_bytes())
    assert find_build_paths(inspect_object(view)) == (f"{tmp_path}/a.c",)


def test_any_bytes_are_searched_without_an_error() -> None:
    view = memoryview(b"\x7fELF\x02\x01\x01" + bytes(40) + b"/home/me/src/x.c\0")
    assert find_build_paths(inspect_object(view)) == ()
