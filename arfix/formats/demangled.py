"""Mangled names of C++ and Rust as people write them, and back: `_ZN2ns1fEi` is `ns::f(int)`.

LIEF demangles by the C++ runtime's own `__cxa_demangle`, which is what GNU ld prints. Importing it takes 0.3 to 0.7
seconds, so it is imported when the first mangled name is to be printed, and a run without one never pays. Rust's legacy
names are Itanium names; its newer ones (`_R...`) are demangled where the package rust-demangler is installed.
Source: Itanium C++ ABI, section 5.1; Rust RFC 2603.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: How mangled names begin; Mach-O and i386 COFF put one more underscore before them.
_PREFIXES: Final = ("_Z", "__Z", "_R", "__R")
#: The hash at the end of Rust's legacy names.
_RUST_HASH: Final = re.compile(r"::h[0-9a-f]{16}(?=$| )")
#: No longer name is demangled: the answer may be many times as long.
_LONGEST: Final = 16_384


def is_mangled(name: str) -> bool:
    """Return whether a name looks mangled by the rules of C++ or Rust."""
    return name.startswith(_PREFIXES)


@cache
def demangle(name: str) -> str | None:
    """Return a mangled name as the linkers print it, or None for any other name. A version stays behind it."""
    if not is_mangled(name) or len(name) > _LONGEST or not name.isascii():
        return None
    base, at, version = name.partition("@")
    base = base.removeprefix("_") if base.startswith(("__Z", "__R")) else base
    found = _of_rust(base) if base.startswith("_R") else _of_cxx()(base)
    if not found or found == base:
        return None
    return f"{found}{at}{version}"


@cache
def _of_cxx() -> Callable[[str], str]:
    import lief  # noqa: PLC0415 (start-up)

    symbol = lief.ELF.Symbol()

    def demangled(name: str) -> str:
        symbol.name = name
        return str(symbol.demangled_name)

    return demangled


def _of_rust(name: str) -> str | None:
    try:
        from rust_demangler import demangle as of_rust  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

        return str(of_rust(name))
    except Exception:  # noqa: BLE001 (not installed, or a name that it cannot read: the raw one is shown)
        return None


def looks_demangled(text: str) -> bool:
    """Return whether a text is a name as people write it, rather than as an object stores it."""
    return "::" in text or "(" in text or text.startswith(("operator", "vtable for ", "typeinfo ", "guard variable "))


def mangled_names(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of `names` that `text` means, sorted: as the linker prints it, or without its parameters.

    A name that is among them as it is means itself. Blanks make no difference, nor does the hash of a Rust name. All
    overloads are meant where only the name is given.
    """
    known = set(names)
    if text in known or not looks_demangled(text):
        return (text,) if text in known else ()
    wanted = _key(text)
    exact, without_parameters = [], []
    for name in sorted(known):
        found = demangle(name)
        if found is None:
            continue
        if wanted in (_key(found), _key(found.partition("@")[0])):
            exact.append(name)
        elif "(" not in text and _key(_without_parameters(found)) == wanted:
            without_parameters.append(name)
    return tuple(exact or without_parameters)


def _key(text: str) -> str:
    return "".join(_RUST_HASH.sub("", text).split())


def _without_parameters(text: str) -> str:
    """Return `ns::f` for `ns::f(int) const`: the text before the last outermost parenthesis."""
    depth, end = 0, None
    for at in range(len(text) - 1, -1, -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            depth -= 1
            if depth == 0:
                end = at
                break
    return text if end is None else text[:end]
