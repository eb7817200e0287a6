"""Can the symbol index be carried over an edit as it stands? `arfix/edits/index.py` rebuilds it where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.model import NO_MEMBER
from arfix.errors import ArfixError
from arfix.objects.format import ELF_MAGIC
from arfix.objects.model import OBJECT_CONTENTS, Content

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Member

#: Objects that nothing here reads: code of AIX, and MSVC's for whole-program optimisation.
WITHOUT_READER = frozenset({Content.XCOFF, Content.COFF_ANONYMOUS})
#: What a missing index is called, in `Reindex.reason` and by `--check`.
MISSING = "there is no index"


def index_trouble(archive: Archive) -> str:
    """Return why the index cannot be carried over an edit (it is missing, or provably wrong); empty when it can.

    An archive without any object has no index and needs none.
    """
    index = archive.index
    if index is None:
        return MISSING if any(is_object(member) for member in archive.members) else ""
    astray = index.members.count(NO_MEMBER)
    if astray:
        return f"{astray} of {len(index)} index entries point at no member"
    return ""


def is_object(member: Member) -> bool:
    """Tell whether the member is object code, which is what makes GNU ar write an index at all."""
    from arfix.objects.identify import identify  # noqa: PLC0415 (ELF objects are told by their magic alone)

    try:
        view = member.data
    except ArfixError:
        return False
    return bytes(view[:4]) == ELF_MAGIC or identify(view) in OBJECT_CONTENTS
