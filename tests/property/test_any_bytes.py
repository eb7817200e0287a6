"""Any bytes at all give an `Archive` or an `ArfixError` that says where, in bounded time and memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC
from arfix.archive.read import read
from arfix.errors import ArfixError
from tests.archive.literal import MAGIC, THIN, archive, field_header, stored

if TYPE_CHECKING:
    from arfix.archive.model import Archive

#: What a reader may use for any input: seconds of processor time, and bytes for each byte of input beyond a fixed part.
#: A member costs about a kilobyte and takes at least 60 bytes.
SECONDS = 2.0
FIXED, FACTOR = 4_000_000, 64


def check(data: bytes) -> Archive | None:
    """Read `data`; every value of the archive must be within it."""
    tracemalloc.start()
    started = time.process_time()
    try:
        found = read(data)
    except ArfixError as error:
        assert error.where is not None  # noqa: PT017 (both outcomes are right)
        assert str(error)  # noqa: PT017
        return None
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert time.process_time() - started < SECONDS
        assert peak < FIXED + FACTOR * len(data)
    end = 0
    for member in found:
        assert member.header_offset is not None
        assert data[member.header_offset :].startswith(member.header)
        assert (member.date, member.uid, member.gid, member.mode) >= (-1, -1, -1, -1)
        if not found.thin:
            assert member.content.offset + member.size <= len(data)
            assert len(member.data) == member.size
            end = max(end, member.content.offset + member.size)
    if found.index is not None:
        assert len(found.index.names) == len(found.index.members)
        assert all(-1 <= position < len(found) for position in found.index.members)
    assert all(oddity.where.offset is not None and oddity.message for oddity in found.oddities)
    return found


def _samples() -> list[bytes]:
    """Return one archive of each variant, small enough that a mutation is likely to hit something that counts."""
    gnu = struct.pack(">3I", 2, 168, 168) + b"f\0g\0"
    coff = struct.pack("<2II2H", 1, 250, 2, 1, 1) + b"f\0g\0"
    bsd = struct.pack("<6I", 16, 0, 108, 2, 108, 4) + b"f\0g\0"
    wide = struct.pack(">6Q", 32, 0, 8, 2, 8, 4) + b"f\0g\0"
    long = stored(b"//", b"a-name-of-20-chars.o/\n")
    big = AIX_BIG_MAGIC + b"".join(b"%-20d" % word for word in (0, 0, 0, 128, 128, 0))
    big += b"%-20d%-20d%-20d%-12d%-12d%-12d%-12d%-4da.o\0`\nfirst\n" % (5, 0, 0, 0, 0, 0, 0, 3)
    small = AIX_SMALL_MAGIC + b"".join(b"%-12d" % word for word in (0, 0, 68, 68, 0))
    small += b"%-12d%-12d%-12d%-12d%-12d%-12d%-12d%-4da.o\0`\nfirst\n" % (5, 0, 0, 0, 0, 0, 0, 3)
    return [
        archive(stored(b"/", gnu), long, stored(b"/0", b"odd"), stored(b"b.o/", b"even")),
        archive(stored(b"/SYM64/", struct.pack(">2Q", 1, 8) + b"f\0"), stored(b"a.o/", b"even")),
        archive(
            stored(b"/", gnu), stored(b"/", coff), long, stored(b"/<ECSYMBOLS>/", b"\0\0\0\0"), stored(b"/0", b"x")
        ),
        archive(stored(b"__.SYMDEF", bsd), stored(b"a.o", b"odd"), stored(b"#1/8", b"b c.o\0\0\0data")),
        archive(stored(b"#1/20", b"__.SYMDEF_64 SORTED\0" + wide), stored(b"#1/4", b"a.o\0\xcf\xfa\xed\xfe")),
        archive(long, field_header(b"/0", 400), field_header(b"/0:8", 4), magic=THIN),
        archive(stored(b"liba.a/", archive(stored(b"a.o/", b"odd")))),
        big,
        small,
        b"\xca\xfe\xba\xbe\0\0\0\1" + struct.pack(">5I", 7, 3, 28, 8, 0) + MAGIC,
    ]


SAMPLES = _samples()
#: Archives that real tools wrote, and files that are called so.
REAL = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "samples" / "archives").iterdir())]
#: Pieces that mean something to a reader, wherever they land.
PIECES = (
    b"/",
    b"//",
    b"`\n",
    b"#1/",
    b"\0",
    b"\xff" * 4,
    b"9999999999",
    b"-1",
    b" ",
    b"/0",
    b"/SYM64/",
    b":",
    b"\x02\x0b\x06\x19",
)


@given(
    st.binary(max_size=400), st.sampled_from((b"", MAGIC, THIN, AIX_BIG_MAGIC, AIX_SMALL_MAGIC, b"\xca\xfe\xba\xbe"))
)
def test_random_bytes(data: bytes, magic: bytes) -> None:
    check(magic + data)


@given(st.data())
def test_mutated_archives(data: st.DataObject) -> None:
    mutated = bytearray(data.draw(st.sampled_from(SAMPLES) | st.sampled_from(REAL)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(mutated)))
        size = data.draw(st.integers(0, 12))
        piece = data.draw(st.sampled_from(PIECES) | st.binary(max_size=12))
        mutated[at : at + size] = piece if data.draw(st.booleans()) else piece[:size].ljust(size)
    check(bytes(mutated))


FIELDS = st.sampled_from(
    (b"/", b"//", b"/0", b"/5", b"/0:8", b"#1/4", b"#1/0", b"a.o/", b"__.SYMDEF", b"/SYM64/", b"", b"/<X>/")
)


@given(st.lists(st.tuples(FIELDS, st.binary(max_size=40))), st.sampled_from((MAGIC, THIN)))
@example([(b"/", b"\0\0\0\1\0\0\0\x08f\0")] * 3, MAGIC)
def test_sound_headers_in_any_order(members: list[tuple[bytes, bytes]], magic: bytes) -> None:
    check(archive(*(stored(name, data) for name, data in members), magic=magic))


def test_the_samples_themselves_are_sound() -> None:
    found = [check(sample) for sample in SAMPLES]
    assert [archive_ is not None for archive_ in found] == [True] * 9 + [False]
    assert sum(check(real) is not None for real in REAL) > 10


def test_inputs_made_to_cost_much() -> None:
    n = 40_000
    check(archive(stored(b"//", b"n" * n), *(field_header(b"/%d" % at, 0) for at in range(2_000))))
    check(archive(stored(b"//", b"n" * n), *(field_header(b"/0", 0) for _ in range(2_000))))
    # One long name for thousands of members: whoever writes `name#2` for each would need a gigabyte.
    assert check(archive(stored(b"//", b"n" * 8 * n), *(field_header(b"/0", 0) for _ in range(4_000)))) is None
    check(
        archive(stored(b"__.SYMDEF", struct.pack("<I", 8 * n) + b"".join(struct.pack("<2I", at, 0) for at in range(n))))
    )
    check(archive(stored(b"/", struct.pack(">I", n) + bytes(5 * n))))
    check(archive(*(field_header(b"a/", b" 0", date=b"x", uid=b"x", gid=b"x", mode=b"x") for _ in range(500))))
    check(archive(*(field_header(b"/", 0) for _ in range(2_000))))
