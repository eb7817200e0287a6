"""The content of a recipe: the archives of a sysroot to edit, how and why, and the links that must work afterwards.

Paths use `/` and are relative to the sysroot. Every step has a reason.
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
    """A condition; all given parts must hold.

    Attributes:
        machines: The machine of the archive's first object must be one of these (`i386`, `x86-64`, `arm`, ...).
        exists: All of these paths must exist.
        sha256: The archive before any step must have one of these hashes, in lower-case hexadecimal.
    """

    machines: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One edit with its reason, its condition, and its place in the recipe."""

    action: Request
    reason: str
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """Archives, and the steps for each of them.

    Attributes:
        pattern: A path, or a glob with `*`, `?`, `[...]` and `**`.
        is_glob: `pattern` is a glob.
        steps: The steps, in order.
        when: The entry is skipped if this does not hold.
        where: The place in the recipe.
    """

    pattern: str
    is_glob: bool
    steps: tuple[RecipeStep, ...]
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class StubEntry:
    """An archive of stubs to make.

    Attributes:
        path: The path of the archive.
        symbols: The stubs, each `NAME` or `NAME=WHAT`.
        reason: The reason.
        like: The archive whose machine and ABI the stubs get; None if `triple` is given.
        triple: The target triple; None if `like` is given.
        libc: The C library, which determines access to errno; None to derive it from `like` or `triple`.
        when: The archive is not made if this does not hold.
        where: The place in the recipe.
    """

    path: str
    symbols: tuple[str, ...]
    reason: str
    like: str | None = None
    triple: str | None = None
    libc: CLibrary | None = None
    when: Condition = Condition()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class RequiredLink:
    """A link that must have no findings after all steps.

    Attributes:
        name: Its name in the recipe.
        archives: Paths or globs of the archives taken whole, in order.
        providers: Paths of other files that the link takes symbols from.
        sysroot: All libraries in the library directories of the sysroot are providers.
        target: The kind of output.
        needed_by: Modules that must find their symbols in the output.
        roots: Symbols that the link requires from the start.
        ignores: Findings to ignore.
        fail_on: The least severity that counts.
        when: The link is not checked if this does not hold.
        rule_values: Values of rules' options.
        enabled: Rules to run that are off by default.
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
    enabled: tuple[str, ...] = ()
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe together with the recipes it includes.

    Attributes:
        path: The recipe file.
        files: That file and every included one, in the order they were read.
        archives: The archives to edit, entries of included recipes first.
        stubs: The archives of stubs to make.
        required_links: The links that must work.
    """

    path: str
    files: tuple[str, ...] = ()
    archives: tuple[ArchiveEntry, ...] = ()
    stubs: tuple[StubEntry, ...] = ()
    required_links: tuple[RequiredLink, ...] = ()
