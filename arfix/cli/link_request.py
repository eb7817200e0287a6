"""What the options of check, why, verify and fix ask for, as values: nothing here knows typer."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from arfix.audit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.linkage.model import Target


class FailOn(Enum):
    """From which severity on a command exits 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def make_settings(  # noqa: PLR0917 (in the order of the options)
    archives: Sequence[str],
    provider: Sequence[str] | None,
    sysroot: str | None,
    target: Target,
    on_demand: bool,
    needed_by: Sequence[str] | None,
    root: Sequence[str] | None,
    jobs: int = 1,
    *,
    static: bool = False,
) -> Settings:
    """Return what the options ask for."""
    return Settings(
        archives=tuple(archives),
        providers=tuple(provider or ()),
        sysroot=sysroot,
        target=target,
        on_demand=on_demand,
        needed_by=tuple(needed_by or ()),
        roots=tuple(root or ()),
        jobs=jobs,
        static=static,
    )


class ReportFormat(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
