from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.names import (
    LongName,
    NameTable,
    decode_bsd_name,
    decode_bsd_name_size,
    decode_long_name_reference,
    decode_name,
    decode_short_name,
    encode_name,
    is_untidy_short_name,
    quote,
)
from arfix.errors import FormatError, Where

HERE = Where("x.a")


@given(st.binary())
def test_any_bytes_survive_as_text(raw: bytes) -> None:
    assert encode_name(decode_name(raw)) == raw


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"a.o/            ", b"a.o"),
        (b"a.o             ", b"a.o"),
        (b"fifteen-chars.o/", b"fifteen-chars.o"),
        (b"sixteen-chars-.o", b"sixteen-chars-.o"),
        (b"a b.o/          ", b"a b.o"),
        (b"a b.o           ", b"a b.o"),
        (b"a.o\0\0\0\0\0\0\0\0\0\0\0\0\0", b"a.o"),
        (b"a/b\0            ", b"a/b"),
        (b"a/b.o/          ", b"a"),
        (b"\xff\xfe.o/           ", b"\xff\xfe.o"),
        (b"                ", b""),
        (b"\0               ", b""),
        (b"..//            ", b".."),
        (b"evil\x1b[2J.o/     ", b"evil\x1b[2J.o"),
        (b"__.LIBDEP/      ", b"__.LIBDEP"),
    ],
)
def test_short_names(field: bytes, name: bytes) -> None:
    assert len(field) == 16
    assert decode_short_name(field) == name


@pytest.mark.parametrize(
    "field", [b"a.o/            ", b"a.o             ", b"a.o\0\0\0", b"sixteen-chars-.o", b"a b/   "]
)
def test_tidy_fields(field: bytes) -> None:
    assert not is_untidy_short_name(field)


@pytest.mark.parametrize("field", [b"                ", b"a/b.o/          ", b"a.o//           ", b"a\0b             "])
def test_untidy_fields(field: bytes) -> None:
    assert is_untidy_short_name(field)


@pytest.mark.parametrize(
    ("field", "reference"),
    [
        (b"/0              ", LongName(0, None)),
        (b"/123            ", LongName(123, None)),
        (b" 123            ", LongName(123, None)),
        (b"/16:992         ", LongName(16, 992)),
        (b"/0             /", LongName(0, None)),
        (b"/16:992        /", LongName(16, 992)),
        (b"/99999999999999 ", LongName(99999999999999, None)),
        (b"/-1             ", None),
        (b"/1_0            ", None),
        (b"/0x10           ", None),
        (b"/:5             ", None),
        (b"/5:             ", None),
        (b"/1 2            ", None),
        (b"/abc            ", None),
    ],
)
def test_long_name_references(field: bytes, reference: LongName | None) -> None:
    assert decode_long_name_reference(field) == reference


@pytest.mark.parametrize(
    ("table", "offset", "name"),
    [
        (b"a-long-name-of-an-object.o/\nx.o/\n", 0, "a-long-name-of-an-object.o"),
        (b"a-long-name-of-an-object.o/\nx.o/\n", 28, "x.o"),
        (b"sysv-without-slash.o\nx.o\n", 21, "x.o"),
        (b"z:\\dir\\msvc.obj\0x.obj\0", 0, "z:\\dir\\msvc.obj"),
        (b"z:\\dir\\msvc.obj\0x.obj\0", 16, "x.obj"),
        (b"nothing-ends-this", 0, "nothing-ends-this"),
        (b"sub/dir/thin.o/\n", 0, "sub/dir/thin.o"),
        (b"/\n", 0, ""),
        (b"a/\n", 3, None),
        (b"", 0, None),
    ],
)
def test_name_table(table: bytes, offset: int, name: str | None) -> None:
    assert NameTable(table, HERE, 68).name_at(offset) == name


def test_equal_references_to_a_long_name_cost_it_once() -> None:
    table = NameTable(b"n" * 64_000 + b"/\n", HERE, 68)
    assert len({table.name_at(0) for _ in range(10_000)}) == 1


def test_names_that_overlap_without_measure_are_refused() -> None:
    table = NameTable(b"n" * 1_000_000, HERE, 68)
    with pytest.raises(FormatError, match="overlap") as caught:
        list(map(table.name_at, range(1_000_000)))
    assert caught.value.where == Where("x.a", offset=68)


@pytest.mark.parametrize(
    ("field", "size"), [(b"#1/20           ", 20), (b"#1/0            ", 0), (b"#1/3\0           ", 3)]
)
def test_bsd_name_size(field: bytes, size: int) -> None:
    assert decode_bsd_name_size(field, HERE) == size


@pytest.mark.parametrize("field", [b"#1/             ", b"#1/-4           ", b"#1/abc          ", b"#1/1_0          "])
def test_a_bsd_name_size_that_is_no_number_is_refused(field: bytes) -> None:
    with pytest.raises(FormatError, match="no decimal number follows #1/"):
        decode_bsd_name_size(field, HERE)


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"a b.o", b"a b.o"), (b"__.SYMDEF SORTED\0\0\0\0", b"__.SYMDEF SORTED"), (b"\0\0\0\0", b""), (b"", b"")],
)
def test_bsd_names_end_at_nul(raw: bytes, name: bytes) -> None:
    assert decode_bsd_name(raw) == name


def test_quoted_bytes_cannot_reach_a_terminal() -> None:
    assert quote(b"a\x1b[2J\n\xff") == '"a\\x1b[2J\\x0a\\xff"'
