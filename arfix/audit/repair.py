"""The result of `arfix fix`: edits in order, each with the findings it repairs and its costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self

from arfix.audit.finding import Safety
from arfix.edits.requests import command_of
from arfix.errors import EditError
from arfix.short_repr import short_repr
from arfix.unpicklable import refuse_to_pickle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from arfix.archive.files import SaveResult
    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding, Fix
    from arfix.audit.settings import Settings
    from arfix.edits.plan import Plan
    from arfix.edits.requests import Request


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One edit of one archive, as a step of a repair.

    Attributes:
        archive: Its path, as the user named it.
        request: The edit.
        findings: The findings it repairs.
        plan: The plan for the archive as edited by the steps before it.
        costs: What the edit loses, as sentences without a final full stop.
        safety: Whether it is made without `--unsafe`.
    """

    __repr__ = short_repr

    archive: str
    request: Request
    findings: tuple[Finding, ...]
    plan: Plan
    costs: tuple[str, ...] = ()
    safety: Safety = Safety.SAFE

    @property
    def words(self) -> tuple[str, ...]:
        """The command line that does the same, the program's name included."""
        return command_of(self.request, self.archive)

    @property
    def verb(self) -> str:
        """The verb of the command line."""
        return self.words[1]


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair of a set of archives.

    Attributes:
        steps: The edits, in order.
        before: Archive path -> the archive before the repair.
        after: Archive path -> the archive after the repair; only archives that change.
        found: The findings to repair.
        left: The findings that would still fail a check afterwards; empty if all are repaired.
        refused: Allowed repairs that were not made, each with the reason.
        milder: Warnings that remain, below the severity that was to be repaired.
        settings: The link that was to be repaired; None if the repair is of none.
        resources: What `close` closes.
    """

    steps: tuple[RepairStep, ...]
    before: Mapping[str, Archive]
    after: Mapping[str, Archive]
    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
    refused: tuple[tuple[Fix, str], ...] = ()
    milder: tuple[Finding, ...] = ()
    settings: Settings | None = field(default=None, compare=False)
    resources: ExitStack | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        """Return the number of steps and findings, on one line."""
        return f"<Repair: {len(self.steps)} steps, {len(self.found)} findings, {len(self.left)} of them remain>"

    def __reduce__(self) -> NoReturn:
        """Refuse: `save` checks that the open files are as they were."""
        refuse_to_pickle(self, "Save it in this process; `Repair.after` and `arfix.recipe_of(repair)` can be pickled.")

    def __enter__(self) -> Self:
        """Return the repair; leaving the block closes it."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the archives."""
        self.close()

    def close(self) -> None:
        """Close the archives before the repair; those after it cannot be written any more."""
        if self.resources is not None:
            self.resources.close()

    def save(self, *, partial: bool = False) -> tuple[SaveResult, ...]:
        """Write the repaired archives in place, all or none.

        Args:
            partial: Write even if findings remain.

        Raises:
            EditError: Findings remain, or an archive has changed meanwhile.
            AccessError: A file cannot be written.
        """
        from arfix.archive.files import save_all  # noqa: PLC0415 (a repair is often only looked at)

        if not self.is_whole and not partial:
            raise EditError("nothing was written: findings would remain", hint="Allow that with partial=True.")
        return tuple(save_all(self.after))

    @property
    def is_whole(self) -> bool:
        """Whether a check of the result would be clean."""
        return not self.left
