"""Demangled symbol names with their versions, and the symbols that a demangled name refers to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from arfix.formats.demangled import can_demangle, demangle_base, is_mangled
from arfix.formats.lief_package import require_lief
from arfix.symbols.name import SymbolName

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The hash at the end of Rust's legacy names.
_RUST_HASH: Final = re.compile(r"::h[0-9a-f]{16}(?=$| )")


def demangle(name: str) -> str | None:
    """Return a mangled name as the linkers print it, followed by its version, or None for any other name."""
    if not is_mangled(name):
        return None
    parts = SymbolName.parse(name)
    found = demangle_base(parts.base)
    return None if found is None else str(parts._replace(base=found))


def looks_demangled(text: str) -> bool:
    """Return whether a text is a demangled name rather than one that an object stores."""
    return "::" in text or "(" in text or text.startswith(("operator", "vtable for ", "typeinfo ", "guard variable "))


def mangled_names(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of `names` that `text` refers to, sorted: as the linker prints them, or without parameters.

    A text that is one of `names` refers to that name. Blanks and the hash of a Rust name are ignored. Without
    parameters, the text refers to all overloads.

    Raises:
        MissingPackageError: There are mangled names to compare with, and nothing that demangles them.
    """
    known = set(names)
    if text in known or not looks_demangled(text):
        return (text,) if text in known else ()
    if not can_demangle() and any(map(is_mangled, known)):
        require_lief(f"finding the symbol of {text!r} without a C++ runtime")
    wanted = _key(text)
    exact, without_parameters = [], []
    for name in sorted(known):
        parts = SymbolName.parse(name)
        base = demangle_base(parts.base)
        if base is None:
            continue
        if wanted in (_key(base), _key(str(parts._replace(base=base)))):
            exact.append(name)
        elif "(" not in text and _key(_without_parameters(base)) == wanted:
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
