"""A shared object needs a symbol that the link defines but does not export.

## What it finds

For each `--needed-by FILE.so`: its undefined symbols that an archive in the link defines, but that are not in the
export table (`.dynsym`) of the output, or whose member is not pulled in by a link on demand. One finding for each
symbol and each archive that defines it.

## Why it matters

A host program that contains a whole library provides its symbols to modules that are loaded later. They cannot use
a hidden symbol: the link succeeds, and the module fails at dlopen with `undefined symbol`.

## What linkers do

They export symbols that are not hidden, with `--export-dynamic` or in a shared object, and do not mention the
others. The visibility of references counts too: OpenSSL's `OPENSSL_cpuid_setup` has default visibility in its
definition and is hidden in a member that refers to it, so it is hidden in the output.

## How to repair

- Nothing in the host needs the member: link the archive whole, or request the symbol with `-u`.
- A hidden weak copy hides the real one: `arfix symbols libx.a --localize SYMBOL` on the archive with the copy.
- The library hides the symbol on purpose: change the module to use the public interface, or build the library with
  the symbol exported.

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
    why="The link succeeds, and loading the module fails: it cannot use symbols that the host does not export.",
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
