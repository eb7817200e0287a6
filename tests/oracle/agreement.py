"""One real archive, one linker, one kind of output: does the prediction equal what the linker says?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.errors import AccessError, Where
from arfix.linkage.compare import Disagreement, compare, expected_duplicates, expected_undefined
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import installed_linkers
from arfix.linkage.model import Link, Target
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import Trial, try_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from arfix.formats.model import Machine
    from arfix.linkage.linkers import Program

#: The kinds of output that are compared.
TARGETS = (Target.EXECUTABLE, Target.PIE, Target.SHARED)
#: Seconds for one link.
TIMEOUT = 180.0


@dataclass(frozen=True)
class Agreement:
    """What came of one link.

    Attributes:
        archive: The archive.
        machine: Its machine.
        program: The linker.
        target: What was made.
        undefined: How many undefined symbols were predicted.
        duplicates: How many symbols were predicted to be defined twice.
        trial: What the linker did; None when it did not end in time.
        differences: Where the two part, silent losses left out.
    """

    archive: Path
    machine: Machine
    program: Program
    target: Target
    undefined: int
    duplicates: int
    trial: Trial | None
    differences: tuple[Disagreement, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return self.trial is not None and not self.differences


def machine_of(path: Path) -> Machine | None:
    """Return the machine of the first object; None for an archive without any."""
    with open_archive(path) as archive:
        units = archive_input(archive, Where(str(path))).units
        return next((unit.machine for unit in units if unit.is_object and unit.machine is not None), None)


def agreements(path: Path, programs: tuple[Program, ...] | None = None) -> Iterator[Agreement]:
    """Yield the outcome of each link that the installed linkers (or `programs`) can make of the archive."""
    machine = machine_of(path)
    if machine is None:
        return
    for program in installed_linkers(machine) if programs is None else programs:
        for target in TARGETS:
            yield agreement(path, machine, program, target)


def agreement(path: Path, machine: Machine, program: Program, target: Target) -> Agreement:
    """Link the whole archive, and nothing else, and compare."""
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), target)
        result = resolve(link, program.linker, program.release)
        try:
            trial = try_link(link, program, machine, timeout=TIMEOUT)
        except AccessError:
            trial = None
        found = () if trial is None else tuple(one for one in compare(result, trial) if not one.silent)
        counts = len(expected_undefined(result)), len(expected_duplicates(result))
        return Agreement(path, machine, program, target, *counts, trial, found)
