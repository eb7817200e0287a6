"""Symbols that the linker defines itself where something refers to them and nothing else defines them.

Source: measured with GNU ld and gold 2.40, lld 14 and 19 and mold 1.10, one object per machine that refers to every
candidate (the names in the default linker scripts, and those in the ABI supplements); `tests/oracle` repeats it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from arfix.linkage.model import Linker, Target

if TYPE_CHECKING:
    from arfix.formats.model import Machine

#: Ends of segments and the file's own header: in every default script, for every target.
_EDGES = frozenset({"_etext", "etext", "_edata", "edata", "_end", "end", "__bss_start", "__ehdr_start"})
#: Bounds of the tables of constructors. GNU ld's script for shared objects leaves them out.
_ARRAYS = frozenset(
    {
        "__preinit_array_start",
        "__preinit_array_end",
        "__init_array_start",
        "__init_array_end",
        "__fini_array_start",
        "__fini_array_end",
    }
)
_EXECUTABLE_START = "__executable_start"
_GOT = "_GLOBAL_OFFSET_TABLE_"
_TLS_BASE = "_TLS_MODULE_BASE_"
_RELA_IPLT = frozenset({"__rela_iplt_start", "__rela_iplt_end"})
_REL_IPLT = frozenset({"__rel_iplt_start", "__rel_iplt_end"})
_EXIDX = frozenset({"__exidx_start", "__exidx_end"})
_PLT = "_PROCEDURE_LINKAGE_TABLE_"
#: The MIPS o32 and n64 pointers into the small data; `_gp_disp` is a distance, `__gnu_local_gp` is for non-PIC code.
_MIPS_POINTERS = frozenset({"_gp", "_gp_disp", "__gnu_local_gp"})

#: Machines whose dynamic relocations have no addend, so that IRELATIVE ones lie between `__rel_iplt_*`.
_REL_MACHINES = frozenset({"i386", "arm", "mips", "mips32"})
#: Machines for which GNU ld defines `_TLS_MODULE_BASE_` whenever there is thread-local storage.
_TLS_BASE_LD = frozenset({"aarch64", "arm"})
#: The name a 64-bit PowerPC ABI gives to the TOC pointer.
_TOC = ".TOC."

#: GNU ld adds these for the machines that `elf.sc` calls with OTHER_BSS_SYMBOLS and its like.
_LD_EXTRA: dict[str, frozenset[str]] = {
    "aarch64": frozenset({"__bss_start__", "__bss_end__", "_bss_end__", "__end__", "__data_start"}),
    "arm": frozenset({"__bss_start__", "__bss_end__", "_bss_end__", "__end__", "__data_start"}) | _EXIDX,
    "riscv": frozenset({_PLT}),
    "mips": _MIPS_POINTERS | {"_fdata", "_ftext", "_fbss", "_DYNAMIC_LINKING"},
    "ppc64": frozenset({_TOC}),
}
#: The same for executables and PIE only.
_LD_EXTRA_EXECUTABLE: dict[str, frozenset[str]] = {
    "riscv": frozenset({"__global_pointer$", "__BSS_END__", "__DATA_BEGIN__", "__SDATA_BEGIN__"}),
    "mips": frozenset({"__RLD_MAP"}),
}
#: gold takes the TLS resolver as "defined by the ABI" and never calls it undefined.
_GOLD_ABI = {
    "x86-64": "__tls_get_addr",
    "i386": "___tls_get_addr",
    "s390x": "__tls_get_offset",
    "s390": "__tls_get_offset",
}
_LLD_EXTRA: dict[str, frozenset[str]] = {
    "x86-64": frozenset({_TLS_BASE}),
    "i386": frozenset({_TLS_BASE}),
    "arm": _EXIDX,
    "mips": _MIPS_POINTERS,
    "ppc64": frozenset({_TOC}),
}
#: mold defines what any of its targets needs, in every kind of output.
_MOLD_COMMON = frozenset({_EXECUTABLE_START, "_DYNAMIC", _GOT, _PLT, "__GNU_EH_FRAME_HDR", "__dso_handle"})
_MOLD_EXTRA: dict[str, frozenset[str]] = {
    "x86-64": frozenset({_TLS_BASE}),
    "i386": frozenset({_TLS_BASE}),
    "aarch64": frozenset({_TLS_BASE}),
    "arm": _EXIDX | {_TLS_BASE},
    "ppc64": frozenset({_TOC}),
}

#: What wasm-ld defines. Source: lld `wasm/Driver.cpp` (`createSyntheticSymbols`, `createOptionalSymbols`); data symbols
#: measured with wasm-ld 19.
_WASM = frozenset(
    {
        *("__stack_pointer", "__indirect_function_table", "__wasm_call_ctors", "__dso_handle", "__data_end"),
        *("__heap_base", "__heap_end", "__stack_low", "__stack_high", "__global_base", "__memory_base", "__table_base"),
        *("__tls_base", "__tls_size", "__tls_align"),
    }
)
#: What GNU ld's script for Windows programs defines; lld in its MinGW mode has most of it. Source: `ld --verbose` of
#: x86_64-w64-mingw32 and i686-w64-mingw32, binutils 2.40; `__ImageBase` is the linkers' own.
_PE = frozenset(
    {
        *("__ImageBase", "__image_base__", "__CTOR_LIST__", "__DTOR_LIST__", "___CTOR_LIST__", "___DTOR_LIST__"),
        *("__RUNTIME_PSEUDO_RELOC_LIST__", "__RUNTIME_PSEUDO_RELOC_LIST_END__", "___RUNTIME_PSEUDO_RELOC_LIST__"),
        *("___RUNTIME_PSEUDO_RELOC_LIST_END__", "__IAT_start__", "__IAT_end__", "__bss_start__", "__bss_end__"),
        *("__data_start__", "__data_end__", "__end__", "_end", "end", "etext", "__rt_psrelocs_start"),
        *("__rt_psrelocs_end", "__rt_psrelocs_size", "___tls_start__", "___tls_end__", "__section_alignment__"),
        *("__file_alignment__", "__major_os_version__", "__minor_os_version__", "__major_image_version__"),
        *("__minor_image_version__", "__major_subsystem_version__", "__minor_subsystem_version__", "__subsystem__"),
        *("__size_of_stack_reserve__", "__size_of_stack_commit__", "__size_of_heap_reserve__", "__loader_flags__"),
        *("__size_of_heap_commit__", "__dll__", "__dll_characteristics__"),
    }
)

_SAVE_RESTORE = (
    *(("_savegpr0_", 14), ("_restgpr0_", 14), ("_savegpr1_", 14), ("_restgpr1_", 14)),
    *(("_savefpr_", 14), ("_restfpr_", 14), ("_savevr_", 20), ("_restvr_", 20)),
)


def family(machine: Machine | None) -> str:
    """Return the machine's name with byte order and word size left out where they make no difference here."""
    if machine is None:
        return ""
    for prefix in ("riscv", "mips", "ppc64", "powerpc64", "aarch64"):
        if machine.name.startswith(prefix):
            return prefix.replace("powerpc", "ppc")
    return machine.name


