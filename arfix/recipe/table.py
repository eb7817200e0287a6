"""One table of a recipe, read key by key: every wrong type, missing key and unknown key is an error with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from arfix.errors import RecipeError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from enum import Enum

    from arfix.recipe.lines import KeyPath

    _Word = TypeVar("_Word", bound=Enum)

_VARIABLE = re.compile(r"\$(?:\$|\{([^}]*)\})")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file.

    Attributes:
        path: The file.
        lines: Where its keys stand.
        variables: What `${name}` stands for in its texts.
    """

    path: str
    lines: Mapping[KeyPath, int]
    variables: Mapping[str, str]

    def where(self, key_path: KeyPath) -> Where:
        """Return the line of a key, or of the nearest thing around it that has one."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return Where(self.path, line=self.lines.get(key_path, 1))

    def expand(self, text: str, key_path: KeyPath) -> str:
        """Return the text with `${name}` replaced; `$$` is a dollar sign. Raises `RecipeError` for an unknown name."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "$"
            if name not in self.variables:
                known = ", ".join(sorted(self.variables)) or "there are none"
                raise RecipeError(
                    f"no variable is called {name!r}",
                    where=self.where(key_path),
                    hint=f"[variables] defines them ({known}); write $$ for a dollar sign.",
                )
            return self.variables[name]

        return _VARIABLE.sub(value, text)


class Table:
    """A table and the keys that were asked for.

    Args:
        values: As `tomllib` gives it.
        document: The file.
        path: The table's place in it.
    """

    def __init__(self, values: Mapping[str, object], document: Document, path: KeyPath = ()) -> None:
        self.values = values
        self.document = document
        self.path = path
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        """Return whether the key is there."""
        self._known.add(key)
        return key in self.values

    @property
    def where(self) -> Where:
        """The table's own line."""
        return self.document.where(self.path)

    @property
    def title(self) -> str:
        """How the table is written in messages."""
        names = [one for one in self.path if isinstance(one, str)]
        if not names:
            return "a recipe"
        return f"[[{'.'.join(names)}]]" if isinstance(self.path[-1], int) else f"[{'.'.join(names)}]"

    def where_of(self, key: str) -> Where:
        """Return the line of a key."""
        return self.document.where((*self.path, key))

    def error(self, key: str | None, message: str, hint: str | None = None) -> RecipeError:
        """Return an error at the key's line, or the table's."""
        return RecipeError(message, where=self.where if key is None else self.where_of(key), hint=hint)

    def text(self, key: str) -> str | None:
        """Return a text that is not empty, variables replaced; None where there is none."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"`{key}` is {_said(value)}, expected a text that is not empty")
        return self.document.expand(value, (*self.path, key))

    def need_text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            hint = "say why, for whoever reads the recipe next year" if key == "reason" else None
            raise self.error(None, f"{self.title} needs `{key}`", hint)
        return value

    def texts(self, key: str, *, or_one: bool = False) -> tuple[str, ...] | None:
        """Return a list of texts, one at least; `or_one` takes a single text for a list of it."""
        value = self._get(key)
        if value is None:
            return None
        if or_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not value:
            raise self.error(key, f"`{key}` is {_said(value)}, expected a list of texts")
        for number, one in enumerate(value):
            if not isinstance(one, str) or not one:
                where = self.document.where((*self.path, key, number))
                raise RecipeError(f"`{key}` holds {_said(one)}, expected texts alone", where=where)
        return tuple(self.document.expand(one, (*self.path, key, at)) for at, one in enumerate(value))

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is absent."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, f"`{key}` is {_said(value)}, expected true or false")
        return bool(value)

    def word(self, key: str, words: Mapping[str, _Word | None], default: _Word) -> _Word | None:
        """Return what one of these words stands for."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in words:
            raise self.error(key, f"`{key}` is {_said(value)}, expected one of {', '.join(words)}")
        return words[value]

    def pairs(self, key: str) -> dict[str, str]:
        """Return a table of texts; empty where it is absent."""
        value = self._get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.error(key, f"`{key}` is {_said(value)}, expected a table of texts")
        return {name: self.document.expand(one, (*self.path, key, name)) for name, one in value.items()}

    def table(self, key: str) -> Table | None:
        """Return a table in this one."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, f"`{key}` is {_said(value)}, expected a table")
        return Table(value, self.document, (*self.path, key))

    def need_table(self, key: str) -> Table:
        """Return a table in this one that must be there."""
        found = self.table(key)
        if found is None:
            raise self.error(None, f"{self.title} needs `{key}`")
        return found

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array; none where it is absent."""
        value = self._get(key)
        if value is None:
            return
        title = ".".join([*(one for one in self.path if isinstance(one, str)), key])
        if not isinstance(value, list):
            raise self.error(key, f"`{key}` is {_said(value)}, expected an array of tables", f"write [[{title}]]")
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                raise self.error(key, f"`{key}` holds {_said(one)}, expected tables", f"write [[{title}]]")
            yield Table(one, self.document, (*self.path, key, number))

    def expect(self, *keys: str) -> None:
        """Raise `RecipeError` for the first key that is none of these, with the nearest of them.

        Called before anything is read, so that a misspelt key is not taken for a missing one.
        """
        for key in self.values:
            if key not in keys:
                from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

                near = get_close_matches(key.lower(), keys, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"It knows {', '.join(sorted(keys))}."
                raise self.error(key, f"{self.title} has no key `{key}`", hint)

    def refuse_unknown(self) -> None:
        """Raise `RecipeError` for the first key that nobody asked for, with the nearest known one."""
        self.expect(*self._known)

    def _get(self, key: str) -> object:
        self._known.add(key)
        return self.values.get(key)


def _said(value: object) -> str:
    """Return a value as a message shows it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return str(value)
