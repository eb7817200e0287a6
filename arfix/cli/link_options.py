"""Arguments and options that describe a link: those of check, verify, fix and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from arfix.cli.complete import complete_symbols
from arfix.cli.exit_codes import UsageError
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

ArchivesArgument = Annotated[
    list[str],
    typer.Argument(
        help="The archives to link, in command-line order; or `--` and the command that links, as the build prints it.",
        metavar="ARCHIVE...|-- COMMAND...",
    ),
]
ProviderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        metavar="PATH",
        help="A part of the platform: an archive, shared object, executable, linker script or list of symbols.",
    ),
]
CommandTargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="The kind of output, or that of the command.", show_default="exe"),
]
OnDemandOption = Annotated[
    bool, typer.Option("--on-demand", help="Link only the members that are needed, instead of all (--whole-archive).")
]


class LinkArguments(TypedDict):
    """The arguments that describe a link."""

    archives: tuple[str, ...]
    command: tuple[str, ...]
    providers: tuple[str, ...]
    sysroot: str | None
    static: bool
    needed_by: tuple[str, ...]
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    """Options that describe the link around the archives; each field is an option of every verb that takes them."""

    provider: ProviderOption = None
    sysroot: Annotated[
        str | None,
        typer.Option(
            "--sysroot",
            metavar="DIR",
            help="The platform: every library below DIR is a provider. `auto` is this machine's own.",
        ),
    ] = None
    static: Annotated[
        bool,
        typer.Option(
            "--static/--dynamic", help="Take only archives from the sysroot, or prefer shared objects as gcc does."
        ),
    ] = False
    needed_by: Annotated[
        list[str] | None,
        typer.Option("--needed-by", metavar="FILE.so", help="A module that gets symbols from the output."),
    ] = None
    root: Annotated[
        list[str] | None,
        typer.Option(
            "--root",
            "-u",
            metavar="SYMBOL",
            autocompletion=complete_symbols,
            help="A symbol that the link must contain.",
        ),
    ] = None

    def arguments(self, archives: Sequence[str], words: Sequence[str]) -> LinkArguments:
        """Return the arguments of `arfix.check` and its like; `archives` end with the link command `words`.

        Raises:
            UsageError: Archives are named beside a link command.
        """
        if len(archives) > len(words) > 0:
            raise UsageError(
                "a link command names its archives and how they are linked itself", hint="arfix check --help"
            )
        return {
            "archives": () if words else tuple(archives),
            "command": tuple(words),
            "providers": tuple(self.provider or ()),
            "sysroot": self.sysroot,
            "static": self.static,
            "needed_by": tuple(self.needed_by or ()),
            "roots": tuple(self.root or ()),
        }
