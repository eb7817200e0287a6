"""Comparing a real linker's result with the prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from arfix.audit.context import Context
from arfix.audit.finding import Severity
from arfix.audit.registry import archive_rules, link_rules, verify_rules
from arfix.errors import AccessError
from arfix.linkage.compare import Aspect, Disagreement, compare
from arfix.linkage.dialects import Format, format_of
from arfix.linkage.linkers import find_linker, installed_linkers, packages_for
from arfix.linkage.model import InputMode
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import Trial, try_link
from arfix.linkline.tool import ToolKind
from arfix.short_repr import short_repr
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.formats.model import Machine
    from arfix.linkage.linkers import Program
    from arfix.linkage.model import Link
    from arfix.linkage.trial import OwnLine


@dataclass(frozen=True, eq=False)
class Verification:
    """What one linker did, and what was expected of it.

    Attributes:
        context: The prediction, by the rules of that linker.
        trial: What it did.
        differences: Where the two part.
    """

    __repr__ = short_repr

    context: Context
    trial: Trial
    differences: tuple[Disagreement, ...]

    @property
    def fails(self) -> bool:
        """Whether the linker refuses the link, or leaves out what it should not: `fix` is not done while one does."""
        return any(one.rule != "prediction-differs" and one.severity is Severity.ERROR for one in self.findings())

    def findings(self) -> Iterator[Finding]:
        """Yield what the rules of `arfix verify` make of it."""
        for rule in verify_rules():
            yield from rule.check(self)


def choose_linkers(
    words: Sequence[str], machine: Machine | None, object_format: Format = Format.ELF
) -> tuple[Program, ...]:
    """Return the linkers named, or without names those that are installed and link the format for the machine.

    Raises:
        AccessError: One that was named is not installed, or none at all is.
        UnsupportedError: One that was named is no linker whose rules are known, or does not link the format.
    """
    if words:
        return tuple(find_linker(word, machine, object_format) for word in words)
    found = installed_linkers(machine, object_format)
    if not found:
        name = "this machine" if machine is None else machine.name
        of_format = "" if object_format is Format.ELF else f"{object_format.value} of "
        raise AccessError(
            f"no linker for {of_format}{name} is installed, so nothing was linked",
            hint=f"Install {packages_for(object_format)}, or name one with `linkers=...`.",
        )
    return found


def verify_link(
    link: Link,
    settings: Settings,
    words: Sequence[str],
    libraries: Sequence[CheckedLibrary] = (),
    line: OwnLine | None = None,
) -> Iterator[Verification]:
    """Yield for each linker what it made of the link; raises `ArfixError` when one cannot be run.

    Args:
        link: What is linked.
        settings: What the check was asked.
        words: Linkers named by the user; none for that of the link command, or for all that are installed.
        libraries: The archives under test, whose own findings may be why a linker refuses them.
        line: The user's own command, to be run in place of one that is made for the link.
    """
    link = _without_modules(link)
    machine = resolve(link, plugins=False).machine
    programs = choose_linkers(words or _own_linker(settings), machine, format_of(link))
    for program in steps("linking", programs, lambda one: one.word):
        plugins = settings.command is not None and settings.has_plugins
        result = resolve(link, program.linker, program.release, plugins=plugins)
        trial = try_link(link, program, machine, line=line)
        context = Context(settings, result)
        differences = compare(result, trial)
        yield Verification(context, trial, differences or _verdict(context, trial, libraries))


def _own_linker(settings: Settings) -> tuple[str, ...]:
    """Return the linker that the command runs; nothing without a command."""
    if settings.command is None or settings.linker is None:
        return ()
    tool = settings.command.tool
    return (tool.program if tool.kind is ToolKind.LINKER else settings.linker.value,)


def _verdict(context: Context, trial: Trial, libraries: Sequence[CheckedLibrary]) -> tuple[Disagreement, ...]:
    """Return the difference where a linker refuses a link in which nothing that it names, and no rule, is at fault."""
    named = (trial.undefined, trial.duplicates, trial.rejected, trial.refused, trial.refused_missing, trial.refusals)
    if trial.status == 0 or any(named):
        return ()
    of_link = (finding for rule in link_rules() for finding in rule.check(context))
    of_archives = (finding for library in libraries for rule in archive_rules() for finding in rule.check(library))
    if any(one.severity is not Severity.INFO for one in chain(of_link, of_archives)):
        return ()
    said = next(iter(trial.others), f"exit status {trial.status}")
    return (Disagreement(Aspect.VERDICT, said, predicted=False),)


def _without_modules(link: Link) -> Link:
    """Return the link as it is made in practice: modules are loaded later, and no linker looks at them."""
    return replace(link, inputs=tuple(item for item in link.inputs if item.use is not InputMode.NAMES or item.provider))
