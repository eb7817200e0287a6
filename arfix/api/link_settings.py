"""The description of a link, as functions and verbs take it, and the settings that are made of it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from arfix.api.policy import Policy
from arfix.archive.files import open_archive, open_source
from arfix.arguments import choice_given, command_given, path_given, paths_given, words_given, wrong_argument
from arfix.audit.settings import Settings
from arfix.errors import ArfixError, UsageError, Where
from arfix.formats.inspect import inspect_object
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Target
from arfix.linkage.toolchain import find_toolchain
from arfix.linkline.driver import complete
from arfix.linkline.inputs import archives_of
from arfix.linkline.read import read_command

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from arfix.formats.model import Machine
    from arfix.linkline.model import LinkCommand

    AnyPath = str | os.PathLike[str]

#: The sysroot that means the toolchain of this machine.
AUTO = "auto"


def link_settings(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath],
    *,
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    target: Target | None = None,
    on_demand: bool = False,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
    policy: Policy | None = None,
    jobs: int = 1,
) -> Settings:
    """Return the settings of a check of these archives, or of the link that `command` makes.

    This machine's compiler names the platform where the sysroot is `auto`.

    Raises:
        UsageError: Archives and a command are given, or neither, or the command does not link.
        ArfixError: The command cannot be read, or its driver refuses it.
    """
    named = paths_given(archives, "archives")
    command = command_given(command)
    platform = None if sysroot is None else path_given(sysroot, "sysroot")
    if target is not None:
        choice_given(target, Target, "target")
    if policy is not None and not isinstance(policy, Policy):
        raise wrong_argument("policy", policy, "an arfix.Policy", 'arfix.Policy.of(ignore=["malformed"]) makes one')
    folders, link = None, None
    if command:
        if named or on_demand:
            raise UsageError(
                "a link command names its archives and how they are linked itself", hint="arfix check --help"
            )
        link = link_command(command, None if platform == AUTO else platform)
        link = link if target is None else link._replace(target=target)
        named, target, platform = archives_of(link) or (link.tool.program,), link.target, None
    elif not named:
        raise UsageError("no archive is named", hint="Name the archives to link, or a link command.")
    elif platform == AUTO:
        found = find_toolchain(_machine_of(named))
        platform, folders = found.root, found.only
    return Settings(
        archives=named,
        providers=paths_given(providers, "providers"),
        sysroot=platform,
        target=target or Target.EXECUTABLE,
        on_demand=on_demand,
        needed_by=paths_given(needed_by, "needed_by"),
        roots=words_given(roots, "roots"),
        enabled=policy.enabled if policy else (),
        rule_values=policy.rule_values if policy else (),
        jobs=jobs,
        static=static,
        folders=folders,
        command=link,
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
    return complete(command, sysroot, lambda: _machine_of(archives_of(command)))


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
