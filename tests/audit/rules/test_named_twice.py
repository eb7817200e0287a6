from __future__ import annotations

from dataclasses import replace

from arfix.linkage.model import InputMode
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import elf

TWICE = object_archive("libt.a", ("t.o", elf("one", "two")))


def test_an_archive_that_is_whole_twice() -> None:
    (one,) = findings_of("named-twice", TWICE, TWICE)
    assert (one.archive, one.message) == ("libt.a", "is named 2 times: each of its 2 symbols is defined again")


def test_on_demand_it_may_be_named_as_often_as_one_likes() -> None:
    lazy = replace(TWICE, use=InputMode.ON_DEMAND)
    assert findings_of("named-twice", lazy, lazy, roots=("one",)) == []
