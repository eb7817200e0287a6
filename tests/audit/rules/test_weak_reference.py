from __future__ import annotations

from dataclasses import replace

from arfix.audit.finding import Severity
from arfix.linkage.model import Input, InputMode
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import elf
from tests.linkage.links import uses


def line(*needs: str) -> tuple[Input, Input]:
    app = object_archive("libapp.a", ("gthr.o", uses(*needs, weak=["lock"], defines=["main"])))
    threads = object_archive("libpthr.a", ("lock.o", elf("lock")), ("create.o", elf("create")))
    return replace(app, use=InputMode.ON_DEMAND), replace(threads, use=InputMode.ON_DEMAND)


def test_a_sister_of_what_stays_out_is_in_the_link() -> None:
    (one,) = findings_of("weak-reference", *line("create"), roots=("main",))
    assert (one.archive, one.member, one.symbol, one.severity) == ("libpthr.a", "lock.o", "lock", Severity.WARNING)
    assert one.message == "libapp.a(gthr.o) has only a weak reference, which pulls nothing in"


def test_where_nothing_of_the_archive_is_in_it_is_information() -> None:
    (one,) = findings_of("weak-reference", *line(), roots=("main",))
    assert one.severity is Severity.INFO


def test_whole_archives_have_it() -> None:
    app, threads = line("create")
    assert findings_of("weak-reference", app, replace(threads, use=InputMode.WHOLE), roots=("main",)) == []
