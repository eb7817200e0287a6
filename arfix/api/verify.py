"""`arfix.verify` and `arfix.verify_repair`: what real linkers make of a link, and of repaired archives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from arfix.api.check import rules_of
from arfix.api.link_settings import link_settings
from arfix.api.policy import Policy
from arfix.archive.files import save
from arfix.arguments import words_given
from arfix.audit.finding import ordered
from arfix.audit.ignores import filter_findings
from arfix.audit.open_link import open_link
from arfix.audit.outcome import Outcome
from arfix.audit.registry import optional_rules
from arfix.audit.verification import verify_link
from arfix.errors import UsageError
from arfix.linkline.inputs import with_files
from arfix.linkline.own_line import own_line

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair
    from arfix.audit.verification import Verification
    from arfix.linkage.model import Target
    from arfix.linkage.trial import Trial

    AnyPath = str | os.PathLike[str]

_DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Verified:
    """What linkers made of a link, and how that differs from the prediction.

    Attributes:
        outcome: The findings of the rules of `verify`, and what could not be read.
        trials: What each linker did.
    """

    outcome: Outcome
    trials: tuple[Trial, ...]

    def __repr__(self) -> str:
        """Return the linkers and the number of findings, on one line."""
        linkers = ", ".join(f"{trial.program.word} {trial.status}" for trial in self.trials[:6])
        return f"<Verified: {len(self.findings)} findings; exit codes: {linkers or 'no linker ran'}>"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that count, in report order."""
        return self.outcome.findings


def verify(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath] = (),
    *,
    linkers: str | Iterable[str] = (),
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    target: Target | None = None,
    on_demand: bool = False,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
    policy: Policy = _DEFAULT_POLICY,
) -> Verified:
    """Link these archives with real linkers in a temporary folder, and compare the results with what `check` predicts.

    The other arguments are those of `check`.

    Args:
        archives: Paths of the archives to link.
        linkers: `ld`, `gold`, `lld`, `mold`, or names or paths of linkers; by default all that are installed.
        providers: Parts of the platform.
        sysroot: The platform.
        target: The kind of output; None: an executable.
        on_demand: Link only the members that are needed.
        static: Take only archives from the sysroot.
        needed_by: Modules that get symbols from the output.
        roots: Symbols that the link must contain.
        command: The words of a link command, instead of archives; its output goes to the temporary folder.
        policy: Which findings count.

    Raises:
        AccessError: A linker is not installed or cannot be run.
        ArfixError: As for `check`.
    """
    settings = link_settings(
        archives,
        providers=providers,
        sysroot=sysroot,
        target=target,
        on_demand=on_demand,
        static=static,
        needed_by=needed_by,
        roots=roots,
        command=command,
        policy=policy,
    )
    named = words_given(linkers, "linkers")
    found: list[Finding] = []
    trials: list[Trial] = []
    with open_link(settings) as opened:
        found += opened.damaged
        optional = optional_rules(settings.enabled)
        found += [one for library in opened.libraries for rule in optional for one in rule.check(library)]
        if opened.libraries or settings.command is not None:
            line = None if settings.command is None or named else own_line(settings.command)
            for verification in verify_link(opened.link, settings, named, opened.libraries, line):
                trials.append(verification.trial)
                found += verification.findings()
    filtered = filter_findings(ordered(found), policy.ignores, ())
    outcome = Outcome(
        settings.archives,
        filtered.findings,
        rules_of(filtered),
        filtered.set_aside,
        (*opened.notes, *filtered.notes),
        opened.errors,
        opened.unchecked,
        settings=settings,
    )
    return Verified(outcome, tuple(trials))


def verify_repair(repair: Repair) -> tuple[Verification, ...]:
    """Return what the installed linkers make of the repaired archives, in a temporary folder.

    Raises:
        ArfixError: No linker is installed, or the link cannot be made.
    """
    settings = repair.settings
    if settings is None:
        raise UsageError("this repair is of no link that could be made", hint="arfix.fix makes one that is.")
    with TemporaryDirectory(prefix="arfix-") as scratch:
        moved = []
        for number, path in enumerate(settings.archives):
            if path in repair.after:
                folder = Path(scratch, str(number))
                folder.mkdir()
                planned = folder / Path(path).name
                save(repair.after[path], planned)
                moved.append(str(planned))
            else:
                moved.append(path)
        changed = replace(settings, archives=tuple(moved))
        if settings.command is not None:
            files = dict(zip(settings.archives, moved, strict=True))
            changed = replace(changed, command=with_files(settings.command, files))
        with open_link(changed) as opened:
            return tuple(verify_link(opened.link, settings, (), opened.libraries))
