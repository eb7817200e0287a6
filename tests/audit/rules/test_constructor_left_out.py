from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.linkage.model import InputMode
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import ALLOC, INIT_ARRAY, STACK_NOTE, TEXT, WRITE, Sec, Sym, elf

STARTS = Sec(".init_array", bytes(8), type=INIT_ARRAY, flags=ALLOC | WRITE, align=8)
ENTRY = Sec("codecs", bytes(8), flags=ALLOC)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (STARTS, "its constructor (.init_array) runs only when the library is linked whole"),
        (ENTRY, "its entry in the table codecs is there only when the library is linked whole"),
    ],
)
def test_a_member_that_only_registers_itself(section: Sec, message: str) -> None:
    wave = elf(Sym("wave", section.name), sections=(TEXT, section, STACK_NOTE))
    library = object_archive("libcodec.a", ("registry.o", elf("codecs_count")), ("wave.o", wave))
    lazy = replace(library, use=InputMode.ON_DEMAND)
    (one,) = findings_of("constructor-left-out", lazy, roots=("codecs_count",))
    assert (one.member, one.message) == ("wave.o", message)
    assert findings_of("constructor-left-out", lazy, roots=("codecs_count", "wave")) == []
    assert findings_of("constructor-left-out", library, roots=("codecs_count",)) == []
