"""Parsing MRI librarian scripts (`ar -M`) into commands.

One command a line, whatever the case of its keyword; operands are separated by blanks or commas, and `lib (a.o, b.o)`
names modules of a library. `;` begins a comment, and so does `*` where an operand could begin. A `+` at the end of a
line, behind a blank, a comma or a bracket, continues it.

Operands may be quoted, with " or ', and then hold anything but that quote: blanks, commas, brackets, `+`, `;`. GNU ar
knows no quotes and breaks on all of these; without quotes every other character is taken as it is, letters beyond
ASCII included.

Source: GNU ar manual, "Controlling ar with a Script"; binutils `arlex.l`, `arparse.y`; llvm-ar `runMRIScript`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.errors import Where


class Keyword(Enum):
    """What a command does. The value is the word in a script."""

    OPEN = "OPEN"
    """Begin with an archive that is there, to be saved under its name."""
    CREATE = "CREATE"
    """Begin with an empty archive, to be saved under this name."""
    CREATETHIN = "CREATETHIN"
    """The same, thin: members stay in their files."""
    ADDLIB = "ADDLIB"
    """Add the members of a library, or those of its members that are named."""
    ADDMOD = "ADDMOD"
    """Add files as members."""
    DELETE = "DELETE"
    """Remove members."""
    REPLACE = "REPLACE"
    """Give members the bytes of the files of that name."""
    EXTRACT = "EXTRACT"
    """Write members as files into the current directory."""
    LIST = "LIST"
    """Print the names of the members."""
    DIRECTORY = "DIRECTORY"
    """Print the names of another library's members, or write them to a file."""
    VERBOSE = "VERBOSE"
    """From here on, say what every command does; again: stop that."""
    CLEAR = "CLEAR"
    """Remove all members."""
    SAVE = "SAVE"
    """Write the archive."""
    END = "END"
    """Stop reading."""


class Command(NamedTuple):
    """One command.

    Attributes:
        keyword: What to do.
        line: Where it begins, from 1.
        operands: Files or modules; for `DIRECTORY` the library and perhaps the file to write.
        modules: The names in brackets; None if there are no brackets.
    """

    keyword: Keyword
    line: int
    operands: tuple[str, ...] = ()
    modules: tuple[str, ...] | None = None


#: Keyword -> how many operands it takes at least and at most (None: any number), and whether brackets may follow.
_OPERANDS: dict[Keyword, tuple[int, int | None, bool]] = {
    Keyword.OPEN: (1, 1, False),
    Keyword.CREATE: (1, 1, False),
    Keyword.CREATETHIN: (1, 1, False),
    Keyword.ADDLIB: (1, 1, True),
    Keyword.ADDMOD: (1, None, False),
    Keyword.DELETE: (1, None, False),
    Keyword.REPLACE: (1, None, False),
    Keyword.EXTRACT: (1, None, False),
    Keyword.LIST: (0, 0, False),
    Keyword.DIRECTORY: (1, 2, True),
    Keyword.VERBOSE: (0, 0, False),
    Keyword.CLEAR: (0, 0, False),
    Keyword.SAVE: (0, 0, False),
    Keyword.END: (0, 0, False),
}
_QUOTES = "\"'"
_MARKS = "(),"


def read_script(text: str, where: Where) -> tuple[Command, ...]:
    """Return the commands of a script up to, but not including, `END`.

    Raises:
        FormatError: A line is no command; the message says which line and what is wrong with it.
    """
    commands: list[Command] = []
    for line, tokens in _lines(text, where):
        command = _command(line, tokens, where)
        if command.keyword is Keyword.END:
            break
        commands.append(command)
    return tuple(commands)


class _Token(NamedTuple):
    """A word, or one of the marks; a quoted word is never a mark."""

    text: str
    is_mark: bool = False


def _lines(text: str, where: Where) -> Iterator[tuple[int, list[_Token]]]:
    """Yield each command's first line, from 1, and its tokens; continued lines are joined."""
    first, tokens = 0, list[_Token]()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        found = _tokens(line, number, where)
        first = first if tokens else number
        is_continued = bool(found) and found[-1] == _Token("+", is_mark=True)
        tokens += found[:-1] if is_continued else found
        if tokens and not is_continued:
            yield first, tokens
            tokens = []
    if tokens:
        yield first, tokens


def _tokens(line: str, number: int, where: Where) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(line):
        character = line[at]
        if character.isspace():
            at += 1
        elif character in ";*":
            break
        elif character in _MARKS:
            tokens.append(_Token(character, is_mark=True))
            at += 1
        elif character in _QUOTES:
            end = line.find(character, at + 1)
            if end < 0:
                raise _wrong(number, f"the quote {character} is not closed", where)
            tokens.append(_Token(line[at + 1 : end]))
            at = end + 1
        else:
            word = _word(line, at)
            at += len(word)
            tokens.append(_Token(word, is_mark=word == "+" and not line[at:].strip()))
    return tokens


def _word(line: str, start: int) -> str:
    """Return the unquoted word that begins at `start`."""
    end = start
    while end < len(line) and not line[end].isspace() and line[end] not in f"{_MARKS};":
        end += 1
    return line[start:end]


def _command(line: int, tokens: list[_Token], where: Where) -> Command:
    head, *rest = tokens
    try:
        keyword = Keyword(head.text.upper())
    except ValueError:
        raise _unknown(line, head.text, where) from None
    operands, modules = _operands(line, keyword, rest, where)
    least, most, _ = _OPERANDS[keyword]
    if len(operands) < least or (most is not None and len(operands) > most):
        raise _wrong(line, f"{keyword.value} takes {_expected(least, most)}, not {len(operands)}", where)
    return Command(keyword, line, tuple(operands), modules)


def _operands(
    line: int, keyword: Keyword, tokens: list[_Token], where: Where
) -> tuple[list[str], tuple[str, ...] | None]:
    """Return the operands outside brackets, and those inside."""
    outside: list[str] = []
    inside: list[str] = []
    is_open, is_closed = False, False
    for token in tokens:
        if not token.is_mark:
            (inside if is_open else outside).append(token.text)
        elif token.text == "(" and not is_open and not is_closed and outside and _OPERANDS[keyword][2]:
            is_open = True
        elif token.text == ")" and is_open:
            is_open, is_closed = False, True
        elif token.text != ",":
            raise _wrong(line, f'"{token.text}" is out of place; a name that holds it must be quoted', where)
    if is_open:
        raise _wrong(line, "the bracket is not closed", where)
    if is_closed and not inside:
        raise _wrong(line, "there is no module in the brackets", where)
    return outside, tuple(inside) if is_closed else None


def _expected(least: int, most: int | None) -> str:
    if most is None:
        return "at least one operand"
    if least == most:
        return {0: "no operand", 1: "one operand"}.get(least, f"{least} operands")
    return f"{least} or {most} operands"


def _unknown(line: int, word: str, where: Where) -> FormatError:
    from difflib import get_close_matches  # noqa: PLC0415 (only a failure pays for it)

    known = [keyword.value for keyword in Keyword]
    near = get_close_matches(word.upper(), known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"The commands are {', '.join(known)}."
    return FormatError(f'"{word}" is no command', where=replace(where, line=line), hint=hint)


def _wrong(line: int, what: str, where: Where) -> FormatError:
    return FormatError(what, where=replace(where, line=line), hint='Quote paths with blanks: ADDLIB "my lib.a".')
