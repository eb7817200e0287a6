from __future__ import annotations

from arfix.archive.read import read
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Input, InputMode
from tests.ar_builder import ar
from tests.audit.links import Linked, link_findings
from tests.elf_builder import TEXT, Sec, elf

WARNS = elf("gets", "puts", sections=(TEXT, Sec(".gnu.warning.gets", b"the `gets' function is dangerous\0", flags=0)))


def made(path: str, *members: tuple[str, bytes], provider: bool = False) -> Input:
    use = InputMode.ON_DEMAND if provider else InputMode.WHOLE
    return archive_input(read(ar(*members)), Where(path), use, provider=provider)


LIBC = made("libc.a", ("gets.o", WARNS), provider=True)


def test_the_librarys_own_words_are_told_for_each_archive() -> None:
    one = made("one.a", ("x.o", elf("x", "?gets", "?puts")), ("y.o", elf("y", "?gets")))
    two = made("two.a", ("z.o", elf("z", "?gets")))
    linked = Linked((one, two, LIBC), winners={"gets": 3, "puts": 3}, entered_too=(3,))
    found = link_findings("warning-symbol", linked)
    assert [(one.archive, one.member, one.symbol) for one in found] == [
        ("one.a", "x.o", "gets"),
        ("two.a", "z.o", "gets"),
    ]
    assert found[0].message == "the `gets' function is dangerous"
    assert found[0].related == ("libc.a(gets.o)", "one.a(y.o)")


def test_what_nobody_uses_warns_nobody() -> None:
    linked = Linked((made("one.a", ("x.o", elf("x", "?puts"))), LIBC), winners={"puts": 1}, entered_too=(1,))
    assert link_findings("warning-symbol", linked) == []
