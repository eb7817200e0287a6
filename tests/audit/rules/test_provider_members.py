from __future__ import annotations

from arfix.audit.finding import Severity
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import elf

APP = object_archive("libapp.a", ("app.o", elf("app", "?p", "?q")))


def test_what_a_provider_lacks_is_one_finding() -> None:
    provider = object_archive("lib/libp.a", ("p.o", elf("p", "?sys_exit", "?sbrk", "q")), provider=True)
    (one,) = findings_of("provider-members", APP, provider)
    assert (one.archive, one.severity) == ("libapp.a", Severity.ERROR)
    assert one.message.startswith("2 symbols that libp.a's own members need are defined by nothing: sbrk, sys_exit")
    assert "libapp.a(app.o) pulls them in for p" in one.message


def test_the_compilers_runtime_is_named_and_no_error() -> None:
    provider = object_archive("libp.a", ("p.o", elf("p", "?__udivdi3", "q")), provider=True)
    (one,) = findings_of("provider-members", APP, provider)
    assert one.severity is Severity.INFO
    assert one.message.endswith("add --provider libgcc.a")


def test_two_providers_that_define_the_same() -> None:
    first = object_archive("libp.a", ("p.o", elf("p", "dup")), provider=True)
    second = object_archive("libq.a", ("q.o", elf("q", "dup")), provider=True)
    (one,) = findings_of("provider-members", APP, first, second)
    assert one.message == "1 symbol that libq.a(q.o) defines is defined by libp.a(p.o) already: dup"


def test_each_runtime_is_named_for_what_it_has() -> None:
    provider = object_archive(
        "lib/libp.a", ("p.o", elf("p", "?__atomic_fetch_add_8", "?_Unwind_Resume")), provider=True
    )
    (one,) = findings_of("provider-members", APP, provider)
    assert "--provider libatomic.a --provider libgcc_eh.a" in one.message
    given = object_archive("lib/libatomic.a", ("a.o", elf("a")), provider=True)
    (one,) = findings_of("provider-members", APP, provider, given)
    assert "libatomic" not in one.message.partition("add ")[2]
