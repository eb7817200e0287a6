"""Checks of the arguments of public functions.

Where several names, paths or members are allowed, one will do: a `str` is never a sequence of letters. An archive is an
`Archive` and never a path, a path never an `Archive`, a choice a member of its enumeration and never a word. What does
not fit is a `TypeError` that says what was expected and how to get it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from enum import Enum

    from arfix.archive.model import Archive, Member

#: Characters of a wrong argument that its error shows.
_SHOWN = 60


def wrong_argument(name: str, given: object, expected: str, hint: str = "") -> TypeError:
    """Return the error: "`archive` must be an Archive, not 'libz.a' (str): arfix.open('libz.a') reads one"."""
    text = repr(given)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return TypeError(f"`{name}` must be {expected}, not {text} ({type(given).__name__}){hint and ': '}{hint}")


def archive_given(given: object, name: str = "archive") -> Archive:
    """Return the archive; raise TypeError if it is anything else, such as a path."""
    from arfix.archive.model import Archive  # noqa: PLC0415 (a higher layer; loaded already if an archive is given)

    if isinstance(given, Archive):
        return given
    if isinstance(given, (str, os.PathLike)):
        hint = f"arfix.open({given!r}) opens it"
    elif isinstance(given, (bytes, bytearray, memoryview)):
        hint = "arfix.read(data) makes one of bytes"
    else:
        hint = ""
    raise wrong_argument(name, given, "an arfix.Archive", hint)


def bytes_given(given: object, name: str) -> memoryview:
    """Return a view on the bytes; raise TypeError if they are none, such as a path."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return memoryview(given)
    is_path = isinstance(given, (str, os.PathLike))
    raise wrong_argument(name, given, "bytes", f"arfix.open({given!r}) opens a file" if is_path else "")


def several_given(given: object, name: str, expected: str, hint: str = "") -> tuple[object, ...]:
    """Return the elements of a list or other iterable; raise TypeError for text, bytes and what is none."""
    if isinstance(given, (str, bytes, bytearray, memoryview)) or not isinstance(given, Iterable):
        raise wrong_argument(name, given, expected, hint)
    return tuple(given)


def members_given(given: object) -> tuple[Member, ...]:
    """Return the members; raise TypeError if they are anything else, such as names."""
    from arfix.archive.model import Member  # noqa: PLC0415 (as above)

    expected = "a list (or other iterable) of arfix.Members"
    hint = 'archive["x.o"] is a member of an archive, and arfix.Member.new("x.o", data) a new one'
    every = several_given(given, "members", expected, hint)
    found = tuple([one for one in every if isinstance(one, Member)])
    if len(found) != len(every):
        wrong = next(one for one in every if not isinstance(one, Member))
        raise wrong_argument("members", wrong, expected, hint)
    return found


def path_given(given: object, name: str) -> str:
    """Return one path as text; raise TypeError if it is none."""
    if isinstance(given, str):
        return given
    if isinstance(given, os.PathLike) and isinstance(text := os.fspath(given), str):
        return text
    hint = "arfix.save(archive, path) writes an archive" if type(given).__name__ == "Archive" else ""
    raise wrong_argument(name, given, "a path (str or os.PathLike)", hint)


def paths_given(given: object, name: str) -> tuple[str, ...]:
    """Return one path or several as text; raise TypeError for what is none."""
    if isinstance(given, (str, bytes, os.PathLike)) or type(given).__name__ == "Archive":
        return (path_given(given, name),)
    return tuple([path_given(one, name) for one in several_given(given, name, "a path or several")])


def words_given(given: object, name: str) -> tuple[str, ...]:
    """Return one text or several; raise TypeError for anything else."""
    if isinstance(given, str):
        return (given,)
    every = several_given(given, name, "a str or several")
    found = tuple([one for one in every if isinstance(one, str)])
    if len(found) != len(every):
        raise wrong_argument(name, next(one for one in every if not isinstance(one, str)), "a str or several")
    return found


def command_given(given: object) -> tuple[str, ...]:
    """Return the words of a command; raise TypeError for one text, which a shell would have to split."""
    several_given(given, "command", "the words of a command", "shlex.split(command) splits one")
    return words_given(given, "command")


def choice_given(given: object, choices: type[Enum], name: str) -> None:
    """Raise TypeError if a value is not one of an enumeration, such as its word."""
    if isinstance(given, choices):
        return
    public = f"arfix.{choices.__name__}"
    word = str(given).replace("-", "_").lower()
    meant = next((one for one in choices if word in {str(one.value).lower(), one.name.lower()}), None)
    hint = f"one is {public}.{next(iter(choices)).name}" if meant is None else f"write {public}.{meant.name}"
    raise wrong_argument(name, given, f"an {public}", hint)
