from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from tests.run_arfix import arfix as run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_lines_are_those_of_the_command() -> None:
    made = arfix.hook("make", recipe="build/arfix.toml", sysroot="root")
    assert made.text == run("hook", "make", "--recipe", "build/arfix.toml", "--sysroot", "root").stdout
    assert (made.system, made.file) == ("make", "arfix.mk")


def test_a_path_object_will_do(tmp_path: Path) -> None:
    assert str(tmp_path) in arfix.hook("cmake", sysroot=tmp_path).text


def test_an_unknown_system_names_the_known_ones() -> None:
    with pytest.raises(arfix.UsageError, match='"scons"') as caught:
        arfix.hook("scons")
    assert "meson" in (caught.value.hint or "")
