"""Demangle C++ and Rust symbol names: `_ZN2ns1fEi` becomes `ns::f(int)`.

LIEF demangles with `__cxa_demangle` of the C++ runtime, which GNU ld uses too. Importing it takes 0.3 to 0.7 seconds,
so it is imported only when a mangled name has to be printed. Rust's legacy names are Itanium names; its newer ones
(`_R...`) are demangled if the package rust-demangler is installed. `arfix/symbols/demangled.py` handles versions.
Source: Itanium C++ ABI, section 5.1; Rust RFC 2603.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Prefixes of mangled names; Mach-O and i386 COFF put one more underscore in front.
_PREFIXES: Final = ("_Z", "__Z", "_R", "__R")
#: Longer names are not demangled: the result can be many times as long.
_LONGEST: Final = 16_384


def is_mangled(name: str) -> bool:
    """Return whether a name looks mangled by the rules of C++ or Rust."""
    return name.startswith(_PREFIXES)


@cache
def demangle_base(name: str) -> str | None:
    """Return a mangled name without version as the linkers print it, or None for any other name."""
    if not is_mangled(name) or len(name) > _LONGEST or not name.isascii():
        return None
    base = name.removeprefix("_") if name.startswith(("__Z", "__R")) else name
    found = _demangle_rust(base) if base.startswith("_R") else _cxx_demangler()(base)
    return found if found and found != base else None


@cache
def _cxx_demangler() -> Callable[[str], str]:
    import lief  # noqa: PLC0415 (start-up)

    symbol = lief.ELF.Symbol()

    def demangled(name: str) -> str:
        symbol.name = name
        return str(symbol.demangled_name)

    return demangled


def _demangle_rust(name: str) -> str | None:
    try:
        from rust_demangler import demangle  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

        return str(demangle(name))
    except Exception:  # noqa: BLE001 (not installed, or a name that it cannot read: the raw one is shown)
        return None
