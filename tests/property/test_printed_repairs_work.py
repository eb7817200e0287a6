"""Every repair that `check` prints works when it is pasted into a shell, in the printed order.

Archives here have several faults at once, members of one name, and names that a shell or an option parser would take
for something else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, OBJECT, WEAK, WRITE, Sec, Sym, elf
from tests.programs.pasting import paste
from tests.run_arfix import arfix

#: Names of members; some are options, patterns, selectors or numbers of a copy, or need quotes.
NAMES = st.sampled_from(
    (
        "a.o",
        "a.o",
        "b.o",
        "-a.o",
        "--force",
        "-",
        "with blank.o",
        "über, a name in the table.o",
        "it's.o",
        '"q".o',
        "$HOME.o",
        "`x`.o",
        "*.o",
        "[ab].o",
        "?.o",
        "a.o#2",
        "position:1",
        "#1.o",
        "@list",
        "defines:x",
        "kind:elf",
        "a\\b.o",
        "tab\t and 'more' 5%!.o",
        "\udcff.o",
        "a name of more than fifteen bytes.o",
    )
)
ARCHIVES = ("liba.a", "lib b.a", "-c.a", "libü.a")
SYMBOLS = ("f", "g", "_ZN4core3fmt5writeE", "a.b", "x$y")
#: Known functions, one that nothing knows, and one of the runtime.
MISSING = ("openlog", "syslog", "sig2str", "frobnicate", "__udivdi3")
NAMES_AND_SYMBOLS = st.lists(st.sampled_from(SYMBOLS), max_size=3, unique=True)
CODE = Sec(".text", b"\xc3" * 16, flags=ALLOC | EXEC)
DATA = Sec(".data", bytes(8), flags=ALLOC | WRITE)
#: What tells arfix how errno is reached.
LIBC = ar(("errno.o", elf("__errno_location", "malloc")), index=(("__errno_location", 0), ("malloc", 0)))


@st.composite
def members(draw: st.DrawFn) -> bytes:
    """Return an object: code or data, symbols that others may define too, and calls of what is missing."""
    defined = draw(NAMES_AND_SYMBOLS)
    missing = draw(st.lists(st.sampled_from(MISSING), max_size=2, unique=True))
    needed = draw(st.lists(st.sampled_from(SYMBOLS), max_size=2, unique=True))
    if draw(st.integers(0, 3)) == 0:
        variables = (Sym(name, ".data", type=OBJECT, size=4) for name in defined)
        return elf(*variables, sections=(DATA, Sec(".note.GNU-stack", flags=0)))
    weak = draw(st.integers(0, 5)) == 0
    symbols = tuple(Sym(name, binding=WEAK) if weak else Sym(name) for name in defined)
    wanted = [name for name in dict.fromkeys((*missing, *needed)) if name not in defined]
    data = elf(*symbols, *(f"?{name}" for name in wanted))
    return data if draw(st.integers(0, 6)) else data[: len(data) // 2]


@st.composite
def archives(draw: st.DrawFn, depth: int = 1) -> bytes:
    """Return an archive of a few members, some of them twice, some no objects."""
    entries: list[tuple[str, bytes]] = []
    for _ in range(draw(st.integers(1, 4))):
        match draw(st.integers(0, 9)):
            case 0:
                entries.append((draw(NAMES), b"read me\n"))
            case 1 if depth:
                entries.append((draw(NAMES), draw(archives(depth - 1))))
            case 2 if entries:
                entries.append(draw(st.sampled_from(entries)))
            case 3:
                entries.append((draw(NAMES), ar()))
            case _:
                entries.append((draw(NAMES), draw(members())))
    return ar(*entries)


@pytest.mark.no_cover
@given(
    contents=st.lists(archives(), min_size=1, max_size=2),
    names=st.permutations(ARCHIVES),
    target=st.sampled_from(("exe", "shared")),
    on_demand=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_each_printed_repair_works_in_the_printed_order(
    contents: list[bytes], names: list[str], target: str, *, on_demand: bool
) -> None:
    scratch = Path(tempfile.mkdtemp())
    before = Path.cwd()
    try:
        folder = scratch / "work"
        folder.mkdir()
        os.chdir(folder)
        Path("libc.a").write_bytes(LIBC)
        given_names = names[: len(contents)]
        for name, data in zip(given_names, contents, strict=True):
            Path(name).write_bytes(data)
        mode = ("--on-demand", "-u", "f") if on_demand else ()
        ran = arfix("check", "--all", "--provider", "libc.a", "--target", target, *mode, "--", *given_names)
        assert ran.code in {0, 1}, ran.stderr
        done = paste(ran.stdout, folder)
        assert [one for one in done if one.code] == [], ran.stdout
    finally:
        os.chdir(before)
        shutil.rmtree(scratch)
