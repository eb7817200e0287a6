from __future__ import annotations

from dataclasses import replace

from arfix.errors import Where
from arfix.formats.model import Machine
from arfix.linkage.model import Input, InputMode, SharedFacts
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import Rel, Sec, Sym, elf


def lazy(path: str, *members: tuple[str, bytes]) -> Input:
    made = object_archive(path, *members)
    return replace(
        made,
        use=InputMode.ON_DEMAND,
        index=[(name, at) for at, unit in enumerate(made.units) for name in unit.definitions],
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


def test_a_version_that_only_some_take_in_a_whole_link() -> None:
    """`f@V2` is answered by `f@@V2` for GNU ld, gold and lld before 16; mold and later lld want `f@V2` itself."""
    line = (object_archive("libg.a", ("g.o", elf("g", "?f@V2"))), object_archive("libf.a", ("f.o", elf("f@@V2"))))
    (one,) = findings_of("linkers-differ", *line)
    assert (one.archive, one.symbol) == ("libg.a", "f@V2")
    assert one.message == (
        "for lld from 16 on and mold it is undefined; GNU ld takes it from libf.a(f.o), whose default version is V2"
    )


def test_old_link_once_sections_are_copies_for_some() -> None:
    """GNU ld and gold keep one of two `.gnu.linkonce` sections; lld and mold know nothing of them."""
    once = elf(Sym("f", ".gnu.linkonce.t.f"), sections=(Sec(".gnu.linkonce.t.f", b"\xc3", flags=6),))
    (one,) = findings_of(
        "linkers-differ", object_archive("liba.a", ("a.o", once)), object_archive("libb.a", ("b.o", once))
    )
    assert one.symbol == "f"
    assert one.message.endswith("for lld and mold it is defined twice, in libb.a(b.o) too; GNU ld takes the first")


MAIN = ("main.o", elf("main", "?f", "?g"))


def test_releases_that_read_the_index_or_the_members() -> None:
    stale = replace(lazy("lib1.a", ("f.o", elf("f"))), index=[])
    (one,) = findings_of(
        "linkers-differ", object_archive("main.a", MAIN), stale, lazy("lib2.a", ("fg.o", elf("f", "g")))
    )
    assert (one.archive, one.member, one.symbol) == ("lib1.a", "f.o", "f")
    assert one.message.startswith("for lld from 15 on and mold it is defined twice, in lib2.a(fg.o) too")


def test_lld_copies_no_symbol_without_a_type() -> None:
    """The shared object defines `e` in assembly without `.type`; GNU ld, gold and mold make a copy of it."""
    code = Sec(".text", bytes(16), flags=6, relocations=(Rel(3, 2, "e", -4),))
    user = object_archive("liba.a", ("a.o", elf("get", "?e", sections=(code,))))
    machine = Machine("x86-64", 64, "little", 62)
    facts = SharedFacts(machine, uncopied=frozenset({"e"}))
    library = Input(
        Where("libe.so"), InputMode.NAMES, names=frozenset({"e", "f"}), provider=True, image=True, shared=facts
    )
    (one,) = findings_of("linkers-differ", user, library)
    assert (one.archive, one.member, one.symbol) == ("liba.a", "a.o", "e")
    assert "makes no copy of this symbol of libe.so" in one.message
    protected = replace(library, shared=replace(facts, protected=frozenset({"e"})))
    (one,) = findings_of("linkers-differ", user, protected)
    assert one.message.startswith("GNU ld, lld and mold refuse R_X86_64_PC32 in .text, since they make no copy")
    typed = replace(library, shared=replace(facts, uncopied=frozenset({"f"})))
    assert findings_of("linkers-differ", user, typed) == []
