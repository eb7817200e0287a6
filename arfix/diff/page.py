"""The report of a comparison of two archives as an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.diff.difference import ChangeKind
from arfix.diff.text import explain_member, explain_symbol, member_of, summarize
from arfix.report.html.model import (
    PLAIN,
    CellKind,
    Column,
    Comparison,
    Map,
    Mark,
    Report,
    Row,
    Table,
    Tile,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.html.pages import subject_of
from arfix.report.text import human_size
from arfix.symbols.demangled import demangle
from arfix.symbols.member_label import label_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.archive.model import Archive
    from arfix.diff.difference import MemberChange, SymbolChange
    from arfix.diff.text import Compared

_TONES = {
    ChangeKind.ADDED: Tone.GOOD,
    ChangeKind.REMOVED: Tone.BAD,
    ChangeKind.RENAMED: Tone.WARN,
    ChangeKind.CHANGED: Tone.WARN,
}
_MARKS = (Mark("removed", "removed"), Mark("changed", "changed"), Mark("added", "added"), PLAIN)


def diff_page(compared: Compared, command: str) -> Report:
    """Return the report of a comparison."""
    difference = compared.difference
    old, new = compared.paths
    summary = summarize(difference) if difference else "no difference"
    kind = f"kind: {' -> '.join(difference.kinds)}" if difference.kinds else ""
    verdict = Verdict(
        "As programs that link them see them",
        Tone.WARN if difference else Tone.GOOD,
        "different" if difference else "the same",
        kind,
    )
    tables = [
        Table("members", "Changed members", _MEMBER_COLUMNS, tuple(map(_member_row, difference.members))),
        Table("symbols", "Changed symbols", _SYMBOL_COLUMNS, tuple(_symbol_rows(compared))),
        Table("needs", "Needed from elsewhere", _NEED_COLUMNS, tuple(_need_rows(compared))),
    ]
    return Report(
        "diff",
        subject_of([old]) if subject_of([old]) == subject_of([new]) else f"{subject_of([old])} and {subject_of([new])}",
        f"{old} -> {new}: {summary}",
        Tone.WARN if difference else Tone.GOOD,
        command,
        (VerdictGroup("Result", (verdict,)),),
        comparisons=tuple(_comparisons(compared)),
        maps=(
            _map("before", "Members before", compared.old, old, {one.old: one.change for one in difference.members}),
            _map("after", "Members after", compared.new, new, {one.new: one.change for one in difference.members}),
        ),
        tables=tuple(table for table in tables if table.rows),
    )


_MEMBER_COLUMNS = (
    Column("change", CellKind.TONE, 3),
    Column("before", CellKind.NAME, 6),
    Column("after", CellKind.NAME, 6),
    Column("what", CellKind.TEXT, 10),
)
_SYMBOL_COLUMNS = (
    Column("change", CellKind.TONE, 3),
    Column("symbol", CellKind.NAME, 7),
    Column("demangled", CellKind.NAME, 6),
    Column("member", CellKind.NAME, 5),
    Column("what", CellKind.TEXT, 8),
)
_NEED_COLUMNS = (
    Column("change", CellKind.TONE, 3),
    Column("symbol", CellKind.NAME, 10),
    Column("demangled", CellKind.NAME, 10),
)


def _member_row(one: MemberChange) -> Row:
    cells = (one.change.value, one.old, one.new, explain_member(one))
    return Row((one.change.value, one.old or "", one.new or ""), cells, _TONES[one.change])


def _symbol_rows(compared: Compared) -> Iterator[Row]:
    statics = (one for member in compared.difference.members for one in member.statics)
    for scope, changes in (("global", compared.difference.symbols), ("static", statics)):
        yield from (_symbol_row(scope, one) for one in changes)


def _symbol_row(scope: str, one: SymbolChange) -> Row:
    said = explain_symbol(one)
    cells = (one.change.value, one.name, demangle(one.name) or "", member_of(one), said)
    return Row((scope, one.name, member_of(one)), cells, _TONES[one.change], (("Scope", scope),))


def _need_rows(compared: Compared) -> Iterator[Row]:
    difference = compared.difference
    for word, tone, names in (
        ("more", Tone.WARN, difference.needs_added),
        ("fewer", Tone.GOOD, difference.needs_removed),
    ):
        yield from (Row((word, name), (word, name, demangle(name) or ""), tone) for name in names)


def _comparisons(compared: Compared) -> Iterator[Comparison]:
    old, new = compared.old, compared.new
    yield Comparison("Members", len(old), len(new))
    yield Comparison("Size of members", _size(old), _size(new), is_size=True)
    entries = [None if one.index is None else len(one.index) for one in (old, new)]
    yield Comparison("Entries of the symbol index", entries[0], entries[1])


def _size(archive: Archive) -> int:
    return sum(member.size for member in archive.members)


def _map(name: str, title: str, archive: Archive, path: str, changes: dict[str | None, ChangeKind]) -> Map:
    """Return the members of one archive; a nested archive counts as changed if one of its members is."""
    tiles = []
    for member, label in zip(archive.members, label_names(one.name for one in archive.members), strict=True):
        change = changes.get(str(label)) or _nested_change(f"{label}(", changes)
        facts = [("Size", human_size(member.size)), ("State", "unchanged" if change is None else change.value)]
        tiles.append(Tile(0, str(label), member.size, _mark(change), tuple(facts)))
    used = {tile.mark for tile in tiles}
    note = "The area of a member is its size."
    return Map(name, title, (path,), tuple(one for one in _MARKS if one.id in used), tuple(tiles), note=note)


def _nested_change(prefix: str, changes: Iterable[str | None]) -> ChangeKind | None:
    return ChangeKind.CHANGED if any(one is not None and one.startswith(prefix) for one in changes) else None


def _mark(change: ChangeKind | None) -> str:
    if change is None:
        return PLAIN.id
    return "changed" if change is ChangeKind.RENAMED else change.value
