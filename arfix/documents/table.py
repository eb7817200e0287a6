"""Reading one table of a TOML or JSON document key by key.

A wrong type, a missing key or an unknown key is a `RecipeError` with its place. Values that a person writes are read
with `text`, `texts` and `word`, which refuse empty texts; values that arfix wrote are read with `string` and `strings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from arfix.errors import RecipeError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.documents.toml_lines import KeyPath


_Word = TypeVar("_Word")

_VARIABLE = re.compile(r"\$(?:\$|\{([^}]*)\})")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file.

    Attributes:
        path: The file.
        lines: The line of each key, counted from 1; None if they are not known, as for JSON.
        variables: The values of `${name}` in texts; None if the document has no variables.
        hint: What to do about a damaged file.
    """

    path: str
    lines: Mapping[KeyPath, int] | None = None
    variables: Mapping[str, str] | None = None
    hint: str | None = None

    def where(self, key_path: KeyPath) -> Where:
        """Return the place of a key: its line, or the line of the nearest enclosing table that has one."""
        if self.lines is None:
            return Where(self.path)
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return Where(self.path, line=self.lines.get(key_path, 1))

    def expand(self, text: str, key_path: KeyPath) -> str:
        """Return the text with `${name}` replaced; `$$` is a dollar sign. Raises `RecipeError` for an unknown name."""
        variables = self.variables
        if variables is None:
            return text

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "$"
            if name not in variables:
                known = ", ".join(sorted(variables)) or "there are none"
                raise RecipeError(
                    f"no variable is called {name!r}",
                    where=self.where(key_path),
                    hint=f"[variables] defines them ({known}); write $$ for a dollar sign.",
                )
            return variables[name]

        return _VARIABLE.sub(value, text)


class Table:
    """A table of a document. It remembers which keys were read, for `refuse_unknown`.

    Args:
        values: The parsed table.
        document: The file.
        path: The path of the table in the document.
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
        """The place of the table."""
        return self.document.where(self.path)

    @property
    def title(self) -> str:
        """The table as messages name it."""
        names = [one for one in self.path if isinstance(one, str)]
        if not names:
            return "the file"
        return f"[[{'.'.join(names)}]]" if isinstance(self.path[-1], int) else f"[{'.'.join(names)}]"

    def where_of(self, key: str) -> Where:
        """Return the line of a key."""
        return self.document.where((*self.path, key))

    def error(self, key: str | None, message: str, hint: str | None = None) -> RecipeError:
        """Return an error at the key's place, or the table's if there is no key."""
        where = self.where if key is None else self.where_of(key)
        return RecipeError(message, where=where, hint=hint or self.document.hint)

    def string(self, key: str, default: str | None = None) -> str:
        """Return a string as it is, also an empty one; it must be there unless there is a default."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a string")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """Return a list of strings as they are; it must be there."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a list of strings")
        return tuple(value)

    def optional_string(self, key: str) -> str | None:
        """Return a string as it is; None if it is null or absent."""
        return None if self._get(key) is None else self.string(key)

    def text(self, key: str) -> str | None:
        """Return a non-empty text with variables replaced; None if the key is absent."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a non-empty text")
        return self.document.expand(value, (*self.path, key))

    def need_text(self, key: str) -> str:
        """Return a non-empty text; raises `RecipeError` if the key is absent."""
        value = self.text(key)
        if value is None:
            hint = "give the reason, for readers of the recipe" if key == "reason" else None
            raise self.error(None, f"{self.title} needs `{key}`", hint)
        return value

    def texts(self, key: str, *, or_one: bool = False) -> tuple[str, ...] | None:
        """Return a list of at least one text, or None; with `or_one`, a single text counts as a list of one."""
        value = self._get(key)
        if value is None:
            return None
        if or_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not value:
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a list of texts")
        for number, one in enumerate(value):
            if not isinstance(one, str) or not one:
                where = self.document.where((*self.path, key, number))
                raise RecipeError(f"`{key}` holds {_shown_value(one)}, expected texts only", where=where)
        return tuple(self.document.expand(one, (*self.path, key, at)) for at, one in enumerate(value))

    def flag(self, key: str) -> bool:
        """Return a boolean; False if the key is absent."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected true or false")
        return bool(value)

    def word(self, key: str, words: Mapping[str, _Word], default: _Word) -> _Word:
        """Return the value of one of these words, or the default if the key is absent."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in words:
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected one of {', '.join(words)}")
        return words[value]

    def pairs(self, key: str) -> dict[str, str]:
        """Return a table of texts; empty if the key is absent."""
        value = self._get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a table of texts")
        return {name: self.document.expand(one, (*self.path, key, name)) for name, one in value.items()}

    def table(self, key: str) -> Table | None:
        """Return a table inside this one; None if the key is absent."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected a table")
        return Table(value, self.document, (*self.path, key))

    def need_table(self, key: str) -> Table:
        """Return a table inside this one; raises `RecipeError` if the key is absent."""
        found = self.table(key)
        if found is None:
            raise self.error(None, f"{self.title} needs `{key}`")
        return found

    def named_tables(self, key: str) -> dict[str, Table]:
        """Return the tables inside a table that must be there, by name."""
        return self.need_table(key).tables_by_name()

    def tables_by_name(self) -> dict[str, Table]:
        """Return the values of all keys, which must be tables, by key."""
        return {name: self.need_table(name) for name in self.values}

    def tables(self, key: str, *, required: bool = False) -> Iterator[Table]:
        """Yield the tables of an array; none if the key is absent and not required."""
        value = self._get(key)
        if value is None and not required:
            return
        title = ".".join([*(one for one in self.path if isinstance(one, str)), key])
        hint = self.document.hint or f"write [[{title}]]"
        if not isinstance(value, list):
            raise self.error(key, f"`{key}` is {_shown_value(value)}, expected an array of tables", hint)
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                raise self.error(key, f"`{key}` holds {_shown_value(one)}, expected tables", hint)
            yield Table(one, self.document, (*self.path, key, number))

    def expect(self, *keys: str) -> None:
        """Raise `RecipeError` for the first key that is none of these, with the nearest of them.

        Call it before reading anything, so that a misspelt key is not reported as a missing one.
        """
        for key in self.values:
            if key not in keys:
                from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

                near = get_close_matches(key.lower(), keys, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"It knows {', '.join(sorted(keys))}."
                raise self.error(key, f"{self.title} has no key `{key}`", hint)

    def refuse_unknown(self) -> None:
        """Raise `RecipeError` for the first key that was not read, with the nearest known key."""
        self.expect(*self._known)

    def _get(self, key: str) -> object:
        self._known.add(key)
        return self.values.get(key)


def _shown_value(value: object) -> str:
    """Return a value as messages show it."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "missing"
        case str():
            return f'"{value}"'
        case dict():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return str(value)


def parse_json(text: str, path: str, hint: str) -> Table:
    """Return the root table of a JSON text.

    Args:
        text: The text.
        path: The file, for messages.
        hint: What to do about a damaged file, for messages.

    Raises:
        RecipeError: The text is not JSON, or its root is not an object.
    """
    import json  # noqa: PLC0415 (recipes do not need it)

    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise RecipeError(f"not JSON: {reason}", where=Where(path), hint=hint) from None
    if not isinstance(values, dict):
        raise RecipeError(f"the root is {_shown_value(values)}, expected an object", where=Where(path), hint=hint)
    return Table(values, Document(path, hint=hint))
