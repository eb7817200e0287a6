"""Reading a TOML file, with the lines of its keys: recipes, and the table `[check]` that `arfix check` reads."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.confined import read_regular
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.lines import LongKeyError, locate_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.recipe.lines import KeyPath

#: How long a file may be, in bytes.
_LONGEST = 16 << 20

_PLACE = re.compile(r"^(.*?)(?: \(at line (\d+), column (\d+)\)| \(at end of document\))$", re.DOTALL)


class TomlFile(NamedTuple):
    """What a TOML file says.

    Attributes:
        values: As `tomllib` gives it.
        lines: Key path -> line, counted from 1.
    """

    values: Mapping[str, object]
    lines: Mapping[KeyPath, int]


def read_toml(path: str) -> TomlFile:
    """Return what a file says.

    Raises:
        AccessError: It cannot be read, or is no regular file.
        RecipeError: It is no TOML, too long, nested too deep or has a key of too many parts; the place is the line.
    """
    where = Where(path)
    text = _text(path)
    try:
        lines = locate_keys(text)
        values = tomllib.loads(text)
    except LongKeyError as error:
        raise RecipeError(str(error), where=Where(path, line=error.line)) from None
    except tomllib.TOMLDecodeError as error:
        match = _PLACE.match(str(error))
        line = int(match[2]) if match and match[2] else text.count("\n") + 1
        raise RecipeError(f"no TOML: {match[1] if match else error}", where=Where(path, line=line)) from None
    except RecursionError:
        raise RecipeError("no TOML: nested too deep", where=where) from None
    return TomlFile(values, lines)


def _text(path: str) -> str:
    where = Where(path)
    try:
        return read_regular(path, _LONGEST).decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise RecipeError(f"not text in UTF-8: {error.reason} at byte {error.start}", where=where) from None
    except OSError as error:
        hint = "`arfix recipe init SYSROOT` writes a first one." if isinstance(error, FileNotFoundError) else None
        raise AccessError(f"cannot read: {error.strerror or error}", where=where, hint=hint) from error
    except ValueError:  # a NUL, or a character that no name has
        raise AccessError("cannot read: no file can have this name", where=where) from None
