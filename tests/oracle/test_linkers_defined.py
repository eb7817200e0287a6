"""Which names the linkers define themselves, machine by machine: one object asks for every candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import ArfixError, Where
from arfix.linkage.compare import Aspect, compare
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker, links_for
from arfix.linkage.model import Link, Linker, Target
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.ar_builder import ar
from tests.elf_builder import ALLOC, IS_TLS, STACK_NOTE, TLS, UNDEF, WRITE, Rel, Sec, Sym, elf
from tests.tools import give_up, not_here

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: Names of default linker scripts and psABIs, those that no linker has among them.
CANDIDATES = [
    "_etext",
    "etext",
    "__etext",
    "_edata",
    "edata",
    "_end",
    "end",
    "__end__",
    "__bss_start",
    "__bss_start__",
    "__bss_end__",
    "_bss_end__",
    "__ehdr_start",
    "__executable_start",
    "__dso_handle",
    "__preinit_array_start",
    "__preinit_array_end",
    "__init_array_start",
    "__init_array_end",
    "__fini_array_start",
    "__fini_array_end",
    "__exidx_start",
    "__exidx_end",
    "__data_start",
    "__tdata_start",
    "__stack",
    "_stack",
    "__GNU_EH_FRAME_HDR",
    "_PROCEDURE_LINKAGE_TABLE_",
    "__start_things",
    "__stop_things",
    "__start_nothing",
    "data_start",
    "_init",
    "_fini",
    "main",
    "__TMC_END__",
    "__CTOR_LIST__",
    "__load_base",
    "__relro_start",
    "__stack_chk_guard",
    "__libc_csu_init",
]

#: Machine -> `e_machine`, bits, byte order, the relocation that stores an address, GNU triple.
MACHINES = {
    "x86-64": (62, 64, "<", 1, "x86_64-linux-gnu"),
    "i386": (3, 32, "<", 1, "i686-linux-gnu"),
    "aarch64": (183, 64, "<", 257, "aarch64-linux-gnu"),
    "arm": (40, 32, "<", 2, "arm-linux-gnueabihf"),
}


def asking(machine: str) -> bytes:
    """An object that stores the address of every candidate, and has a section `things` and thread-local storage."""
    number, bits, order, store, _ = MACHINES[machine]
    word = bits // 8
    stores = tuple(Rel(at * word, store, name) for at, name in enumerate(CANDIDATES))
    sections = (
        Sec(".data", bytes(word * len(CANDIDATES)), flags=ALLOC | WRITE, align=word, relocations=stores),
        Sec(".tdata", bytes(word), flags=ALLOC | WRITE | IS_TLS, align=word),
        Sec("things", bytes(word), flags=ALLOC | WRITE, align=word),
        STACK_NOTE,
    )
    wanted = (Sym(name, UNDEF) for name in CANDIDATES)
    flags = 0x5000400 if machine == "arm" else 0
    own = Sym("own", ".tdata", type=TLS)
    return elf(own, *wanted, sections=sections, machine=number, bits=bits, order=order, flags=flags)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED], ids=lambda target: target.value)
@pytest.mark.parametrize("linker", Linker, ids=lambda linker: linker.value)
def test_the_table_is_right(machine: str, target: Target, linker: Linker, tmp_path: Path) -> None:
    path = tmp_path / "libask.a"
    path.write_bytes(ar(("ask.o", asking(machine)), index=(("own", 0),)))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), target)
        output = resolve(link).machine
        assert output is not None
        try:
            program = find_linker(linker.value, output)
        except ArfixError as error:
            give_up(str(error))
        if not links_for(program, output):
            # Debian 13 has gold for its own machines alone.
            (not_here if linker is Linker.GOLD else give_up)(f"{program.path} does not link for {machine}")
        result = resolve(link, linker, program.release)
        found = compare(result, try_link(link, program, output))
        assert [one for one in found if one.aspect is Aspect.UNDEFINED] == []
        assert len(result.errors) > 5
        assert len(result.linker_defined) > 5
