"""Libraries to look for in images."""

from __future__ import annotations

from arfix.errors import Where
from arfix.image.embedded import SearchedLibrary
from arfix.linkage.model import Unit


def library(path: str, **members: bytes) -> SearchedLibrary:
    """Return a library of members, `a=...` being `a.o`."""

    def unit(number: int, name: str, data: bytes) -> Unit:
        return Unit(Where(path).inside(f"{name}.o"), number, lambda: memoryview(data))

    return SearchedLibrary(path, tuple(unit(number, name, data) for number, (name, data) in enumerate(members.items())))
