"""The options that say what a link is, shared by check, why and verify."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from arfix.audit.settings import Settings
from arfix.linkage.model import Target

ArchivesArgument = Annotated[
    list[str], typer.Argument(help="Archives under test, in command-line order.", metavar="ARCHIVE...")
]
ProviderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        metavar="PATH",
        help="What the platform has: an archive, shared object, executable, linker script or list of names.",
    ),
]
SysrootOption = Annotated[
    str | None,
    typer.Option("--sysroot", metavar="DIR", help="Every library in DIR/lib and DIR/usr/lib is a provider."),
]
TargetOption = Annotated[Target, typer.Option("--target", help="What the link makes.")]
OnDemandOption = Annotated[
    bool, typer.Option("--on-demand", help="Read the archives on demand, not whole (--whole-archive).")
]
NeededByOption = Annotated[
    list[str] | None,
    typer.Option("--needed-by", metavar="FILE.so", help="A module that takes its symbols from the output."),
]
RootOption = Annotated[
    list[str] | None, typer.Option("--root", "-u", metavar="SYMBOL", help="A symbol wanted from the start.")
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes to use; 0: as many as processors.")]


class FailOn(Enum):
    """From which severity on a command exits 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def make_settings(  # noqa: PLR0917 (in the order of the options)
    archives: list[str],
    provider: list[str] | None,
    sysroot: str | None,
    target: Target,
    on_demand: bool,
    needed_by: list[str] | None,
    root: list[str] | None,
    jobs: int = 1,
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
    )
