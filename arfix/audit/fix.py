"""Finding the least repair: the commands that findings name, tried in memory until a check of the result is clean.

Every rule knows the repair of what it finds, and in which order repairs are preferred: what the platform has is
dropped rather than spliced, a member nobody needs is removed rather than its symbols stubbed. So a repair is found by
taking the findings' own commands. What an archive holds comes before what a link makes of it, since a nested archive
that is opened may define what was missing. At the end every step is left out once: what a check can do without goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.audit.fix_costs import costs_of
from arfix.audit.fix_steps import archive_of, plan_command
from arfix.audit.registry import ARCHIVE_RULE_IDS
from arfix.audit.repair import Repair, Step
from arfix.audit.run import run_audit
from arfix.edits.apply import apply
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.edits.platform import Platform

#: Rounds of checking and repairing: each must mend something, and no real library needed more than three.
_ROUNDS = 12

_Findings = tuple["Finding", ...]


class _Search:
    """One search for a repair.

    Args:
        settings: What the check is asked.
        archives: Path -> the archive as it is, open.
        fails: Picks the findings that fail a check.
        platform: What the platform provides, for nested archives.
    """

    def __init__(
        self,
        settings: Settings,
        archives: Mapping[str, Archive],
        fails: Callable[[Iterable[Finding]], _Findings],
        platform: Platform | None,
    ) -> None:
        self.settings = replace(settings, jobs=1)
        self.archives = archives
        self.fails = fails
        self.platform = platform

    def check(self, archives: Mapping[str, Archive]) -> _Findings:
        """Return the findings that fail a check of these archives."""
        return self.fails(run_audit(self.settings, archives).findings)

    def take(self, commands: Sequence[_Command]) -> tuple[dict[str, Archive], list[Step]]:
        """Return the archives after these commands, and the steps that did anything; what is refused is left out."""
        archives, steps = dict(self.archives), []
        for words, findings in commands:
            path = archive_of(words)
            before = archives[path]
            try:
                plan = plan_command(before, words, self.platform)
                after = apply(before, plan)
            except ArfixError:
                continue
            if plan:
                archives[path] = after
                steps.append(Step(path, words, findings, plan, costs_of(before, after, plan)))
        return archives, steps


#: A command and the findings that ask for it.
_Command = tuple[tuple[str, ...], "tuple[Finding, ...]"]


def find_repair(
    settings: Settings,
    archives: Mapping[str, Archive],
    fails: Callable[[Iterable[Finding]], _Findings],
    platform: Platform | None = None,
) -> Repair:
    """Return the least plan after which a check is clean, or one that leaves what no command mends.

    Args:
        settings: What the check is asked; its archives are those to repair.
        archives: Path -> the archive as it is, open for as long as the result is used.
        fails: Picks, from what a check finds, what is to be repaired.
        platform: What the platform provides, for nested archives.

    Raises:
        ArfixError: A provider cannot be read.
    """
    search = _Search(settings, archives, fails, platform)
    found = left = search.check(archives)
    commands: list[_Command] = []
    for _ in range(_ROUNDS):
        new = _commands(left, commands)
        if not new:
            break
        commands += new
        planned, _ = search.take(commands)
        left = search.check(planned)
    commands = _least(search, commands, len(left))
    planned, steps = search.take(commands)
    changed = {path: archive for path, archive in planned.items() if archive is not archives[path]}
    return Repair(tuple(steps), archives, changed, found, left)


def _commands(findings: _Findings, known: Sequence[_Command]) -> list[_Command]:
    """Return the commands that findings name and that are not known, each once.

    While there are repairs for what an archive holds, those for the link wait.
    """
    of_archives = tuple(one for one in findings if one.rule in ARCHIVE_RULE_IDS and one.fix is not None)
    asked: dict[tuple[str, ...], list[Finding]] = {}
    for finding in of_archives or findings:
        if finding.fix is not None:
            asked.setdefault(finding.fix.words, []).append(finding)
    tried = {words for words, _ in known}
    new = [(words, tuple(found)) for words, found in asked.items() if words not in tried]
    if not new and of_archives:  # what these name did not help; go on with the link
        rest = tuple(one for one in findings if one not in of_archives)
        return _commands(rest, known)
    return new


def _least(search: _Search, commands: Sequence[_Command], left: int) -> list[_Command]:
    """Return the commands without those that a check of the result does not miss, the last tried first."""
    kept = list(commands)
    for command in reversed(commands):
        rest = [one for one in kept if one is not command]
        planned, _ = search.take(rest)
        if len(search.check(planned)) <= left:
            kept = rest
    return kept
