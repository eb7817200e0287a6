"""The report of a diagnosis, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.counted import counted
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.diagnose.cause import Cause, Diagnosis

#: Names that are printed before the rest is only counted.
_SHOWN: Final = 4
_ALL: Final = 1_000_000
#: Characters of a name or message that are printed.
_LONGEST: Final = 240


def render_diagnosis(diagnosis: Diagnosis, style: Style | None = None, *, everything: bool = False) -> str:
    """Return the causes, the most important first, and a line that counts them."""
    style = style or Style()
    if not diagnosis.causes:
        where = f" in {counted(diagnosis.lines, 'line')}" if diagnosis.lines else ""
        return f"{printable(diagnosis.log)}: no error of a linker{where}\n"
    shown = _ALL if everything else _SHOWN
    blocks = ["".join(f"{line}\n" for line in _cause(one, style, shown)) for one in diagnosis.causes]
    for command in diagnosis.together:
        painted = style.paint(printable(command), Emphasis.NAME)
        blocks.append(f"{style.paint('all libraries at once', Emphasis.GOOD)}:\n    {painted}\n")
    return "\n".join([*blocks, _summary(diagnosis)])


def _summary(diagnosis: Diagnosis) -> str:
    errors = sum(cause.is_error for cause in diagnosis.causes)
    warnings = len(diagnosis.causes) - errors
    parts = [counted(errors, "cause") + " of failed links"] if errors else []
    parts += [counted(warnings, "warning")] if warnings else []
    return f"{printable(diagnosis.log)}: {', '.join(parts)}\n"


def _cause(cause: Cause, style: Style, shown: int) -> Iterator[str]:
    word, emphasis = ("error", Emphasis.BAD) if cause.is_error else ("warning", Emphasis.WARN)
    yield f"{style.paint(word, emphasis)} {style.paint(cause.family.id, Emphasis.STRONG)}: {_text(cause.summary)}"
    if cause.symbols:
        names = [_symbol(name) for name in cause.symbols[:shown]]
        yield from _listed("symbol", names, cause.symbol_count)
    if cause.places:
        yield from _listed("in", [_text(place) for place in cause.places[:shown]], len(cause.places))
    again = f" (and {cause.count - 1:,} more like it)" if cause.count > 1 else ""
    yield f"  line {cause.line}: {_text(cause.message)}{again}"
    for reason in cause.reasons:
        yield f"  why: {_text(reason)}"
    if cause.follows:
        yield "  why: this may follow from what is reported above"
    for cure in cause.cures:
        yield f"  {style.paint('cure', Emphasis.GOOD)}: {_text(cure.text)}"
        if cure.command is not None:
            yield f"    {style.paint(printable(cure.command), Emphasis.NAME)}"
    if not cause.cures and not cause.follows:
        yield f"  help: arfix explain {cause.family.id}"
    for gap in cause.unchecked:
        yield f"  not checked: {_text(gap)}"


def _listed(label: str, names: Sequence[str], count: int) -> Iterator[str]:
    rest = f", and {count - len(names):,} more" if count > len(names) else ""
    if any(len(name) > 60 for name in names):
        for name in names:
            yield f"  {label}: {name}"
        if rest:
            yield f"  {label}: {rest[2:]}"
    else:
        yield f"  {label}: {', '.join(names)}{rest}"


def _symbol(name: str) -> str:
    readable = demangle(name)
    return _text(name) if readable is None else f"{_text(readable)} ({_text(name)})"


def _text(text: str) -> str:
    text = printable(text[: 4 * _LONGEST])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def describe_diagnosis(diagnosis: Diagnosis) -> dict[str, object]:
    """Return the diagnosis as JSON keys; `docs/json.md` describes them."""
    return {
        "log": diagnosis.log,
        "lines": diagnosis.lines,
        "failed": diagnosis.is_failure,
        "causes": [_describe(cause) for cause in diagnosis.causes],
        "together": list(diagnosis.together),
    }


def _describe(cause: Cause) -> dict[str, object]:
    return {
        "family": cause.family.id,
        "severity": "error" if cause.is_error else "warning",
        "summary": cause.summary,
        "meaning": cause.family.meaning,
        "subject": cause.subject or None,
        "symbols": [{"name": name, "demangled": demangle(name)} for name in cause.symbols],
        "symbol_count": cause.symbol_count,
        "places": list(cause.places),
        "count": cause.count,
        "line": cause.line,
        "message": cause.message,
        "reasons": list(cause.reasons),
        "cures": [{"text": cure.text, "command": cure.command} for cure in cause.cures],
        "unchecked": list(cause.unchecked),
        "follows": cause.follows,
        "link_command": cause.command,
    }
