from __future__ import annotations

from tests.audit.links import findings_of, object_archive
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, STACK_NOTE, WEAK, WRITE, Rel, Sec, Sym, elf


def grouped(refers: str) -> bytes:
    text = Sec(".text.g", bytes(16), flags=ALLOC | EXEC, group="G")
    data = Sec(".data", bytes(8), flags=ALLOC | WRITE, relocations=(Rel(0, 1, refers),))
    symbols = (
        Sym("G", ".text.g", type=FUNC, binding=WEAK),
        Sym("near", ".text.g", binding=LOCAL),
        Sym("own", ".data", binding=LOCAL),
    )
    return elf(*symbols, sections=(text, data, STACK_NOTE))


def test_a_reference_into_the_copy_that_goes() -> None:
    (one,) = findings_of(
        "discarded-reference", object_archive("l.a", ("a.o", grouped("near")), ("b.o", grouped("near")))
    )
    assert (one.member, one.symbol) == ("b.o", "near")
    assert one.message == ".data refers to it, and another copy of its group is kept"


def test_what_stays_may_be_referred_to() -> None:
    line = object_archive("l.a", ("a.o", grouped("own")), ("b.o", grouped("G")), ("c.o", grouped("own")))
    assert findings_of("discarded-reference", line) == []
