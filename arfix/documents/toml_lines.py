"""The line of each key of a TOML file, which `tomllib` does not report and error messages need.

The scanner follows keys and brackets only. It runs before `tomllib`, whose time grows with the square of the number of
parts of a key, and refuses keys with more parts than anyone writes. Source: TOML 1.0.0, https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A place in the document: keys, and positions in arrays.
KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]*")


#: The most parts that a key may have: `a.b.c` has three.
MOST_PARTS = 64


class LongKeyError(ValueError):
    """A key has more than `MOST_PARTS` parts.

    Attributes:
        line: The line of the key, counted from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"a key of more than {MOST_PARTS} parts")
        self.line = line


def locate_keys(text: str) -> Mapping[KeyPath, int]:
    """Return the line of each key, table and array element of a TOML text, counted from 1; nothing if it is not TOML.

    Raises:
        LongKeyError: A key has too many parts.
        RecursionError: Values are nested too deep.
    """
    try:
        return _Scanner(text).scan()
    except LongKeyError:
        raise
    except (ValueError, IndexError):
        return {}


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}
        self._counted_to = (0, 1)

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _header(self) -> KeyPath:
        """Read `[a.b]` or `[[a.b]]` and return the table it opens."""
        line = self._line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *parents, last = self._key()
        self.at += 2 if is_array else 1
        path: KeyPath = ()
        for key in parents:
            self.lines.setdefault((*path, key), line)
            path = self._latest((*path, key))
        path = (*path, last)
        self.lines.setdefault(path, line)
        if is_array:
            self.counts[path] = self.counts.get(path, 0) + 1
            path = self._latest(path)
            self.lines[path] = line
        return path

    def _latest(self, path: KeyPath) -> KeyPath:
        """Return the path of the last table of an array of tables; any other path unchanged."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        """Read a dotted key, blanks around it included."""
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            quoted = self.text[self.at] in "\"'"
            match = (_STRING if quoted else _BARE_KEY).match(self.text, self.at)
            if match is None:
                raise ValueError(f"no key at {self.at}")
            self.at = match.end()
            parts.append(_unquoted(match[0]) if quoted else match[0])
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            if len(parts) >= MOST_PARTS:
                raise LongKeyError(self._line())
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        number = 0
        while self._more("]"):
            self.lines[*path, number] = self._line()
            before = self.at
            self._value((*path, number))
            if self.at == before:
                raise ValueError(f"no value at {before}")
            number += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Skip blanks and a comma; return whether another element follows, and skip `end` if none does."""
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)
        if self.text.startswith(end, self.at):
            self.at += 1
            return False
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def _line(self) -> int:
        offset, line = self._counted_to
        line += self.text.count("\n", offset, self.at)
        self._counted_to = (self.at, line)
        return line


def _unquoted(key: str) -> str:
    import tomllib  # noqa: PLC0415 (loaded already: it parsed the text)

    return next(iter(tomllib.loads(f"{key} = 0")))
