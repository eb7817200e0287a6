"""`arfix stub`: generate objects with stubs for functions that a platform lacks, without a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import open_archive, save, save_chunks
from arfix.archive.source import extent_of
from arfix.cli.archive_options import DryRunOption
from arfix.cli.complete import complete_functions
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.run_edit import run_edit
from arfix.edits.stub import StubRequest, parse_request
from arfix.errors import EditError, Where
from arfix.linkage.inputs import archive_input
from arfix.report.stub import Snippet, Stubbed, describe_requests, describe_stubbed, render_stubbed
from arfix.report.stub_source import render_c, render_header, render_snippet
from arfix.stubs.build import Options
from arfix.stubs.platform import CLibrary
from arfix.symbols.demangled import looks_demangled, mangled_names

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan
    from arfix.stubs.target import StubTarget


def stub(
    ctx: typer.Context,
    symbols: Annotated[
        list[str],
        typer.Argument(
            metavar="SYMBOL...",
            autocompletion=complete_functions,
            help="NAME, or NAME=WHAT with WHAT one of void, 0, -1, null, ENOSYS, VALUE/ERROR, return:ERROR, trap, "
            "data:SIZE, alias:OTHER.",
        ),
    ],
    *,
    like: Annotated[
        str | None, typer.Option(metavar="FILE", help="Copy machine, ABI and hardening from this archive or object.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="TRIPLE", help="The target, such as arm-none-eabi, instead of --like.")
    ] = None,
    libc: Annotated[
        CLibrary | None,
        typer.Option("--libc", help="The C library, which decides how errno is reached, if it cannot be detected."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="FILE.a: one object per symbol; FILE.o: one object for all."
        ),
    ] = None,
    into: Annotated[
        str | None, typer.Option(metavar="ARCHIVE", help="Add one object per symbol to this archive.")
    ] = None,
    strong: Annotated[bool, typer.Option("--strong", help="Define global symbols instead of weak ones.")] = False,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Define hidden symbols, which no shared object exports.")
    ] = False,
    warn: Annotated[bool, typer.Option("--warn", help="Make GNU ld and gold warn where a stub is used.")] = False,
    c: Annotated[bool, typer.Option("--c", help="Print the stubs as C source.")] = False,
    header: Annotated[
        bool,
        typer.Option(
            "--header", help="Print a header with __stub_NAME macros, and settings for configure, CMake and Meson."
        ),
    ] = False,
    snippet: Annotated[
        Snippet | None, typer.Option("--snippet", help="Print only the settings for one build system.")
    ] = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Generate stubs for functions that the platform lacks, for any machine, without a compiler.

    A plain NAME fails the way POSIX or ISO C lets that function fail: openlog does nothing, getaddrinfo returns
    EAI_FAIL; an unknown function returns -1 with errno ENOSYS. Symbols are weak, so that a real definition wins.
    """
    requests = [parse_request(_as_stored(symbol, like or into)) for symbol in symbols]
    options = Options(strong=strong, hidden=hidden, warn=warn)
    texts = _texts(requests, options, c=c, header=header, snippet=snippet)
    if to is None and into is None and not texts:
        raise typer.BadParameter(
            "say where the stubs go: -o FILE.a, -o FILE.o or --into ARCHIVE", param_hint="--output"
        )
    if to is not None and into is not None:
        raise typer.BadParameter("use one of -o and --into", param_hint="--into")
    if to is not None and not to.endswith((".a", ".o")):
        raise typer.BadParameter(f"{to}: the name has to end in .a or .o", param_hint="--output")
    output = Output.of(ctx)
    if hidden and not strong:
        output.warn("a weak hidden symbol takes a real definition of its name out of the dynamic symbol table")
    _print(output, requests, texts)
    if into is not None:
        if like is not None and target is not None:
            raise typer.BadParameter("use one of --like and --target", param_hint="--like")

        def plan(archive: Archive) -> Plan:
            return api.stub(
                archive, requests, like=like, target=target, libc=libc, strong=strong, hidden=hidden, warn=warn
            )

        return run_edit(ctx, into, plan, dry_run=dry_run)
    if to is not None:
        chosen = _target(like, target, libc)
        _make(output, Stubbed(requests, chosen, options, to, dry_run))
    return ExitCode.DONE


def _as_stored(word: str, path: str | None) -> str:
    """Return the word with its symbol mangled: `ns::f(int)` is looked up among the symbols of the archive at `path`.

    Raises:
        EditError: No archive is named, or not exactly one of its symbols has that name.
    """
    if not looks_demangled(word):
        return word
    end = word.rfind(")") + 1
    equals = word.find("=", end)
    name, rest = (word, "") if equals < 0 else (word[:equals], word[equals:])
    if path is None:
        raise EditError(f"{name} is no name that objects use", hint="Name the archive that needs it: --into or --like.")
    with open_archive(path) as archive:
        tables = [unit.table for unit in archive_input(archive, Where(path)).units]
    known = {
        one for table in tables for names in (table.undefined, table.undefined_weak, table.strong) for one in names
    }
    found = mangled_names(name, known)
    if len(found) != 1:
        said = (
            f"{len(found)} symbols are called {name}: {', '.join(found[:4])}" if found else f"nothing refers to {name}"
        )
        raise EditError(said, where=Where(path), hint="`arfix inspect --symbols` lists what an archive needs.")
    return found[0] + rest


def _texts(
    requests: list[StubRequest], options: Options, *, c: bool, header: bool, snippet: Snippet | None
) -> dict[str, str]:
    """Return the texts to print, by their keys in JSON."""
    if not (c or header or snippet):
        return {}
    texts = {}
    if c:
        texts["c"] = render_c(requests, options)
    if header:
        texts["header"] = render_header(requests)
    if snippet is not None:
        texts["snippet"] = render_snippet(requests, snippet)
    return texts


def _print(output: Output, requests: list[StubRequest], texts: dict[str, str]) -> None:
    if texts:
        output.show(
            text=lambda: "\n".join(texts.values()), data=lambda: {"stubs": describe_requests(requests), **texts}
        )


def _make(output: Output, stubbed: Stubbed) -> None:
    """Generate the object or archive, write it, and report it."""
    strong, hidden, warn = stubbed.options
    if stubbed.path.endswith(".a"):
        archive = api.stub_archive(stubbed.requests, target=stubbed.target, strong=strong, hidden=hidden, warn=warn)
        notes = () if stubbed.dry_run else save(archive, stubbed.path).notes
    else:
        data = api.stub_object(stubbed.requests, target=stubbed.target, strong=strong, hidden=hidden, warn=warn)
        chunk = extent_of(data, Where(stubbed.path))
        notes = () if stubbed.dry_run else save_chunks([chunk], stubbed.path).notes
    for note in notes:
        output.note(note)
    output.show(text=lambda: render_stubbed(stubbed, output.style), data=lambda: describe_stubbed(stubbed))


def _target(like: str | None, triple: str | None, libc: CLibrary | None) -> StubTarget:
    """Return the target that --like or --target names.

    Raises:
        ArfixError: The target of the file cannot be determined.
        typer.BadParameter: Neither or both are given.
    """
    if like is not None and triple is not None:
        raise typer.BadParameter("use one of --like and --target", param_hint="--like")
    if like is None and triple is None:
        raise typer.BadParameter("say for which machine: --like FILE or --target TRIPLE", param_hint="--target")
    return api.stub_target(like=like, target=triple, libc=libc)
