from __future__ import annotations

from arfix.audit.finding import Severity
from arfix.linkage.model import Target
from tests.audit.rules.test_not_pic import DATA, DEFINES, NARROW, PC32, TPOFF, WORD, code, found


def test_an_address_known_at_link_time() -> None:
    (one,) = found(DEFINES, code("x", DATA, NARROW), rule="not-pie", target=Target.PIE)
    assert (one.rule, one.member, one.symbol, one.severity) == ("not-pie", "x.o", "z_errmsg", Severity.ERROR)
    assert one.message.startswith("R_X86_64_32S in .text needs an address")


def test_a_text_relocation_is_a_warning() -> None:
    (one,) = found(DEFINES, code("x", DATA, WORD), rule="not-pie", target=Target.PIE)
    assert one.severity is Severity.WARNING


def test_an_executable_keeps_its_symbols_and_its_thread_local_storage() -> None:
    members = (DEFINES, code("x", DATA, PC32), code("y", DATA, TPOFF))
    assert found(*members, rule="not-pie", target=Target.PIE) == []


def test_other_targets_are_not_asked_about() -> None:
    for target in (Target.EXECUTABLE, Target.SHARED):
        assert found(DEFINES, code("x", DATA, NARROW), rule="not-pie", target=target) == []
