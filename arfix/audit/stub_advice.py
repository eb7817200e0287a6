"""Advice on stubs for missing symbols: whether one is right, which one, and at what cost.

A stub is safe only if no available file defines the symbol, every reference is a call, and the knowledge base records
how the function reports failure. A function of glibc alone becomes a jump to the plain function if the platform has
it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Safety
from arfix.edits.requests import hinted
from arfix.formats.model import ELF_CONTENTS
from arfix.linkage.compiler_runtime import is_compiler_runtime
from arfix.linkage.linker_defined import linker_defined, section_of_bound
from arfix.linkage.model import Linker, Target
from arfix.symbols.name import SymbolName
from arfix.symbols.references import ReferenceKind, reference_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.context import Context
    from arfix.linkage.model import Undefined
    from arfix.stubs.knowledge import KnownFunction
    from arfix.stubs.platform import CLibrary

#: Symbols of start files and of programs, which no library defines.
_START_FILES = frozenset(
    [
        "_start",
        "__start",
        "start",
        "main",
        "WinMain",
        "_init",
        "_fini",
        "__dso_handle",
        "__TMC_END__",
        "_DYNAMIC",
        "__EH_FRAME_BEGIN__",
        "__CTOR_LIST__",
        "__DTOR_LIST__",
        "__libc_csu_init",
        "__libc_csu_fini",
    ]
)
#: Mangled names: Itanium C++ and Rust's older scheme, Rust's v0, D, with Mach-O's underscore; Microsoft C++.
_MANGLED = re.compile(r"_?_Z|_?_R[A-Z]|_?_D\d|\?")
#: What the C++ runtime defines, beside functions of the C library that C++ code calls.
_CXX_RUNTIME = ("__cxa_", "__gxx_", "__cxxabi", "_Unwind_")
_C_LIBRARY_CXX = frozenset({"__cxa_atexit", "__cxa_finalize", "__cxa_thread_atexit_impl"})


class StubAdvice(NamedTuple):
    """The advice for one missing symbol.

    Attributes:
        symbol: `NAME` or `NAME=WHAT`, as `arfix stub` takes it; None if no stub can be right.
        safety: Whether the stub is safe.
        reason: Why there is no stub, to be added to a message.
        cost: What an unsafe stub does, as a sentence without a final full stop.
        guessed: The knowledge base does not have the function, so what the stub returns is a guess.
    """

    symbol: str | None
    safety: Safety = Safety.SAFE
    reason: str = ""
    cost: str = ""
    guessed: bool = False


def advise_stub(context: Context, undefined: Undefined) -> StubAdvice:
    """Return the advice for a symbol that nothing in the link defines.

    The caller has already searched elsewhere (`Undefined.candidates`, nested archives, libraries not on the line).
    """
    name = undefined.name
    refusal = _refusal(name)
    if refusal is not None:
        return StubAdvice(None, reason=refusal)
    if any(context.units[number].content not in ELF_CONTENTS for number in undefined.referrers):
        return StubAdvice(None, reason="arfix makes stubs for ELF objects only")
    kinds = frozenset(kind for number in undefined.referrers for kind in _kinds(context, number, name))
    if ReferenceKind.THREAD_LOCAL in kinds:
        return StubAdvice(None, reason="it is a thread-local variable, and a stub is a function")

    from arfix.stubs.forwards import plain_function  # noqa: PLC0415 (only where something is missing)
    from arfix.stubs.knowledge import look_up  # noqa: PLC0415

    plain = plain_function(name)
    if plain is not None and context.has_definition(plain):
        return StubAdvice(f"{name}=alias:{plain}")
    known = look_up(name)
    return _of_unknown(name, kinds) if known is None else _of_known(known, kinds)


def reach_of_errno(context: Context, owner: int, symbols: Iterable[str]) -> tuple[CLibrary | None, str]:
    """Return the C library to pass to `arfix stub`, and the reason if the stubs cannot be made.

    No library is needed if no stub sets `errno`, or if the archive's own objects show how to reach it.

    Args:
        context: The link.
        owner: The archive, as a position in `Link.inputs`.
        symbols: `NAME` or `NAME=WHAT` of each stub.
    """
    from arfix.edits.stub import parse_request  # noqa: PLC0415 (only where something is missing)
    from arfix.stubs.behaviour import Fail, ReturnName  # noqa: PLC0415
    from arfix.stubs.platform import SIGNS, CLibrary  # noqa: PLC0415

    if not any(isinstance(parse_request(symbol).stub.behaviour, Fail | ReturnName) for symbol in symbols):
        return None, ""
    units = (unit for unit in context.result.link.inputs[owner].units if unit.is_object)
    if any(not SIGNS.keys().isdisjoint(unit.table.references) for unit in units):
        return None, ""
    signs = {
        "___errno_location": CLibrary.MUSL,
        "__errno_location": CLibrary.GLIBC,
        "__errno": CLibrary.BIONIC if context.has_definition("__libc_init") else CLibrary.NEWLIB,
        "errno": CLibrary.PICOLIBC,
    }
    found = next((library for sign, library in signs.items() if context.has_definition(sign)), None)
    return found, "" if found else "no stub, since nothing here has errno: name the C library with --provider"


def _of_unknown(name: str, kinds: frozenset[ReferenceKind]) -> StubAdvice:
    if ReferenceKind.DATA in kinds and ReferenceKind.CALL not in kinds:
        return StubAdvice(
            None,
            reason=f"it is used as a variable; {hinted('stub', (f'{name}=data:SIZE',))} makes one if its size is known",
        )
    cost = f"arfix does not know {name}: the stub returns -1 with errno ENOSYS"
    return StubAdvice(name, Safety.UNSAFE, cost=cost, guessed=True)


def _of_known(known: KnownFunction, kinds: frozenset[ReferenceKind]) -> StubAdvice:
    from arfix.stubs.behaviour import Return, Trap  # noqa: PLC0415 (only where something is missing)

    name = known.name
    if isinstance(known.behaviour, Trap):
        return StubAdvice(name, Safety.UNSAFE, cost=f"{name} stops the program when it is called")
    if isinstance(known.behaviour, Return) and known.behaviour.value > 0:
        return StubAdvice(name, Safety.UNSAFE, cost=f"{name} always returns {known.behaviour.value}")
    if kinds != {ReferenceKind.CALL}:
        return StubAdvice(name, Safety.UNSAFE, cost=f"{name}, whose address is used, fails wherever it is called")
    return StubAdvice(name)


def _refusal(name: str) -> str | None:
    """Return why no stub for this name can be right; None if one may be."""
    if SymbolName.parse(name).version is not None:
        return "it is wanted with a version, and a stub has none"
    if _MANGLED.match(name):
        return "it is a mangled name, and a stub would take the wrong arguments apart"
    if name in _START_FILES:
        return "start files or the program define it, not a library"
    if section_of_bound(name) is not None or name in _made_by_linkers():
        return "the linker makes it from the sections of the link"
    if is_compiler_runtime(name) or (name.startswith(_CXX_RUNTIME) and name not in _C_LIBRARY_CXX):
        return "the compiler's runtime defines it"
    return None


@cache
def _made_by_linkers() -> frozenset[str]:
    return frozenset().union(
        *(
            linker_defined(linker, None, target, dynamic=True, tls=True)
            for linker in Linker
            for target in Target
            if target is not Target.RELOCATABLE
        )
    )


def _kinds(context: Context, number: int, name: str) -> frozenset[ReferenceKind]:
    return reference_kinds(context.units[number].facts.elf, name)
