"""Provider members that the link pulls in lack symbols, or define symbols that another provider defines too.

## What it finds

Members of `--provider` archives that the archives under test pull in: symbols that only such members refer to and
nothing in the link defines, and symbols that two of them define. One finding of each kind per provider.

## Why it matters

The archives under test have no errors, but the link fails anyway. Typical causes: newlib's libc.a expects `_exit`
and `_sbrk` from the code for the board, libc and libgcc need each other, or two libraries contain the same
unwinder.

## What linkers do

All refuse it as any other undefined symbol or duplicate definition. Which members are pulled in depends on the
order of the libraries and on the linker.

## How to repair

- Add the missing library: `--provider` for the library of the board, `-lgcc`, `-lnosys`.
- If two providers define the same symbols, put the one that should be used first, or leave the other out.

## Example

    $ arfix check libapp.a --provider libc.a
    error provider-members: providers whose own members lack symbols or clash
      libapp.a
        2 symbols that libc.a's own members need are defined by nothing: _exit, _sbrk
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity, counted_names
from arfix.audit.rule import LinkRule, RuleText
from arfix.formats.model import Content
from arfix.linkage.compiler_runtime import part_outside, runtime_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="provider-members",
    title="providers whose own members lack symbols or clash",
    why="The archives under test have no errors; the link fails because of members that they pull in.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for the symbols that each provider's members lack, then for those they define again."""
    lacking: dict[int, list[str]] = {}
    for name, undefined in context.result.errors.items():
        if undefined.referrers and not any(map(context.is_under_test, undefined.referrers)):
            lacking.setdefault(context.owners[undefined.referrers[0]], []).append(name)
    for owner, names in lacking.items():
        yield from _lacks(context, owner, names)
    again: dict[tuple[int, int], list[str]] = {}
    for name, clash in context.result.clashes.items():
        if not any(context.is_under_test(number) for number in clash.definers):
            again.setdefault((clash.definers[0], clash.definers[1]), []).append(name)
    for (first, second), names in again.items():
        yield TEXT.finding(
            f"{_counted(names)} that {context.short_place(second)} defines {_is_or_are(names)} defined by "
            f"{context.short_place(first)} already: {counted_names(names)}",
            archive=context.first_archive,
            symbol=names[0] if len(names) == 1 else None,
            related=(context.place(second), context.place(first)),
        )


def _lacks(context: Context, owner: int, names: list[str]) -> Iterator[Finding]:
    """Yield one finding for symbols of the compiler's runtime and one for the others."""
    inputs = context.result.link.inputs
    first_unit = context.units[context.result.errors[names[0]].referrers[0]]
    is_coff = first_unit.content in (Content.COFF, Content.COFF_BIGOBJ)
    for kind in ("", "runtime", "start"):
        some = [name for name in names if part_outside(name, is_coff=is_coff) == kind]
        if not some:
            continue
        first = context.result.errors[some[0]]
        units = list(dict.fromkeys(n for name in some for n in context.result.errors[name].referrers))
        candidate = next((one for name in some for one in context.result.errors[name].candidates), None)
        remark = "" if candidate is None else f"; {candidate.place} has {candidate.name} ({candidate.kind.value})"
        if kind == "runtime":
            remark = _runtime_remark(context, some)
        elif kind == "start":
            remark = "; start files (crt1.o, crti.o), which are no part of this link, do"
        library = inputs[owner].where.path.replace("\\", "/").rpartition("/")[2]
        yield TEXT.finding(
            f"{_counted(some)} that {library}'s own members need {_is_or_are(some)} defined by nothing: "
            f"{counted_names(some)}{_pulled_by(context, first.referrers[0], some)}{remark}",
            archive=context.first_archive,
            symbol=some[0] if len(some) == 1 else None,
            related=tuple(context.place(number) for number in units),
            severity=Severity.INFO if kind else None,
        )


def _runtime_remark(context: Context, names: list[str]) -> str:
    """Return the remark that names the compiler's libraries with these symbols; empty if they are on the line."""
    given = [item.where.path.replace("\\", "/").rpartition("/")[2] for item in context.result.link.inputs]
    found = {runtime_of(name, names, [one.partition(".")[0] for one in given]) for name in names}
    libraries = sorted(one.value for one in found if one is not None)
    if not libraries:
        return "; the compiler's runtime that is given has none of them"
    return f"; the compiler's runtime does: add {' '.join(f'--provider {one}.a' for one in libraries)}"


def _pulled_by(context: Context, number: int, names: Sequence[str]) -> str:
    """Return which member under test pulls a provider's member in, and for which symbol."""
    chain = context.result.chain(number)
    for entry in chain:
        if not context.is_under_test(entry.unit) and entry.by is not None and context.is_under_test(entry.by):
            return (
                f" ({context.short_place(entry.by)} pulls {'it' if len(names) == 1 else 'them'} in for {entry.symbol})"
            )
    return ""


def _counted(names: Sequence[str]) -> str:
    return "1 symbol" if len(names) == 1 else f"{len(names)} symbols"


def _is_or_are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


RULE = LinkRule(TEXT, check)
