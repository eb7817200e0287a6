from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.diff.compare import DiffOptions, diff
from arfix.diff.page import diff_page
from arfix.diff.text import Compared
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from arfix.report.html.model import Map


def marks(one: Map) -> dict[str, str]:
    return {tile.name: tile.mark for tile in one.tiles}


def test_both_maps_mark_the_members_that_differ() -> None:
    old = read(ar(("a.o", elf("a")), ("b.o", elf("b", "?x")), ("gone.o", elf("gone"))))
    new = read(ar(("a.o", elf("a")), ("b.o", elf("b", "b2", "?y")), ("new.o", elf("_ZN1n1fEv"))))
    page = diff_page(Compared(old, new, ("old/l.a", "new/l.a"), DiffOptions(), diff(old, new)), "arfix diff")
    before, after = page.maps
    assert marks(before) == {"a.o": "plain", "b.o": "changed", "gone.o": "removed"}
    assert marks(after) == {"a.o": "plain", "b.o": "changed", "new.o": "added"}
    tables = {table.id: [row.cells[:3] for row in table.rows] for table in page.tables}
    assert ("added", "_ZN1n1fEv", "n::f()") in tables["symbols"]
    assert tables["needs"] == [("more", "y", ""), ("fewer", "x", "")]
    assert [(one.before, one.after) for one in page.comparisons if one.subject == "Members"] == [(3, 3)]


def test_a_nested_archive_is_changed_if_a_member_of_it_is() -> None:
    old, new = (read(ar(("n.a", ar(("x.o", elf(name)))))) for name in ("f", "g"))
    page = diff_page(Compared(old, new, ("o.a", "n.a"), DiffOptions(), diff(old, new)), "")
    assert marks(page.maps[0]) == {"n.a": "changed"}


def test_equal_archives_are_the_same() -> None:
    one = read(ar(("a.o", elf("a"))))
    page = diff_page(Compared(one, one, ("a.a", "b.a"), DiffOptions(), diff(one, one)), "")
    assert page.summary == "a.a -> b.a: no difference"
    assert not page.tables
