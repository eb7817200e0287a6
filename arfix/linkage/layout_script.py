"""Reads what a linker script for the layout of the output (`-T`) changes about symbols and sections.

Only what decides which symbols are defined and which sections stay is read: assignments, `PROVIDE`, `ENTRY`, `EXTERN`
and `KEEP`. Source: GNU ld manual, "Assigning Values to Symbols" and "Input Section and Garbage Collection"; measured
with GNU ld and gold 2.40, lld 14 and 19.
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TEXT: Final = re.compile(r'"([^"\n]*)"')
#: What a symbol is not assigned in: memory regions (`ORIGIN = ...`), and program headers.
_TABLES: Final = re.compile(r"\b(?:MEMORY|PHDRS|VERSION)\s*\{[^{}]*\}")
_ASSIGNMENT: Final = re.compile(r"(?<![\w.$])([A-Za-z_$][\w.$]*)\s*(?:<<|>>|[-+*/&|])?=(?!=)")
_LIST: Final = re.compile(r"\b(ENTRY|EXTERN)\s*\(([^()]*)\)")
_FILES: Final = re.compile(r"\b(?:INPUT|GROUP)\s*\(")
_SECTIONS: Final = re.compile(r"\bSECTIONS\s*\{")
_INSERT: Final = re.compile(r"\bINSERT\s+(?:AFTER|BEFORE)\b")
_KEEP: Final = re.compile(r"\bKEEP\s*\(")
#: What surrounds the names of sections inside `KEEP`.
_EXCLUDED: Final = re.compile(r"\bEXCLUDE_FILE\s*\([^()]*\)")
_SORTED: Final = re.compile(r"\b(?:SORT\w*|REVERSE)\s*\(([^()]*)\)")


class LayoutScript(NamedTuple):
    """What a script changes.

    Attributes:
        entry: The symbol of `ENTRY`, or None.
        wanted: Symbols of `EXTERN`.
        defined: Symbols that it assigns or provides.
        kept: Patterns of the sections that stay although nothing reaches them.
        has_sections: Whether it lays sections out; without, gold and lld keep their own layout.
        inserts: It adds to the linker's own script and does not replace it (`INSERT`).
        has_files: Whether it names input files, which are not read.
    """

    entry: str | None = None
    wanted: tuple[str, ...] = ()
    defined: frozenset[str] = frozenset()
    kept: tuple[str, ...] = ()
    has_sections: bool = False
    inserts: bool = False
    has_files: bool = False


def read_layout_script(data: bytes) -> LayoutScript:
    """Return what a script says; what cannot be understood in it is passed over."""
    text = _COMMENT.sub(" ", data.decode("utf-8", "surrogateescape"))
    text = _TEXT.sub(lambda found: found[1] if re.fullmatch(r"[\w.$*]+", found[1]) else " ", text)
    lists = _LIST.findall(text)
    entry = next((names.split()[0] for word, names in reversed(lists) if word == "ENTRY" and names.split()), None)
    extern = (name for word, names in lists if word == "EXTERN" for name in re.split(r"[\s,]+", names) if name)
    return LayoutScript(
        entry,
        tuple(dict.fromkeys(extern)),
        assigned_symbols(text),
        tuple(dict.fromkeys(_kept(text))),
        has_sections=_SECTIONS.search(text) is not None,
        inserts=_INSERT.search(text) is not None,
        has_files=_FILES.search(text) is not None,
    )


def assigned_symbols(text: str) -> frozenset[str]:
    """Return the symbols that the text of a linker script, without comments, assigns or provides."""
    return frozenset(_ASSIGNMENT.findall(_TABLES.sub(" ", text)))


def keeps(patterns: tuple[str, ...], section: str) -> bool:
    """Return whether one of the patterns of `KEEP` matches the name of a section."""
    return any(re.match(translate(pattern), section) for pattern in patterns)


def _kept(text: str) -> Iterator[str]:
    """Yield the patterns in each `KEEP(FILE(SECTION...))`."""
    for found in _KEEP.finditer(text):
        end, depth = found.end(), 1
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inside = _EXCLUDED.sub(" ", text[found.end() : end - 1])
        for _ in range(4):  # SORT_BY_NAME(SORT_BY_ALIGNMENT(...)) is as deep as it gets
            inside = _SORTED.sub(r" \1 ", inside)
        for sections in re.findall(r"\(([^()]*)\)", inside):
            yield from (name for name in re.split(r"[\s,]+", sections) if name)
