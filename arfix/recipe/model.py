"""What a recipe says: which archives of a sysroot are changed, how and why, and what must hold afterwards.

Paths are those of the recipe, with `/`, relative to the sysroot. Every step carries its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.errors import Where
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from arfix.audit.ignores import Ignore
    from arfix.audit.rule_options import RuleValue
    from arfix.edits.requests import Request
    from arfix.stubs.platform import CLibrary

#: The version of the recipe format that this arfix reads.
VERSION = 1

_NOWHERE = Where("<recipe>")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: all parts that are given must hold.

    Attributes:
        machines: The machine of the archive's first object is one of these (`i386`, `x86-64`, `arm`, ...).
        exists: These paths are there, all of them.
        sha256: The archive as it was before any step has one of these hashes, in hexadecimal.
    """

    machines: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One edit, why it is made, when, and where the recipe says so."""

    action: Request
    reason: str
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """Archives and what is done to each of them.

    Attributes:
        pattern: A path, or a glob with `*`, `?`, `[...]` and `**`.
        is_glob: Which of the two it is.
        steps: In order.
        when: Where this does not hold, the entry is passed over.
        where: The place in the recipe.
    """

    pattern: str
    is_glob: bool
    steps: tuple[RecipeStep, ...]
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class StubEntry:
    """An archive of stubs to be made.

    Attributes:
        path: Where.
        symbols: Each `NAME` or `NAME=WHAT`.
        reason: Why.
        like: The archive whose machine and ABI the stubs have; None where `triple` says.
        triple: The target triple; None where `like` says.
        library: The C library, which says how errno is reached; None where `like` or the triple tells.
        when: Where this does not hold, none is made.
        where: The place in the recipe.
    """

    path: str
    symbols: tuple[str, ...]
    reason: str
    like: str | None = None
    triple: str | None = None
    library: CLibrary | None = None
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class RequiredLink:
    """A link that must hold once all steps are done.

    Attributes:
        name: Its name in the recipe.
        archives: Paths or globs of the archives taken whole, in order.
        providers: Paths of what else the link takes symbols from.
        sysroot: Every library in the sysroot's folders is a provider.
        target: What the link makes.
        needed_by: Modules that are to find their symbols in it.
        roots: Symbols wanted from the start.
        ignores: Findings that do not count.
        fail_on: From which severity on a finding fails.
        when: Where this does not hold, it is not looked at.
        rule_values: Values of rules' options.
        where: The place in the recipe.
    """

    name: str
    archives: tuple[str, ...]
    providers: tuple[str, ...] = ()
    sysroot: bool = False
    target: Target = Target.EXECUTABLE
    needed_by: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    fail_on: Severity = Severity.ERROR
    when: Condition = Condition()
    rule_values: tuple[RuleValue, ...] = ()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe, what it includes read into it.

    Attributes:
        path: The file.
        files: That file and every included one, in the order they were read.
        archives: What is changed, included entries first.
        stubs: What is made.
        required_links: What must hold.
    """

    path: str
    files: tuple[str, ...] = ()
    archives: tuple[ArchiveEntry, ...] = ()
    stubs: tuple[StubEntry, ...] = ()
    required_links: tuple[RequiredLink, ...] = ()
