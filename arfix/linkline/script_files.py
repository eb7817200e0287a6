"""Opens the files that options of a link command name: scripts for the layout, version scripts and dynamic lists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from arfix.archive.files import open_source
from arfix.archive.paths import is_file
from arfix.errors import ArfixError, FormatError
from arfix.linkage.layout_script import LayoutScript, read_layout_script
from arfix.linkage.version_script import Pattern, VersionScript, joined, read_version_script
from arfix.linkline.libraries import search_folders
from arfix.linkline.tool import Flavour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.linkline.model import LinkCommand

#: No script is longer; bytes.
_LONGEST: Final = 1 << 20


def with_scripts(command: LinkCommand) -> LinkCommand:
    """Return the command with what the scripts say that its options name; those that cannot be read are noted."""
    layouts: list[LayoutScript] = []
    versions: list[VersionScript] = []
    lists: list[VersionScript] = []
    unread: list[str] = []
    for name in command.scripts:
        data = _contents(name, command, search_folders(command))
        script = None if data is None else read_layout_script(data)
        if script is not None:
            layouts.append(script)
        if script is None or script.has_files:
            unread.append(f"-T {name}")
    for option, names, found in (
        ("--version-script", command.version_scripts, versions),
        ("--dynamic-list", command.dynamic_lists, lists),
    ):
        for name in names:
            version = _version_script(name, command)
            if version is None:
                unread.append(f"{option}={name}")
            else:
                found.append(version)
    of_lists = [("-exported_symbols_list ", name) for name in command.darwin.export_lists]
    of_definitions = [("/def:", name) for name in command.windows.definition_files]
    for option, name in (*of_lists, *of_definitions):
        if _contents(name, command, ()) is None:
            unread.append(f"{option}{name}")
    if command.exported and command.tool.flavour in (Flavour.GNU, Flavour.WASM):
        lists.append(VersionScript((), tuple(map(Pattern, command.exported))))
    return command._replace(
        layouts=tuple(layouts),
        versions=joined(versions) if versions else None,
        dynamic_list=joined(lists) if lists else None,
        unread=tuple(unread),
    )


def _version_script(name: str, command: LinkCommand) -> VersionScript | None:
    """Return a version script or a dynamic list; None if it cannot be read."""
    data = _contents(name, command, ())
    try:
        return None if data is None else read_version_script(data)
    except FormatError:
        return None


def _contents(name: str, command: LinkCommand, folders: Iterable[str]) -> bytes | None:
    """Return the bytes of a script, which is looked for where the command runs and then in the folders."""
    paths = (os.path.join(folder, name) for folder in (command.folder, *folders))  # noqa: PTH118
    path = next((path for path in paths if is_file(path)), None)
    if path is None:
        return None
    try:
        source = open_source(path)
    except ArfixError:
        return None
    try:
        return bytes(source.view) if source.view.nbytes <= _LONGEST else None
    finally:
        source.close()
