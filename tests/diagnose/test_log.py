"""Reading a log: what is skipped, what is cleaned, and that no line costs more than its length."""

from __future__ import annotations

import io
import time
import tracemalloc

import pytest

from arfix.diagnose.diagnose import diagnose_log
from arfix.diagnose.log import LogReader, clean_line

MEGABYTE = 1 << 20


class Endless(io.RawIOBase):
    """A log of a given size, made of one line again and again, and never held in memory."""

    def __init__(self, line: bytes, size: int) -> None:
        self.block = line * (MEGABYTE // len(line))
        self.left = size

    def read(self, size: int = -1, /) -> bytes:
        del size
        if self.left <= 0:
            return b""
        self.left -= len(self.block)
        return self.block


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2024-03-02T10:11:12.1234567Z ld: x", "ld: x"),
        ("#14 41.31 /usr/bin/ld: x", "/usr/bin/ld: x"),
        ("  = note: rust-lld: error: x", "rust-lld: error: x"),
        ("[12/34] ld: x", "ld: x"),
        ("[ 57%] ld: x", "ld: x"),
        ("web-1  | ld: x", "ld: x"),
        ("2>main.obj : error LNK2019: x", "main.obj : error LNK2019: x"),
        ("main.obj : error LNK2019: x [C:\\depot\\a.vcxproj]", "main.obj : error LNK2019: x"),
        ("2024-05-01T10:00:00.1Z Error\tLNK2019\tx\tdepot\tmain.obj\t1", "main.obj : error LNK2019: x"),
        ("[12:01:02] Error (active)\tLNK1120\tx\tdepot\tapp.exe\t1", "app.exe : error LNK1120: x"),
        ("\x1b[31mld\x1b[0m: \x1b]8;;http://x\x07x\x1b]8;;\x07", "ld: x"),
        ("50%\r100%\rld: x", "ld: x"),
        ("make[2]: *** [app] Error 1", "make[2]: *** [app] Error 1"),
    ],
)
def test_a_line_is_cleaned(raw: str, clean: str) -> None:
    assert clean_line(raw) == clean


def test_lines_are_numbered_across_blocks() -> None:
    text = b"noise\n" * 300_000 + b"ld: error: x\n"
    reader = LogReader(io.BytesIO(text), ("ld: error",))
    assert [line.number for line in reader] == [300_001]
    assert reader.lines == 300_001


def test_lines_of_messages_and_others_are_found_in_order() -> None:
    """A log with a message in most lines is read line by line, and the rare words are looked for in the other lines."""
    kinds = (b"ld: error: undefined symbol: x", b"gcc -c a.c", b"ld: error: undefined symbol: y", b"LNK1120 here")
    lines = [kinds[at % 4] for at in range(100_000)]
    reader = LogReader(io.BytesIO(b"\n".join(lines)), ("ld: error",))
    expected = [at for at, line in enumerate(lines, 1) if not line.startswith(b"gcc")]
    assert [line.number for line in reader] == expected


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_the_last_line_may_have_no_end(end: bytes) -> None:
    assert [line.text for line in LogReader(io.BytesIO(b"ld: error: x" + end), ())] == ["ld: error: x"]


HOSTILE = (
    "undefined reference to `" + "'(" * 500_000,
    "a" * 1_000_000 + ": undefined reference to `x'",
    "ld: " * 250_000 + "cannot find -l",
    "relocation R_" + "against `" * 100_000,
    ": member " * 100_000 + "at 1 is not an ELF object",
    "\x1b[" + "0;" * 500_000,
    "(" * 500_000 + "multiple definition of `" + ")" * 500_000,
    "duplicate symbol: " + ": " * 500_000,
    "error LNK2005: " + " already defined in" * 50_000,
    '"' * 500_000 + ", referenced from:",
    "collect2-" * 100_000 + "ld: error: undefined symbol: x",
    "x.o" * 300_000 + "(.text: undefined reference to `y'",
    " " * 1_000_000 + "undefined symbol: x",
    "gcc -o app " + "'" * 500_000 + " -lz",
)


@pytest.mark.slow
@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:16])
def test_a_line_costs_no_more_than_its_length(line: str) -> None:
    # A cost that grows with the square of the length would take days.
    start = time.process_time()
    diagnose_log(io.BytesIO((line + "\n").encode()), "log")
    assert time.process_time() - start < 20


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log() -> None:
    line = b"main.c:(.text+0x1): undefined reference to `deflate'\n" + b"[1/9] Building C object crate.c.o\n" * 4000
    diagnose_log(Endless(line, MEGABYTE), "log")
    peaks = []
    for megabytes in (2, 6):
        tracemalloc.start()
        diagnose_log(Endless(line, megabytes * MEGABYTE), "log")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3
