"""A symbol that the archives need is defined by nothing in the link.

## What it finds

Symbols that a member in the link refers to and that no archive under test, no provider and not the linker itself
defines. Weak references may stay unfound and are not told. One finding per symbol and archive.

With providers (`--provider`, `--sysroot`) such a symbol is an error: the platform does not have it. Without any, it is
information: what the archive wants from elsewhere.

## Why it matters

On demand a member that needs something the platform lacks never enters a link, unless somebody wants what it
defines. Under `--whole-archive` it always does. OpenSSL's `bss_log.o` is the classic: it calls openlog, syslog and
closelog, nothing in OpenSSL calls it, and a platform without syslog can link libcrypto.a on demand and not whole.

## What linkers do

GNU ld, gold, lld and mold all say `undefined reference` or `undefined symbol` and fail, for an executable. With
`-shared` they accept it: the symbol becomes undefined in `.dynsym`, and the program fails when the library is
loaded.

## How to repair

- Nothing else needs the member: remove it, with `arfix strip libx.a MEMBER`. The names in the finding are those the
  objects use: a fortified build calls `__syslog_chk`, so a stub for `syslog` would not help.
- The member is needed: give the link a stub that fails honestly, with `arfix stub SYMBOL --like libx.a --into
  libx.a`. Never stub what any library of the platform defines.
- An archive stored as a member defines it: `arfix flatten libx.a`, which the finding then says.
- The symbol comes from a library that was not named: add `--provider libthat.a`. Names that the compiler calls by
  itself (`__aeabi_idiv`, `__udivdi3`, ...) come from its runtime: `--provider $(gcc -print-libgcc-file-name)`. They
  get no stub, since a division that always returns the same is no honest failure.

## Example

    $ arfix check libcrypto.a --provider libc.a
    error undefined-symbol: symbols that nothing in the link defines
      libcrypto.a
        libcrypto-lib-bss_log.o  __syslog_chk  nothing in the link defines it
        libcrypto-lib-bss_log.o  closelog      nothing in the link defines it
        libcrypto-lib-bss_log.o  openlog       nothing in the link defines it
        repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.edits.platform import is_platform_library
from arfix.edits.requests import Flatten, Strip, Stub
from arfix.errors import ArfixError
from arfix.linkage.compiler_runtime import is_compiler_runtime
from arfix.objects.inspect import inspect_object
from arfix.objects.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Undefined

TEXT = RuleText(
    id="undefined-symbol",
    title="symbols that nothing in the link defines",
    why="On demand such a member sleeps; whole, it enters and the link fails, or a -shared one fails when loaded.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

#: With more symbols than this missing from one archive, a provider was forgotten rather than a stub.
_MOST_STUBS = 40


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each symbol and archive that misses it, archive by archive in link order."""
    missing: dict[int, list[tuple[Undefined, tuple[int, ...]]]] = {}
    for undefined in context.result.errors.values():
        by_input: dict[int, list[int]] = {}
        for number in undefined.referrers:
            if context.is_under_test(number):
                by_input.setdefault(context.owners[number], []).append(number)
        for item, referrers in by_input.items():
            missing.setdefault(item, []).append((undefined, tuple(referrers)))
    for item in sorted(missing):
        entries = sorted(missing[item], key=lambda entry: (entry[1][0], entry[0].name))
        fixes = _Fixes(context, entries)
        for undefined, numbers in entries:
            yield TEXT.finding(
                _message(context, undefined, numbers) + fixes.remark(undefined.name),
                archive=context.path(numbers[0]),
                member=context.member(numbers[0]),
                symbol=undefined.name,
                fix=fixes.of(undefined.name, numbers),
                related=tuple(context.place(number) for number in numbers),
                severity=TEXT.severity if context.settings.has_providers else Severity.INFO,
            )


def _message(context: Context, undefined: Undefined, numbers: tuple[int, ...]) -> str:
    what = "nothing in the link defines it" if context.settings.has_providers else "has to come from elsewhere"
    if undefined.hidden:
        what += ", and no shared object can: it is referred to as hidden"
    if len(numbers) > 1:
        what += f"; {len(numbers)} members need it"
    return what


class _Fixes:
    """Repairs for the symbols one archive misses: open what is nested, strip members nobody needs, stub the rest."""

    def __init__(self, context: Context, entries: list[tuple[Undefined, tuple[int, ...]]]) -> None:
        self.context = context
        self.can_go: dict[frozenset[int], bool] = {}
        self.nested = _nested_definitions(context, context.owners[entries[0][1][0]])
        kept = [
            undefined.name
            for undefined, numbers in entries
            if undefined.name not in self.nested
            and not is_compiler_runtime(undefined.name)
            and not self._strippable(numbers)
        ]
        self.stub: Fix | None = None
        if kept and len(kept) <= _MOST_STUBS:
            path = context.path(entries[0][1][0])
            self.stub = Fix(path, Stub(tuple(kept)))

    def remark(self, name: str) -> str:
        """Return what to add to the message: where the symbol is, one archive deeper or in a library not named."""
        if name in self.nested:
            return f"; {self.nested[name]}, stored as a member here, would"
        if is_compiler_runtime(name) and self.context.settings.has_providers:
            return "; the compiler's runtime does: add --provider libgcc.a"
        return ""

    def of(self, name: str, numbers: tuple[int, ...]) -> Fix | None:
        """Return the repair for one symbol; None where nobody said what the platform has."""
        if name in self.nested:
            sysroot = self.context.settings.sysroot
            return Fix(self.context.path(numbers[0]), Flatten(platform=() if sysroot is None else (sysroot,)))
        if not self.context.settings.has_providers or is_compiler_runtime(name):
            return None
        if self._strippable(numbers):
            return Fix(self.context.path(numbers[0]), Strip(tuple(map(self.context.selector, numbers))))
        return self.stub

    def _strippable(self, numbers: tuple[int, ...]) -> bool:
        """Tell whether this archive's members that need the symbol can go, and something of the archive stays.

        What other archives need is told there, with a repair of its own.
        """
        here = frozenset(numbers)
        if here not in self.can_go:
            item = self.context.owners[numbers[0]]
            stays = any(self.context.owners[number] == item and number not in here for number in self.context.entered)
            self.can_go[here] = stays and self.context.can_go(here)
        return self.can_go[here]


def _nested_definitions(context: Context, item: int) -> dict[str, str]:
    """Return what archives stored as members of one input define, each symbol with that member's name.

    Libraries of the platform are left out: those are to be dropped, not opened.
    """
    found: dict[str, str] = {}
    for unit in context.result.link.inputs[item].units:
        if unit.content is not Content.ARCHIVE or is_platform_library(unit.name):
            continue
        try:
            nested = read_archive(BytesSource(unit.where, unit.view), unit.where)
            names = [name for member in nested for name in inspect_object(member.data).definitions]
        except ArfixError:
            continue
        found |= {name: unit.name for name in names if name not in found}
    return found


RULE = LinkRule(TEXT, check)
