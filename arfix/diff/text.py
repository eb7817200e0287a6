"""The report of a comparison of two archives, as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.diff.difference import ChangeKind
from arfix.diff.shape import DiffAspect
from arfix.formats.model import Binding
from arfix.report.edited import plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import Column, printable, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.diff.compare import DiffOptions
    from arfix.diff.difference import Difference, MemberChange, Side, SymbolChange

#: Marks in front of a line.
_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.RENAMED: ">", ChangeKind.CHANGED: "~"}

_SIGN = Column("", emphasis=Emphasis.STRONG)
_MEMBER_COLUMNS = (_SIGN, Column("member", emphasis=Emphasis.NAME), Column("what"))
_SYMBOL_COLUMNS = (_SIGN, Column("symbol", emphasis=Emphasis.NAME), Column("member"), Column("what"))


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison: both archives, the options, and the differences."""

    old: Archive
    new: Archive
    paths: tuple[str, str]
    options: DiffOptions
    difference: Difference


def render_diff(compared: Compared, style: Style | None = None) -> str:
    """Return a summary line, then the differences in groups: members, symbols, symbols needed from elsewhere."""
    style = style or Style()
    difference = compared.difference
    old, new = (style.paint(printable(path), Emphasis.STRONG) for path in compared.paths)
    if not difference:
        return f"{old} -> {new}: no difference{_not_compared(compared.options)}\n"
    lines = f"{old} -> {new}: {summarize(difference)}\n"
    if difference.kinds:
        lines += f"kind: {difference.kinds[0]} -> {difference.kinds[1]}\n"
    lines += _group("members", render_table(_MEMBER_COLUMNS, map(_member_row, difference.members), style, indent="  "))
    lines += _group("symbols", render_table(_SYMBOL_COLUMNS, map(_symbol_row, difference.symbols), style, indent="  "))
    statics = [_symbol_row(one) for member in difference.members for one in member.statics]
    lines += _group("static functions and data", render_table(_SYMBOL_COLUMNS, statics, style, indent="  "))
    needs = [f"  + {printable(name)}\n" for name in difference.needs_added]
    needs += [f"  - {printable(name)}\n" for name in difference.needs_removed]
    return lines + _group("needed from elsewhere", "".join(needs))


def _not_compared(options: DiffOptions) -> str:
    """Return what was not compared, in words."""
    aside = [
        word
        for word, is_compared in (("order", options.order), ("dates", options.dates), ("debug sections", options.debug))
        if not is_compared
    ]
    return f" ({', '.join(aside)} left aside)" if aside else ""


def _group(title: str, table: str) -> str:
    return f"{title}\n{table}" if table else ""


def summarize(difference: Difference) -> str:
    """Return the numbers of changes as a sentence without a full stop."""
    parts = [
        _counted("member", [one.change for one in difference.members]),
        _counted("symbol", [one.change for one in difference.symbols]),
    ]
    for word, names in (("more", difference.needs_added), ("fewer", difference.needs_removed)):
        if names:
            parts.append(f"{plain_count(len(names), 'symbol')} {word} needed from elsewhere")
    return "; ".join(part for part in parts if part) or "another kind of archive"


def _counted(noun: str, changes: Sequence[ChangeKind]) -> str:
    """Return `2 members added, 1 changed`; empty if there is none."""
    counts = [(changes.count(change), change.value) for change in ChangeKind if change in changes]
    if not counts:
        return ""
    (first, word), *rest = counts
    return ", ".join([f"{plain_count(first, noun)} {word}", *(f"{count} {value}" for count, value in rest)])


def _member_row(one: MemberChange) -> tuple[str, str, str]:
    name = one.new if one.old is None else one.old
    if one.change is ChangeKind.RENAMED:
        name = f"{one.old} -> {one.new}"
    return _SIGNS[one.change], str(name), explain_member(one)


def explain_member(one: MemberChange) -> str:
    """Return what differs about a member; empty if only one archive has it."""
    said = [aspect.value for aspect in one.aspects if aspect is not DiffAspect.ABI]
    if one.change is ChangeKind.RENAMED:
        said = ["renamed", *said]
    if one.aspects == (DiffAspect.CONTENTS,) and one.sections:
        said = [word.replace("contents", f"contents of {', '.join(one.sections)}") for word in said]
    said += [f"{what}: {before} -> {after}" for what, before, after in one.abi]
    said += [f"{what} {_field(what, before)} -> {_field(what, after)}" for what, before, after in one.header]
    if one.moved:
        said.append("order")
    return "; ".join(said)


