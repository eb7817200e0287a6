"""Links made from literal symbol tables and a literal result, for rules that look at a whole link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.audit.context import Context
from arfix.audit.registry import load_rule
from arfix.audit.rule import LinkRule
from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import (
    DuplicateSymbol,
    EnteredUnit,
    Input,
    InputMode,
    Link,
    Linker,
    LinkResult,
    Target,
    Undefined,
    Unit,
)
from arfix.linkage.resolve import resolve
from tests.ar_builder import ar

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.formats.model import Visibility
    from arfix.symbols.object_symbols import ObjectSymbols


def unit(path: str, member: str | None, table: ObjectSymbols, data: bytes = b"") -> Unit:
    """Return an object whose symbols are `table`, whatever its bytes say."""
    made = Unit(Where(path, () if member is None else (member,)), 0, lambda: memoryview(data))
    vars(made)["table"] = table  # what the cached property would read from the bytes
    return made


def archive(path: str, *members: tuple[str, ObjectSymbols], provider: bool = False) -> Input:
    """Return an input: whole when it is under test, on demand when it is a provider.

    Objects whose names and tables are equal have equal bytes.
    """
    seen: dict[str, int] = {}
    units = []
    for name, table in members:
        seen[name] = count = seen.get(name, 0) + 1
        label = name if count == 1 else f"{name}#{count}"
        units.append(unit(path, label, table, f"{name} {table}".encode()))
    return Input(Where(path), InputMode.ON_DEMAND if provider else InputMode.WHOLE, tuple(units), provider=provider)


def object_archive(path: str, *members: tuple[str, bytes], provider: bool = False) -> Input:
    """Return an input of real objects: whole when it is under test, on demand when it is a provider."""
    return archive_input(
        read(ar(*members)), Where(path), InputMode.ON_DEMAND if provider else InputMode.WHOLE, provider=provider
    )


@dataclass
class Linked:
    """A literal result of a link; what is left out is empty, and every unit under test is in the link."""

    inputs: tuple[Input, ...]
    undefined: tuple[Undefined, ...] = ()
    clashes: tuple[DuplicateSymbol, ...] = ()
    winners: dict[str, int] = field(default_factory=dict)
    visibility: dict[str, Visibility] = field(default_factory=dict)
    entered_too: tuple[int, ...] = ()
    settings: Settings | None = None
    roots: tuple[str, ...] = ()

    def context(self) -> Context:
        """Return what a rule is given."""
        link = Link(self.inputs, roots=self.roots)
        owners = [item for item in self.inputs for _ in item.units]
        entered = [n for n, item in enumerate(owners) if not item.provider or n in self.entered_too]
        result = LinkResult(
            link=link,
            linker=Linker.LD,
            entered=tuple(EnteredUnit(number) for number in entered),
            undefined={one.name: one for one in self.undefined},
            clashes={one.name: one for one in self.clashes},
            winners=self.winners,
            provided={},
            linker_defined=frozenset(),
            visibility=self.visibility,
            exported=frozenset(self.winners) - set(self.visibility),
            rejected=(),
        )
        paths = tuple(item.where.path for item in self.inputs if not item.provider and item.use is not InputMode.NAMES)
        providers = tuple(item.where.path for item in self.inputs if item.provider)
        return Context(self.settings or Settings(paths, providers), result)


def findings_of(
    rule: str, *inputs: Input, target: Target = Target.EXECUTABLE, roots: tuple[str, ...] = ()
) -> list[Finding]:
    """Return what a link rule finds in a real link of these inputs."""
    tested = tuple(item.where.path for item in inputs if not item.provider and item.use is not InputMode.NAMES)
    providers = tuple(item.where.path for item in inputs if item.provider)
    settings = Settings(tested, providers, target=target, roots=roots)
    result = resolve(Link(inputs, target, settings.roots))
    loaded = load_rule(rule)
    assert isinstance(loaded, LinkRule)
    return list(loaded.check(Context(settings, result)))


def link_findings(rule: str, linked: Linked) -> list[Finding]:
    """Return what a link rule finds."""
    loaded = load_rule(rule)
    assert isinstance(loaded, LinkRule)
    return list(loaded.check(linked.context()))
