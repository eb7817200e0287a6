"""Lines for MinGW's GNU ld: DLLs as inputs, and what may stay undefined."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.linkage.resolve import resolve
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.read import read_command
from tests.ar_builder import ar
from tests.foreign_objects import coff
from tests.formats.test_pe_image import dll

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "undefined"),
    [
        ("start.o", ["f"]),
        ("start.o f.dll", []),
        ("start.o -L. -lf", []),
        ("start.o -L. -lg", []),
        ("start.o -L. -l:f.dll", []),
        ("imp.o f.dll", []),
        ("imp.o libg.a", ["__imp_f"]),
        ("-shared start.o", ["f"]),
        ("-shared start.o --unresolved-symbols=ignore-all", ["f"]),
        ("start.o --warn-unresolved-symbols", ["f"]),
        ("start.o --noinhibit-exec", []),
    ],
)
def test_what_stays_undefined(line: str, undefined: list[str], tmp_path: Path) -> None:
    (tmp_path / "start.o").write_bytes(coff("mainCRTStartup", "?f"))
    (tmp_path / "imp.o").write_bytes(coff("mainCRTStartup", "?__imp_f"))
    (tmp_path / "f.dll").write_bytes(dll("f"))
    (tmp_path / "libg.a").write_bytes(ar(("f.o", coff("f")), index=(("f", 0),)))
    command = read_command(["ld", "-m", "i386pep", *line.split()], str(tmp_path))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        assert opened.errors == ()
        assert list(resolve(link_of(command, opened.files, stack), command.tool.linker).errors) == undefined


def test_a_dll_is_no_library_for_lld_link(tmp_path: Path) -> None:
    (tmp_path / "f.dll").write_bytes(dll("f"))
    command = read_command(["lld-link", "/dll", "/noentry", "f.dll"], str(tmp_path))
    with ExitStack() as stack:
        (error,) = open_files(command, stack).errors
        assert "import library" in str(error)
