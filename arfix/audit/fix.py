"""The search for a repair: edits that findings ask for are made in memory, and the result is checked again.

Each rule gives the repair of its findings and says whether it is safe. The repairs of one archive are combined, because
one alone may fail: eight members that need each other can only be removed together. Archive rules are repaired before
link rules, since a flattened archive may define what was missing. Stubs come last, since a removed member needs none.
A repair takes a few checks, however many findings there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from arfix.audit.combine import join, kind_of_edit, repair_order
from arfix.audit.finding import Safety
from arfix.audit.fix_costs import costs_of
from arfix.audit.printed_order import TriedPlans
from arfix.audit.registry import ARCHIVE_RULE_IDS
from arfix.audit.repair import Repair, RepairStep
from arfix.audit.run import run_audit
from arfix.edits.apply import apply
from arfix.edits.requests import Flatten, Strip, Stub, Symbols, plan
from arfix.edits.select import select
from arfix.edits.strip import StillNeededError
from arfix.errors import ArfixError
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding, Fix
    from arfix.audit.settings import Settings
    from arfix.edits.plan import Plan
    from arfix.edits.platform import Platform
    from arfix.edits.requests import Request

#: Most rounds of checking and repairing. Each must try something new; real libraries needed at most four.
_ROUNDS = 12
#: How often a removal is retried without members that turned out to be needed.
_RETRIES = 8

_Findings = tuple["Finding", ...]


class _Phase(IntEnum):
    """The order in which repairs are made."""

    ARCHIVE = 0
    LINK = 1
    STUB = 2


@dataclass(slots=True)
class _Edit:
    """Repairs of one archive that one request makes."""

    request: Request
    fixes: list[Fix] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def safety(self) -> Safety:
        return Safety.UNSAFE if any(fix.safety is Safety.UNSAFE for fix in self.fixes) else Safety.SAFE

    @property
    def costs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cost for fix in self.fixes for cost in fix.costs))


class _RepairSearch:
    """A search for a repair: the archives as edited so far, and the steps."""

    def __init__(
        self,
        settings: Settings,
        archives: Mapping[str, Archive],
        fails: Callable[[Iterable[Finding]], _Findings],
        platform: Platform | None,
        tell: Callable[[str], object],
    ) -> None:
        self.tell = tell
        self.settings = replace(settings, jobs=1)
        self.planned = dict(archives)
        self.known: dict[int, CheckedLibrary] = {}
        self.plans = TriedPlans()
        self.fails = fails
        self.platform = platform
        self.steps: list[RepairStep] = []
        self.refused: list[tuple[Fix, str]] = []

    def check(self) -> _Findings:
        """Check the archives as edited so far; return the findings that fail."""
        self.tell(f"checking {len(self.planned)} archives, {len(self.steps)} edits so far")
        audit = run_audit(self.settings, self.planned, known=self.known, plans=self.plans)
        return self.fails(audit.findings)

    def take(self, path: str, edits: Iterable[_Edit]) -> None:
        """Make the edits of one archive, in order; record refused ones."""
        for edit in edits:
            self.tell(f"editing {path}")
            before = self.planned[path]
            try:
                request, planned = self._plan(before, edit.request)
                after = apply(before, planned)
            except ArfixError as error:
                self.refused += [(fix, error.message) for fix in edit.fixes]
                continue
            if not planned:
                continue
            if before.members and not after.members:
                self.refused += [(fix, "nothing of the archive would be left") for fix in edit.fixes]
                continue
            self.planned[path] = after
            costs = (*edit.costs, *costs_of(before, after, planned, request))
            # Without the repair that they share, which may be long, and that would be hashed for each.
            unique = {(one.with_fix(None), id(one.fix)): one for one in edit.findings}
            findings = tuple(unique.values())
            self.steps.append(RepairStep(path, request, findings, planned, tuple(dict.fromkeys(costs)), edit.safety))

    def _plan(self, archive: Archive, request: Request) -> tuple[Request, Plan]:
        """Return the request that works, and its plan: members that turn out to be needed are kept."""
        platform = self.platform if isinstance(request, Flatten) and request.choice is None else None
        if platform is None and (made := self.plans.find(archive, request)) is not None:
            return request, made
        for _ in range(_RETRIES):
            try:
                return request, plan(archive, request, platform)
            except StillNeededError as error:
                fewer = _without_needed(archive, request, error)
                if fewer is None:
                    raise
                request = fewer
        return request, plan(archive, request, platform)


def _without_needed(archive: Archive, request: Request, error: StillNeededError) -> Request | None:
    """Return the removal without the members that others need; None if it would remove nothing."""
    if not isinstance(request, Strip):
        return None
    needed = {provider for need in error.needs for provider in need.providers}
    written = labels(archive)
    selection = select(archive, request.members)
    kept = {match.selector for at, match in selection.by_position().items() if written[at] in needed}
    members = tuple(member for member in request.members if member not in kept)
    return replace(request, members=members) if members and len(members) < len(request.members) else None


def find_repair(  # noqa: PLR0913 (what a search depends on)
    settings: Settings,
    archives: Mapping[str, Archive],
    fails: Callable[[Iterable[Finding]], _Findings],
    platform: Platform | None = None,
    *,
    unsafe: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> Repair:
    """Return the repair of the archives; `left` lists findings that no allowed edit repairs.

    Args:
        settings: The settings of the check; its archives are those to repair.
        archives: Path -> the archive, open for as long as the result is used.
        fails: Selects the findings to repair.
        platform: The libraries of the platform, for nested archives.
        unsafe: Also make unsafe repairs.
        tell: Called with a progress message before each piece of work.

    Raises:
        ArfixError: A provider cannot be read.
    """
    search = _RepairSearch(settings, archives, fails, platform, tell)
    found = left = search.check()
    tried: set[tuple[str, Request]] = set()
    for _ in range(_ROUNDS):
        wanted = _next_fixes(left, tried, unsafe=unsafe)
        if not wanted:
            break
        tried.update(_identity(fix) for fix, _ in wanted)
        steps = len(search.steps)
        for path, edits in _combined(wanted).items():
            search.take(path, edits)
        if len(search.steps) > steps:
            left = search.check()
    changed = {path: archive for path, archive in search.planned.items() if archive is not archives[path]}
    return Repair(tuple(search.steps), archives, changed, found, left, tuple(search.refused))


def _identity(fix: Fix) -> tuple[str, Request]:
    return fix.archive, fix.request


def _next_fixes(
    findings: _Findings, tried: set[tuple[str, Request]], *, unsafe: bool
) -> list[tuple[Fix, list[Finding]]]:
    """Return the untried repairs of the earliest phase that has any, each with its findings."""
    # Findings share a repair, which may name thousands of members: it is hashed once and not for each of them.
    shared: dict[tuple[_Phase, int], tuple[Fix, list[Finding]]] = {}
    for finding in findings:
        fix = finding.fix
        if fix is not None and (fix.safety is not Safety.UNSAFE or unsafe):
            shared.setdefault((_phase_of(finding, fix), id(fix)), (fix, []))[1].append(finding)
    phases: dict[_Phase, dict[tuple[str, Request], tuple[Fix, list[Finding]]]] = {}
    for (phase, _), (fix, ones) in shared.items():
        identity = _identity(fix)
        if identity not in tried:
            phases.setdefault(phase, {}).setdefault(identity, (fix, []))[1].extend(ones)
    return list(phases[min(phases)].values()) if phases else []


def _phase_of(finding: Finding, fix: Fix) -> _Phase:
    if isinstance(fix.request, Stub):
        return _Phase.STUB
    return _Phase.ARCHIVE if finding.rule in ARCHIVE_RULE_IDS else _Phase.LINK


def _combined(fixes: Iterable[tuple[Fix, Sequence[Finding]]]) -> dict[str, list[_Edit]]:
    """Return, for each archive, the fewest edits that make the repairs, in an order that works.

    Symbols are changed first and members removed next, in one edit, because a selector such as `x.o#2` counts the
    members present when it runs.
    """
    archives: dict[str, dict[object, _Edit]] = {}
    for fix, findings in fixes:
        edits = archives.setdefault(fix.archive, {})
        key = kind_of_edit(fix.request)
        edit = edits.get(key)
        if edit is None:
            edit = edits[key] = _Edit(fix.request)
        else:
            edit.request = join((edit.request, fix.request))
        edit.fixes.append(fix)
        edit.findings += findings
    return {path: _ordered(list(edits.values())) for path, edits in archives.items()}


def _ordered(edits: list[_Edit]) -> list[_Edit]:
    gone = {member for edit in edits if isinstance(edit.request, Strip) for member in edit.request.members}
    kept = [edit for edit in edits if not _concerns_only(edit.request, gone)]
    return sorted(kept, key=lambda edit: repair_order(edit.request))


def _concerns_only(request: Request, gone: set[str]) -> bool:
    """Return whether the request changes symbols only of members that are removed anyway."""
    return isinstance(request, Symbols) and bool(request.members) and gone.issuperset(request.members)
