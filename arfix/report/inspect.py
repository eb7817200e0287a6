"""The content of an archive as text and as JSON: a summary and its members, with nested archives as a tree."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.counted import counted
from arfix.formats.model import Binding, SymbolType, Visibility
from arfix.report.style import Emphasis, Style
from arfix.report.text import Align, Column, human_size, printable, render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.archive.model import Archive
    from arfix.edits.inspect import InspectedMember, Inspection
    from arfix.formats.model import Symbol

#: A list up to this long is shown in full; of a longer one, only outstanding and the largest members.
_WHOLE = 40
_LARGEST = 5
#: Members of a nested archive that are shown; it is one member among others.
_NESTED = 8

#: What each kind is called in a sentence.
_KINDS = {
    Kind.GNU: "GNU archive",
    Kind.GNU64: "GNU archive with a 64-bit index",
    Kind.BSD: "BSD archive",
    Kind.DARWIN: "Darwin archive",
    Kind.DARWIN64: "Darwin archive with a 64-bit index",
    Kind.COFF: "COFF library",
    Kind.AIX_BIG: "AIX big archive",
    Kind.AIX_SMALL: "AIX small archive",
}


class Detail(Enum):
    """How much of a long list to show."""

    OUTSTANDING = "what stands out"
    LISTED = "every member, nested archives in short"
    EVERYTHING = "every member at every depth"


_COLUMNS = (
    Column("member", emphasis=Emphasis.NAME),
    Column("size", Align.RIGHT),
    Column("what it is"),
    Column("machine"),
    Column("defined", Align.RIGHT),
    Column("undefined", Align.RIGHT),
)


def render_inspection(
    inspection: Inspection,
    size: int,
    style: Style | None = None,
    *,
    detail: Detail = Detail.LISTED,
    symbols: bool = False,
) -> str:
    """Return a summary line, counts of the kinds of members, and a table of the members.

    Args:
        inspection: The archive.
        size: Of the file, in bytes.
        style: How to paint.
        detail: How much of a long list to show.
        symbols: Show the symbols of each member that is listed.
    """
    style = style or Style()
    archive = inspection.archive
    name = style.paint(printable(str(archive.where)), Emphasis.STRONG)
    lines = [f"{name}: {describe_kind(archive)}, {human_size(size)}, {_summary(inspection)}"]
    lines += [f"  {line}" for line in _tallies(inspection)]
    lines += [style.paint(f"  {line}", Emphasis.WARN) for line in _problems(inspection)]
    shown = list(inspection.members)
    if detail is Detail.OUTSTANDING and len(shown) > _WHOLE:
        shown = _outstanding(shown)
    text = "\n".join(lines) + "\n"
    if symbols:
        return text + "".join(_with_symbols(shown, style))
    rows = list(_rows(shown, whole=detail is Detail.EVERYTHING))
    text += render_table(_COLUMNS, rows, style, indent="  ")
    hidden = len(inspection.members) - len(shown)
    if hidden:
        text += style.paint(f"  and {counted(hidden, 'member')} more like the rest; --all lists them\n", Emphasis.FAINT)
    return text


def describe_kind(archive: Archive) -> str:
    """Return `GNU archive`, `thin GNU archive`, `COFF library`, ..."""
    return f"thin {_KINDS[archive.kind]}" if archive.thin else _KINDS[archive.kind]


def _summary(inspection: Inspection) -> str:
    index = inspection.archive.index
    members = counted(len(inspection.members), "member")
    if index is None:
        return f"{members}, no index" + (" (`arfix index` makes one)" if inspection.has_objects else "")
    entries = f"{members}, index of {counted(len(index), 'entry', 'entries')}"
    return f"{entries}, {inspection.astray:,} of them wrong" if inspection.astray else entries


def _tallies(inspection: Inspection) -> list[str]:
    """Return the number of members of each kind, the most frequent first, the number of symbols, and repeated names."""
    what = Counter((_content_text(member), _machine(member)) for member in inspection.members)
    lines = []
    if len(inspection.members) > 1:
        lines.append(", ".join(f"{count:,} {' '.join(filter(None, pair))}" for pair, count in what.most_common()))
        defined = sum(member.defined or 0 for member in inspection.members)
        undefined = sum(member.undefined or 0 for member in inspection.members)
        lines.append(f"{defined:,} symbols defined, {undefined:,} undefined, counted in each member")
    names = Counter(member.member.name for member in inspection.members)
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        some = ", ".join(map(printable, repeated[:3])) + (", ..." if len(repeated) > 3 else "")
        stand = counted(len(repeated), "name stands", "names stand")
        lines.append(f"{stand} for more than one member ({some}); x.o#2 is the second")
    return lines


def _problems(inspection: Inspection) -> Iterator[str]:
    """Yield a line for each oddity and each unreadable member, at every depth."""
    yield from (f"{printable(str(odd.where))}: {printable(odd.message)}" for odd in inspection.archive.oddities)
    for member in inspection.members:
        if member.problem is not None:
            place = member.problem.where
            is_inside = place is None or place.path == "<bytes>"
            where = member.label if is_inside else str(place)
            yield f"{printable(where)}: {printable(member.problem.message)}"
        if member.nested is not None:
            yield from _problems(member.nested)


def _outstanding(members: Sequence[InspectedMember]) -> list[InspectedMember]:
    """Return the members of a long list that are unlike the majority, and the largest ones, in list order."""
    usual = Counter((member.content, _machine(member)) for member in members).most_common(1)[0][0]
    unusual = [
        member
        for member in members
        if (member.content, _machine(member)) != usual or member.problem is not None or member.nested is not None
    ]
    largest = sorted(members, key=lambda member: (-member.member.size, member.position))[:_LARGEST]
    chosen = {member.position for member in (*unusual[:_WHOLE], *largest)}
    return [member for member in members if member.position in chosen]


def _rows(members: Sequence[InspectedMember], *, whole: bool, indent: str = "") -> Iterator[tuple[str, ...]]:
    """Yield a row for each member, and indented below a nested archive the rows of its members."""
    for member in members:
        yield (
            indent + member.label,
            human_size(member.member.size),
            _content_text(member),
            _machine(member),
            _count(member.defined),
            _count(member.undefined),
        )
        if member.nested is not None:
            inner = member.nested.members
            shown = inner if whole or len(inner) <= _NESTED else inner[: _NESTED - 1]
            yield from _rows(shown, whole=whole, indent=f"{indent}  ")
            if len(shown) < len(inner):
                yield (f"{indent}  ... {len(inner) - len(shown):,} more", "", "", "", "", "")


def _content_text(member: InspectedMember) -> str:
    if member.content is None:
        return "not reachable"
    if member.nested is not None:
        return f"{member.content.value} of {counted(len(member.nested.members), 'member')}"
    return f"{member.content.value}, damaged" if member.problem is not None else member.content.value


def _machine(member: InspectedMember) -> str:
    return member.machine.name if member.machine is not None else ""


def _count(number: int | None) -> str:
    return "" if number is None else str(number)


def _with_symbols(members: Sequence[InspectedMember], style: Style, indent: str = "  ") -> Iterator[str]:
    """Yield the line of each member, followed by its symbols."""
    for member in members:
        about = ", ".join(filter(None, (_content_text(member), _machine(member), human_size(member.member.size))))
        yield f"{indent}{style.paint(printable(member.label), Emphasis.NAME)}: {about}\n"
        if member.nested is not None:
            yield from _with_symbols(member.nested.members, style, indent + "  ")
        elif member.defined is not None and member.problem is None:
            rows = [_symbol_row(symbol) for symbol in member.facts.global_symbols]
            columns = (Column(""), Column(""), Column("", emphasis=Emphasis.STRONG))
            table = render_table(columns, rows, style, indent=indent + "  ")
            yield table.partition("\n")[2]


def _symbol_row(symbol: Symbol) -> tuple[str, str, str]:
    place = symbol.place.value if symbol.is_defined else "undefined"
    traits = [
        symbol.binding.value if symbol.binding is not Binding.GLOBAL else "",
        symbol.visibility.value if symbol.visibility is not Visibility.DEFAULT else "",
        symbol.type.value if symbol.type not in {SymbolType.NONE, SymbolType.COMMON} else "",
    ]
    return place, " ".join(filter(None, traits)), symbol.name


def describe_inspection(inspection: Inspection, size: int, *, symbols: bool = False) -> dict[str, object]:
    """Return the JSON keys of the archive, as described in `docs/json.md`."""
    archive = inspection.archive
    index = archive.index
    return {
        "path": archive.where.path if archive.where else "",
        "kind": archive.kind.value,
        "thin": archive.thin,
        "size": size,
        "index": None if index is None else {"entries": len(index), "wrong": inspection.astray},
        "needs_index": index is None and inspection.has_objects,
        "oddities": [
            {"kind": odd.kind.value, "offset": odd.where.offset, "message": odd.message} for odd in archive.oddities
        ],
        "members": [_describe_member(member, symbols=symbols) for member in inspection.members],
    }


def _describe_member(member: InspectedMember, *, symbols: bool) -> dict[str, object]:
    machine, stored, nested = member.machine, member.member, member.nested
    described: dict[str, object] = {
        "position": member.position,
        "name": stored.name,
        "label": member.label,
        "size": stored.size,
        "header_offset": stored.header_offset,
        "date": stored.date,
        "uid": stored.uid,
        "gid": stored.gid,
        "mode": stored.mode,
        "thin_path": stored.thin_path,
        "content": None if member.content is None else member.content.value,
        "machine": None
        if machine is None
        else {"name": machine.name, "bits": machine.bits, "byte_order": machine.byte_order},
        "defined": member.defined,
        "undefined": member.undefined,
        "problem": None if member.problem is None else str(member.problem),
        "nested": None if nested is None else describe_inspection(nested, stored.size, symbols=symbols),
    }
    if symbols:
        readable = member.defined is not None and member.problem is None
        described["symbols"] = [describe_symbol(one) for one in member.facts.global_symbols] if readable else []
    return described


def describe_symbol(symbol: Symbol) -> dict[str, object]:
    """Return the JSON keys of a symbol."""
    return {
        "name": symbol.name,
        "place": symbol.place.value,
        "binding": symbol.binding.value,
        "type": symbol.type.value,
        "visibility": symbol.visibility.value,
        "size": symbol.size,
    }
