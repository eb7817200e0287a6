"""Redirects references for `--wrap=f`: those to `f` go to `__wrap_f`, and those to `__real_f` go to `f`.

GNU ld, gold and mold redirect undefined symbols as they read an object, so an object that defines `f` keeps its own
references to it. lld resolves everything under the original names first, which may pull in members that nothing refers
to in the end, and then redirects all references of objects, those of the object that defines `f` too.

GNU ld and gold redirect what shared objects need as well; lld does so for `__real_f` alone, and mold not at all.

Source: measured with GNU ld and gold 2.40, lld 14 and 19 and mold 1.10 (`tests/oracle/test_linkline.py`); BFD
`bfd_wrapped_link_hash_lookup`; lld `ELF/Driver.cpp` (`addWrappedSymbols`, `redirectSymbols`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.linkage.model import InputMode, Linker
from arfix.linkage.wrapping import Wrapping

if TYPE_CHECKING:
    from arfix.linkage.model import Input, Link


def wrapping_of(link: Link, linker: Linker) -> Wrapping | None:
    """Return how the linker redirects references in this link; None if it has no wrapped symbols."""
    return Wrapping(link.rules.wrapped, linker is Linker.LLD) if link.rules.wrapped else None


def wrapped_link(link: Link, wrapping: Wrapping, linker: Linker) -> Link:
    """Return the link with its references redirected; its rules name no wrapped symbols any more."""
    inputs = tuple(_wrapped_input(item, wrapping, linker) for item in link.inputs)
    return replace(link, inputs=inputs, rules=replace(link.rules, wrapped=frozenset()))


def _wrapped_input(item: Input, wrapping: Wrapping, linker: Linker) -> Input:
    if item.use is not InputMode.NAMES:
        return replace(item, units=tuple(unit.wrapped(wrapping) for unit in item.units))
    if not item.is_linked_against or linker is Linker.MOLD:
        return item
    is_real_only = linker is Linker.LLD
    needs = (name if is_real_only and name in wrapping.names else wrapping.reference(name) for name in item.needs)
    return replace(item, needs=frozenset(needs) - item.names)
