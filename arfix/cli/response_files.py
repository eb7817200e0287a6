"""`@FILE` arguments, which stand for the arguments in a file, in the format of GNU tools.

Whitespace separates arguments; single and double quotes group; a backslash takes the next character literally, also
inside quotes, as in LLVM's tools and in binutils up to 2.42 (newer ones follow the shell). A file may name other files.
`@name` is left alone if there is no such file. Everything after `--` is literal, unlike in GNU tools, so that a list of
names from elsewhere can safely follow it.
Source: libiberty's manual, "expandargv"; GCC's manual, "@file".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.errors import AccessError, FormatError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: How many files one command line may read; libiberty stops at the same number.
MAX_FILES = 2000
#: How deep a file may be named by a file that is named by a file.
MAX_DEPTH = 100


def expand_response_files(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with each `@FILE` before `--` replaced by the arguments in that file.

    Raises:
        AccessError: A file exists but cannot be read.
        FormatError: A file includes itself, too many files are named or too deep, or a quote is not closed.
    """
    return list(_Expansion().expand(arguments, ()))


class _Expansion:
    """The state of expanding one command line: the number of files read, and whether `--` was seen."""

    def __init__(self) -> None:
        self.files = 0
        self.literal = False

    def expand(self, arguments: Sequence[str], open_files: tuple[str, ...]) -> Iterator[str]:
        for argument in arguments:
            path = argument[1:]
            if self.literal or not argument.startswith("@") or not os.path.isfile(path):  # noqa: PTH113 (false for any name)
                self.literal = self.literal or argument == "--"
                yield argument
                continue
            self.files += 1
            real = os.path.realpath(path)
            if real in open_files:
                raise FormatError("the response file includes itself", where=Where(path))
            if self.files > MAX_FILES:
                raise FormatError(f"more than {MAX_FILES} response files are named", where=Where(path))
            if len(open_files) >= MAX_DEPTH:
                raise FormatError(f"response files name each other more than {MAX_DEPTH} deep", where=Where(path))
            yield from self.expand(split_response(_read(path), Where(path)), (*open_files, real))


def _read(path: str) -> str:
    try:
        return os.fsdecode(Path(path).read_bytes())
    except OSError as error:
        raise AccessError(f"cannot be read: {error.strerror}", where=Where(path)) from error


def split_response(text: str, where: Where) -> list[str]:
    """Return the arguments in the text of a response file; raise `FormatError` for an unclosed quote."""
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
