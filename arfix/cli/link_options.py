"""Arguments and options that describe a link: those of check, verify, fix and why."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import open_archive, open_source
from arfix.audit.settings import Settings
from arfix.cli.complete import complete_symbols
from arfix.cli.exit_codes import UsageError
from arfix.errors import ArfixError, Where
from arfix.formats.inspect import inspect_object
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Target
from arfix.linkage.toolchain import find_toolchain
from arfix.linkline.driver import complete
from arfix.linkline.inputs import archives_of
from arfix.linkline.read import read_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.cli.finding_options import FindingPolicy
    from arfix.formats.model import Machine
    from arfix.linkline.model import LinkCommand

#: The value of --sysroot that means the toolchain of this machine.
AUTO = "auto"
_HELP = "arfix check --help"

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
TargetOption = Annotated[Target, typer.Option("--target", help="The kind of output.")]
CommandTargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="The kind of output, or that of the command.", show_default="exe"),
]
OnDemandOption = Annotated[
    bool, typer.Option("--on-demand", help="Link only the members that are needed, instead of all (--whole-archive).")
]


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

    def settings(
        self,
        archives: Sequence[str],
        *,
        target: Target | None = None,
        on_demand: bool = False,
        policy: FindingPolicy | None = None,
        jobs: int = 1,
        words: Sequence[str] = (),
    ) -> Settings:
        """Return the link of these archives, or of the command that `words` are, which `archives` then end with.

        This machine's compiler names the platform where the sysroot is `auto`.
        """
        sysroot, folders = self.sysroot, None
        command = None
        if words:
            if len(archives) > len(words) or on_demand:
                raise UsageError("a link command names its archives and how they are linked itself", hint=_HELP)
            command = link_command(words, None if self.sysroot == AUTO else self.sysroot)
            command = command if target is None else replace(command, target=target)
            archives, target = archives_of(command) or (command.tool.program,), command.target
            sysroot = None
        elif sysroot == AUTO:
            platform = find_toolchain(_machine_of(archives))
            sysroot, folders = platform.root, platform.only
        return Settings(
            archives=tuple(archives),
            providers=tuple(self.provider or ()),
            sysroot=sysroot,
            target=target or Target.EXECUTABLE,
            on_demand=on_demand,
            needed_by=tuple(self.needed_by or ()),
            roots=tuple(self.root or ()),
            enabled=policy.enabled if policy else (),
            rule_values=policy.rule_values if policy else (),
            jobs=jobs,
            static=self.static,
            folders=folders,
            command=command,
        )


def link_command(words: Sequence[str], sysroot: str | None = None) -> LinkCommand:
    """Return the link command that the words are, with what its driver adds; see `complete` for `sysroot`.

    Raises:
        UsageError: It compiles or prints only.
        ArfixError: It cannot be read, or the driver refuses it.
    """
    command = read_command(words)
    if not command.links:
        raise UsageError("this command does not link", hint="Give the command that makes the program or library.")
    return complete(command, sysroot, _machine_of(archives_of(command)))


def _machine_of(archives: Sequence[str]) -> Machine | None:
    """Return the machine of the first archive or object that can be read and has one; None without any."""
    for path in archives:
        try:
            if path.endswith((".o", ".obj")):
                with closing(open_source(path)) as source:
                    machine = inspect_object(source.view).machine
                if machine is not None:
                    return machine
                continue
            with open_archive(path) as archive:
                units = archive_input(archive, Where(path)).units
                machine = next((unit.machine for unit in units if unit.machine is not None), None)
        except ArfixError:
            continue
        if machine is not None:
            return machine
    return None
