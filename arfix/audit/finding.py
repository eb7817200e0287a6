"""Findings: their severity, the rule's confidence, and the repair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.edits.requests import command_of, shell_line
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.edits.requests import Request


class Severity(Enum):
    """How serious a finding is. The value is the word shown and stored in JSON."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error: higher is worse."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Confidence(Enum):
    """How reliable a rule is: `certain` is what a linker would report; `likely` and `possible` are estimates."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Safety(Enum):
    """Whether a repair may be made without `--unsafe`. The value is the word shown and stored in JSON."""

    SAFE = "safe"
    """No program that linked before changes; one that failed becomes what its author meant, or fails honestly."""
    UNSAFE = "unsafe"
    """Anything else: a person has to decide."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The repair of a finding: an edit of one archive.

    Attributes:
        archive: Path of the archive to edit, as the user named it.
        request: The edit.
        safety: Whether `fix` makes it without `--unsafe`.
        costs: What the edit loses, as sentences without a final full stop.
    """

    __repr__ = short_repr

    archive: str
    request: Request
    safety: Safety = Safety.SAFE
    costs: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The command line that does it, the program's name included."""
        return command_of(self.request, self.archive)

    def __str__(self) -> str:
        """Return the command quoted for a POSIX shell, ready to paste."""
        return shell_line(self.words)


#: Names listed in one sentence before the rest is only counted.
_LISTED = 4


def counted_names(names: Sequence[str]) -> str:
    """Return the first few names and the number of the others, as part of a sentence."""
    shown = ", ".join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"


class FindingKey(NamedTuple):
    """The identity of a finding across runs, used by baselines and SARIF fingerprints.

    Attributes:
        archive: The file name alone, so that a sysroot may move.
    """

    rule: str
    archive: str | None
    member: str | None
    symbol: str | None

    def __repr__(self) -> str:
        """Return the fields on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that a rule found: its severity, place and repair.

    Attributes:
        rule: The rule's id.
        severity: Usually the rule's own; some rules lower or raise it by what is known.
        message: A full sentence without its place and without a final stop.
        archive: The archive's path as the user named it; None when no single archive is at fault.
        member: The member inside it in the project's spelling (`x.o`, `x.o#2`, `libposix.a(open.o)`), or None.
        symbol: The symbol, or None.
        fix: The edit that repairs it, or None if no command does.
        related: Other places that belong to it, in the spelling `libcrypto.a(bss_log.o)`.
        cause: What several findings of one archive have in common, as one sentence for all of them; None if a
            finding stands for itself.
    """

    __repr__ = short_repr

    rule: str
    severity: Severity
    message: str
    archive: str | None = None
    member: str | None = None
    symbol: str | None = None
    fix: Fix | None = None
    related: tuple[str, ...] = ()
    cause: str | None = None

    @property
    def place(self) -> str:
        """The place in the spelling `libcrypto.a(bss_log.o)`; empty when there is none."""
        archive = self.archive or ""
        return archive if self.member is None else f"{archive}({self.member})"

    def with_fix(self, fix: Fix | None) -> Finding:
        """Return the finding with another repair, or with none."""
        if fix is self.fix:
            return self
        # Archives made for it have tens of thousands of findings, and `dataclasses.replace` takes four times as long.
        return Finding(
            self.rule,
            self.severity,
            self.message,
            self.archive,
            self.member,
            self.symbol,
            fix,
            self.related,
            self.cause,
        )

    @property
    def key(self) -> FindingKey:
        """What identifies this finding from one run to the next."""
        archive = None if self.archive is None else self.archive.replace("\\", "/").rpartition("/")[2]
        return FindingKey(self.rule, archive, self.member, self.symbol)


def ordered(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Finding, ...]:
    """Return the findings in report order: by severity, rule and archive, then as found."""
    return tuple(sorted(findings, key=lambda one: (-one.severity.rank, one.rule, one.archive or "")))
