"""A shared object is linked without a version script that defines the versions of its symbols.

## What it finds

With `--target shared`: definitions such as `f@@V2` or `f@V1`, made by `.symver`, in members that are in the link, and
whose version no version script defines. One finding per symbol and archive. With a link command whose linker refuses
it: symbols that its version script names and that nothing in the link defines.

## Why it matters

A library that keeps old interfaces (libnuma, libfuse, libaio) gives its symbols versions, and its own build passes
a version script that defines these versions. The build of another shared object that contains the archive does not
have this script. An executable does not need it.

## What linkers do

GNU ld `version node not found for symbol f@@V2`, gold, lld and mold `symbol f has undefined version V2`. All fail.
gold accepts it where the symbol is hidden.

A version script that names a symbol which is not defined is refused by lld 16 and later (`version script assignment of
'V1' to symbol 'f' failed: symbol not defined`), and by the others with `--no-undefined-version`.

## How to repair

- Pass a version script that defines the versions: `-Wl,--version-script=lib.map`.
- Only the default version is needed: remove the version with `arfix symbols libx.a --rename 'f@@V2=f'`. Unversioned
  references still find the symbol.
- Link the library into the program, or use its shared object.
- The script names a symbol that is not defined: remove the name from it, or pass `-Wl,--undefined-version`.

## Example

    $ arfix check libfuse.a --target shared
    error version-node: versioned symbols without a version script
      libfuse.a
        fuse.o  fuse_new@@FUSE_2.6  no version script of this link defines FUSE_2.6
        repair: arfix symbols libfuse.a --rename fuse_new@@FUSE_2.6=fuse_new
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Safety, Severity
from arfix.audit.rule import LinkRule, RuleText
from arfix.edits.requests import SymbolEdit, Symbols
from arfix.linkage.model import Target
from arfix.symbols.name import SymbolName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.refusals import LinkerRefusal

TEXT = RuleText(
    id="version-node",
    title="versioned symbols without a version script",
    why="A shared object must define the versions of its symbols, and this link has no version script that does.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each versioned symbol and archive."""
    if context.settings.target is not Target.SHARED:
        return
    from arfix.audit.refusals import refusal_findings  # noqa: PLC0415 (start-up: this target alone)
    from arfix.linkage.refusals import RefusalKind  # noqa: PLC0415

    def fix(one: LinkerRefusal) -> Fix | None:
        name = SymbolName.parse(one.symbol)
        if one.unit is None or not name.is_default or name.base in context.result.clashes:
            return None
        request = Symbols(SymbolEdit.RENAME, renames=((one.symbol, name.base),))
        costs = (f"a program that asks for {name.reference} no longer finds it",)
        return Fix(context.path(one.unit), request, Safety.UNSAFE, costs)

    yield from refusal_findings(TEXT, context, RefusalKind.VERSION_NODE, _message, fix)
    yield from refusal_findings(TEXT, context, RefusalKind.UNDEFINED_VERSION, _undefined_message)


def _undefined_message(_: LinkerRefusal) -> str:
    return "the version script names it, and nothing in the link defines it; --undefined-version allows that"


def _message(one: LinkerRefusal) -> str:
    return f"no version script of this link defines {SymbolName.parse(one.symbol).version}"


RULE = LinkRule(TEXT, check)
