"""The report of an image audit, for a terminal and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.counted import counted
from arfix.linkage.exports import UnresolvedReason
from arfix.linkage.forbidden import ForbiddenReason
from arfix.report.markdown import cell, code, render_markdown_table
from arfix.report.style import Emphasis, Style
from arfix.report.text import Align, Column, human_size, printable, render_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from arfix.image.audit import ImageAudit
    from arfix.image.duplicates import SharedMembers
    from arfix.image.embedded import Embedded, LibraryCopy
    from arfix.linkage.exports import Resolved, UnresolvedSymbol
    from arfix.linkage.forbidden import ForbiddenExport

#: The largest number of variables that are named; others are counted.
_NAMES = 4


class _TextTable(NamedTuple):
    """A heading, rows under columns, and sentences below them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...] = ()


def render_image(audit: ImageAudit, style: Style | None = None, *, everything: bool = False) -> str:
    """Return the report for a terminal: embedded libraries, the origin of symbols, and problems.

    `everything` also lists weak symbols that nothing defines.
    """
    style = style or Style()
    parts = []
    for table in _tables(audit, everything=everything):
        lines = "".join(f"  {printable(sentence)}\n" for sentence in table.sentences)
        heading = style.paint(table.title, Emphasis.STRONG)
        parts.append(f"{heading}\n{render_table(table.columns, table.rows, style, indent='  ')}{lines}")
    return "\n".join([*parts, f"{summarize(audit)}\n"])


def render_image_markdown(audit: ImageAudit, *, everything: bool = False) -> str:
    """Return the report as Markdown, for a page or the summary of a build."""
    parts = []
    for title, columns, rows, sentences in _tables(audit, everything=everything):
        is_name = [column.emphasis is Emphasis.NAME for column in columns]
        cells = [[code(text) if name else cell(text) for text, name in zip(row, is_name, strict=True)] for row in rows]
        lines = "".join(f"\n- {cell(sentence)}\n" for sentence in sentences)
        parts.append(f"### {title}\n\n{render_markdown_table(columns, cells)}{lines}")
    return "\n".join([*parts, f"{summarize(audit)}\n"])


def _tables(audit: ImageAudit, *, everything: bool) -> Iterator[_TextTable]:
    """Yield the lines of the report, in order."""
    if audit.files:
        yield _size_table(audit)
    if audit.duplicates:
        yield _duplicate_table(audit)
    yield _origin_table(audit)
    gaps = _gap_table(audit, everything=everything)
    if gaps.rows:
        yield gaps
    if audit.forbidden:
        yield _forbidden_table(audit)


def _size_table(audit: ImageAudit) -> _TextTable:
    right = Align.RIGHT
    columns = [Column("image", emphasis=Emphasis.NAME), Column("library"), Column("in file", right)]
    if audit.before:
        columns += [Column("before", right), Column("change", right)]
    columns += [Column("members", right), Column("state", right)]
    rows: list[tuple[str, ...]] = []
    for file in audit.files:
        old = audit.before.get(file.name)
        rows.append(_size_row(audit, file.name, "", file.size, None if old is None else old.size))
        for number, library in enumerate(audit.libraries):
            copy = file.copies[number]
            old_copy = None if old is None else old.copies[number]
            if copy is not None or old_copy is not None:
                name = Path(library.path).name
                row = _size_row(audit, "", name, _bytes_of(copy), None if old is None else _bytes_of(old_copy))
                rows.append((*row[:-2], _members(copy, library.count), _state_size(copy)))
        if any(copy is not None for copy in file.copies):
            rows.append(_size_row(audit, "", "the rest", file.rest, None if old is None else old.rest))
    if len(audit.files) > 1:
        old_total = sum(old.size for old in audit.before.values()) if len(audit.before) == len(audit.files) else None
        rows.append(_size_row(audit, "together", "", sum(file.size for file in audit.files), old_total))
    return _TextTable("Sizes", tuple(columns), tuple(rows))


def _size_row(audit: ImageAudit, image: str, library: str, size: int, before: int | None) -> tuple[str, ...]:
    row = [image, library, human_size(size)]
    if audit.before:
        row += ["", ""] if before is None else [human_size(before), _change(size - before)]
    return (*row, "", "")


def _change(difference: int) -> str:
    if not difference:
        return "0"
    return f"{'+' if difference > 0 else '-'}{human_size(abs(difference))}"


def _bytes_of(copy: LibraryCopy | None) -> int:
    return 0 if copy is None else copy.size_in_file


def _members(copy: LibraryCopy | None, count: int) -> str:
    if copy is None:
        return ""
    words = [f"{len(copy.members)} of {count}"] if copy.members else []
    if copy.other_build:
        words.append(f"{len(copy.other_build)} of another build")
    return ", ".join(words)


def _state_size(copy: LibraryCopy | None) -> str:
    if copy is None:
        return ""
    return human_size(sum(section.size for section in copy.state)) if copy.state else "none"


def _duplicate_table(audit: ImageAudit) -> _TextTable:
    columns = (
        Column("library", emphasis=Emphasis.NAME),
        Column("images"),
        Column("members", Align.RIGHT),
        Column("wasted", Align.RIGHT),
        Column("state of each copy"),
    )
    rows = tuple(_duplicate_row(audit, one) for one in audit.duplicates)
    return _TextTable("More than once", columns, rows)


def _duplicate_row(audit: ImageAudit, one: SharedMembers) -> tuple[str, ...]:
    library = Path(audit.libraries[one.position].path).name
    images = ", ".join(Path(path).name for path in one.images)
    return library, images, str(len(one.members)), human_size(one.wasted), explain_state(one.state)