def linker_defined(
    linker: Linker, machine: Machine | None, target: Target, *, dynamic: bool, tls: bool = False
) -> frozenset[str]:
    """Return the names that `linker` defines on demand in an output of that kind.

    `__start_NAME` and `__stop_NAME` depend on the sections that enter and are not among them.

    Args:
        linker: Whose table.
        machine: Of the output; None leaves only what all machines share.
        target: What is made. A relocatable output defines nothing.
        dynamic: Whether a shared object is linked; PIE and shared outputs have a dynamic section anyway.
        tls: Whether anything in the link is thread-local.
    """
    if target is Target.RELOCATABLE:
        return frozenset()
    name = family(machine)
    if name == "wasm32":
        return _WASM
    dynamic = dynamic or target in (Target.PIE, Target.SHARED)
    common = _EDGES | ({"_DYNAMIC"} if dynamic else frozenset())
    if name != "ppc64":
        common |= {_GOT}
    else:
        common |= _save_restore(linker)
    match linker:
        case Linker.LD:
            return common | _ld(name, target, tls=tls)
        case Linker.GOLD:
            return common | _gold(name, target, dynamic=dynamic)
        case Linker.LLD:
            return common | _lld(name, target)
        case Linker.MOLD:
            iplt = _REL_IPLT if name in _REL_MACHINES else _RELA_IPLT
            pointer = {"__global_pointer$"} if name == "riscv" and target is not Target.SHARED else frozenset()
            return common | _ARRAYS | _MOLD_COMMON | iplt | _MOLD_EXTRA.get(name, frozenset()) | pointer
        case _:
            assert_never(linker)


