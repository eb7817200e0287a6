"""A repair in words: everything that was done, what it costs, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.fix import describe_repair, render_repair
from tests.ar_builder import ar
from tests.audit.sysroots import LIBC, repair, write
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

#: More nested archives than one step lists, and more missing symbols than arfix offers to stub.
CROWDED = ar(
    *((f"lib{number}.a", ar((f"o{number}.o", elf(f"f{number}")))) for number in range(9)),
    ("api.o", elf("api", *(f"?gone_{number}" for number in range(60)))),
    ("user.o", elf("main_thing", "?api")),
    index=(("api", 9), ("main_thing", 10)),
)


def test_long_lists_are_counted_and_what_is_left_is_told(tmp_path: Path) -> None:
    paths = write(tmp_path, libx=CROWDED, libc=LIBC)
    text = render_repair(repair([paths["libx"]], providers=[paths["libc"]]))
    lines = text.splitlines()
    assert lines[0] == "69 findings -> 18 edits in 1 archive; 60 findings left"
    assert "  and 6 more" in lines
    assert "  add   o0.o  from " + paths["libx"] + "(lib0.a(o0.o))" in lines
    assert "  rebuild the index  2 -> 11 entries" in lines
    assert "left: 60 findings that this plan does not repair" in lines
    left = f"  undefined-symbol  {paths['libx']}(api.o) gone_0: nothing in the link defines it"
    assert any(line.startswith(left) for line in lines)
    assert lines[-1] == "  and 48 more; `arfix check` lists them"


def test_stubs_and_rebuilt_indexes_are_told(tmp_path: Path) -> None:
    library = ar(("log.o", elf("write_log", "?openlog")), ("user.o", elf("go", "?write_log")), index=())
    paths = write(tmp_path, libx=library, libc=LIBC)
    found = repair([paths["libx"]], providers=[paths["libc"]])
    text = render_repair(found)
    assert "  add   arfix-stub-openlog.o  from arfix stub\n" in text
    assert "    cost: programs find openlog, which does not work\n" in text
    document = describe_repair(found)
    assert document["clean"] is True
    assert document["left"] == []
