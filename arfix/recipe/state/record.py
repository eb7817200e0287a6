"""Records of what was done to each archive, and their JSON: the lock file and the state file have the same records.

The lock file `arfix.lock` belongs to the project and its version control; the state file belongs to one sysroot. Both
give input and output of each archive by hash, its steps, and the hash and origin of each member that a step removed,
added or changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.archive.confined import OutsideError, split_inside
from arfix.documents.table import parse_json
from arfix.errors import RecipeError, Where
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.documents.table import Table

LOCK_VERSION = 1
STATE_VERSION = 2

#: The largest lock or state file that arfix reads or writes, in bytes.
LONGEST = 64 << 20

_HINT = "Remove the file; `arfix apply` creates it again."
_ACTIONS = ("removed", "added", "changed")


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One member that a step removed, added or changed.

    Attributes:
        action: `removed`, `added` or `changed`.
        member: The member's name.
        sha256: The hash of its bytes; for a changed member, of the new bytes.
        origin: Where an added member comes from; empty for others.
        was: The hash of a changed member's old bytes; empty for others.
    """

    action: str
    member: str
    sha256: str
    origin: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step that was run.

    Attributes:
        action: The step in the words of the recipe.
        reason: The recipe's reason.
        members: What the step did to members, in the archive's order.
        reindexed: The step rebuilt the symbol index.
    """

    action: str
    reason: str
    members: tuple[MemberRecord, ...] = ()
    reindexed: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """One archive: the SHA-256 before all steps and after, and the steps. `input` is empty for archives of stubs."""

    input: str
    output: str
    steps: tuple[StepRecord, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """The steps in the words of the recipe."""
        return tuple(step.action for step in self.steps)


@dataclass(frozen=True, slots=True)
class StateEntry:
    """What the state file has of one archive.

    Attributes:
        record: What was done to it.
        hard_links: Other names of the same file, relative to the sysroot.
    """

    record: ArchiveRecord
    hard_links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateDocument:
    """A state file.

    Attributes:
        known: The archives, by name.
        anchor: When the lock beside the state file was made, if both were written there; empty if it is not recorded.
    """

    known: Mapping[str, StateEntry]
    anchor: str = ""


def encode_lock(records: Mapping[str, ArchiveRecord], old: str | None) -> str:
    """Return the text of a lock file; the old text if it has the same records, whichever version wrote it."""
    archives = {name: _describe(records[name]) for name in sorted(records)}
    if old is not None:
        try:
            if json.loads(old).get("archives") == archives:
                return old
        except (ValueError, AttributeError, RecursionError):
            pass
    document = {"version": LOCK_VERSION, "tool": f"arfix {__version__}", "archives": archives}
    return json.dumps(document, indent=1) + "\n"


def decode_lock(text: str, path: str) -> dict[str, ArchiveRecord]:
    """Return the records of a lock file, by archive; raises `RecipeError` for anything else."""
    return {name: _record(one) for name, one in _parse(text, path, LOCK_VERSION).named_tables("archives").items()}


def encode_state(known: Mapping[str, StateEntry], anchor: str) -> bytes:
    """Return the bytes of a state file."""
    files = {name: {**_describe(one.record), "also": list(one.hard_links)} for name, one in sorted(known.items())}
    document = {"version": STATE_VERSION, "anchor": anchor, "files": files}
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def decode_state(text: str, path: str) -> StateDocument:
    """Return the content of a state file; raises `RecipeError` for anything else, and for names outside the sysroot."""
    document = _parse(text, path, 1, STATE_VERSION)  # version 1 has no anchor
    known = {
        name: StateEntry(_record(one), one.strings("also")) for name, one in document.named_tables("files").items()
    }
    for name, entry in known.items():
        for inside in (name, *entry.hard_links):
            try:
                split_inside(inside)
            except OutsideError as error:
                raise RecipeError(error.message, where=Where(path), hint=_HINT) from None
    return StateDocument(known, document.string("anchor", ""))


def _parse(text: str, path: str, *versions: int) -> Table:
    document = parse_json(text, path, _HINT)
    if document.values.get("version") not in versions:
        raise document.error(None, f"version {document.values.get('version')!r}, expected {versions[-1]}")
    return document


def _describe(record: ArchiveRecord) -> dict[str, object]:
    return {
        "input": record.input,
        "output": record.output,
        "steps": [
            {
                "do": step.action,
                "reason": step.reason,
                "members": [_describe_member(one) for one in step.members],
                "reindexed": step.reindexed,
            }
            for step in record.steps
        ],
    }


def _describe_member(one: MemberRecord) -> dict[str, str]:
    optional = {"from": one.origin, "was": one.was}
    return {one.action: one.member, "sha256": one.sha256} | {key: text for key, text in optional.items() if text}


def _record(table: Table) -> ArchiveRecord:
    steps = tuple(_step(one) for one in table.tables("steps", required=True))
    return ArchiveRecord(table.string("input"), table.string("output"), steps)


def _step(table: Table) -> StepRecord:
    members = tuple(_member(one) for one in table.tables("members", required=True))
    return StepRecord(table.string("do"), table.string("reason"), members, table.flag("reindexed"))


def _member(table: Table) -> MemberRecord:
    action = next((one for one in _ACTIONS if one in table), None)
    if action is None:
        raise table.error(None, f"a member has none of {', '.join(_ACTIONS)}")
    sha256, origin, was = table.string("sha256"), table.string("from", ""), table.string("was", "")
    return MemberRecord(action, table.string(action), sha256, origin, was)
