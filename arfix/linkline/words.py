"""Turns the text of a command into words: a shell's quoting, `@FILE`, and what `-Wl,` holds.

Source: POSIX shell, "Quoting"; libiberty's manual, "expandargv"; GCC's manual, "@file" and "-Wl,option".
"""

from __future__ import annotations

import codecs
import os
import re
import shlex
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.errors import AccessError, FormatError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: How many response files one command line may read; libiberty stops at the same number.
MAX_FILES: Final = 2000
#: How deep a file may be named by a file that is named by a file.
MAX_DEPTH: Final = 100

#: A word of a shell command with its quotes. A quote that is left open is no part of any word.
_QUOTED_WORD: Final = re.compile(r"""(?:[^ \t\r\n"'\\]++|\\.|"(?:[^"\\]++|\\.)*+"|'[^']*+')++""", re.DOTALL)
_QUOTING: Final = re.compile(r"""["'\\]""")


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of a shell command of one line; if a quote is left open, its text cut at blanks."""
    try:
        return tuple(shell_words(text))
    except ValueError:
        return tuple(text.split())


def shell_words(text: str) -> list[str]:
    """Return what `shlex.split` returns, which looks at single characters even where nothing is quoted.

    Raises `ValueError` for a quote that is left open.
    """
    if _QUOTING.search(_QUOTED_WORD.sub("", text)):
        raise ValueError("a quote is opened and not closed")
    return [shlex.split(word)[0] if _QUOTING.search(word) else word for word in _QUOTED_WORD.findall(text)]


def split_response(text: str, where: Where) -> list[str]:
    """Return the arguments in the text of a response file; raise `FormatError` for an unclosed quote.

    Whitespace separates arguments, single and double quotes group, and a backslash takes the next character literally,
    also inside quotes.
    """
    arguments: list[str] = []
    word: list[str] = []
    in_word = False  # apart from `word`, because '' is a word too
    quote = ""
    characters = iter(text)
    for character in characters:
        if not quote and character.isspace():
            if in_word:
                arguments.append("".join(word))
                word.clear()
            in_word = False
            continue
        in_word = True
        if character == "\\":
            word.append(next(characters, ""))
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        else:
            word.append(character)
    if quote:
        raise FormatError(f"a {quote} quote is opened and not closed", where=where)
    if in_word:
        arguments.append("".join(word))
    return arguments


class ResponseStyle(Enum):
    """How quotes and backslashes in a response file are read."""

    GNU = "gnu"
    WINDOWS = "windows"


def split_windows(text: str, _where: Where | None = None) -> list[str]:
    """Return the arguments in a response file of a program for Windows.

    Double quotes group. A backslash is an ordinary character, unless it stands before a double quote: then two of them
    are one, and a single one makes the quote an ordinary character.
    Source: Microsoft C documentation, "Parsing C command-line arguments"; LLVM `TokenizeWindowsCommandLine`.
    """
    arguments: list[str] = []
    word: list[str] = []
    in_word = quoted = False
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace() and not quoted:
            if in_word:
                arguments.append("".join(word))
                word.clear()
            in_word = False
            at += 1
            continue
        in_word = True
        if character == "\\":
            end = at
            while text[end : end + 1] == "\\":
                end += 1
            count = end - at
            is_before_quote = text[end : end + 1] == '"'
            word.append("\\" * (count // 2 if is_before_quote else count))
            if is_before_quote and count % 2:
                word.append('"')
                end += 1
            at = end
        elif character == '"' and quoted and text[at + 1 : at + 2] == '"':
            word.append('"')
            at += 2
        elif character == '"':
            quoted = not quoted
            at += 1
        else:
            word.append(character)
            at += 1
    if in_word:
        arguments.append("".join(word))
    return arguments


def read_response(path: str) -> str:
    """Return the text of a response file; raise `AccessError` if it cannot be read.

    A mark at its start says that it is UTF-16 or UTF-8, as Visual Studio writes it.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise AccessError(f"cannot be read: {error.strerror}", where=Where(path)) from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return os.fsdecode(data.removeprefix(codecs.BOM_UTF8))


def expand_words(
    words: Sequence[str], folder: str = "", until: str | None = None, *, style: ResponseStyle = ResponseStyle.GNU
) -> tuple[str, ...]:
    """Return the words with each `@FILE` replaced by the arguments in that file, relative to `folder`.

    `@name` is left alone if there is no such file, as GNU tools leave it, and so is everything after the word `until`.

    Raises:
        AccessError: A file exists but cannot be read.
        FormatError: A file includes itself, too many files are named or too deep, or a quote is not closed.
    """
    count = 0
    literal = False
    split = split_windows if style is ResponseStyle.WINDOWS else split_response

    def expanded(some: Sequence[str], open_files: tuple[str, ...]) -> Iterator[str]:
        nonlocal count, literal
        for word in some:
            path = os.path.join(folder, word[1:])  # noqa: PTH118 (any bytes)
            if literal or not word.startswith("@") or not os.path.isfile(path):  # noqa: PTH113 (false for any name)
                literal = literal or word == until
                yield word
                continue
            count += 1
            real = os.path.realpath(path)
            if real in open_files:
                raise FormatError("the response file includes itself", where=Where(path))
            if count > MAX_FILES:
                raise FormatError(f"more than {MAX_FILES} response files are named", where=Where(path))
            if len(open_files) >= MAX_DEPTH:
                raise FormatError(f"response files name each other more than {MAX_DEPTH} deep", where=Where(path))
            yield from expanded(split(read_response(path), Where(path)), (*open_files, real))

    return tuple(expanded(words, ()))
