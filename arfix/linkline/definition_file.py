"""Reads the exports of a module-definition file (`.def`).

Source: Microsoft's linker reference, "Module-Definition (.Def) Files"; lld `Object/COFFModuleDefinition.cpp`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD: Final = re.compile(r'"[^"]*"|==|=|,|[^\s=,;"]+')
#: Statements; `EXPORTS` is the one whose lines count.
_STATEMENTS: Final = frozenset(
    {"LIBRARY", "NAME", "EXPORTS", "HEAPSIZE", "STACKSIZE", "VERSION", "SECTIONS", "SEGMENTS", "STUB", "DESCRIPTION"}
)
#: Words behind the name of an export.
_ATTRIBUTES: Final = frozenset({"NONAME", "DATA", "PRIVATE", "CONSTANT"})


def read_definition_file(text: str) -> Iterator[str]:
    """Yield each export as `/export:` would have it: `name`, or `name=internal`."""
    in_exports = False
    for line in text.splitlines():
        words = [word.strip('"') for word in _WORD.findall(line.partition(";")[0])]
        if words and words[0] in _STATEMENTS:
            in_exports = words[0] == "EXPORTS"
            words = words[1:] if in_exports else []
        if not in_exports or not words or words[0].startswith("@"):
            continue
        name, *rest = words
        internal = rest[1] if len(rest) > 1 and rest[0] == "=" and rest[1] not in _ATTRIBUTES else None
        yield name if internal is None else f"{name}={internal}"
