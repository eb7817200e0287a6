from __future__ import annotations

import pytest

from arfix.errors import Where
from arfix.formats.model import Machine
from arfix.linkage.model import Input, InputMode, SharedFacts, Target
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import HIDDEN, Sym, elf

HELPER = object_archive("libhelp.a", ("helper.o", elf(Sym("helper", visibility=HIDDEN))))


def library(path: str, names: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Input:
    facts = SharedFacts(Machine("x86-64", 64, "little", 62))
    sets = (frozenset(names), frozenset(needs))
    return Input(Where(path), InputMode.NAMES, (), *sets, provider=True, image=True, shared=facts)


def test_a_shared_object_needs_what_is_hidden() -> None:
    (one,) = findings_of("hidden-reference", HELPER, library("libdso.so", needs=("helper",)))
    assert (one.archive, one.member, one.symbol) == ("libhelp.a", "helper.o", "helper")
    assert one.message == "is hidden, and libdso.so needs it"


@pytest.mark.parametrize("target", [Target.SHARED, Target.RELOCATABLE])
def test_shared_outputs_are_not_looked_at(target: Target) -> None:
    assert findings_of("hidden-reference", HELPER, library("d.so", needs=("helper",)), target=target) == []


def test_another_shared_object_has_it() -> None:
    line = (HELPER, library("libdso.so", needs=("helper",)), library("other.so", names=("helper",)))
    assert findings_of("hidden-reference", *line) == []
