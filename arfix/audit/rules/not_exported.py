"""A shared object needs a symbol that the link defines and does not export.

## What it finds

For each `--needed-by FILE.so`: symbols it leaves undefined which an archive of the link defines, but which do not
reach the export table (`.dynsym`) of the output, or whose member is not pulled in where archives are read on demand.
One finding per symbol and archive that defines it.

## Why it matters

A host program that carries a library whole serves modules that are loaded later. A symbol that is in the program
and hidden is as good as absent: the module fails at dlopen with `undefined symbol`, long after a green link.

## What linkers do

They export what is not hidden, with `--export-dynamic` (for a shared object always), and say nothing of the rest.
Visibility merges over references too: OpenSSL's `OPENSSL_cpuid_setup` is default where it is defined and hidden
where another member refers to it, so it is hidden.

## How to repair

- Nothing in the host asks for the member: link the archive whole, or ask for the symbol with `-u`.
- A hidden weak copy hides the real one: `arfix symbols libx.a --localize SYMBOL` on the archive that holds the
  copy.
- The library hides the symbol on purpose: the module must not use it; build the module against the public
  interface, or the library with the symbol public.

## Example

    $ arfix check libcrypto.a --provider libc.a --needed-by _ssl.so
    error not-exported: needed symbols that are not exported
      libcrypto.a
        libcrypto-lib-cpuid.o  OPENSSL_cpuid_setup  needed by _ssl.so, but hidden by libcrypto.a(libcrypto-lib-init.o)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.audit.rules.hidden_weak_shadow import HIDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="not-exported",
    title="needed symbols that are not exported",
    why="The link is green, and the module fails when it is loaded: what is hidden in the host is as good as absent.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol that a module needs and the link defines without exporting it."""
    result = context.result
    modules = {
        item.where.path: item.needs for item in result.link.inputs if item.where.path in context.settings.needed_by
    }
    needers: dict[str, list[str]] = {}
    for path, needs in modules.items():
        for name in needs:
            if name in result.winners and name not in result.exported:
                needers.setdefault(name, []).append(path)
    for name in sorted(needers):
        definer = result.winners[name]
        hider = _hider(context, name)
        reason = "not exported" if hider is None else f"hidden by {context.place(hider)}"
        yield TEXT.finding(
            f"needed by {', '.join(needers[name])}, but {reason}",
            archive=context.path(definer),
            member=context.member(definer),
            symbol=name,
            fix=None if hider is None else _fix(context, hider, definer, name),
            related=() if hider is None else (context.place(hider),),
        )
    yield from _left_out(context, modules)


def _left_out(context: Context, modules: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Yield a finding for each needed symbol whose only definitions are in members that do not enter."""
    result = context.result
    had = result.winners.keys() | {name for item in result.link.inputs for name in item.names}
    wanted = {name for needs in modules.values() for name in needs} - had
    told: set[str] = set()
    for number in context.under_test if wanted else ():
        if number in result.cause:
            continue
        for name in sorted(wanted.intersection(context.units[number].definitions) - told):
            told.add(name)
            needers = ", ".join(path for path, needs in modules.items() if name in needs)
            yield TEXT.finding(
                f"needed by {needers}, but nothing in the link pulls this member in: add -u {name}, or link it whole",
                archive=context.path(number),
                member=context.member(number),
                symbol=name,
            )


def _hider(context: Context, name: str) -> int | None:
    """Return the first unit in the link that marks the symbol hidden."""
    numbers = (entry.unit for entry in context.result.entered)
    return min(
        (number for number in numbers if context.units[number].table.visibility.get(name) in HIDING), default=None
    )


def _fix(context: Context, hider: int, definer: int, name: str) -> Fix | None:
    """Return the repair for a weak copy that is not the definition in use; None if the cause is another."""
    if hider != definer and name in context.units[hider].table.weak:
        return context.localizing(hider, [name])
    return None


RULE = LinkRule(TEXT, check)
