from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.audit.libraries import findings, library
from tests.elf_builder import ALLOC, Sec, elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

WITH = elf("f", sections=(Sec(".rodata", b"\0/home/me/src/lib/x.c\0", flags=ALLOC),))
WITHOUT = elf("g", sections=(Sec(".rodata", b"\0/usr/share/x/x.c\0", flags=ALLOC),))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.a").write_bytes(ar(("a.o", WITH), ("b.o", WITHOUT), index=(("f", 0), ("g", 1))))
    return "x.a"


def test_members_with_such_paths_are_counted() -> None:
    (found,) = findings("build-paths", library(("a.o", WITH), ("b.o", WITHOUT), ("c.o", WITH)))
    assert found.member == "a.o"
    assert found.message == "names /home/me/src/lib/x.c, a path of the build machine; so does 1 more"
    assert found.related == ("libx.a(a.o)", "libx.a(c.o)")
    assert findings("build-paths", library(("b.o", WITHOUT))) == []


def test_it_runs_only_where_it_is_enabled(path: str, tmp_path: Path) -> None:
    assert "build-paths" not in arfix("check", path).stdout
    assert "build-paths" in arfix("check", path, "--enable", "build-paths").stdout
    (tmp_path / "arfix.toml").write_text('[check]\nenable = ["build-paths"]\n')
    assert "build-paths" in arfix("check", path).stdout
    assert "build-paths" not in arfix("check", path, "--ignore", "build-paths").stdout


def test_fix_reports_what_no_command_repairs(path: str) -> None:
    ran = arfix("fix", path, "--enable", "build-paths", "--fail-on", "warning", "--no-verify", "-n")
    assert (ran.code, "build-paths" in ran.stdout) == (1, True)


def test_a_rule_that_is_none_is_named_with_its_neighbours(path: str, tmp_path: Path) -> None:
    ran = arfix("check", path, "--enable", "buildpaths")
    assert (ran.code, "build-paths" in ran.stderr) == (2, True)
    (tmp_path / "arfix.toml").write_text('[check]\nenable = ["buildpaths"]\n')
    ran = arfix("check", path)
    assert (ran.code, "arfix.toml" in ran.stderr, "build-paths" in ran.stderr) == (2, True, True)
    (tmp_path / "arfix.toml").write_text("[check]\nenable = 1\n")
    assert arfix("check", path).code == 2
