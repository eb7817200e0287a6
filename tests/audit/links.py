"""Links made from literal symbol tables and a literal result, for rules that look at a whole link."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from arfix.audit.context import Context
from arfix.audit.registry import load_rule
from arfix.audit.rule import LinkRule
from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.linkage.model import Clash, Entry, Input, Link, Linker, LinkResult, Undefined, Use

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Unit
    from arfix.linkage.table import Table
    from arfix.objects.model import Visibility


def unit(path: str, member: str | None, table: Table, data: bytes = b"") -> Unit:
    """Return an object as the rules see it: a place, a table, bytes."""
    where = Where(path, () if member is None else (member,))
    return cast("Unit", SimpleNamespace(where=where, table=table, data=lambda: memoryview(data)))


def archive(path: str, *members: tuple[str, Table], provider: bool = False) -> Input:
    """Return an input: whole when it is under test, on demand when it is a provider.

    Objects whose names and tables are equal have equal bytes.
    """
    units = tuple(unit(path, name, table, f"{name} {table}".encode()) for name, table in members)
    return Input(Where(path), Use.ON_DEMAND if provider else Use.WHOLE, units, provider=provider)


@dataclass
class Linked:
    """A literal result of a link; what is left out is empty, and every unit under test is in the link."""

    inputs: tuple[Input, ...]
    undefined: tuple[Undefined, ...] = ()
    clashes: tuple[Clash, ...] = ()
    winners: dict[str, int] = field(default_factory=dict)
    visibility: dict[str, Visibility] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    entered_too: tuple[int, ...] = ()
    settings: Settings | None = None

    def context(self) -> Context:
        """Return what a rule is given."""
        link = Link(self.inputs)
        owners = [item for item in self.inputs for _ in item.units]
        entered = [n for n, item in enumerate(owners) if not item.provider or n in self.entered_too]
        result = LinkResult(
            link,
            Linker.LD,
            tuple(Entry(number) for number in entered),
            {one.name: one for one in self.undefined},
            {one.name: one for one in self.clashes},
            self.winners,
            {},
            frozenset(),
            self.visibility,
            self.exported,
            (),
        )
        paths = tuple(item.where.path for item in self.inputs if not item.provider and item.use is not Use.NAMES)
        providers = tuple(item.where.path for item in self.inputs if item.provider)
        return Context(self.settings or Settings(paths, providers), result)


def link_findings(rule: str, linked: Linked) -> list[Finding]:
    """Return what a link rule finds."""
    loaded = load_rule(rule)
    assert isinstance(loaded, LinkRule)
    return list(loaded.check(linked.context()))
