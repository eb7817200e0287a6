"""Command lines of words alone, `arfix strip lib.a x.o`: bound to the verb's parameters without typer.

Importing typer takes longer than removing a member from a library of 900. A line without any option (or with the few
below) says nothing that needs a parser, so it is bound here; any other line, a wrong one included, goes to typer.
`tests/cli/test_plain.py` asserts that both ways call the verb alike.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import typer

    from arfix.cli.output import Output

#: Verb to the parameters its words are for, in order. A name that ends in `s` takes all that are left, one at least.
PLAIN: Mapping[str, tuple[str, ...]] = {
    "check": ("archives",),
    "index": ("archive",),
    "inspect": ("archives",),
    "strip": ("archive", "members"),
}

#: Verb to the options that are bound here too: those that take one word and may come again, and their parameters.
PLAIN_OPTIONS: Mapping[str, Mapping[str, str]] = {"check": {"--provider": "provider"}}


def bind_words(arguments: Sequence[str]) -> Mapping[str, str | list[str]] | None:
    """Return the parameters of the verb `arguments[0]` by name, or None where the line needs typer."""
    if not arguments or arguments[0] not in PLAIN or "_ARFIX_COMPLETE" in os.environ:
        return None
    options, words = _take_options(arguments[1:], PLAIN_OPTIONS.get(arguments[0], {}))
    if any(word.startswith("-") and word != "-" for word in words):
        return None
    values: dict[str, str | list[str]] = {**options}
    for name in PLAIN[arguments[0]]:
        if not words:
            return None
        if name.endswith("s"):
            values[name], words = words, []
        else:
            values[name] = words.pop(0)
    return None if words else values


def _take_options(arguments: Sequence[str], known: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the values of the known options by parameter, and the words that are left."""
    options: dict[str, list[str]] = {}
    words: list[str] = []
    left = iter(arguments)
    for word in left:
        value = next(left, None) if word in known else None
        if value is None or value.startswith("-"):
            words.append(word)
            words += [] if value is None else [value]
        else:
            options.setdefault(known[word], []).append(value)
    return options, words


class PlainContext:
    """What a verb asks of its context: the run's output."""

    def __init__(self, output: Output) -> None:
        """Keep the output."""
        self._output = output

    def find_object(self, kind: type) -> object | None:
        """Return the output if that is what is asked for."""
        return self._output if isinstance(self._output, kind) else None


def plain_context(output: Output) -> typer.Context:
    """Return a context that verbs can take in place of typer's."""
    return cast("typer.Context", PlainContext(output))
