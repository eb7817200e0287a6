"""`arfix symbols`: change the names, binding and visibility of the symbols that an archive defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.complete import complete_members, complete_symbols
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.list_files import read_list_file
from arfix.cli.run_edit import run_edit
from arfix.edits.requests import SymbolEdit
from arfix.edits.symbol_lists import collect_renames, decode_names, decode_rename, decode_renames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan


def symbols(
    ctx: typer.Context,
    archive: ArchiveArgument,
    patterns: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATTERN...",
            autocompletion=complete_symbols,
            help="Names or globs of symbols that the archive defines.",
        ),
    ] = None,
    *,
    localize: Annotated[bool, typer.Option("--localize", help="Make the symbols local to their member.")] = False,
    globalize: Annotated[bool, typer.Option("--globalize", help="Make local symbols global.")] = False,
    weaken: Annotated[bool, typer.Option("--weaken", help="Make the symbols weak.")] = False,
    hide: Annotated[
        bool, typer.Option("--hide", help="Give the symbols hidden visibility: linked, but not exported.")
    ] = False,
    hide_all_but: Annotated[
        bool,
        typer.Option(
            "--hide-all-but", help="Make all other symbols private to the archive, where members still find them."
        ),
    ] = False,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", autocompletion=complete_symbols, help="Rename a symbol and all references to it."
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            metavar="P", help="Prefix the symbols (default: all) with P; may be combined with --hide-all-but."
        ),
    ] = None,
    member: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEL",
            autocompletion=complete_members,
            help="Change only definitions in these members (as for strip).",
        ),
    ] = None,
    names_from: Annotated[
        list[str] | None, typer.Option("--from", metavar="FILE", help="Read more PATTERNs from FILE, one per line.")
    ] = None,
    rename_from: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Read renames from FILE, one OLD NEW pair per line.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Proceed even if references dangle or names collide.")] = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Change the names, binding or visibility of symbols that an archive defines.

    Symbols that it needs from elsewhere are never renamed, and members without changed symbols keep every byte. FILEs
    have the format of objcopy's --localize-symbols and --redefine-syms.
    """
    flags = {
        SymbolEdit.LOCALIZE: localize,
        SymbolEdit.GLOBALIZE: globalize,
        SymbolEdit.WEAKEN: weaken,
        SymbolEdit.HIDE: hide,
        SymbolEdit.HIDE_ALL_BUT: hide_all_but,
        SymbolEdit.RENAME: bool(rename or rename_from),
        SymbolEdit.PREFIX: prefix is not None and not hide_all_but,
    }
    changes = [change for change, wanted in flags.items() if wanted]
    if len(changes) != 1 or prefix == "":
        raise UsageError(
            "choose one change: --localize, --globalize, --weaken, --hide, --hide-all-but, --rename or --prefix P",
            hint="arfix symbols --help",
        )
    change = changes[0]
    chosen = [*(patterns or ()), *(name for path in names_from or () for name in decode_names(*read_list_file(path)))]
    renames = _renames(rename or (), rename_from or ())
    if change is SymbolEdit.RENAME and chosen:
        raise UsageError("--rename takes OLD=NEW and no PATTERN", hint="arfix symbols --help")
    if change not in {SymbolEdit.RENAME, SymbolEdit.PREFIX} and not chosen:
        raise UsageError("no PATTERN is named, and no --from", hint="arfix symbols --help")

    def plan(opened: Archive) -> Plan:
        return api.symbols(
            opened, change, chosen, renames=renames, prefix=prefix or "", members=member or (), force=force
        )

    return run_edit(ctx, archive, plan, to=to, dry_run=dry_run)


def _renames(words: Sequence[str], paths: Sequence[str]) -> dict[str, str]:
    pairs = [decode_rename(word) for word in words]
    for path in paths:
        pairs += decode_renames(*read_list_file(path))
    return collect_renames(pairs)
