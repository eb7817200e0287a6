from __future__ import annotations

from arfix.audit.settings import Settings
from arfix.linkage.model import Target
from tests.audit.libraries import findings, library
from tests.elf_builder import ALLOC, EXEC, LOCAL, STACK_NOTE, TLS, UNDEF, Rel, Sec, Sym, elf

SHARED = Settings(("libx.a",), target=Target.SHARED)
GOTTPOFF, TLSGD = 22, 19


def reads(name: str, symbol: Sym, kind: int = GOTTPOFF) -> tuple[str, bytes]:
    text = Sec(".text", bytes(16), flags=ALLOC | EXEC, relocations=(Rel(4, kind, symbol.name),))
    return f"{name}.o", elf(name, symbol, sections=(text, STACK_NOTE))


COUNTER = Sym("counter", UNDEF, type=TLS)


def test_each_symbol_read_so_is_told_once() -> None:
    (one,) = findings("static-tls", library(reads("x", COUNTER), reads("y", COUNTER), settings=SHARED))
    assert (one.member, one.symbol, one.related) == ("x.o", "counter", ("libx.a(y.o)",))
    assert one.message.startswith("R_X86_64_GOTTPOFF in .text")


def test_a_members_own_variable_is_told_for_the_member() -> None:
    own = Sym("mine", ".text", binding=LOCAL, type=TLS)
    found = findings("static-tls", library(reads("x", own), reads("y", own), settings=SHARED))
    assert [(one.member, one.symbol) for one in found] == [("x.o", None), ("y.o", None)]


def test_the_general_model_works_anywhere() -> None:
    assert findings("static-tls", library(reads("x", COUNTER, TLSGD), settings=SHARED)) == []


def test_in_a_program_it_is_right() -> None:
    assert findings("static-tls", library(reads("x", COUNTER))) == []
