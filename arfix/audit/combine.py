"""Combining the repairs of one archive: edits of one kind become one edit with all of their members or symbols.

One command per finding would fail. Members that need each other can only be removed together, and a selector such as
`x.o#2` counts the members present when it runs, so after one removal the next would hit another member.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from arfix.edits.requests import (
    Convert,
    Flatten,
    Normalize,
    RebuildIndex,
    Strip,
    Stub,
    SymbolEdit,
    Symbols,
    is_splicing,
)
from arfix.symbols.member_label import counts_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.audit.finding import Finding, Fix
    from arfix.edits.requests import Request


def kind_of_edit(request: Request) -> object:
    """Return a key that two requests share if `join` can merge them."""
    match request:
        case Symbols(change, patterns, _, prefix, members, force):
            by_member = change is SymbolEdit.WEAKEN and bool(members)
            return Symbols, change, prefix, force, patterns if by_member else members
        case Strip(_, cascade, force, if_present):
            return Strip, cascade, force, if_present
        case Stub(_, strong, hidden, library):
            return Stub, strong, hidden, library
        case _:
            return request


def repair_order(request: Request) -> int:  # noqa: PLR0911 (one case for each request)
    """Return the rank of a request among the repairs of one archive; the lowest is made first.

    Symbols are changed before members are removed, since selectors such as `x.o#2` count the members present; the
    container and the index come last.
    """
    match request:
        case Symbols():
            return 0
        case Strip():
            return 1
        case Flatten():
            return 2
        case Stub():
            return 3
        case RebuildIndex():
            return 4
        case Convert():
            return 5
        case Normalize():
            return 6
        case _:
            assert_never(request)


def join(requests: Iterable[Request]) -> Request:
    """Return one request that does what all of these do; they must share a `kind_of_edit`."""
    every = list(requests)
    first = every[0]
    match first:
        case Strip():
            return replace(first, members=_union(one.members for one in every if isinstance(one, Strip)))
        case Symbols():
            symbols = [one for one in every if isinstance(one, Symbols)]
            return replace(
                first,
                patterns=_union(one.patterns for one in symbols),
                members=_union(one.members for one in symbols),
            )
        case Stub():
            return replace(first, symbols=_union(one.symbols for one in every if isinstance(one, Stub)))
        case _:
            return first


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def combine(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with repairs that still work when run one after the other, in this order.

    A repair whose numbered selector would hit another member after an earlier repair is left out; the next check
    offers it.
    """
    found = list(findings)
    keys = [None if one.fix is None else _key(one.fix) for one in found]
    combined: dict[object, Fix] = {}
    parts: dict[object, dict[Request, None]] = {}
    costs: dict[object, dict[str, None]] = {}
    for one, key in zip(found, keys, strict=True):
        if one.fix is not None:
            if key not in parts:
                combined[key], parts[key], costs[key] = one.fix, {}, {}
            parts[key][one.fix.request] = None
            costs[key].update(dict.fromkeys(one.fix.costs))
    for key, requests in parts.items():
        combined[key] = replace(combined[key], request=join(requests), costs=tuple(costs[key]))
    for key in _counting_others(combined):
        del combined[key]
    return [one if key is None else one.with_fix(combined.get(key)) for one, key in zip(found, keys, strict=True)]


#: A repair that names more members and symbols than this is shown with one of its findings only.
_LONG = 64


def commands_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings for a report; a long repair that several share is shown with the first only.

    Repeating it would make the report of n findings grow with the square of n.
    """
    shown: set[int] = set()
    result = []
    for finding in findings:
        request = None if finding.fix is None else finding.fix.request
        if request is not None and _length(request) > _LONG:
            if id(request) in shown:
                result.append(finding.with_fix(None))
                continue
            shown.add(id(request))
        result.append(finding)
    return tuple(result)


def _length(request: Request) -> int:
    match request:
        case Strip(members):
            return len(members)
        case Symbols(patterns=patterns, renames=renames, members=members):
            return len(patterns) + len(renames) + len(members)
        case Stub(symbols):
            return len(symbols)
        case _:
            return 0


def _key(fix: Fix) -> object:
    return fix.archive, fix.safety, kind_of_edit(fix.request)


def _counting_others(fixes: Mapping[object, Fix]) -> set[object]:
    """Return the keys of repairs whose numbered selector would mean another member after an earlier repair."""
    shifted: set[str] = set()
    found: set[object] = set()
    for key, fix in fixes.items():
        request = fix.request
        if _is_numbered(request) and fix.archive in shifted:
            found.add(key)
            continue
        if is_splicing(request) or (isinstance(request, Strip) and _is_numbered(request)):
            shifted.add(fix.archive)
    return found


def _is_numbered(request: Request) -> bool:
    members = request.members if isinstance(request, Strip | Symbols) else ()
    return any(map(counts_members, members))
