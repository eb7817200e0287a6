"""Demangle C++ and Rust symbol names: `_ZN2ns1fEi` becomes `ns::f(int)`.

LIEF demangles with `__cxa_demangle` of the C++ runtime, which GNU ld uses too. Importing it takes 0.3 to 0.7 seconds,
so it is imported only when a mangled name has to be printed. Where LIEF is not installed, the same function of the
system's libstdc++ or libc++abi is called; without those, names are shown as they are stored. Rust's legacy names are
Itanium names; its newer ones (`_R...`) are demangled if the package rust-demangler is installed.
`arfix/symbols/demangled.py` handles versions.
Source: Itanium C++ ABI, section 5.1; Rust RFC 2603.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Prefixes of mangled names; Mach-O and i386 COFF put one more underscore in front.
_PREFIXES: Final = ("_Z", "__Z", "_R", "__R")
#: C++ runtimes that export `__cxa_demangle`.
_RUNTIMES: Final = ("libstdc++.so.6", "libc++abi.so.1", "libc++abi.dylib")
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


def can_demangle() -> bool:
    """Return whether names of C++ can be demangled here."""
    return _cxx_demangler() is not _as_stored


@cache
def _cxx_demangler() -> Callable[[str], str]:
    try:
        import lief  # noqa: PLC0415 (start-up)
    except ImportError:
        return _runtime_demangler() or _as_stored
    symbol = lief.ELF.Symbol()

    def demangled(name: str) -> str:
        symbol.name = name
        return str(symbol.demangled_name)

    return demangled


def _as_stored(name: str) -> str:
    return name


def _runtime_demangler() -> Callable[[str], str] | None:
    """Return a demangler that calls `__cxa_demangle` of a C++ runtime of this system; None without one."""
    import ctypes  # noqa: PLC0415 (only without LIEF)

    for library in _RUNTIMES:
        try:
            runtime = ctypes.CDLL(library)
            demangle, free = runtime["__cxa_demangle"], ctypes.CDLL(None).free
        except (OSError, AttributeError, TypeError):  # no such library, or a system whose C library has another name
            continue
        demangle.restype = ctypes.c_void_p
        demangle.argtypes = (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        free.restype, free.argtypes = None, (ctypes.c_void_p,)
        return partial(_call_runtime, demangle, free)
    return None


def _call_runtime(demangle: Callable[..., int | None], free: Callable[[int], None], name: str) -> str:
    import ctypes  # noqa: PLC0415 (loaded already)

    address = demangle(name.encode(), None, None, None)
    if not address:
        return name
    try:
        return ctypes.string_at(address).decode("utf-8", "surrogateescape")
    finally:
        free(address)


def _demangle_rust(name: str) -> str | None:
    try:
        from rust_demangler import demangle  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

        return str(demangle(name))
    except Exception:  # noqa: BLE001 (not installed, or a name that it cannot read: the raw one is shown)
        return None
