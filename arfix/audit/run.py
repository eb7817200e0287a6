"""One check from paths to findings: archives are looked at one by one and, once, as a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.audit.combine import combine
from arfix.audit.context import Context
from arfix.audit.finding import ordered
from arfix.audit.opening import open_link
from arfix.audit.parallel import check_libraries
from arfix.audit.registry import link_rules
from arfix.linkage.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.errors import ArfixError


@dataclass(frozen=True, slots=True)
class Audit:
    """What a check comes to before anything is set aside.

    Attributes:
        findings: What all rules found, in report order.
        errors: Archives that could not be looked at.
        notes: Remarks on the run.
        unchecked: Paths that are no archive and were not looked at.
    """

    findings: tuple[Finding, ...]
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def run_audit(settings: Settings, planned: Mapping[str, Archive] | None = None) -> Audit:
    """Return what all rules find.

    Args:
        settings: What is asked.
        planned: Path -> an archive to look at in place of the file, so that an edit can be judged before it is written.

    Raises:
        ArfixError: A provider or module cannot be read.
    """
    with open_link(settings, planned) as opened:
        checked = check_libraries(settings, opened.libraries, in_memory=bool(planned))
        context = Context(settings, resolve(opened.link))
        found = [finding for rule in link_rules() for finding in rule.check(context)]
        return Audit(
            tuple(combine(ordered([*opened.damaged, *checked, *found]))), opened.errors, opened.notes, opened.unchecked
        )
