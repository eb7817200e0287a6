from __future__ import annotations

from arfix.audit.finding import Severity
from tests.ar_builder import ar
from tests.audit.libraries import findings, fixes, library, library_of
from tests.elf_builder import elf

X, Y = ("x.o", elf("x", "both")), ("y.o", elf("y", "both", "?x"))
TRUE_INDEX = (("x", 0), ("both", 0), ("y", 1), ("both", 1))


def test_an_index_that_says_what_the_members_define_is_clean() -> None:
    assert findings("stale-index", library(X, Y, index=TRUE_INDEX)) == []
    assert findings("stale-index", library(X, Y)) == []


def test_a_definition_without_an_entry() -> None:
    (found,) = findings("stale-index", library(X, Y, index=TRUE_INDEX[1:]))
    assert (found.severity, found.message) == (Severity.ERROR, "1 of 4 symbols have no entry (x)")
    assert fixes([found]) == ["arfix index libx.a"]


def test_an_entry_for_what_a_member_does_not_define() -> None:
    (found,) = findings("stale-index", library(X, Y, index=(*TRUE_INDEX, ("x", 1))))
    assert found.message == "1 entries name members that do not define the symbol (x)"


def test_an_entry_that_leads_to_no_member() -> None:
    data = bytearray(ar(X, Y, index=TRUE_INDEX))
    data[8 + 60 + 4 : 8 + 60 + 8] = (12).to_bytes(4, "big")
    (found,) = findings("stale-index", library_of(bytes(data)))
    assert found.message.startswith("1 of 4 entries lead to no member; 1 of 4 symbols have no entry")


def test_an_index_that_cannot_be_read() -> None:
    data = bytearray(ar(X, Y, index=TRUE_INDEX))
    data[8 + 60 : 8 + 64] = (2**31).to_bytes(4, "big")
    (found,) = findings("stale-index", library_of(bytes(data)))
    assert fixes([found]) == ["arfix index libx.a"]


def test_members_that_only_a_plugin_can_read_are_left_out() -> None:
    bitcode = ("b.o", b"BC\xc0\xde" + bytes(60))
    assert findings("stale-index", library(X, bitcode, index=(*TRUE_INDEX[:2], ("told_by_plugin", 1)))) == []
