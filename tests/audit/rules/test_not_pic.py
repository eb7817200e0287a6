from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.context import Context
from arfix.audit.finding import Finding, Severity
from arfix.audit.registry import load_rule
from arfix.audit.rule import LinkRule
from arfix.audit.settings import Settings
from arfix.linkage.model import Link, Target
from arfix.linkage.resolve import resolve
from tests.audit.links import object_archive
from tests.elf_builder import ALLOC, EXEC, HIDDEN, STACK_NOTE, UNDEF, Rel, Sec, Sym, elf

if TYPE_CHECKING:
    from pathlib import Path

PC32, WORD, NARROW, TPOFF = 2, 1, 11, 23


def code(name: str, symbol: Sym, kind: int) -> tuple[str, bytes]:
    """An x86-64 object with one relocation against `symbol`."""
    text = Sec(".text", bytes(16), flags=ALLOC | EXEC, relocations=(Rel(4, kind, symbol.name),))
    return f"{name}.o", elf(name, symbol, sections=(text, STACK_NOTE))


def found(
    *members: tuple[str, bytes], rule: str = "not-pic", target: Target = Target.SHARED, path: str = "libx.a"
) -> list[Finding]:
    settings = Settings((path,), target=target)
    result = resolve(Link((object_archive(path, *members),), target))
    loaded = load_rule(rule)
    assert isinstance(loaded, LinkRule)
    return list(loaded.check(Context(settings, result)))


DATA = Sym("z_errmsg", UNDEF)
DEFINES = ("d.o", elf("z_errmsg"))


def test_the_distance_to_a_symbol_that_may_be_preempted() -> None:
    (one,) = found(DEFINES, code("x", DATA, PC32), code("y", DATA, PC32))
    assert (one.member, one.symbol, one.severity) == ("x.o", "z_errmsg", Severity.ERROR)
    assert one.message.startswith("R_X86_64_PC32 in .text needs the distance to a symbol")
    assert one.message.endswith("2 members do so")
    assert one.related == ("libx.a(y.o)",)


def test_a_hidden_symbol_cannot_be_preempted() -> None:
    assert found(("d.o", elf(Sym("z_errmsg", visibility=HIDDEN))), code("x", DATA, PC32)) == []


def test_an_address_known_at_link_time_and_local_exec() -> None:
    assert [one.symbol for one in found(DEFINES, code("x", DATA, NARROW))] == ["z_errmsg"]
    (one,) = found(DEFINES, code("x", DATA, TPOFF))
    assert "thread-local" in one.message


def test_a_text_relocation_is_a_warning() -> None:
    (one,) = found(DEFINES, code("x", DATA, WORD))
    assert one.severity is Severity.WARNING


def test_a_members_own_data_is_told_for_the_member() -> None:
    own = Sym("table", ".text", binding=0)
    found_ = found(code("x", own, NARROW), code("y", own, NARROW))
    assert [(one.member, one.symbol) for one in found_] == [("x.o", None), ("y.o", None)]


def test_what_is_undefined_is_told_elsewhere() -> None:
    assert found(code("x", DATA, PC32)) == []


def test_other_targets_are_not_asked_about() -> None:
    for target in (Target.EXECUTABLE, Target.PIE, Target.RELOCATABLE):
        assert found(DEFINES, code("x", DATA, NARROW), target=target) == []


def test_the_position_independent_build_beside_it_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "libffi.a")
    (tmp_path / "libffi_pic.a").write_bytes(b"!<arch>\n")
    (one,) = found(DEFINES, code("x", DATA, PC32), path=path)
    assert one.message.endswith("libffi_pic.a is the build for that")
