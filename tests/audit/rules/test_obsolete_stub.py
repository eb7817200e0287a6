from __future__ import annotations

from arfix.errors import Where
from arfix.linkage.model import Input, InputMode
from tests.audit.libraries import fixes
from tests.audit.links import Linked, link_findings, object_archive
from tests.elf_builder import WEAK, Sym, elf

STUB = ("arfix-stub-openlog.o", elf(Sym("openlog", binding=WEAK)))
LIB = object_archive("libx.a", ("x.o", elf("x", "?openlog")), STUB)


def test_a_stub_that_keeps_the_real_function_out() -> None:
    libc = object_archive("libc.a", ("syslog.o", elf("openlog")), provider=True)
    found = link_findings("obsolete-stub", Linked((LIB, libc)))
    assert [(one.archive, one.member, one.symbol) for one in found] == [("libx.a", STUB[0], "openlog")]
    assert found[0].message == "libc.a(syslog.o) defines it, and the stub keeps it out"
    assert fixes(found) == ["arfix strip libx.a arfix-stub-openlog.o"]


def test_a_shared_object_that_has_it_counts_too() -> None:
    libc = Input(Where("libc.so"), InputMode.NAMES, names=frozenset({"openlog"}), provider=True)
    assert len(link_findings("obsolete-stub", Linked((LIB, libc)))) == 1


def test_a_stub_for_what_nobody_has_stays() -> None:
    libc = object_archive("libc.a", ("open.o", elf("open")), provider=True)
    other = object_archive("liby.a", STUB)
    assert link_findings("obsolete-stub", Linked((LIB, other, libc))) == []
