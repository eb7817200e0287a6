from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.audit.finding import Severity
from arfix.linkage.model import Linker, Undefined
from arfix.symbols.object_symbols import ObjectSymbols
from tests.audit.links import Linked, archive
from tests.audit.trials import trial, verify_findings

LIB = archive("libx.a", ("x.o", ObjectSymbols(strong=("f",))))
LIBC = archive("libc.a", ("open.o", ObjectSymbols(strong=("open",))), provider=True)

if TYPE_CHECKING:
    from arfix.linkage.trial import Trial


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (trial(undefined=frozenset("abcd")), "ld refuses: 4 undefined symbols (a, b, c, ...)"),
        (trial(Linker.LLD, duplicates=frozenset("a")), "lld refuses: 1 symbol defined more than once (a)"),
        (trial(rejected=("libx.a(t)",)), "ld refuses: 1 member that it does not take (libx.a(t))"),
        (trial(refused=("relocation R_X86_64_32 ...", "x")), "ld refuses: relocation R_X86_64_32 ..."),
        (trial(others=("no memory",)), "ld refuses: no memory"),
        (trial(status=139), "ld refuses: exit status 139"),
    ],
)
def test_a_refusal_is_told_with_what_the_linker_complained_of(made: Trial, message: str) -> None:
    (found,) = verify_findings("link-fails", Linked((LIB, LIBC)), made)
    assert (found.archive, found.severity, found.message) == ("libx.a", Severity.ERROR, message)


def test_a_link_that_works_is_silent() -> None:
    assert verify_findings("link-fails", Linked((LIB, LIBC)), trial(status=0)) == []


def test_without_a_provider_undefined_symbols_alone_are_information() -> None:
    (found,) = verify_findings("link-fails", Linked((LIB,)), trial(undefined=frozenset("a")))
    assert found.severity is Severity.INFO
    (found,) = verify_findings("link-fails", Linked((LIB,)), trial(undefined=frozenset("a"), duplicates=frozenset("b")))
    assert found.severity is Severity.ERROR


def test_what_only_the_platform_wants_is_information() -> None:
    """Undefined(name, referrers): unit 0 is under test, unit 1 the C library's."""
    start = Linked((LIB, LIBC), undefined=(Undefined("_init", (1,)),), entered_too=(1,))
    (found,) = verify_findings("link-fails", start, trial(undefined=frozenset({"_init"})))
    assert found.severity is Severity.INFO
    assert "start files" in found.message
    board = Linked((LIB, LIBC), undefined=(Undefined("sys_exit", (1,)),), entered_too=(1,))
    (found,) = verify_findings("link-fails", board, trial(undefined=frozenset({"sys_exit"})))
    assert found.severity is Severity.ERROR  # no start file has it, and `provider-members` reports it
    both = Linked((LIB, LIBC), undefined=(Undefined("_init", (0, 1)),), entered_too=(1,))
    (found,) = verify_findings("link-fails", both, trial(undefined=frozenset({"_init"})))
    assert found.severity is Severity.ERROR
