"""The options that say what a link is and how findings count, as typer wants them declared.

A verb whose start matters imports these for the type checker alone (`arfix/cli/group.py` looks them up).
"""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.cli.link_request import FailOn, ReportFormat
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
    typer.Option(
        "--sysroot", metavar="DIR", help="The platform: every library below DIR is a provider. `auto`: this machine's."
    ),
]
StaticOption = Annotated[
    bool,
    typer.Option("--static/--dynamic", help="Take only archives of the sysroot, or shared objects first as gcc does."),
]
TargetOption = Annotated[Target, typer.Option("--target", help="What the link makes.")]
TargetsOption = Annotated[
    Target | None,
    typer.Option(
        "--target",
        help="What the link makes. Without it an executable is, and one line says where pie and shared differ.",
        show_default="exe",
    ),
]
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

FailOnOption = Annotated[
    FailOn | None, typer.Option("--fail-on", help="Exit 1 from this severity on.", show_default="error")
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="RULE[:PATTERN]", help="Set findings aside; PATTERN is tried on each place."),
]
EnableOption = Annotated[
    list[str] | None,
    typer.Option("--enable", metavar="RULE", help="Run a rule that is off by default (build-paths)."),
]
BaselineOption = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="Set aside the findings this file knows.")
]
WriteBaselineOption = Annotated[
    str | None, typer.Option("--write-baseline", metavar="FILE", help="Write what was found as a baseline; exit 0.")
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Read [check] from this file.", show_default="arfix.toml, if any"),
]
FormatOption = Annotated[ReportFormat, typer.Option("--format", help="How to write findings; json is --json.")]
AllOption = Annotated[bool, typer.Option("--all", "-a", help="Show every finding, info too.")]
