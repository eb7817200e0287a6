"""Reads linker scripts that are used as libraries, and finds the files they name.

glibc's `libc.so` and `libm.a` are such scripts. Of their commands `GROUP`, `INPUT` and `AS_NEEDED` matter here;
commands for the layout of the output are skipped. Source: ld manual, "Commands Dealing with Files"; measured with GNU
ld 2.40 and lld 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import FormatError, Where
from arfix.linkage.layout_script import read_layout_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: No library's script is longer; bytes.
_LONGEST: Final = 1 << 20
#: How many files the scripts of a link may lead to. A script that names itself a few times names billions.
_MOST_FILES: Final = 5_000
#: Characters that stand for themselves between words.
_MARKS: Final = "(){},;="
_BLANKS: Final = " \t\r\n\f\v"


class ScriptFile(NamedTuple):
    """One file that a script names.

    Attributes:
        name: As written: a path, a file name, or `-lNAME`.
        as_needed: It is used only if something needs it.
        group: It is in a `GROUP`, which is searched repeatedly.
    """

    name: str
    as_needed: bool = False
    group: bool = False


class Script(NamedTuple):
    """The parts of a linker script that matter to a link.

    Attributes:
        files: In order.
        wanted: Symbols of `EXTERN` and `ENTRY`.
        folders: Of `SEARCH_DIR`.
        defined: Symbols that it assigns or provides.
    """

    files: tuple[ScriptFile, ...]
    wanted: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    defined: frozenset[str] = frozenset()


class ScriptReader:
    """Reads the scripts of one link, each once, and counts the files that they lead to."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._count = 0

    def known(self, path: str) -> Script | None:
        """Return the script of a path that has been read before."""
        return self._scripts.get(path)

    def read(self, data: bytes, where: Where) -> Script:
        """Return the script at a path; raise `FormatError` as `read_script` does."""
        script = self._scripts[where.path] = read_script(data, where)
        return script

    def count(self, where: Where) -> None:
        """Count a file that the script at `where` names; raise `FormatError` if they are too many."""
        self._count += 1
        if self._count > _MOST_FILES:
            raise FormatError(f"linker scripts name more than {_MOST_FILES:,} files", where=where)


def read_script(data: bytes, where: Where) -> Script:
    """Return the parts of a linker script that matter to a link.

    Raises:
        FormatError: It is too long for a library's script, or a comment, string or parenthesis is left open.
    """
    if len(data) > _LONGEST:
        raise FormatError(f"a linker script of {len(data)} bytes, expected at most {_LONGEST}", where=where)
    words = _Words(list(_split(data.decode("utf-8", "surrogateescape"), where)), where)
    files: list[ScriptFile] = []
    wanted: list[str] = []
    folders: list[str] = []
    while (word := words.next()) is not None:
        if not words.accept("("):
            continue
        match word:
            case "INPUT" | "GROUP":
                files += _files(words, group=word == "GROUP")
            case "EXTERN" | "ENTRY":
                wanted += words.until_closed()
            case "SEARCH_DIR":
                folders += words.until_closed()
            case _:
                words.until_closed()
    return Script(tuple(files), tuple(wanted), tuple(folders), read_layout_script(data).defined)


def find_file(
    name: str, where: Where, folders: tuple[str, ...], *, sysroot: str | None, exists: Callable[[str], bool]
) -> str | None:
    """Return the path that `name` in the script at `where` leads to, or None.

    An absolute path, or one after `=` or `$SYSROOT`, is taken below the sysroot first; where the whole tree has moved
    (an unpacked package), the script's own folder has the file too. Folders are searched in order, `-lNAME` for
    `libNAME.so` before `libNAME.a`, the other way round from a script that is itself called `.a`.
    """
    for prefix in ("=", "$SYSROOT"):
        if name.startswith(f"{prefix}/"):
            name = name.removeprefix(prefix)
    own = where.path.rpartition("/")[0] or "."
    if name.startswith("-l"):
        endings = (".a", ".so") if where.path.endswith(".a") else (".so", ".a")
        names = [name[3:]] if name.startswith("-l:") else [f"lib{name[2:]}{ending}" for ending in endings]
        tries = [f"{folder}/{one}" for folder in (*folders, own) for one in names]
    elif name.startswith("/"):
        tries = [f"{sysroot.rstrip('/')}{name}"] if sysroot else []
        tries += [f"{own}/{name.rpartition('/')[2]}", name]
    else:
        tries = [f"{own}/{name}", *(f"{folder}/{name}" for folder in folders)]
    return next((path for path in tries if exists(path)), None)


class _Words:
    """Reads the words of a script one after the other."""

    def __init__(self, words: list[str], where: Where) -> None:
        self.words = words
        self.where = where
        self.at = 0

    def next(self) -> str | None:
        if self.at >= len(self.words):
            return None
        self.at += 1
        return self.words[self.at - 1]

    def accept(self, mark: str) -> bool:
        if self.at < len(self.words) and self.words[self.at] == mark:
            self.at += 1
            return True
        return False

    def until_closed(self) -> list[str]:
        """Return the plain words up to the closing parenthesis, and skip that."""
        depth, found = 1, []
        while depth:
            word = self.next()
            if word is None:
                raise FormatError("a linker script ends inside a parenthesis", where=self.where)
            depth += {"(": 1, ")": -1}.get(word, 0)
            if word not in _MARKS:
                found.append(word)
        return found


def _files(words: _Words, *, group: bool) -> Iterator[ScriptFile]:
    needed_from: int | None = None
    depth = 1
    while depth:
        word = words.next()
        match word:
            case None:
                raise FormatError("a linker script ends inside a list of files", where=words.where)
            case "(":
                depth += 1
            case ")":
                depth -= 1
                needed_from = None if needed_from is not None and depth <= needed_from else needed_from
            case "AS_NEEDED":
                needed_from = depth if needed_from is None else needed_from
            case _ if word not in _MARKS:
                yield ScriptFile(word, as_needed=needed_from is not None, group=group)


def _split(text: str, where: Where) -> Iterator[str]:
    """Yield words and marks, without comments, blanks and quotes."""
    at = 0
    while at < len(text):
        char = text[at]
        if char in _BLANKS:
            at += 1
        elif text.startswith("/*", at):
            at = _end(text, "*/", at + 2, where)
        elif char == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif char == '"':
            end = _end(text, '"', at + 1, where)
            yield text[at + 1 : end - 1]
            at = end
        elif char in _MARKS:
            yield char
            at += 1
        else:
            end = at
            while end < len(text) and text[end] not in _BLANKS and text[end] not in '(){},;"':
                end += 1
            yield text[at:end]
            at = end


def _end(text: str, mark: str, start: int, where: Where) -> int:
    end = text.find(mark, start)
    if end < 0:
        raise FormatError(f"a linker script ends before a closing {mark}", where=where)
    return end + len(mark)
