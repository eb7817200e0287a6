"""What the options of check, why, verify and fix ask for, as values: nothing here knows typer."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from arfix.audit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.formats.model import Machine
    from arfix.linkage.model import Target


#: The sysroot that stands for this machine's own toolchain.
AUTO = "auto"


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
    """Return what the options ask for; the sysroot `auto` is asked of this machine's compiler."""
    folders: tuple[str, ...] | None = None
    if sysroot == AUTO:
        from arfix.linkage.toolchain import find_toolchain  # noqa: PLC0415 (starts a program)

        platform = find_toolchain(_machine_of(archives))
        sysroot, folders = platform.root, platform.only
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
        folders=folders,
    )


def _machine_of(archives: Sequence[str]) -> Machine | None:
    """Return the machine of the first archive that can be read and has one; None without any."""
    from arfix.archive.files import open_archive  # noqa: PLC0415 (only for `auto`)
    from arfix.errors import ArfixError, Where  # noqa: PLC0415
    from arfix.linkage.inputs import archive_input  # noqa: PLC0415

    for path in archives:
        try:
            with open_archive(path) as archive:
                units = archive_input(archive, Where(path)).units
                machine = next((unit.machine for unit in units if unit.machine is not None), None)
        except ArfixError:
            continue
        if machine is not None:
            return machine
    return None


class ReportFormat(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
