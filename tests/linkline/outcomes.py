"""What a link line does, in a few words."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from arfix.linkage.resolve import resolve
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.read import read_command
from arfix.linkline.script_files import with_scripts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def outcome_of(line: Sequence[str], folder: Path) -> str:
    """Return the members that enter, `?` and what is undefined, `2` and what is defined twice, `!` for errors."""
    command = with_scripts(read_command(line, str(folder)))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        result = resolve(link_of(command, opened.files, stack), command.tool.linker)
        members = [result.units[one.unit] for one in result.entered]
        words = [one.name for one in members if one.where.members]
        words += [f"?{name}" for name in result.errors] + [f"2{name}" for name in result.clashes]
        return " ".join(words + ["!"] * len(opened.errors))