def explain_state(state: Sequence[Embedded]) -> str:
    """Return the size of the state in each copy, and some of the variables."""
    if not state:
        return "none"
    names = [name for section in state for name in section.things]
    shown = names[:_NAMES] + ([f"{len(names) - _NAMES} more"] if len(names) > _NAMES else [])
    size = human_size(sum(section.size for section in state))
    return f"{size}: {', '.join(shown)}" if names else size


def _origin_table(audit: ImageAudit) -> _TextTable:
    """Return the origin of each module's symbols: the program, libraries embedded in it, or other modules."""
    right = Align.RIGHT
    program = audit.resolved[0].module.path
    columns = (
        Column("module", emphasis=Emphasis.NAME),
        Column("exports", right),
        Column("needs", right),
        Column("from the program", right),
        Column("of them of libraries"),
        Column("from elsewhere", right),
        Column("not found", right),
    )
    rows = []
    for one in audit.resolved:
        own = one.given.get(program, ()) if one.module.path != program else ()
        elsewhere = sum(len(names) for path, names in one.given.items() if path != program)
        rows.append((
            image_name(one.module.path),
            str(len(one.module.exports)),
            str(len(one.module.needs)),
            str(len(own)),
            ", ".join(f"{count} {library}" for library, count in audit.libraries_of(own).items()),
            str(elsewhere),
            str(len(one.errors)),
        ))  # fmt: skip
    unfound = dict.fromkeys(name for one in audit.resolved for name in one.unfound)
    sentences = [f"{name} was not found; what it has is not known" for name in unfound]
    sentences += [
        f"{image_name(one.path)} exports {counted(len(one.symbols), 'symbol')} that {image_name(program)} has too,"
        " and first:"
        f" {', '.join(one.symbols[:_NAMES])}{', ...' if len(one.symbols) > _NAMES else ''}"
        for one in audit.preempted
    ]
    return _TextTable("Symbols", columns, tuple(rows), tuple(sentences))


def _gap_table(audit: ImageAudit, *, everything: bool) -> _TextTable:
    columns = (Column("module", emphasis=Emphasis.NAME), Column("symbol"), Column("is"), Column("why"))
    shown: Callable[[UnresolvedSymbol], bool] = (
        (lambda _: True) if everything else (lambda gap: gap.verdict is not UnresolvedReason.WEAK)
    )
    rows = [
        (image_name(one.module.path), _symbol(gap), gap.verdict.value.replace("-", " "), explain_gap(audit, one, gap))
        for one in audit.resolved
        for gap in one.gaps
        if shown(gap)
    ]
    return _TextTable("Not found", columns, tuple(rows))


def explain_gap(audit: ImageAudit, resolved: Resolved, gap: UnresolvedSymbol) -> str:
    """Return why a symbol is not found, and what to do, as a sentence without a full stop."""
    match gap.verdict:
        case UnresolvedReason.WEAK:
            why = "nothing has it; the module can do without"
        case UnresolvedReason.UNKNOWN:
            why = f"perhaps {gap.need.library or ' or '.join(resolved.unfound)} has it, which was not found"
        case UnresolvedReason.WRONG_VERSION:
            why = f"{image_name(gap.there or '')} has {', '.join(gap.versions)} only"
        case UnresolvedReason.HIDDEN:
            why = f"{image_name(gap.there or '')} has it and does not export it: hidden, localized or --exclude-libs"
        case UnresolvedReason.MISSING:
            why = _explain_missing(audit, gap.need.name)
        case _:
            assert_never(gap.verdict)
    return why


def _explain_missing(audit: ImageAudit, symbol: str) -> str:
    program = image_name(audit.resolved[0].module.path)
    definer = audit.definer(symbol)
    if definer is None:
        return "nothing has it"
    if definer.is_embedded:
        return f"{definer.place} is in {program}, which does not export it: hidden, or --exclude-libs"
    return f"{definer.place} defines it; link that whole into {program}"


def _symbol(gap: UnresolvedSymbol) -> str:
    return gap.need.name if gap.need.version is None else f"{gap.need.name}@{gap.need.version}"


def _forbidden_table(audit: ImageAudit) -> _TextTable:
    columns = (Column("image", emphasis=Emphasis.NAME), Column("symbol"), Column("why not"))
    rows = tuple((image_name(one.image), one.symbol, explain_forbidden(one)) for one in audit.forbidden)
    return _TextTable("Exported and should not be", columns, rows)


def explain_forbidden(one: ForbiddenExport) -> str:
    """Return why a symbol should not be exported, as a sentence without a full stop."""
    match one.ground:
        case ForbiddenReason.MODULE_INIT:
            return (
                f"{image_name(one.because)} is a file of its own and brings it; the program should not have it any more"
            )
        case ForbiddenReason.RUNTIME_STATE:
            return (
                f"state of the compiler's runtime ({one.because}): it takes the place of that of libraries loaded later"
            )
        case ForbiddenReason.DENIED:
            return f"the deny list has {one.because}"


def image_name(path: str) -> str:
    """Return the file name of an image; a planned one as it was written."""
    return path if "=" in path else Path(path).name


def summarize(audit: ImageAudit) -> str:
    """Return the result as one sentence without a full stop."""
    images = counted(len(audit.resolved), "image")
    gaps = sum(len(one.errors) for one in audit.resolved)
    said = [counted(gaps, "symbol") + " not found"] if gaps else []
    if audit.forbidden:
        said.append(f"{counted(len(audit.forbidden), 'export')} that should not be")
    return f"{images}: {', '.join(said) if said else 'every symbol is found'}"
