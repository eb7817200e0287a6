"""The sentence about one cause: what it means, with the names that the log has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arfix.diagnose.link_line import container

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.diagnose.situation import Situation


def summarize(at: Situation) -> str:
    """Return one sentence about a cause, without a final full stop."""
    special = _SENTENCES.get(at.family.id)
    said = special(at) if special is not None else ""
    return said or at.family.meaning.rstrip(".")


def _names(count: int, noun: str = "symbol") -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _undefined(at: Situation) -> str:
    if at.origin is not None and at.origin.name:
        them = "is" if at.symbol_count == 1 else "are"
        if at.own_library:
            return f"{_names(at.symbol_count)} of {at.origin.name} {them} needed by the library itself, and not defined"
        where = "does not provide it from its place on the link line" if _is_on_line(at) else "is not in the link"
        name = at.origin.name
        where = where.replace(" it ", " them ") if at.symbol_count > 1 else where
        return f"{_names(at.symbol_count)} of {name} {them} needed, and {name} {where}"
    verb = "defines it" if at.symbol_count == 1 else "defines them"
    needs = "is needed" if at.symbol_count == 1 else "are needed"
    if at.in_vain:
        definition = "its definition in the link does" if at.symbol_count == 1 else "definitions in the link do"
        return f"{_names(at.symbol_count)} {needs}, and {definition} not count"
    return f"{_names(at.symbol_count)} {needs}, and nothing in the link {verb}"


def _is_on_line(at: Situation) -> bool:
    if at.line is None or at.origin is None:
        return False
    return bool(at.line.positions(at.origin.name.removeprefix("lib")))


def _duplicates(at: Situation) -> str:
    files = list(dict.fromkeys(container(place) for place in at.places))
    count = _names(at.symbol_count)
    verb = "is" if at.symbol_count == 1 else "are"
    if len(files) == 1 and len(at.places) == 1:
        return f"{count} {verb} defined twice by {files[0]}, which is in the link twice"
    if len(files) == 1:
        return f"{count} {verb} defined by more than one member of {files[0]}"
    if len(files) == 2:
        return f"{count} {verb} defined by both {files[0]} and {files[1]}"
    if len(files) > 2:
        return f"{count} {verb} defined by several of {len(files):,} files: {files[0]}, {files[1]}, ..."
    return f"{count} {verb} defined more than once"


def _not_found(at: Situation) -> str:
    what = "file" if at.subject.endswith(".a") else "library"
    return f"the {what} {at.subject} was not found in any folder that the linker searches"


def _machine(at: Situation) -> str:
    files = list(dict.fromkeys(container(place) for place in at.places))
    if not files:
        return ""
    if len(files) == 1:
        return f"{files[0]} is for another machine or format than the output"
    return f"{_names(len(files), 'file')} are for another machine or format than the output: {files[0]}, {files[1]}"


def _region(at: Situation) -> str:
    over = f", by {at.amount:,} bytes" if at.amount else ""
    return f"the program is larger than the memory region {at.subject}{over}"


def _file(at: Situation) -> str:
    return f"the input file {at.subject} does not exist at that path"


def _no_index(at: Situation) -> str:
    return f"{container(at.places[0])} has no symbol index, and the linker takes nothing from it" if at.places else ""


def _shared(at: Situation) -> str:
    by = f"{at.by[0]} needs {at.subject}" if at.by else f"{at.subject} is needed"
    return f"{by}, and the linker did not find it"


def _pic(at: Situation) -> str:
    files = [file for file in dict.fromkeys(at.places) if not re.search(r"\.so(?:\.[\d.]+)?$", file)]
    if not files:
        return ""
    others = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    verb = "were" if others else "was"
    what = (
        "a position-independent executable"
        if "PIE object" in at.text
        else "a shared library or position-independent executable"
    )
    return f"{files[0]}{others} {verb} compiled for a fixed address, and cannot be part of {what}"


_SENTENCES: dict[str, Callable[[Situation], str]] = {
    "undefined-symbol": _undefined,
    "import-symbol": _undefined,
    "duplicate-symbol": _duplicates,
    "library-not-found": _not_found,
    "wrong-machine": _machine,
    "region-overflow": _region,
    "file-not-found": _file,
    "no-index": _no_index,
    "shared-library-not-found": _shared,
    "not-position-independent": _pic,
}
