"""Finding a C++ function built for the other std::string ABI, under another mangled name.

Since GCC 5, `std::string` and `std::list` have two forms, so functions that take or return them have two mangled
names. Objects built for one ABI do not find functions built for the other.
Source: GNU libstdc++ manual, "Dual ABI".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from arfix.formats.demangled import is_mangled
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from arfix.audit.context import Context

#: How the string type is demangled for both ABIs, with the distinguishing parts removed.
_STRING: Final = "std::basic_string<char, std::char_traits<char>, std::allocator<char> >"
_NEW: Final = ("std::__cxx11::", "[abi:cxx11]")
#: The identifier of the function in a demangled name: what the parameters follow.
_IDENTIFIER: Final = re.compile(r"(~?\w+)(?:\[abi:cxx11\])?(?:\(|$)")


def find_other_string_abi(context: Context, name: str) -> str | None:
    """Return the place that defines a function under its name of the other string ABI, or None.

    Args:
        context: The link.
        name: A missing symbol.
    """
    wanted = demangle(name) if is_mangled(name) else None
    if wanted is None:
        return None
    identifier = _IDENTIFIER.search(wanted.replace(_STRING, "std::string"))
    if identifier is None:
        return None
    part = f"{len(identifier[1])}{identifier[1]}"
    for number, unit in enumerate(context.units):
        for defined in unit.definitions:
            if part in defined and defined != name and is_mangled(defined):
                other = demangle(defined)
                if other is not None and other != wanted and _without_abi(other) == _without_abi(wanted):
                    return context.short_place(number)
    return None


def _without_abi(demangled: str) -> str:
    """Return a demangled name that both ABIs share."""
    for mark, instead in zip(_NEW, ("std::", ""), strict=True):
        demangled = demangled.replace(mark, instead)
    return demangled.replace(_STRING, "std::string").replace("std::string >", "std::string>")
