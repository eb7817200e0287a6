"""What goes into a merge comes out, is a copy of what comes out, or was left out; no byte of a member changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from arfix.archive.model import Kind
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.archive.write import write_archive
from arfix.edits.apply import apply
from arfix.edits.merge import plan_merge
from arfix.edits.nested_archives import outermost
from arfix.errors import EditError, Where
from arfix.formats.constants import ARCHIVE_MAGICS, THIN_ARCHIVE_MAGIC
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.property.archives import archives

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.nested_archives import OpenArchive

MAGICS = {*ARCHIVE_MAGICS, THIN_ARCHIVE_MAGIC}
NAMES = st.sampled_from(["a.o", "b.o", "a_name_of_more_than_15.o"])
OBJECTS = st.lists(st.sampled_from(["f", "g", "h", "?f", "?k"]), unique=True).map(lambda names: elf(*names))
LIBRARIES = st.lists(st.tuples(NAMES, OBJECTS | st.just(b"text\n")), max_size=5).map(lambda members: ar(*members))
NESTED = LIBRARIES | st.tuples(LIBRARIES, LIBRARIES).map(lambda pair: pair[0] + ar(("n.a", pair[1]))[8:])


def opened(number: int, data: bytes) -> OpenArchive:
    where = Where(f"{number}.a")
    return outermost(read_archive(BytesSource(where, memoryview(data)), where))


def leaves(data: bytes) -> list[tuple[str, bytes]]:
    """Return the name and bytes of every member that is no archive, at any depth."""
    found: list[tuple[str, bytes]] = []
    for member in opened(0, data).archive:
        content = bytes(member.data)
        found += leaves(content) if content.startswith(b"!<arch>\n") else [(member.name, content)]
    return found


def written(archive: Archive) -> Archive:
    where = Where("out.a")
    return read_archive(BytesSource(where, memoryview(write_archive(archive))), where)


@given(st.lists(NESTED, min_size=1, max_size=3), st.booleans())
def test_members_and_symbols_are_conserved(libraries: list[bytes], is_preferred: bool) -> None:  # noqa: FBT001
    inputs = [opened(number, data) for number, data in enumerate(libraries)]
    try:
        merge = plan_merge(inputs, "out.a", ["0.a"] if is_preferred else ())
    except EditError:
        assert is_preferred
        return
    after = written(apply(merge.base, merge.plan))
    going_in = Counter(leaf for data in libraries for leaf in leaves(data))
    coming_out = Counter((member.name, bytes(member.data)) for member in after)
    left_out = Counter((one.gathered.member.name, bytes(one.gathered.member.data)) for one in merge.left_out)
    assert coming_out + left_out == going_in
    assert set(coming_out.values()) <= {1}
    assert is_preferred or set(coming_out) == set(going_in)
    symbols = sum(one.symbols for one in merge.inputs)
    assert symbols == merge.symbols + sum(one.gathered.symbols for one in merge.left_out)
    assert merge.symbols == len(after.index or ())


@given(st.lists(NESTED, min_size=1, max_size=3))
def test_what_comes_out_is_in_the_order_it_went_in(libraries: list[bytes]) -> None:
    merge = plan_merge([opened(number, data) for number, data in enumerate(libraries)], "out.a")
    after = written(apply(merge.base, merge.plan))
    expected = list(dict.fromkeys(leaf for data in libraries for leaf in leaves(data)))
    assert [(member.name, bytes(member.data)) for member in after] == expected


@given(st.data())
def test_any_kinds_merge_into_that_of_the_first(data: st.DataObject) -> None:
    kinds = [data.draw(st.sampled_from([Kind.GNU, Kind.BSD, Kind.COFF])) for _ in range(2)]
    inputs = [opened(number, write_archive(data.draw(archives(kind)))) for number, kind in enumerate(kinds)]
    origins = [member for one in inputs for member in one.archive]
    assume(not any(bytes(member.data[:8]) in MAGICS for member in origins))
    kind = next((one.archive.kind for one in inputs if one.archive.members), inputs[0].archive.kind)
    merge = plan_merge(inputs, "out.a")
    after = apply(merge.base, merge.plan)
    assert after.kind is kind
    assert len(after) + len(merge.left_out) == len(origins)
    assert all(member in origins for member in after)
