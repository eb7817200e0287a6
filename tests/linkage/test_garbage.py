"""`--gc-sections`: what only unreached sections need may be undefined; the oracle tests compare with linkers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.linkage.model import Input, Link, Linker, LinkResult, LinkRules, Target
from arfix.linkage.resolve import resolve
from tests.elf_builder import ALLOC, EXEC, HIDDEN, INIT_ARRAY, NOTE, STACK_NOTE, UNDEF, WRITE, Rel, Sec, Sym, elf
from tests.linkage.links import CALL, archive

EVERY_LINKER = pytest.mark.parametrize("linker", Linker)
_RETAIN = 0x200000


def calling(section: str, *names: str, group: str | None = None, flags: int = ALLOC | EXEC) -> Sec:
    """A section of code that calls functions."""
    calls = tuple(Rel(8 * at, CALL, name, -4) for at, name in enumerate(names))
    return Sec(section, bytes(8 * len(names) + 8), flags=flags, align=8, relocations=calls, group=group)


def member(*sections: Sec, functions: dict[str, str], needs: tuple[str, ...]) -> bytes:
    """An object: its functions, hidden so that no program exports them, with their sections."""
    own = [Sym(name, section, visibility=HIDDEN) for name, section in functions.items()]
    return elf(*own, *(Sym(name, UNDEF) for name in needs), sections=(*sections, STACK_NOTE))


def collected(*inputs: Input, linker: Linker, target: Target = Target.EXECUTABLE) -> LinkResult:
    return resolve(Link(inputs, target, ("_start",), rules=LinkRules(collects=True)), linker)


MAIN = calling(".text.start", "used")
USED, UNUSED = calling(".text.used", "here"), calling(".text.unused", "gone")
FUNCTIONS = {"_start": ".text.start", "used": ".text.used", "unused": ".text.unused"}
TWO = member(MAIN, USED, UNUSED, functions=FUNCTIONS, needs=("here", "gone"))


@EVERY_LINKER
def test_what_nothing_reaches_needs_nothing(linker: Linker) -> None:
    result = collected(archive("s.a", ("s.o", TWO)), linker=linker)
    assert {*result.errors} == {"here"}
    plain = replace(result.link, rules=LinkRules())
    assert {*resolve(plain, linker).errors} == {"here", "gone"}


@EVERY_LINKER
def test_an_object_is_not_collected_for_a_relocatable_output(linker: Linker) -> None:
    result = collected(archive("s.a", ("s.o", TWO)), linker=linker, target=Target.RELOCATABLE)
    assert not result.unreached


@EVERY_LINKER
@pytest.mark.parametrize(
    "kept",
    [
        calling(".init_array", "gone", flags=ALLOC | WRITE),
        calling(".init", "gone"),
        calling(".text.kept", "gone", flags=ALLOC | EXEC | _RETAIN),
        calling(".note.kept", "gone", flags=ALLOC),
    ],
    ids=["init_array", "init", "retain", "note"],
)
def test_what_always_stays_needs_what_it_refers_to(kept: Sec, linker: Linker) -> None:
    kinds = {".init_array": INIT_ARRAY, ".note.kept": NOTE}
    section = replace(kept, type=kinds.get(kept.name, kept.type))
    own = member(
        MAIN,
        calling(".text.used"),
        section,
        functions={"_start": ".text.start", "used": ".text.used"},
        needs=("gone",),
    )
    assert {*collected(archive("s.a", ("s.o", own)), linker=linker).errors} == {"gone"}


@EVERY_LINKER
def test_a_group_stays_or_goes_as_one(linker: Linker) -> None:
    grouped = [calling(".text.used", group="used"), calling(".rodata.used", "gone", group="used")]
    own = member(MAIN, *grouped, functions={"_start": ".text.start", "used": ".text.used"}, needs=("gone",))
    assert {*collected(archive("s.a", ("s.o", own)), linker=linker).errors} == {"gone"}


@EVERY_LINKER
def test_what_a_shared_object_exports_is_reached(linker: Linker) -> None:
    exports = elf(Sym("api", ".text.api"), Sym("gone", UNDEF), sections=(calling(".text.api", "gone"), STACK_NOTE))
    result = collected(archive("s.a", ("s.o", exports)), linker=linker, target=Target.SHARED)
    assert {*result.errors} == {"gone"}


@EVERY_LINKER
def test_the_sections_of_a_start_symbol_are_reached(linker: Linker) -> None:
    """In lld a reference to `__start_things` keeps no section `things` (ld.lld manual, -z start-stop-gc)."""
    things = calling("things", "gone", flags=ALLOC | WRITE)
    start = calling(".text.start", "__start_things")
    own = member(start, things, functions={"_start": ".text.start"}, needs=("__start_things", "gone"))
    result = collected(archive("s.a", ("s.o", own)), linker=linker)
    assert ("gone" in result.errors) is (linker is not Linker.LLD)
