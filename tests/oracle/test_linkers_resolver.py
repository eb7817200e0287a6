"""Calls of `__tls_get_addr`: linkers rewrite those away that belong to an address, and keep those of a programmer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.compare import compare
from arfix.linkage.model import Target
from tests.oracle.lines import PROGRAMS, Obj, program_of, tried
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkage.linkers import Program

pytestmark = pytest.mark.oracle

#: What is in the object, as assembly; `v` is a thread-local variable of its own.
ASKS = " .byte 0x66\n leaq v@tlsgd(%rip), %rdi\n .value 0x6666\n rex64\n call __tls_get_addr@PLT\n"
CALLS = " xorl %edi, %edi\n call __tls_get_addr@PLT\n"
STORES = ' .section .data,"aw"\n .quad __tls_get_addr\n'
REST = ' .section .tbss,"awT",@nobits\nv: .zero 8\n .section .note.GNU-stack,"",@progbits\n'


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return program_of(request.param)


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE], ids=lambda one: one.value)
@pytest.mark.parametrize("body", [ASKS, CALLS, ASKS + CALLS, ASKS + STORES], ids=["asks", "calls", "both", "stores"])
def test_only_the_call_of_a_pair_goes_away(program: Program, target: Target, body: str, tmp_path: Path) -> None:
    (tmp_path / "x.s").write_text(f" .text\n .globl _start\n_start:\n{body}{REST}", encoding="utf-8")
    output_of(need("as"), "--64", "-o", tmp_path / "x.o", tmp_path / "x.s")
    with tried(program, tmp_path, Obj((tmp_path / "x.o").read_bytes()), target=target) as both:
        assert compare(both.result, both.trial) == (), both.trial
        is_missing = body != ASKS and program.linker.value != "gold"
        assert ("__tls_get_addr" in both.result.errors) is is_missing
