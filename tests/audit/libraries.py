"""Archives under test, made in memory from literal members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.audit.checked_library import CheckedLibrary
from arfix.audit.checked_library import checked_library as make_library
from arfix.audit.registry import load_rule
from arfix.audit.rule import ArchiveRule
from arfix.audit.settings import Settings
from tests.ar_builder import ar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.audit.finding import Finding


def library(
    *members: tuple[str, bytes],
    index: tuple[tuple[str, int], ...] | None = None,
    settings: Settings | None = None,
    path: str = "libx.a",
    attributes: Mapping[str, int] | None = None,
) -> CheckedLibrary:
    """Return an open archive called `libx.a` with these members."""
    return library_of(ar(*members, index=index, **(attributes or {})), settings=settings, path=path)


def library_of(data: bytes, *, settings: Settings | None = None, path: str = "libx.a") -> CheckedLibrary:
    """Return an open archive with these bytes."""
    return make_library(path, read(data), settings or Settings((path,)))


def findings(rule: str, subject: CheckedLibrary) -> list[Finding]:
    """Return what an archive rule finds in one archive."""
    loaded = load_rule(rule)
    assert isinstance(loaded, ArchiveRule)
    return list(loaded.check(subject))


def fixes(found: list[Finding]) -> list[str | None]:
    """Return the commands of findings as a person would paste them."""
    return [None if one.fix is None else str(one.fix) for one in found]
