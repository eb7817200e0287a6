"""Reading a TOML file, with the line of each key."""

from __future__ import annotations

import re
import tomllib

from arfix.archive.confined import read_regular
from arfix.documents.table import Document, Table
from arfix.documents.toml_lines import LongKeyError, locate_keys
from arfix.errors import AccessError, RecipeError, Where

#: The largest file that is read, in bytes.
_LONGEST = 16 << 20

_PLACE = re.compile(r"^(.*?)(?: \(at line (\d+), column (\d+)\)| \(at end of document\))$", re.DOTALL)


def read_toml(path: str) -> Table:
    """Return the root table of a TOML file.

    Raises:
        AccessError: The file cannot be read, or is not a regular file.
        RecipeError: The file is not TOML, too long, nested too deep, or has a key of too many parts or a number of too
            many digits. The error has the line if it is known.
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
        raise RecipeError(f"not TOML: {match[1] if match else error}", where=Where(path, line=line)) from None
    except RecursionError:
        raise RecipeError("not TOML: nested too deep", where=where) from None
    except ValueError:  # Python converts integers of at most 4,300 digits
        raise RecipeError("not TOML: a number has too many digits", where=where) from None
    return Table(values, Document(path, lines))


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
