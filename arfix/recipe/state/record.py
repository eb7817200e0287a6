"""What was done to each archive: the lock beside the recipe, and the state below the sysroot.

The lock `arfix.lock` belongs to the project and is kept in its version control: input, steps and output of each
archive by hash, and for each member that went, came or changed its hash and origin. The state belongs to one sysroot
and has the same records. Both are JSON with sorted keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from arfix.archive.confined import OutsideError, split_inside
from arfix.errors import RecipeError, Where
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK_VERSION = 1
STATE_VERSION = 2

#: No lock or state that arfix writes is longer; bytes.
LONGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One member that a step removed, added or changed.

    Attributes:
        action: `removed`, `added` or `changed`.
        member: Its name.
        sha256: The hash of its bytes; of a changed member, those after.
        origin: Where an added member comes from; empty for others.
        was: The hash of a changed member's bytes before; empty for others.
    """

    action: str
    member: str
    sha256: str
    origin: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step as it was taken.

    Attributes:
        action: As the recipe has it.
        reason: As the recipe gives it.
        members: What it did to members, in the archive's order.
        reindexed: Whether it built the symbol index anew.
    """

    action: str
    reason: str
    members: tuple[MemberRecord, ...] = ()
    reindexed: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """One archive: from which bytes, by which steps, to which bytes. Hashes are SHA-256; `input` is empty for stubs."""

    input: str
    output: str
    steps: tuple[StepRecord, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """The steps as the recipe has them."""
        return tuple(step.action for step in self.steps)


@dataclass(frozen=True, slots=True)
class StateEntry:
    """What the state of a sysroot knows of one file.

    Attributes:
        record: What was done to it.
        also: Other names of the same file, from the sysroot on.
    """

    record: ArchiveRecord
    also: tuple[str, ...] = ()


def encode_lock(records: Mapping[str, ArchiveRecord], old: str | None) -> str:
    """Return the text of the lock; the old text where it records the same: a new arfix alone changes nothing."""
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
    """Return the records of a lock; raises `RecipeError` for anything else."""
    document = _parse(text, path, LOCK_VERSION)
    return {name: _record(value, path) for name, value in _table(document.get("archives"), path).items()}


@dataclass(frozen=True, slots=True)
class StateDocument:
    """What a state file says.

    Attributes:
        known: By name, what was done to each file.
        anchor: The time at which the lock beside it was made, if it was written there; empty where it gives none.
    """

    known: Mapping[str, StateEntry]
    anchor: str = ""


def encode_state(known: Mapping[str, StateEntry], anchor: str) -> bytes:
    """Return the bytes of a state file."""
    files = {name: {**_describe(one.record), "also": list(one.also)} for name, one in sorted(known.items())}
    document = {"version": STATE_VERSION, "anchor": anchor, "files": files}
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def decode_state(text: str, path: str) -> StateDocument:
    """Return what a state file says; raises `RecipeError` for anything else."""
    document = _parse(text, path, 1, STATE_VERSION)  # before 2 there was no anchor
    known = {name: _known(value, path) for name, value in _table(document.get("files"), path).items()}
    for name, one in known.items():
        for inside in (name, *one.also):
            try:
                split_inside(inside)
            except OutsideError as error:
                raise RecipeError(error.message, where=Where(path), hint=_HINT) from None
    return StateDocument(known, _text(document, "anchor", path) if "anchor" in document else "")


def _known(value: object, path: str) -> StateEntry:
    table = _table(value, path)
    also = table.get("also")
    if not isinstance(also, list) or not all(isinstance(one, str) for one in also):
        raise _damaged(path, "also")
    return StateEntry(_record(value, path), tuple(also))


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
    described = {one.action: one.member, "sha256": one.sha256}
    if one.origin:
        described["from"] = one.origin
    if one.was:
        described["was"] = one.was
    return described


def _parse(text: str, path: str, *versions: int) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise RecipeError(f"not JSON: {reason}", where=Where(path), hint=_HINT) from None
    table = _table(document, path)
    if table.get("version") not in versions:
        said = f"version {table.get('version')!r}, expected {versions[-1]}"
        raise RecipeError(said, where=Where(path), hint=_HINT)
    return table


_HINT = "Remove the file, and `arfix apply` makes it anew."
_ACTIONS = ("removed", "added", "changed")


def _record(value: object, path: str) -> ArchiveRecord:
    table = _table(value, path)
    steps = table.get("steps")
    if not isinstance(steps, list):
        raise _damaged(path, "steps")
    return ArchiveRecord(
        _text(table, "input", path), _text(table, "output", path), tuple(_step(one, path) for one in steps)
    )


def _step(value: object, path: str) -> StepRecord:
    table = _table(value, path)
    members = table.get("members")
    if not isinstance(members, list):
        raise _damaged(path, "members")
    done = tuple(_member(_table(one, path), path) for one in members)
    return StepRecord(_text(table, "do", path), _text(table, "reason", path), done, table.get("reindexed") is True)


def _member(table: Mapping[str, object], path: str) -> MemberRecord:
    action = next((one for one in _ACTIONS if one in table), None)
    if action is None:
        raise _damaged(path, "members")
    origin, was = table.get("from", ""), table.get("was", "")
    return MemberRecord(action, _text(table, action, path), _text(table, "sha256", path), str(origin), str(was))


def _table(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _damaged(path, "a table")
    return cast("dict[str, object]", value)


def _text(table: Mapping[str, object], key: str, path: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise _damaged(path, key)
    return value


def _damaged(path: str, what: str) -> RecipeError:
    return RecipeError(f"{what} is not what arfix wrote there", where=Where(path), hint=_HINT)
