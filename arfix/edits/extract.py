"""File names for extracted members: safe, and all different.

Member names are untrusted. Only the last part of a path is used, so no file is written outside the directory; names
that no file can have are replaced, and repeated names are numbered: `x.o`, `x.2.o`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.names import decode_name, encode_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive

#: Bytes in a file name on common file systems. Source: `NAME_MAX` on Linux.
_LONGEST = 255
#: Characters that no file name has on Windows. Source: Microsoft, "Naming Files, Paths, and Namespaces".
_WINDOWS_CHARACTERS = '<>:"|?*'
#: Names that are devices on Windows whatever follows the dot. Source: the same.
_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)


class Extraction(NamedTuple):
    """One member and the file it becomes: a name without any directory."""

    position: int
    file_name: str


def plan_extraction(archive: Archive, positions: Sequence[int], *, windows: bool = False) -> tuple[Extraction, ...]:
    """Return a file name for each of the members at `positions`; all differ, even if case is ignored.

    Args:
        archive: The archive.
        positions: Which members.
        windows: Keep to names that Windows has.
    """
    wanted = [safe_name(archive.members[position].name, position, windows=windows) for position in positions]
    first = {name.casefold(): number for number, name in reversed(list(enumerate(wanted)))}
    taken = set(first)
    tried: dict[str, int] = {}  # the last number given to each name: with many of one name, none is tried twice
    result = []
    for number, (position, name) in enumerate(zip(positions, wanted, strict=True)):
        chosen = name
        if first[name.casefold()] != number:
            key = name.casefold()
            while chosen.casefold() in taken:
                tried[key] = tried.get(key, 1) + 1
                chosen = _numbered(name, tried[key])
            taken.add(chosen.casefold())
        result.append(Extraction(position, chosen))
    return tuple(result)


def safe_name(name: str, position: int, *, windows: bool = False) -> str:
    """Return the file name for a member called `name`: the last part of a path in either system's spelling.

    What no file can be called (`..`, nothing at all) becomes `member-N`, counted from 1; control characters become `_`.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    last = "".join("_" if character < " " or character == "\x7f" else character for character in last)
    if windows:
        last = "".join("_" if character in _WINDOWS_CHARACTERS else character for character in last).rstrip(". ")
        if last.partition(".")[0].casefold() in _WINDOWS_DEVICES:
            last = f"_{last}"
    if last in {"", ".", ".."}:
        return f"member-{position + 1}"
    return _shortened(last)


def _shortened(name: str) -> str:
    """Return a name that fits, its suffix kept, with room for a number."""
    if len(encode_name(name)) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 16:
        stem, dot, suffix = name, "", ""
    encoded, end = encode_name(stem), _LONGEST - 10 - len(encode_name(f"{dot}{suffix}"))
    if end < len(encoded):
        while end > 0 and encoded[end] & 0xC0 == 0x80:  # within a character of UTF-8
            end -= 1
        stem = decode_name(encoded[:end])
    return f"{stem}{dot}{suffix}"


def _numbered(name: str, number: int) -> str:
    """Return `x.2.o`, `x.3.o`, ..."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    return f"{stem}.{number}{dot}{suffix}"
