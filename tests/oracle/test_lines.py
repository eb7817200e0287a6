"""Command lines of several Debian libraries: `make agreement` makes some 300, these are a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oracle.command_line import agree, line_of_gcc
from tests.oracle.lines import PROGRAMS, program_of
from tests.tools import give_up, need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkage.linkers import Program

pytestmark = pytest.mark.oracle

#: What is linked -> functions of it that the program uses. All are found on a machine with the usual -dev packages.
LIBRARIES = {
    "-lz": ("deflate", "crc32"),
    "-lssl -lcrypto": ("SSL_new", "SHA256", "ERR_get_error"),
    "-lm": ("pow", "sin"),
}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return program_of(request.param)


@pytest.mark.parametrize("flags", LIBRARIES)
@pytest.mark.parametrize("is_static", [False, True], ids=["shared", "static"])
def test_a_program_and_its_libraries(program: Program, flags: str, *, is_static: bool, tmp_path: Path) -> None:
    names = LIBRARIES[flags]
    lines = [*(f"extern char {name}[];" for name in names), "void *volatile used;", "int main(void) {"]
    (tmp_path / "main.c").write_text("\n".join([*lines, *(f"used = {name};" for name in names), "}"]), "utf-8")
    output_of(need("gcc"), "-fPIE", "-fno-builtin", "-w", "-c", "-o", tmp_path / "main.o", tmp_path / "main.c")
    try:
        line = line_of_gcc(flags, [*(["-static"] if is_static else []), str(tmp_path / "main.o"), *flags.split()])
    except FileNotFoundError as error:
        give_up(f"not installed: {error}")
    (found,) = agree(line, [program], tmp_path)
    assert found.differences == ()
    assert bool(found.pulled) is is_static
