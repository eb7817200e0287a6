"""`@FILE` arguments, which stand for the arguments in a file, in the format of GNU tools.

Whitespace separates arguments; single and double quotes group; a backslash takes the next character literally, also
inside quotes, as in LLVM's tools and in binutils up to 2.42 (newer ones follow the shell). A file may name other files.
`@name` is left alone if there is no such file. Everything after `--` is literal, unlike in GNU tools, so that a list of
names from elsewhere can safely follow it.
Source: libiberty's manual, "expandargv"; GCC's manual, "@file".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.linkline.words import expand_words

if TYPE_CHECKING:
    from collections.abc import Sequence


def expand_response_files(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with each `@FILE` before `--` replaced by the arguments in that file.

    Raises:
        AccessError: A file exists but cannot be read.
        FormatError: A file includes itself, too many files are named or too deep, or a quote is not closed.
    """
    return list(expand_words(arguments, until="--"))