def layout_defined(linker: Linker) -> frozenset[str]:
    """Return the names that the linker defines with its own layout alone, and not with a script of the user.

    Source: measured with GNU ld and gold 2.40, lld 14 and 19; lld `ELF/Writer.cpp` (`addReservedSymbols`).
    """
    match linker:
        case Linker.LD:
            extra = frozenset().union(*_LD_EXTRA.values(), *_LD_EXTRA_EXECUTABLE.values())
            own = {_TOC, _PLT, "_gp_disp", "__gnu_local_gp"}
            return (
                _EDGES
                | _ARRAYS
                | _RELA_IPLT
                | _REL_IPLT
                | {_EXECUTABLE_START, "__etext", "__tdata_start"}
                | extra - own
            )
        case Linker.LLD:
            return _EDGES - {"__ehdr_start"}
        case Linker.GOLD | Linker.MOLD:
            return frozenset()
        case _:
            assert_never(linker)


def _ld(name: str, target: Target, *, tls: bool) -> frozenset[str]:
    names = _LD_EXTRA.get(name, frozenset()) | {"__etext"}
    if target is not Target.SHARED:
        names |= _ARRAYS | {_EXECUTABLE_START, "__tdata_start"} | _LD_EXTRA_EXECUTABLE.get(name, frozenset())
    if target is Target.EXECUTABLE:
        # GNU ld's scripts for REL machines spell both names; only one of the two tables is ever filled.
        names |= _REL_IPLT | _RELA_IPLT if name in ("arm", "mips") else _REL_IPLT if name == "i386" else _RELA_IPLT
    if tls and name in _TLS_BASE_LD:
        names |= {_TLS_BASE}
    return names


def _gold(name: str, target: Target, *, dynamic: bool) -> frozenset[str]:
    names = _ARRAYS | {_EXECUTABLE_START, "__stack", "__etext"}
    if target is Target.EXECUTABLE and not dynamic:
        names |= _REL_IPLT if name == "i386" else _RELA_IPLT if name != "arm" else frozenset()
    if name in _GOLD_ABI:
        names |= {_GOLD_ABI[name]}
    if name == "mips":
        names |= _MIPS_POINTERS | {"__RLD_MAP"}
    if name == "arm":
        names |= _EXIDX | {"__tls_get_addr"}
    if name == "ppc64":
        names |= {_TOC, "__tls_get_addr"}
    return names


def _lld(name: str, target: Target) -> frozenset[str]:
    names = _ARRAYS | {_EXECUTABLE_START, "__dso_handle"} | _LLD_EXTRA.get(name, frozenset())
    if target is Target.EXECUTABLE:
        names |= _REL_IPLT if name in _REL_MACHINES else _RELA_IPLT
    if name == "riscv" and target is not Target.SHARED:
        names |= {"__global_pointer$"}
    return names


def _save_restore(linker: Linker) -> frozenset[str]:
    """The out-of-line register savers of 64-bit PowerPC: GNU ld and gold make all, lld the integer ones, mold none."""
    match linker:
        case Linker.LD | Linker.GOLD:
            kinds = len(_SAVE_RESTORE)
        case Linker.LLD:
            kinds = 4
        case Linker.MOLD:
            kinds = 0
        case _:
            assert_never(linker)
    return frozenset(f"{prefix}{number}" for prefix, first in _SAVE_RESTORE[:kinds] for number in range(first, 32))


def windows_defined(machine: Machine | None) -> frozenset[str]:
    """Return the names that linkers for Windows define; on i386 with the underscore that C names have there."""
    return _PE | {f"_{name}" for name in _PE} if machine is not None and machine.name == "i386" else _PE


def section_of_bound(name: str) -> str | None:
    """Return the section whose start or end `__start_NAME` or `__stop_NAME` is, or None for any other name.

    Every linker defines them where the output has an allocated section NAME, if NAME is a C identifier.
    """
    for prefix in ("__start_", "__stop_"):
        if name.startswith(prefix):
            section = name.removeprefix(prefix)
            return section if section.isidentifier() and section.isascii() else None
    return None
