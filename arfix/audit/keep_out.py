"""Suggestions of `arfix why`: edits that keep a member out of a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.edits.requests import Strip, StubArchive, command_of, shell_line
from arfix.linkage.why import ChainBreakKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.edits.requests import Suggestion
    from arfix.linkage.why import UnitAnswer

#: The archive of stubs that a suggestion makes.
_STUB_ARCHIVE = "stubs.a"


class KeepOut(NamedTuple):
    """One change after which the member is no longer in the link.

    Attributes:
        archive: Path of the archive to edit, or to make stubs like.
        request: The change.
    """

    archive: str
    request: Suggestion

    def __str__(self) -> str:
        """Return the command quoted for a POSIX shell, ready to paste."""
        return shell_line(command_of(self.request, self.archive))


def ways_to_keep_out(context: Context, answer: UnitAnswer) -> Iterator[KeepOut]:
    """Yield the changes that each keep the unit out of the link, the most direct first.

    An object file of its own cannot be removed from an archive, so it gets no suggestion.
    """
    for cut in answer.cuts:
        match cut.kind:
            case ChainBreakKind.REMOVE:
                if cut.unit is not None and context.member(cut.unit) is not None:
                    yield KeepOut(context.path(cut.unit), Strip((context.selector(cut.unit),)))
            case ChainBreakKind.STUB:
                yield KeepOut(context.path(answer.unit), StubArchive((cut.symbol or "",), _STUB_ARCHIVE))
            case _:
                assert_never(cut.kind)