def _field(what: str, value: int) -> str:
    return f"{value:o}" if what == "mode" else str(value)


def _symbol_row(one: SymbolChange) -> tuple[str, str, str, str]:
    return _SIGNS[one.change], one.name, member_of(one), explain_symbol(one)


def member_of(one: SymbolChange) -> str:
    """Return the member that defines the symbol, the new one if both do."""
    side = one.new or one.old
    return "" if side is None else side.member


def explain_symbol(one: SymbolChange) -> str:
    """Return what differs about a symbol, or what it is if only one archive has it."""
    if one.old is not None and one.new is not None:
        return "; ".join(_say_aspect(aspect, one.old, one.new) for aspect in one.aspects)
    side = one.old or one.new
    if side is None:
        return ""
    symbol = side.definition.symbol
    words = [] if symbol.binding is Binding.LOCAL else [symbol.binding.value]
    if symbol.visibility.value != "default":
        words.append(symbol.visibility.value)
    words.append(symbol.type.value if symbol.type.value != "none" else "symbol")
    return f"{' '.join(words)} in {side.definition.place}" + (f", {symbol.size} bytes" if symbol.size else "")


def _say_aspect(aspect: DiffAspect, old: Side, new: Side) -> str:
    """Return an aspect with the values on both sides, if it has any."""
    if aspect is DiffAspect.MEMBER:
        return f"was in {old.member}"
    if aspect is DiffAspect.SECTION:
        return f"in {old.definition.place} -> {new.definition.place}"
    one, other = old.definition.symbol, new.definition.symbol
    values: dict[DiffAspect, tuple[object, object]] = {
        DiffAspect.SIZE: (one.size, other.size),
        DiffAspect.VALUE: (f"{one.value:#x}", f"{other.value:#x}"),
        DiffAspect.BINDING: (one.binding.value, other.binding.value),
        DiffAspect.VISIBILITY: (one.visibility.value, other.visibility.value),
        DiffAspect.TYPE: (one.type.value, other.type.value),
    }
    if aspect not in values:
        return str(aspect.value)
    before, after = values[aspect]
    return f"{aspect.value} {before} -> {after}"


def describe_diff(compared: Compared) -> dict[str, object]:
    """Return the comparison as JSON keys; `docs/json.md` describes them."""
    difference, options = compared.difference, compared.options
    return {
        "old": _describe_archive(compared.old, compared.paths[0]),
        "new": _describe_archive(compared.new, compared.paths[1]),
        "compared": {"order": options.order, "dates": options.dates, "debug": options.debug},
        "different": bool(difference),
        "members": [_describe_member(one) for one in difference.members],
        "symbols": [_describe_symbol(one) for one in difference.symbols],
        "needs": {"added": list(difference.needs_added), "removed": list(difference.needs_removed)},
    }


def _describe_archive(archive: Archive, path: str) -> dict[str, object]:
    return {"path": path, "kind": archive.kind.value, "members": len(archive)}


def _describe_member(one: MemberChange) -> dict[str, object]:
    return {
        "change": one.change.value,
        "old": one.old,
        "new": one.new,
        "aspects": [aspect.value for aspect in one.aspects],
        "sections": list(one.sections),
        "abi": [{"what": what, "old": before, "new": after} for what, before, after in one.abi],
        "header": [{"field": what, "old": before, "new": after} for what, before, after in one.header],
        "moved": one.moved,
        "statics": [_describe_symbol(symbol) for symbol in one.statics],
    }


def _describe_symbol(one: SymbolChange) -> dict[str, object]:
    return {
        "change": one.change.value,
        "symbol": one.name,
        "aspects": [aspect.value for aspect in one.aspects],
        "old": _describe_side(one.old),
        "new": _describe_side(one.new),
    }


def _describe_side(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    symbol = side.definition.symbol
    return {
        "member": side.member,
        "binding": symbol.binding.value,
        "visibility": symbol.visibility.value,
        "type": symbol.type.value,
        "in": side.definition.place,
        "size": symbol.size,
    }
