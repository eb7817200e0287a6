"""Nothing in the link defines a symbol that the archives need.

## What it finds

Symbols that a member in the link refers to and that are not defined by an archive under test, a provider or the
linker. Weak references may stay undefined and are not reported. One finding per symbol and archive.

With providers (`--provider`, `--sysroot`, or a link command) such a symbol is an error, since the platform does not
have it. Without any, it is info: a symbol that the archive takes from other libraries. It is info, too, where the
link command lets it stay undefined: `-shared` without `-z defs`, `--unresolved-symbols=ignore-all`.

## Why it matters

Linked on demand, a member that needs something the platform lacks is never used, unless something needs its
symbols. With `--whole-archive` it is always linked. A typical case is OpenSSL's `bss_log.o`: it calls openlog,
syslog and closelog, and nothing in OpenSSL calls it. A platform without syslog can link libcrypto.a on demand, but
not whole.

## What linkers do

For an executable, GNU ld, gold, lld and mold report `undefined reference` or `undefined symbol` and fail. With
`-shared` they accept it: the symbol stays undefined in `.dynsym`, and loading the library fails.

## How to repair

- Nothing else needs the member: remove it with `arfix strip libx.a MEMBER`. The finding has the names that the
  objects use: a fortified build calls `__syslog_chk`, so a stub for `syslog` would not help.
- The member is needed: add a stub that reports failure, with `arfix stub SYMBOL --like libx.a --into libx.a`. Never
  stub a function that a library of the platform defines.
- A nested archive defines it: `arfix flatten libx.a`. The finding says so in this case.
- The symbol comes from a library that is not in the link: the finding names the library if it is in the directory
  of the archive or of a provider, in the sysroot, in a `.pc` file of the archive, or known by the names that it
  defines. Add it to the link, and `--provider libthat.a` to the check. Functions that the compiler calls implicitly
  (`__aeabi_idiv`, `__atomic_load_8`, `_Unwind_Resume`, ...) come from one of its own libraries: `--provider $(gcc
  -print-file-name=libatomic.a)`. They get no stub, since such a function cannot report failure.
  Nor does a function that arfix does not know, where its name or a `.pc` file points at a library that is missing.

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

from arfix.audit.finding import Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.audit.rule_options import RuleOption
from arfix.formats.model import Content
from arfix.linkage.compiler_runtime import is_always_there
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Undefined

#: With more symbols than this missing from one archive, a provider was forgotten rather than a stub.
MOST_STUBS = RuleOption("undefined-symbol", "most-stubs", 40, "Offer no stubs if an archive misses more symbols.")

TEXT = RuleText(
    id="undefined-symbol",
    title="symbols that nothing in the link defines",
    why="On demand such a member is often not used; whole, it is, and the link fails (with -shared, loading fails).",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
    options=(MOST_STUBS,),
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each undefined symbol and archive that refers to it, in link order of the archives."""
    missing: dict[int, list[tuple[Undefined, tuple[int, ...]]]] = {}
    evaluated = context.result.link.rules.evaluated
    for undefined in context.result.undefined.values():
        by_input: dict[int, list[int]] = {}
        for number in undefined.referrers:
            if context.is_under_test(number):
                by_input.setdefault(context.owners[number], []).append(number)
        if undefined.required and not undefined.referrers:
            asks = "--defsym needs its address" if undefined.name in evaluated else "the command requires it"
            who = "no object" if context.result.provided.get(undefined.name) is not None else "nothing"
            yield TEXT.finding(
                f"{asks}, and {who} in the link defines it",
                archive=context.first_archive,
                symbol=undefined.name,
            )
        for item, referrers in by_input.items():
            missing.setdefault(item, []).append((undefined, tuple(referrers)))
    if not missing:
        return
    from arfix.audit.undefined_repairs import UndefinedRepairs, nested_definitions  # noqa: PLC0415 (a clean link)

    nested = nested_definitions(context)
    most_stubs = context.settings.value_of(MOST_STUBS)
    for item in sorted(missing):
        entries = sorted(missing[item], key=lambda entry: (entry[1][0], entry[0].name))
        repairs = UndefinedRepairs(context, entries, nested, most_stubs)
        for undefined, numbers in entries:
            yield TEXT.finding(
                _message(context, undefined, numbers) + repairs.remark(undefined.name),
                archive=context.path(numbers[0]),
                member=context.member(numbers[0]),
                symbol=undefined.name,
                fix=repairs.of(undefined.name),
                related=tuple(context.place(number) for number in numbers),
                severity=_severity(context, undefined),
                cause=repairs.causes.get(undefined.name),
            )


def _message(context: Context, undefined: Undefined, numbers: tuple[int, ...]) -> str:
    what = "nothing in the link defines it" if context.settings.has_providers else "has to come from elsewhere"
    if undefined.tolerated:
        what += ", and the command lets it stay undefined"
    if undefined.hidden:
        what += ", and no shared object can: it is referred to as hidden"
    if _may_be_dropped(context, undefined):
        what += "; only bitcode refers to it, and the link may find that code unused and drop it"
    if _may_be_stripped(context):
        what += "; the link succeeds if -dead_strip removes the code that needs it, which is not followed"
    if len(numbers) > 1:
        what += f"; {len(numbers)} members need it"
    return what


def _severity(context: Context, undefined: Undefined) -> Severity:
    if not context.settings.has_providers or undefined.tolerated or is_always_there(undefined.name):
        return Severity.INFO
    return Severity.WARNING if _may_be_dropped(context, undefined) else TEXT.severity


def _may_be_stripped(context: Context) -> bool:
    """Return whether the linker looks for undefined symbols only in code that something reaches (`-dead_strip`)."""
    command = context.settings.command
    if command is None or "-dead_strip" not in command.not_modelled:
        return False
    # A library exports all that it defines, unless it is told what to export.
    return command.target is not Target.SHARED or any(word.startswith("-exported_symbol") for word in command.words)


def _may_be_dropped(context: Context, undefined: Undefined) -> bool:
    """Return whether link-time optimisation may drop all references to the symbol, as LLVM's does in a program.

    A shared object keeps what it exports; GCC's plugin calls the symbol undefined either way.
    """
    if context.result.link.target not in (Target.EXECUTABLE, Target.PIE):
        return False
    return all(context.units[number].content is Content.BITCODE for number in undefined.referrers)


RULE = LinkRule(TEXT, check)
