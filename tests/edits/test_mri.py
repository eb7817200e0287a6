from __future__ import annotations

import pytest

from arfix.edits.mri import Command, Keyword, read_script
from arfix.errors import FormatError, Where

WHERE = Where("script.mri")


def script(*lines: str) -> list[Command]:
    return list(read_script("\n".join(lines), WHERE))


def operands(line: str) -> tuple[str, ...]:
    (command,) = script(line)
    return command.operands


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ADDMOD a.o", ("a.o",)),
        ("addmod a.o,b.o", ("a.o", "b.o")),
        ("  AddMod\ta.o , b.o c.o", ("a.o", "b.o", "c.o")),
        ("ADDMOD a.o ; the rest", ("a.o",)),
        ("ADDMOD a.o;the rest", ("a.o",)),
        ("ADDMOD a.o * the rest", ("a.o",)),
        ("ADDMOD a*b.o", ("a*b.o",)),
        ("ADDMOD \"with blank.o\" 'with,comma.o'", ("with blank.o", "with,comma.o")),
        ('ADDMOD "c++.o", "a;b.o", "it\'s.o"', ("c++.o", "a;b.o", "it's.o")),
        ("ADDMOD libstdc++", ("libstdc++",)),
        ("ADDMOD +x.o", ("+x.o",)),
        ('ADDMOD "+"', ("+",)),
        ("ADDMOD ümläut.o", ("ümläut.o",)),
        ("ADDMOD \udcff.o", ("\udcff.o",)),
        ("ADDMOD C:\\lib\\a.o", ("C:\\lib\\a.o",)),
        ("ADDMOD /a/b-c_d.e/f$.o", ("/a/b-c_d.e/f$.o",)),
    ],
)
def test_operands(line: str, expected: tuple[str, ...]) -> None:
    assert operands(line) == expected


def test_every_command_and_where_it_stands() -> None:
    found = script(
        "* begin",
        "OPEN a.a",
        "",
        "CREATE b.a",
        "CREATETHIN c.a ; thin",
        "ADDLIB d.a",
        "ADDLIB d.a (x.o, y.o)",
        "DELETE x.o",
        "REPLACE x.o",
        "EXTRACT x.o",
        "LIST",
        "DIRECTORY d.a (x.o) out.txt",
        "VERBOSE",
        "CLEAR",
        "SAVE",
        "END",
        "this is not read",
    )
    assert [(command.keyword.value, command.line) for command in found] == [
        ("OPEN", 2),
        ("CREATE", 4),
        ("CREATETHIN", 5),
        ("ADDLIB", 6),
        ("ADDLIB", 7),
        ("DELETE", 8),
        ("REPLACE", 9),
        ("EXTRACT", 10),
        ("LIST", 11),
        ("DIRECTORY", 12),
        ("VERBOSE", 13),
        ("CLEAR", 14),
        ("SAVE", 15),
    ]
    assert (found[3].modules, found[4].modules) == (None, ("x.o", "y.o"))
    assert found[9] == Command(Keyword.DIRECTORY, 12, ("d.a", "out.txt"), ("x.o",))


def test_a_line_goes_on_behind_a_plus() -> None:
    first, second = script("ADDMOD a.o, +", "  b.o +", "c.o", "SAVE")
    assert first == Command(Keyword.ADDMOD, 1, ("a.o", "b.o", "c.o"))
    assert second.line == 4
    (command,) = script("ADDLIB d.a (+", "x.o,+", "y.o)")
    assert command.modules == ("x.o", "y.o")
    (command,) = script("ADDMOD a.o +\r", "b.o +")
    assert command.operands == ("a.o", "b.o")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("SAVE", "ADDLB x.a"), 'script.mri:2: "ADDLB" is no command'),
        (("OPEN",), "script.mri:1: OPEN takes one operand, not 0"),
        (("", "CREATE a.a b.a"), "script.mri:2: CREATE takes one operand, not 2"),
        (("ADDMOD",), "script.mri:1: ADDMOD takes at least one operand"),
        (("SAVE now",), "script.mri:1: SAVE takes no operand, not 1"),
        (("DIRECTORY a b c",), "script.mri:1: DIRECTORY takes 1 or 2 operands, not 3"),
        (('ADDMOD "a.o',), 'script.mri:1: the quote " is not closed'),
        (("ADDLIB a.a (x.o",), "script.mri:1: the bracket is not closed"),
        (("ADDLIB a.a ()",), "script.mri:1: there is no module in the brackets"),
        (("ADDMOD a(1).o",), r'script.mri:1: "\(" is out of place'),
        (("ADDLIB a.a)",), r'script.mri:1: "\)" is out of place'),
        (("(",), "is no command"),
        (
            (
                "CREATE x.a",
                "ADDMOD a.o +",
                "b.o +",
                "(",
            ),
            "script.mri:2: ",
        ),
    ],
)
def test_mistakes_are_told_with_their_line(lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        script(*lines)
    assert str(caught.value).startswith("script.mri:")
    assert caught.value.hint


def test_the_nearest_command_is_named() -> None:
    with pytest.raises(FormatError) as caught:
        script("ADLIB x.a")
    assert caught.value.hint == "Did you mean ADDLIB?"
