from __future__ import annotations

from dataclasses import replace

from arfix.linkage.compare import Aspect, compare
from arfix.linkage.linkers import Program
from arfix.linkage.model import Linker, Target
from arfix.linkage.trial import Trial
from tests.elf_builder import ALLOC, EXEC, STACK_NOTE, UNDEF, Rel, Sec, Sym, elf
from tests.linkage.links import archive, resolved, uses

LIBRARY = archive("dir/l.a", ("a.o", uses("missing", defines=["f"])), ("b.o", elf("f", "g")), ("README", b"words\n"))
SAID = Trial(
    Program(Linker.LD, "ld", "GNU ld 2.40"),
    status=1,
    undefined=frozenset({"missing"}),
    duplicates={"f": ()},
    rejected=("/x/dir/l.a(README)",),
    refused=(),
    others=(),
    exported=frozenset({"f", "g", "_end", "__start_x"}),
    complete=True,
    command=("ld",),
)


def differences(trial: Trial, target: Target = Target.EXECUTABLE) -> list[tuple[Aspect, str, bool]]:
    return [(one.aspect, one.name, one.predicted) for one in compare(resolved(LIBRARY, target=target), trial)]


def test_agreement() -> None:
    assert differences(SAID) == []
    assert differences(replace(SAID, exported=None)) == []


def test_what_only_one_of_the_two_says() -> None:
    assert differences(replace(SAID, undefined=frozenset({"other"}))) == [
        (Aspect.UNDEFINED, "missing", True),
        (Aspect.UNDEFINED, "other", False),
    ]
    assert differences(replace(SAID, duplicates={})) == [(Aspect.DUPLICATE, "f", True)]
    assert differences(replace(SAID, rejected=())) == [(Aspect.REJECTED, "l.a(README)", True)]
    assert differences(replace(SAID, rejected=(*SAID.rejected, "l.a(b.o)"))) == [(Aspect.REJECTED, "l.a(b.o)", False)]
    assert differences(replace(SAID, exported=frozenset({"f"}))) == [(Aspect.EXPORTED, "g", True)]


def test_a_linker_that_stopped_early_may_have_said_less_but_no_more() -> None:
    assert differences(replace(SAID, undefined=frozenset(), complete=False)) == []
    assert differences(replace(SAID, undefined=frozenset({"x"}), complete=False)) == [(Aspect.UNDEFINED, "x", False)]


def test_what_mold_loses_in_silence_is_told_as_such() -> None:
    result = resolved(LIBRARY, linker=Linker.MOLD)
    (lost,) = compare(result, replace(SAID, rejected=()))
    assert (lost.name, lost.silent) == ("l.a(README)", True)


def test_a_relocatable_output_may_want_symbols() -> None:
    assert differences(replace(SAID, undefined=frozenset(), exported=None), Target.RELOCATABLE) == []


def test_the_verdict_on_position() -> None:
    text = Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=(Rel(0, 2, "v"),))
    member = elf("f", Sym("v", UNDEF), sections=(text, STACK_NOTE))
    result = resolved(archive("l.a", ("a.o", member), ("b.o", elf("v"))), target=Target.SHARED)
    quiet = replace(SAID, undefined=frozenset(), duplicates={}, rejected=(), exported=None)
    assert [(one.aspect, one.predicted) for one in compare(result, quiet)] == [(Aspect.POSITION, True)]
    assert compare(result, replace(quiet, refused=("a.o: relocation R_X86_64_PC32 against `v'",))) == ()
    assert compare(result, replace(quiet, complete=False)) == ()
    pie = resolved(archive("l.a", ("a.o", member), ("b.o", elf("v"))), target=Target.PIE)
    (found,) = compare(pie, replace(quiet, refused=("no",)))
    assert (found.aspect, found.predicted) == (Aspect.POSITION, False)
