"""What a linker script changes about symbols and sections."""

from __future__ import annotations

import pytest

from arfix.linkage.layout_script import keeps, read_layout_script

SCRIPT = b"""
ENTRY(Reset_Handler) /* first = 1; */
EXTERN(vectors, other)
MEMORY { FLASH (rx) : ORIGIN = 0x8000000, LENGTH = 256K  RAM (xrw) : ORIGIN = 0x20000000, LENGTH = 64K }
_estack = ORIGIN(RAM) + LENGTH(RAM);
SECTIONS
{
  .isr : { KEEP(*(.isr_vector)) } > FLASH
  .ctors : { KEEP (*(EXCLUDE_FILE (*crtend.o) .ctors)) KEEP (*(SORT(.ctors.*))) KEEP(SORT_BY_NAME(*)(.last*)) }
  .data : ALIGN(4) { _sdata = .; *(.data) "quoted" = .; } > RAM AT > FLASH =0xff
  __loaded = LOADADDR(.data);
  .bss (NOLOAD) : { . = ALIGN(8); PROVIDE_HIDDEN(heap = .); count += 4; }
  ASSERT(_edata <= _estack, "no room: x = 1")
}
"""


def test_the_symbols_of_a_script() -> None:
    script = read_layout_script(SCRIPT)
    assert {"_estack", "_sdata", "quoted", "__loaded", "heap", "count"} <= script.defined
    assert script.defined.isdisjoint({"first", "ORIGIN", "LENGTH", "_edata", "x"})
    assert (script.entry, script.wanted) == ("Reset_Handler", ("vectors", "other"))


def test_what_stays() -> None:
    kept = read_layout_script(SCRIPT).kept
    assert all(keeps(kept, name) for name in (".isr_vector", ".ctors", ".ctors.1", ".last_one"))
    assert not any(keeps(kept, name) for name in (".data", ".isr_vector2", ".bss", "*crtend.o"))


@pytest.mark.parametrize("data", [b"", b"KEEP(((", b"SECTIONS {", b"/* open", b"ENTRY()", b"=;", bytes(range(256))])
def test_anything_is_read(data: bytes) -> None:
    assert read_layout_script(data).entry is None
