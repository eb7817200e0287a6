"""The symbol that a reference means under `--wrap=f`: `__wrap_f` for `f`, and `f` for `__real_f`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.linkage.uses import used_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.formats.inspect import ObjectFacts
    from arfix.symbols.object_symbols import ObjectSymbols

WRAP: Final = "__wrap_"
REAL: Final = "__real_"


class Wrapping(NamedTuple):
    """How references are redirected.

    Attributes:
        names: The wrapped symbols.
        in_definers: Whether an object that defines a wrapped symbol has its own references redirected.
    """

    names: frozenset[str]
    in_definers: bool = False

    def reference(self, name: str) -> str:
        """Return the symbol that a reference to `name` means."""
        if name in self.names:
            return WRAP + name
        return name.removeprefix(REAL) if name.startswith(REAL) and name.removeprefix(REAL) in self.names else name

    def redirect(self, table: ObjectSymbols, facts: ObjectFacts) -> ObjectSymbols:
        """Return the symbols of an object with its references redirected."""
        extra = self._own_references(table, facts) if self.in_definers else []
        if not extra and not any(self.reference(name) != name for name in table.references):
            return table
        defined = frozenset(table.definitions)
        undefined = self._redirected((*table.undefined, *extra), defined)
        return replace(
            table,
            undefined=undefined,
            undefined_weak=self._redirected(table.undefined_weak, {*defined, *undefined}),
            visibility={
                name if name in defined else self.reference(name): seen for name, seen in table.visibility.items()
            },
            tls=frozenset(name if name in defined else self.reference(name) for name in table.tls),
        )

    def _redirected(self, names: Iterable[str], without: Iterable[str]) -> tuple[str, ...]:
        found = dict.fromkeys(map(self.reference, names))
        for name in without:
            found.pop(name, None)
        return tuple(found)

    def _own_references(self, table: ObjectSymbols, facts: ObjectFacts) -> list[str]:
        """Return the wrapped symbols that the object both defines and refers to."""
        own = self.names.intersection(table.definitions)
        if not own:
            return []
        try:
            return sorted(own & used_names(facts.elf, without=(), loaded_only=True, count_none=False))
        except ArfixError:
            return []
