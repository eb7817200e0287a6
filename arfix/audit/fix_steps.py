"""The command that a finding names, done in memory: words to a plan for an archive that may already be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.files import opener_beside
from arfix.edits.flatten import Choice, plan_flatten
from arfix.edits.index import plan_index
from arfix.edits.nested import outermost
from arfix.edits.strip import plan_strip
from arfix.edits.symbols import Change, SymbolRequest, plan_symbols
from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan
    from arfix.edits.platform import Platform


def plan_command(archive: Archive, words: Sequence[str], platform: Platform | None) -> Plan:
    """Return what the command line `arfix VERB ARCHIVE WORDS...` does to `archive`.

    Args:
        archive: The archive that the command names, perhaps edited already.
        words: The command line of a finding's fix.
        platform: What the platform provides, for `flatten`; None when nobody said.

    Raises:
        EditError: The edit does not hold (any longer).
        UnsupportedError: A finding names a command that cannot be done in memory.
    """
    verb, rest = words[1], list(words[2:])
    match verb:
        case "strip":
            return plan_strip(archive, rest[1:])
        case "index":
            return plan_index(archive)[0]
        case "flatten":
            return _flatten(archive, rest, platform)
        case "symbols":
            return _symbols(archive, rest[1:])
        case "stub":
            return _stub(archive, rest)
        case _:
            raise UnsupportedError(f"`arfix {verb}` is no step of a repair")


def archive_of(words: Sequence[str]) -> str:
    """Return the path of the archive that a command edits."""
    return words[words.index("--into") + 1] if words[1] == "stub" else words[2]


def _flatten(archive: Archive, rest: list[str], platform: Platform | None) -> Plan:
    path = rest[0]
    around = outermost(archive, opener_beside(path))
    if "--drop" in rest:
        return plan_flatten(around, Choice.DROP, None)
    return plan_flatten(around, None, platform)


def _symbols(archive: Archive, rest: list[str]) -> Plan:
    """Make symbols local, in all members or in one."""
    members: tuple[str, ...] = ()
    if "--member" in rest:
        at = rest.index("--member")
        members = (rest[at + 1],)
        del rest[at : at + 2]
    names = tuple(word for word in rest if not word.startswith("--"))
    return plan_symbols(archive, SymbolRequest(Change.LOCALIZE, names, members=members))


def _stub(archive: Archive, rest: list[str]) -> Plan:
    """Add stub members for the symbols, like the archive's own objects."""
    from arfix.edits.stub import parse_request, plan_stub, target_of_archive  # noqa: PLC0415 (machine tables)
    from arfix.objects.stub.build import Options  # noqa: PLC0415 (the same)

    stubs = [parse_request(word).stub for word in rest[: rest.index("--like")]]
    return plan_stub(archive, target_of_archive(archive), stubs, Options())
