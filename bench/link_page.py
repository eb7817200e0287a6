"""Writes docs/link-lines.md from the records of `make link-lines`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HEAD = """\
# Link commands of real builds

Written by `make link-lines`; do not edit by hand.

Debian source packages are built with their own build systems, and every command that links is recorded. Each distinct
command is then tried with GNU ld and with lld, as it was recorded and broken on purpose. For each trial, what arfix
expects of the command is compared with what the linker does: the members that enter, the symbol and the file for which
each enters (GNU ld's `-Map`, lld's `--why-extract`), undefined symbols, symbols defined twice, and whether the link is
refused.
"""


def render_page(records: Mapping[str, Any]) -> str:
    """Return the page."""
    return "\n".join(_lines(records)) + "\n"


def _lines(records: Mapping[str, Any]) -> Iterator[str]:
    yield HEAD
    every = list(records.values())
    members, undefined, duplicates, failed = (
        sum(one[key] for one in every) for key in ("members", "undefined", "duplicates", "failed")
    )
    total, agree = _counted(every)
    yield (
        f"{len(every)} packages gave {sum(one['lines'] for one in every)} distinct commands and {total:,} trials,\n"
        f"of which {agree:,} agree. In the trials {members:,} members enter, {undefined:,} symbols are undefined and\n"
        f"{duplicates:,} are defined twice; {failed:,} links fail.\n"
    )
    yield "## By build system\n"
    yield from _table("build system", _by(every, "system"))
    yield "\n## By language\n"
    yield from _table("language", _by(every, "language"))
    yield "\n## By change\n"
    yield "| command | GNU ld: trials | agree | lld: trials | agree |\n|---|---:|---:|---:|---:|"
    kinds = dict.fromkeys(kind for one in every for _, kind, _, _ in one["trials"])
    for kind in sorted(kinds, key=lambda one: (one != "as recorded", one)):
        numbers = [str(number) for linker in ("bfd", "lld") for number in _counted(every, linker, kind)]
        yield f"| {kind} | {' | '.join(numbers)} |"
    yield "\n## By package\n"
    yield "| package | version | build system | language | commands | trials | agree |"
    yield "|---|---|---|---|---:|---:|---:|"
    for name, one in sorted(records.items()):
        total, agree = _counted([one])
        cells = (name, one["version"], one["system"], one["language"], one["lines"], total, agree)
        yield f"| {' | '.join(map(str, cells))} |"
    differing = [f"- {name}: {text}" for name, one in sorted(records.items()) for text in one["differences"]]
    yield "\n## Differences\n"
    yield "\n".join(differing) if differing else "None."


def _by(every: Iterable[Any], key: str) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for one in every:
        groups[one[key]].append(one)
    return dict(sorted(groups.items()))


def _table(heading: str, groups: Mapping[str, list[Any]]) -> Iterator[str]:
    yield f"| {heading} | packages | commands | GNU ld: trials | agree | lld: trials | agree |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, group in groups.items():
        cells = [str(number) for linker in ("bfd", "lld") for number in _counted(group, linker)]
        yield f"| {name} | {len(group)} | {sum(one['lines'] for one in group)} | {' | '.join(cells)} |"


def _counted(group: Iterable[Any], linker: str | None = None, kind: str | None = None) -> tuple[int, int]:
    """Return how many trials there were, and how many agree."""
    found = [
        (number, agrees)
        for one in group
        for with_linker, of_kind, agrees, number in one["trials"]
        if linker in (None, with_linker) and kind in (None, of_kind)
    ]
    return sum(number for number, _ in found), sum(number for number, agrees in found if agrees)
