"""Finds symbols that an image should not export: a module's own, the runtime's state, those on a deny list."""

from __future__ import annotations

from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkage.exports import Module


class ForbiddenReason(Enum):
    """Why a symbol should not be exported. The value is the word shown in JSON."""

    MODULE_INIT = "module-init"
    """A program still contains the entry point of an extension module that is now a separate file."""
    RUNTIME_STATE = "runtime-state"
    """The compiler's runtime keeps state behind it; exported, it takes the place of that of libraries loaded later."""
    DENIED = "denied"
    """It is on a deny list."""


class ForbiddenExport(NamedTuple):
    """A symbol that should not be exported.

    Attributes:
        image: Path of the image that has it.
        symbol: Its name.
        ground: Why it should not be.
        because: The module that brings it too, the part of the runtime, or the pattern of the list.
    """

    image: str
    symbol: str
    ground: ForbiddenReason
    because: str


#: The entry point of an extension module. Source: Python/C API, "Module Objects" (PEP 489).
_INIT: Final = "PyInit_*"
#: Part of libgcc, its state kept behind its functions -> patterns of their names.
#: Sources: GCC `libgcc/unwind-dw2-fde.c` (registered frames), `unwind*.inc`, `emutls.c`, `libgcov*.c`.
_RUNTIME: Final = {
    "unwinder": ("_Unwind_*", "__register_frame*", "__deregister_frame*", "__frame_state_for", "__gcc_personality_*"),
    "emulated thread-local storage": ("__emutls_get_address", "__emutls_register_common"),
    "coverage": ("__gcov_*", "gcov_*", "mangle_path"),
}


def find_forbidden(modules: Sequence[Module], deny: Sequence[str], allow: Sequence[str]) -> tuple[ForbiddenExport, ...]:
    """Return the forbidden exports of the modules of one program: the program first, then the modules that it loads.

    Args:
        modules: The program, then its modules.
        deny: Further patterns, as shells write them, of names that should not be exported.
        allow: Patterns of names that may be exported all the same.
    """
    found = [
        one
        for number, module in enumerate(modules)
        for one in _forbidden(module, modules[1:], deny, is_program=number == 0)
    ]
    return tuple(one for one in found if not _matches(one.symbol, allow))


def _forbidden(
    module: Module, loaded: Sequence[Module], deny: Sequence[str], *, is_program: bool
) -> Iterator[ForbiddenExport]:
    for symbol in sorted(module.exports):
        pattern = _matches(symbol, deny)
        part = next((part for part, patterns in _RUNTIME.items() if _matches(symbol, patterns)), None)
        if is_program and fnmatchcase(symbol, _INIT):
            owner = next((one.path for one in loaded if symbol in one.exports), None)
            if owner is not None:
                yield ForbiddenExport(module.path, symbol, ForbiddenReason.MODULE_INIT, owner)
                continue
        if part is not None:
            yield ForbiddenExport(module.path, symbol, ForbiddenReason.RUNTIME_STATE, part)
        elif pattern is not None:
            yield ForbiddenExport(module.path, symbol, ForbiddenReason.DENIED, pattern)


def _matches(symbol: str, patterns: Sequence[str]) -> str | None:
    """Return the first pattern that the symbol matches."""
    return next((pattern for pattern in patterns if fnmatchcase(symbol, pattern)), None)
