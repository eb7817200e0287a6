"""Findings as text, grouped by rule and archive, and as JSON keys (schema in `docs/schema/`)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from arfix.audit.finding import Safety, Severity
from arfix.counted import counted
from arfix.formats.demangled import is_mangled
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.audit.finding import Finding, Fix
    from arfix.audit.outcome import Outcome, TargetFindings

#: Rows shown of one rule in one archive before the rest is only counted.
ROWS_SHOWN = 20

#: Symbols named of one cause before the rest is only counted.
NAMES_SHOWN = 12

#: Repair commands shown of one rule in one archive.
FIXES_SHOWN = 3

#: Widths beyond which a column no longer pushes the others to the right.
_WIDEST_COLUMN = 44

#: Text in sentences is not wider than this, however wide the terminal is.
_WIDEST_TEXT = 112

#: Columns below which a message goes below the names instead of beside them.
_NARROWEST = 24

_EMPHASES = {Severity.ERROR: Emphasis.BAD, Severity.WARNING: Emphasis.WARN, Severity.INFO: Emphasis.NAME}


#: Endings of files that are objects.
_OBJECTS: Final = (".o", ".obj", ".lo")


def render_outcome(
    outcome: Outcome, style: Style | None = None, *, everything: bool = False, width: int | None = None
) -> str:
    """Return the findings for a person: rule by rule, why each matters once, rows aligned, repairs as commands.

    Findings of one archive with a cause in common are one paragraph.

    Args:
        outcome: The result of a check or verify.
        style: How text may be painted.
        everything: Show every row, also the findings of severity info, which are only counted otherwise.
        width: Columns that lines are to fit in where that takes no name apart; None for a file or pipe.
    """
    page = _Page(outcome, style or Style(), everything=everything, width=width)
    shown = [one for one in outcome.findings if everything or one.severity is not Severity.INFO]
    blocks = [page.rule(list(group)) for _, group in groupby(shown, key=lambda one: (one.severity, one.rule))]
    verdicts = _render_verdicts(outcome)
    summary = render_summary(outcome, hidden=len(outcome.findings) - len(shown))
    return "\n".join([*blocks, verdicts + summary])


class _Page:
    """Settings shared by all parts of a report."""

    def __init__(self, outcome: Outcome, style: Style, *, everything: bool, width: int | None) -> None:
        self.outcome = outcome
        self.style = style
        self.everything = everything
        self.width = width
        self.printed: set[Fix] = set()

    def rule(self, findings: Sequence[Finding]) -> str:
        """Return the text for the findings of one rule."""
        first = findings[0]
        text = self.outcome.rules[first.rule]
        head = self.style.paint(f"{first.severity.value} {first.rule}", _EMPHASES[first.severity])
        lines = [f"{head}: {text.title}"]
        why = min(_WIDEST_TEXT, self.width or _WIDEST_TEXT) - 2
        lines += [f"  {self.style.paint(line, Emphasis.FAINT)}" for line in _wrapped(text.why, why)]
        for archive, group in groupby(findings, key=lambda one: one.archive):
            if archive is not None:
                lines.append(f"  {self.style.paint(printable(archive), Emphasis.STRONG)}")
            lines += self._archive(list(group))
        return "".join(f"{line}\n" for line in lines)

    def _archive(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield the lines for one rule in one archive: findings with a common cause first, then the others."""
        causes: dict[str, list[Finding]] = {}
        rows = []
        for finding in findings:
            if finding.cause is None:
                rows.append(finding)
            else:
                causes.setdefault(finding.cause, []).append(finding)
        for cause, group in causes.items():
            yield from self._cause(cause, group)
        yield from self._rows(rows if self.everything else rows[:ROWS_SHOWN])
        if not self.everything and len(rows) > ROWS_SHOWN:
            yield f"    ... and {counted(len(rows) - ROWS_SHOWN, 'more finding')} (--all shows them)"
        yield from _fixes(findings, self.style, self.printed, everything=self.everything)

    def _cause(self, cause: str, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield a cause and its symbols; all of them with `--all`."""
        width = self.width or _WIDEST_TEXT
        first, *rest = _wrapped(printable(cause), width - 6) if self.width else (printable(cause),)
        library, colon, sentence = first.partition(": ")
        yield "    " + (self.style.paint(library, Emphasis.NAME) + colon + sentence if colon else first)
        yield from (f"      {line}" for line in rest)
        if self.everything:
            yield from (f"  {line}" for line in self._rows(findings))
            return
        names = [printable(_symbol_text(one)) for one in findings[:NAMES_SHOWN]]
        names += [""] * (len(findings) - len(names))
        shown = names[:NAMES_SHOWN]
        more = [f"and {len(names) - len(shown)} more (--all shows them)"] if len(names) > len(shown) else []
        yield from (f"      {line}" for line in _listed([*shown, *more], width - 6))

    def _rows(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield the lines of the findings: member, symbol and message in columns."""
        names = [(printable(one.member or ""), printable(one.symbol or "")) for one in findings]
        widths = [min(_WIDEST_COLUMN, max((len(name[column]) for name in names), default=0)) for column in (0, 1)]
        for finding, (member, symbol) in zip(findings, names, strict=True):
            cells, taken = [], 4
            for name, width, emphasis in ((member, widths[0], Emphasis.PLAIN), (symbol, widths[1], Emphasis.NAME)):
                if width:
                    cells.append(self.style.paint(name, emphasis) + " " * (width - len(name)))
                    taken += max(width, len(name)) + 2
            plain = _plain(finding)
            yield from self._row(cells, taken, printable(f"{plain}: {finding.message}" if plain else finding.message))

    def _row(self, cells: Sequence[str], taken: int, message: str) -> Iterator[str]:
        """Yield one row: the message beside the names, or below them if the width does not suffice."""
        if self.width is None or taken + len(message) <= self.width:
            yield "    " + "  ".join((*cells, message)).rstrip()
        elif self.width - taken >= _NARROWEST:
            first, *rest = _wrapped(message, self.width - taken)
            yield "    " + "  ".join((*cells, first)).rstrip()
            yield from (" " * taken + line for line in rest)
        else:
            if cells:
                yield "    " + "  ".join(cells).rstrip()
            yield from (f"      {line}" for line in _wrapped(message, max(_NARROWEST, self.width - 6)))


def _plain(finding: Finding) -> str | None:
    """Return the demangled symbol of a finding; None if it is not mangled."""
    return demangle(finding.symbol) if finding.symbol is not None and is_mangled(finding.symbol) else None


def _symbol_text(finding: Finding) -> str:
    """Return the symbol, followed by its demangled form if it is mangled."""
    plain = _plain(finding)
    return (finding.symbol or finding.member or "") + (f" [{plain}]" if plain else "")


def _fixes(findings: Sequence[Finding], style: Style, printed: set[Fix], *, everything: bool) -> Iterator[str]:
    """Yield the commands that repair these findings, each once per report, with the side effects of unsafe ones."""
    fixes = list(dict.fromkeys({id(one.fix): one.fix for one in findings if one.fix is not None}.values()))
    new = [fix for fix in fixes if fix not in printed]
    if len(new) < len(fixes):
        yield "    a repair above covers this"
    shown = new if everything else new[:FIXES_SHOWN]
    printed.update(shown)
    for fix in shown:
        if fix.safety is Safety.SAFE:
            yield f"    {style.paint('repair:', Emphasis.GOOD)} {fix}"
        else:
            yield f"    {style.paint('unsafe repair:', Emphasis.WARN)} {fix}"
            yield from (f"      cost: {printable(cost)}" for cost in fix.costs)
    if len(new) > len(shown):
        yield f"    and {counted(len(new) - len(shown), 'more repair')} (--all shows them)"


def _render_verdicts(outcome: Outcome) -> str:
    """Return a line for each target if their results differ; an empty text if all are like the first."""
    said = [(one.target.value, _said_of(one)) for one in outcome.verdicts]
    if len({words for _, words in said}) < 2:
        return ""
    width = max(len(word) for word, _ in said)
    first = said[0]
    return "".join(
        f"target {word:<{width}}  {words}{'' if words in ('clean', first[1]) else f' (--target {word} shows them)'}\n"
        for word, words in said
    )


def _said_of(verdict: TargetFindings) -> str:
    """Return the counted findings of one target, such as `2 errors: not-pic`, or `clean`."""
    counts = [
        counted(verdict.count(severity), severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
        if verdict.count(severity)
    ]
    rules = rules_found(one for one in verdict.findings if one.severity is not Severity.INFO)
    return f"{', '.join(counts)}: {', '.join(rules)}" if counts else "clean"


def render_summary(outcome: Outcome, *, hidden: int) -> str:
    """Return the last line: the number of archives and of findings of each severity."""
    counts = [
        f"{number:,} {word}"
        for number, word in ((len(outcome.errors), "could not be read"), (len(outcome.unchecked), "not checked"))
        if number
    ]
    counts += [
        counted(number, word)
        for number, word in (
            (outcome.count(Severity.ERROR), "error"),
            (outcome.count(Severity.WARNING), "warning"),
        )
        if number
    ]
    if infos := outcome.count(Severity.INFO):
        counts.append(f"{infos:,} info" + (" (--all shows them)" if hidden else ""))
    known = sum(one.by_baseline for one in outcome.set_aside)
    if known:
        counts.append(f"{known:,} known")
    if ignored := len(outcome.set_aside) - known:
        counts.append(f"{ignored:,} ignored")
    of = f" as {outcome.verdicts[0].target.value}" if _render_verdicts(outcome) else ""
    return f"{counted_inputs(outcome)}{of}: {', '.join(counts) if counts else 'clean'}\n"


def counted_inputs(outcome: Outcome) -> str:
    """Return what was checked, such as `2 archives`, `500 objects`, or `3 objects and 1 archive` of a link command."""
    command = None if outcome.settings is None else outcome.settings.command
    objects = {path for path in outcome.archives if path.lower().endswith(_OBJECTS)}
    archives = {*outcome.archives} - objects
    sources: set[str] = set()
    if command is not None:
        archives.discard(command.tool.program)  # it stands for a link without any
        sources = {*command.sources}
        own = [one for one in command.inputs if not (one.added or one.defines or one.is_library)]
        objects |= {one.name for one in own if one.name.lower().endswith(_OBJECTS)}
    counts = ((len(sources), "source file"), (len(objects), "object"), (len(archives), "archive"))
    parts = [counted(number, noun) for number, noun in counts if number] or [counted(0, "archive")]
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _listed(names: Sequence[str], width: int) -> Iterator[str]:
    """Yield lines of at most `width` characters with comma-separated names; a longer name gets its own line."""
    return _filled([f"{name}," for name in names[:-1]] + list(names[-1:]), width)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the text in lines of at most `width` characters, wrapped at spaces."""
    return _filled(text.split(), width)


def _filled(words: Iterable[str], width: int) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def describe_finding(finding: Finding) -> dict[str, object]:
    """Return the JSON keys of a finding; those that do not apply are null."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "archive": finding.archive,
        "member": finding.member,
        "symbol": finding.symbol,
        "demangled": _plain(finding),
        "message": finding.message,
        "fix": None if finding.fix is None else str(finding.fix),
        "fix_safety": None if finding.fix is None else finding.fix.safety.value,
        "fix_costs": [] if finding.fix is None else list(finding.fix.costs),
        "related": list(finding.related),
        "cause": finding.cause,
    }


def describe_outcome(outcome: Outcome) -> dict[str, object]:
    """Return the JSON keys of `arfix check` and `arfix verify`."""
    return {
        "archives": list(outcome.archives),
        "summary": {
            **{severity.value: outcome.count(severity) for severity in Severity},
            "set_aside": len(outcome.set_aside),
            "unread": len(outcome.errors),
            "unchecked": len(outcome.unchecked),
        },
        "targets": [
            {
                "target": one.target.value,
                **{severity.value: one.count(severity) for severity in Severity},
                "rules": rules_found(one.findings),
            }
            for one in outcome.verdicts
        ],
        "findings": [describe_finding(one) for one in outcome.findings],
        "set_aside": [
            {**describe_finding(one.finding), "reason": one.reason, "by_baseline": one.by_baseline}
            for one in outcome.set_aside
        ],
    }


def rules_found(findings: Iterable[Finding]) -> list[str]:
    """Return the ids of the rules with findings, each once, in report order."""
    return list(dict.fromkeys(finding.rule for finding in findings))
