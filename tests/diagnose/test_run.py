"""Everything that a link command would write goes to the scratch folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.diagnose.run import _redirected, run_link
from arfix.errors import AccessError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("gcc", "-o", "dir/app", "m.o"), ("gcc", "-o", "S/0-app", "m.o")),
        (("gcc", "-oapp", "m.o"), ("gcc", "-oS/0-app", "m.o")),
        (("gcc", "-Wl,-Map=a.map"), ("gcc", "-Wl,-Map=S/0-a.map")),
        (("gcc", "-Wl,-Map,a.map,-z,defs"), ("gcc", "-Wl,-Map,S/0-a.map,-z,defs")),
        (("gcc", "-Wl,-Map", "-Wl,a.map"), ("gcc", "-Wl,-Map", "-Wl,S/1-a.map")),
        (("ld", "--Map=a.map", "-Map", "b.map"), ("ld", "--Map=S/0-a.map", "-Map", "S/1-b.map")),
        (("link", r"/OUT:bin\app.exe", "/pdb:a.pdb"), ("link", "/OUT:S/0-app.exe", "/pdb:S/1-a.pdb")),
        (("gcc", "-save-temps", "m.o"), ("gcc", "-L.", "m.o")),
    ],
)
def test_files_that_are_written_are_moved(words: Sequence[str], expected: Sequence[str]) -> None:
    assert tuple(_redirected(words, "S")) == tuple(expected)


def test_a_program_that_is_no_linker_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="make is no compiler driver"):
        run_link(["make", "all"])
    with pytest.raises(UnsupportedError, match="an empty command"):
        run_link([])


def test_a_linker_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="cannot run"):
        run_link([str(tmp_path / "gcc"), "main.o"])


def test_a_command_runs_with_its_variables_and_in_its_folder(tmp_path: Path) -> None:
    tool = tmp_path / "gcc"
    tool.write_text('#!/bin/sh\necho "$LIBRARY_PATH" "${GONE-none}" "$(pwd)"\nexit 1\n')
    tool.chmod(0o755)
    folder = tmp_path / "sub"
    folder.mkdir()
    told = f"deep none {folder}\n".encode()
    assert run_link(["env", "-u", "GONE", "LIBRARY_PATH=deep", "-C", str(folder), str(tool), "m.o"]).log == told
    attempt = run_link(["sh", "-c", f"cd {folder} && LIBRARY_PATH=deep {tool} m.o"])
    assert attempt.log == told
    assert attempt.line.with_word("-lz", 1) == f"cd {folder} && LIBRARY_PATH=deep {tool} m.o -lz"
