"""Reading recipes: what a file includes is read first, and its variables pass on to what it includes."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.confined import read_regular
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.decode import decode_recipe
from arfix.recipe.lines import LongKeyError, locate_keys
from arfix.recipe.table import Document, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.recipe.lines import KeyPath
    from arfix.recipe.model import Recipe

#: How deep recipes may include recipes, and how long one may be, in bytes.
_DEPTH = 16
_LONGEST = 16 << 20

_PLACE = re.compile(r"^(.*?)(?: \(at line (\d+), column (\d+)\)| \(at end of document\))$", re.DOTALL)


def read_recipe(path: str) -> Recipe:
    """Return the recipe in a file, with everything it includes.

    Raises:
        AccessError: A file cannot be read.
        RecipeError: A file says something that cannot be meant; the place is its line.
    """
    return _read(path, {}, ())


def _read(path: str, outer: Mapping[str, str], around: tuple[str, ...]) -> Recipe:
    values, lines = _parse(path)
    real = os.path.realpath(path)
    plain = Table(values, Document(path, lines, outer))
    variables = {**plain.pairs("variables"), **outer}
    table = Table(values, Document(path, plain.document.lines, variables))
    included: list[Recipe] = []
    for number, name in enumerate(table.texts("include") or ()):
        inner = str(Path(path).parent / name)
        where = table.document.where(("include", number))
        if "\0" not in inner and (os.path.realpath(inner) in {*around, real} or len(around) >= _DEPTH):
            raise RecipeError(f"{name} includes itself, through {path}", where=where)
        try:
            included.append(_read(inner, variables, (*around, real)))
        except AccessError as error:
            raise RecipeError(f"cannot include {name}: {error.message}", where=where) from None
    return _joined([*included, decode_recipe(table)], path)


def _joined(recipes: list[Recipe], path: str) -> Recipe:
    """Return included recipes and the one that includes them as one, in this order."""
    wholes = [whole for one in recipes for whole in one.wholes]
    named: dict[str, Where] = {}
    for whole in wholes:
        if whole.name in named:
            raise RecipeError(f"[whole-archive.{whole.name}] stands in {named[whole.name]} too", where=whole.where)
        named[whole.name] = whole.where
    return replace(
        recipes[-1],
        path=path,
        files=tuple(dict.fromkeys(file for one in reversed(recipes) for file in one.files)),
        archives=tuple(entry for one in recipes for entry in one.archives),
        stubs=tuple(entry for one in recipes for entry in one.stubs),
        wholes=tuple(wholes),
    )


def _parse(path: str) -> tuple[Mapping[str, object], Mapping[KeyPath, int]]:
    """Return what a file says, and the lines of its keys."""
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
    return values, lines


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
