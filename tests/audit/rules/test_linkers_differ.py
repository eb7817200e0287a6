from __future__ import annotations

from dataclasses import replace

from arfix.linkage.model import Input, Use
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import elf


def lazy(path: str, *members: tuple[str, bytes]) -> Input:
    made = object_archive(path, *members)
    return replace(
        made, use=Use.ON_DEMAND, index=[(name, at) for at, unit in enumerate(made.units) for name in unit.definitions]
    )


def test_an_earlier_archive_is_read_again_by_some() -> None:
    line = (
        lazy("lib1.a", ("a.o", elf("a", "?b")), ("rem.o", elf("rem"))),
        lazy("lib2.a", ("b.o", elf("b", "?rem", "?c"))),
        lazy("lib3.a", ("l3.o", elf("rem", "c"))),
    )
    (one,) = findings_of("linkers-differ", *line, roots=("a",))
    assert (one.archive, one.member, one.symbol) == ("lib1.a", "rem.o", "rem")
    assert one.message.startswith("for lld and mold it is defined twice, in lib3.a(l3.o) too; GNU ld does not read")


def test_lines_that_all_read_alike() -> None:
    line = (lazy("lib1.a", ("a.o", elf("a", "?b"))), lazy("lib2.a", ("b.o", elf("b"))))
    assert findings_of("linkers-differ", *line, roots=("a",)) == []
