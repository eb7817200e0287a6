"""Modules, as a loader sees them, from the names that they need and export."""

from __future__ import annotations

from arfix.linkage.exports import DynamicReference, Module


def module(path: str, *needs: DynamicReference | str, exports: tuple[str, ...] = (), closed: tuple[str, ...] = (),
           libraries: tuple[str, ...] = ()) -> Module:  # fmt: skip
    """Return a module; an export is `name` or `name@VERSION`."""
    versions: dict[str, set[str | None]] = {}
    for word in exports:
        name, _, version = word.partition("@")
        versions.setdefault(name, set()).add(version or None)
    return Module(
        path,
        tuple(DynamicReference(need) if isinstance(need, str) else need for need in needs),
        {name: frozenset(found) for name, found in versions.items()},
        frozenset(closed),
        libraries,
    )
