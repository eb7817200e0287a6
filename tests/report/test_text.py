from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arfix.counted import counted
from arfix.report.style import Emphasis, Style
from arfix.report.text import Align, Column, human_size, printable, render_table


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (9_129_584, "9.1 MB"),
        (254_654_321, "255 MB"),
        (5_000_000_000, "5.0 GB"),
        (12_345_678_901_234_567, "12,346 TB"),
    ],
)
def test_human_size(size: int, text: str) -> None:
    assert human_size(size) == text


def test_counted() -> None:
    assert [counted(number, "member") for number in (0, 1, 26669)] == ["0 members", "1 member", "26,669 members"]
    assert counted(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bss_log.o", "bss_log.o"),
        ("größe.o", "größe.o"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\x0ab"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("\u202eo.x", "\\u202eo.x"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.binary())
def test_any_name_is_printable_in_one_line(name: bytes) -> None:
    shown = printable(name.decode("utf-8", "surrogateescape"))
    assert shown.isprintable()
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_table_aligns_and_leaves_no_blanks_at_line_ends() -> None:
    columns = [Column("member"), Column("size", Align.RIGHT), Column("what")]
    rows = [["a.o", "12", "elf"], ["long-name.o", "3456", ""], ["日本.o", "7", "x"]]
    assert render_table(columns, rows, indent="  ") == (
        "  member       size  what\n  a.o            12  elf\n  long-name.o  3456\n  日本.o          7  x\n"
    )


def test_table_without_rows_is_empty() -> None:
    assert render_table([Column("x")], []) == ""


def test_emphasis_does_not_move_columns() -> None:
    columns = [Column("n", Align.RIGHT, Emphasis.STRONG), Column("name", emphasis=Emphasis.NAME)]
    painted = render_table(columns, [["1", "a"], ["22", "b"]], Style(colour=True))
    plain = render_table(columns, [["1", "a"], ["22", "b"]])
    for emphasis in Emphasis:
        painted = painted.replace(f"\x1b[{emphasis.value}m", "")
    assert painted.replace("\x1b[0m", "") == plain


WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
CELLS = st.lists(WORDS, max_size=6).map(" ".join)


@settings(max_examples=50)
@given(st.lists(st.tuples(CELLS, CELLS, WORDS), min_size=1, max_size=4), st.sampled_from([20, 60, 80, 160]))
def test_a_table_fits_the_terminal_and_breaks_no_word(rows: list[tuple[str, str, str]], width: int) -> None:
    columns = (Column("name"), Column("what it is"), Column("size", Align.RIGHT))
    table = render_table(columns, rows, Style(width=width))
    titles = ["name", "what", "it", "is", "size"]
    assert sorted(table.split()) == sorted(
        [*titles, *(printable(word) for row in rows for one in row for word in one.split())]
    )
    longest = max(len(word) * 2 for row in rows for one in row for word in [*one.split(), "name"])
    for line in table.splitlines():
        assert len(line) <= max(width, longest + 4)
        assert line == line.rstrip()


def test_columns_of_words_are_wrapped_before_columns_go_below() -> None:
    columns = (Column("rule"), Column("findings", Align.RIGHT), Column("what it finds"))
    rows = [("nested-archive", "12", "archives that are stored as a member of another")]
    assert render_table(columns, rows, Style(width=52)) == (
        "rule            findings  what it finds\n"
        "nested-archive        12  archives that are stored\n"
        "                          as a member of another\n"
    )
    assert render_table(columns, rows, Style(width=30)) == (
        "rule            findings\n"
        "    what it finds\n"
        "nested-archive        12\n"
        "    archives that are\n"
        "    stored as a member\n"
        "    of another\n"
    )
    assert render_table(columns, rows).count("\n") == 2
