from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.audit.context import Context
from arfix.audit.registry import load_rule
from arfix.audit.rule import LinkRule
from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.formats.elf.file import Elf
from arfix.linkage.model import Input, InputMode, Link, SharedFacts
from arfix.linkage.resolve import resolve
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import TEXT, Sec, elf

if TYPE_CHECKING:
    from arfix.audit.finding import Finding


def riscv(name: str, flags: int) -> tuple[str, bytes]:
    """A 64-bit RISC-V object: flags 0 is soft float, 4 double float, 8 the half register file."""
    return f"{name}.o", elf(name, machine=243, flags=flags)


def found(*members: tuple[str, bytes], provider: tuple[tuple[str, bytes], ...] = ()) -> list[Finding]:
    inputs = [object_archive("libx.a", *members)]
    if provider:
        inputs.append(replace(object_archive("libc.a", *provider), provider=True))
    result = resolve(Link(tuple(inputs)))
    rule = load_rule("mixed-abi")
    assert isinstance(rule, LinkRule)
    return list(rule.check(Context(Settings(("libx.a",)), result)))


def test_the_one_that_passes_floats_elsewhere() -> None:
    (one,) = found(riscv("a", 4), riscv("b", 4), riscv("x", 0))
    assert (one.archive, one.member) == ("libx.a", "x.o")
    assert one.message == "floating-point ABI: soft here, double in most objects"


def test_the_rest_of_the_link_has_a_say() -> None:
    many = tuple(riscv(name, 4) for name in "pqr")
    assert [one.member for one in found(riscv("a", 0), riscv("b", 0), provider=many)] == ["a.o", "b.o"]


def test_objects_that_agree_are_clean() -> None:
    assert found(riscv("a", 4), riscv("b", 4)) == []


def test_a_machine_with_one_abi_is_not_looked_at() -> None:
    assert found(("a.o", elf("a")), ("b.o", elf("b", flags=7))) == []


def mips(name: str, float_abi: int) -> tuple[str, bytes]:
    """A big-endian MIPS o32 object: floating-point ABI 1 is double, 3 soft."""
    flags = Sec(".MIPS.abiflags", bytes(7) + bytes([float_abi]) + bytes(16))
    return f"{name}.o", elf(name, sections=(TEXT, flags), machine=8, bits=32, order=">", flags=0x1000)


def test_where_only_one_linker_refuses_that_is_said() -> None:
    (one,) = found(mips("a", 1), mips("b", 1), mips("x", 3))
    assert one.message.endswith("(lld refuses, GNU ld warns)")


def test_an_object_that_says_nothing_of_it_goes_with_any() -> None:
    bare = ("x.o", elf("x", machine=8, bits=32, order=">", flags=0x1000))
    assert found(mips("a", 1), mips("b", 1), bare) == []


def test_a_shared_object_that_passes_floats_in_other_registers() -> None:
    hard, soft = (Elf(memoryview(riscv("m", flags)[1])).abi for flags in (4, 0))
    facts = SharedFacts(hard.machine, abi=hard)
    library = Input(Where("libm.so"), InputMode.NAMES, provider=True, image=True, shared=facts)
    app = object_archive("app.a", riscv("a", 0))
    (one,) = findings_of("mixed-abi", app, library)
    assert one.message.startswith("libm.so: floating-point ABI: double there, soft here")
    assert findings_of("mixed-abi", app, replace(library, shared=replace(facts, abi=soft))) == []
