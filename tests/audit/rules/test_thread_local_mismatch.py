from __future__ import annotations

from tests.audit.links import findings_of, object_archive
from tests.elf_builder import ALLOC, IS_TLS, STACK_NOTE, TLS, WRITE, Sec, Sym, elf

TDATA = Sec(".tdata", bytes(8), flags=ALLOC | WRITE | IS_TLS)
LOCAL = ("errno.o", elf(Sym("errno", ".tdata", type=TLS, size=4), sections=(TDATA, STACK_NOTE)))
PLAIN = ("io.o", elf("?errno", "io"))


def test_the_side_that_is_not_thread_local_is_named() -> None:
    provider = object_archive("libc.a", LOCAL, provider=True)
    (one,) = findings_of("thread-local-mismatch", object_archive("libold.a", PLAIN), provider)
    assert (one.archive, one.member, one.symbol) == ("libold.a", "io.o", "errno")
    assert one.message == "is not thread-local here, but is in libc.a(errno.o)"


def test_nothing_is_said_where_all_agree() -> None:
    assert findings_of("thread-local-mismatch", object_archive("libold.a", LOCAL)) == []
