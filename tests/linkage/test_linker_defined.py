from __future__ import annotations

import pytest

from arfix.formats.model import Machine
from arfix.linkage.linker_defined import family, linker_defined, section_of_bound
from arfix.linkage.model import Linker, Target

X86_64 = Machine("x86-64", 64, "little", 62)
PPC64LE = Machine("ppc64le", 64, "little", 21)
ARM = Machine("arm", 32, "little", 40)
RISCV = Machine("riscv", 64, "little", 243)


@pytest.mark.parametrize("linker", Linker)
@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED])
def test_what_every_linker_defines(linker: Linker, target: Target) -> None:
    names = linker_defined(linker, X86_64, target, dynamic=False)
    assert {"_end", "end", "_edata", "_etext", "__bss_start", "__ehdr_start", "_GLOBAL_OFFSET_TABLE_"} <= names
    assert not names & {"main", "_start", "__libc_start_main", "__start_things"}


@pytest.mark.parametrize("linker", Linker)
def test_a_relocatable_output_has_nothing(linker: Linker) -> None:
    assert not linker_defined(linker, X86_64, Target.RELOCATABLE, dynamic=True)


def test_where_they_differ() -> None:
    def has(name: str, target: Target, machine: Machine = X86_64, *, tls: bool = False) -> list[Linker]:
        return [one for one in Linker if name in linker_defined(one, machine, target, dynamic=False, tls=tls)]

    assert has("__dso_handle", Target.SHARED) == [Linker.LLD, Linker.MOLD]
    assert has("__init_array_start", Target.SHARED) == [Linker.GOLD, Linker.LLD, Linker.MOLD]
    assert has("_DYNAMIC", Target.EXECUTABLE) == [Linker.MOLD]
    assert has("_DYNAMIC", Target.PIE) == list(Linker)
    assert has("__tls_get_addr", Target.SHARED) == [Linker.GOLD]
    assert has("__rela_iplt_start", Target.PIE) == [Linker.MOLD]
    assert has("_TLS_MODULE_BASE_", Target.SHARED, ARM, tls=True) == [Linker.LD, Linker.MOLD]
    assert has("_savegpr0_14", Target.SHARED, PPC64LE) == [Linker.LD, Linker.GOLD, Linker.LLD]
    assert has("_savevr_20", Target.SHARED, PPC64LE) == [Linker.LD, Linker.GOLD]
    assert has(".TOC.", Target.SHARED, PPC64LE) == list(Linker)
    assert has("__global_pointer$", Target.PIE, RISCV) == [Linker.LD, Linker.LLD, Linker.MOLD]
    assert has("__exidx_start", Target.EXECUTABLE, ARM) == list(Linker)


def test_families() -> None:
    assert family(None) == ""
    assert family(PPC64LE) == "ppc64"
    assert family(X86_64) == "x86-64"


def test_bounds_of_sections() -> None:
    assert section_of_bound("__start_things") == section_of_bound("__stop_things") == "things"
    assert section_of_bound("__start_.text") is None
    assert section_of_bound("__startthings") is None
