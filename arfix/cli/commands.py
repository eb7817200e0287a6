"""The table of verbs: name, summary and module, so that `arfix --help` imports none of them.

To add a verb `polish`:

1. Write `arfix/cli/polish.py` with a function `polish`. Its parameters carry typer's annotations, its docstring is the
   help text, and it returns an `ExitCode`. typer evaluates the annotations, so import what they name at the top of the
   module and not under `TYPE_CHECKING`:

       def polish(
           ctx: typer.Context,
           archive: ArchiveArgument,
           *,
           wax: Annotated[bool, typer.Option("--wax", help="Apply wax.")] = False,
           to: OutputOption = None,
           dry_run: DryRunOption = False,
       ) -> ExitCode:
           '''Polish an archive.'''
           request = Polish(wax)
           return run_edit(ctx, archive, lambda opened: plan(opened, request), to=to, dry_run=dry_run)

   A verb that edits one archive leaves everything but the plan to `run_edit`. Any other verb prints through its
   `Output`:

           output = Output.of(ctx)
           output.show(text=lambda: render_polish(result, output.style), data=lambda: describe_polish(result))
           return ExitCode.DONE

2. Add a line to `COMMANDS`: the name, and the first line of that docstring. A verb that changes files is also named in
   `EDITING`. A feature folder names its own module, as `image` and `diff` do.
3. Test it in `tests/cli/test_polish.py`, describe its JSON keys in `docs/json.md` (`tests/test_json_docs.py` looks them
   up there), and run `make man` and `make golden`.

Dashes in a verb's name are underscores in its file and function. `--json`, `--quiet`, `--color` and `--help` are added
to every verb by `arfix/cli/group.py`. Shared arguments and options:

- `archive_options.py`: ARCHIVE, `--output`, `--dry-run`, `--allow-outside`, `--jobs`;
- `link_options.py`: ARCHIVE..., `--target`, `--on-demand`, and `LinkOptions` (`--sysroot`, `--provider`, ...);
- `finding_options.py`: `--format`, `--all`, and `FindingOptions` (`--ignore`, `--fail-on`, ...);
- `recipe_options.py`: RECIPE, `--sysroot`, `--overlay`, `--no-wait`.

A parameter annotated with one of the dataclasses has all their fields as options (`option_groups.py`). To add an option
to all verbs that link, add a field to `LinkOptions`; an option of a rule is declared in the rule's own module
(`arfix/audit/rule.py`).

A loop that may take long reports its steps (`arfix/steps.py`), which the progress line shows.

An `ArfixError` that leaves the function is reported and becomes the exit code (`exit_codes.py`). A verb that works
through several archives catches it, calls `output.error`, and goes on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.cli.exit_codes import ExitCode


class Verb(NamedTuple):
    """A line of the table.

    Attributes:
        summary: The first line of the verb's help.
        module: The module of its function; empty for `arfix.cli.VERB`.
        pages: A module beside that one documents more than rules: `find_pages(words)` returns the id and the page of
            whatever the words mean, for `arfix explain`, and `list_pages()` the id and title of all.
    """

    summary: str
    module: str = ""
    pages: str = ""


#: The verbs, in the order `arfix --help` shows them.
COMMANDS: dict[str, Verb] = {
    "inspect": Verb(
        "List the members of archives and what each one is, with the kind and index; nested archives as a tree."
    ),
    "strip": Verb("Remove members (like `ar d`; symbols stay), unless a remaining member needs them."),
    "flatten": Verb("Remove or splice archives that are stored inside an archive, which no linker reads."),
    "stub": Verb("Generate stubs for functions that the platform lacks, for any machine, without a compiler."),
    "index": Verb("Rebuild the symbol index from the symbols that members define (like `ranlib -D`)."),
    "convert": Verb("Convert an archive to another kind: gnu, gnu64, bsd, darwin, darwin64, coff or thin."),
    "normalize": Verb("Zero the dates, owners and modes of all members (like `ar D`), and repair the container."),
    "salvage": Verb("Recover the readable part of a damaged archive, and report what was kept and what was lost."),
    "extract": Verb("Extract members into a directory."),
    "check": Verb("Report what would break linking these archives, and how to fix it."),
    "merge": Verb("Merge archives and objects into one archive, in order, with an index."),
    "fix": Verb("Find the smallest repair that makes check pass, show what it costs, and apply it."),
    "ar": Verb("Run an MRI librarian script (like `ar -M`), with members in the order of the script."),
    "diff": Verb(
        "Compare two archives: members, the symbols they define, and the symbols they need from elsewhere.",
        "arfix.diff.command",
    ),
    "symbols": Verb("Change the names, binding or visibility of symbols that an archive defines."),
    "verify": Verb("Link these archives with real linkers, and compare the results with what check predicts."),
    "why": Verb("Explain why a symbol or member is in a link: what needs it, what pulls it in, what keeps it out."),
    "image": Verb(
        "Inspect linked images: which static libraries they contain, and whether each module finds its symbols.",
        "arfix.image.command",
    ),
    "survey": Verb(
        "Collect facts about all archives of a distribution as Parquet tables, and answer questions about them.",
        "arfix.survey.command",
    ),
    "diagnose": Verb(
        "Explain why a link failed, from the log of a build: the causes, and what repairs each of them.",
        "arfix.diagnose.command",
        pages="pages",
    ),
    "explain": Verb("Explain a rule or a linker's message: what it means, why it matters, and how to repair it."),
    "apply": Verb("Apply a recipe to a sysroot, completely or not at all."),
    "status": Verb(
        "List which archives are original, repaired, drifted (neither) or missing; exit 1 for the last two."
    ),
    "revert": Verb("Restore the originals of repaired archives, and remove the stub archives that were added."),
    "recipe": Verb("Check a recipe, or generate one from what check and fix find in a sysroot."),
    "hook": Verb("Print the lines that make a build system run `arfix apply`."),
}

#: Verbs whose result is in files, so that a message which cannot be printed does not change their exit code. The others
#: have no result but what they print.
EDITING = frozenset(
    {
        *("strip", "flatten", "stub", "index", "convert", "normalize", "salvage", "extract", "merge", "fix", "ar"),
        *("symbols", "apply", "revert", "recipe"),
    }
)

#: Verbs that take a link command behind `--` in place of archives.
LINKING = frozenset({"check", "why", "fix", "verify", "image", "diagnose"})


def find_pages(words: str) -> tuple[tuple[str, str], ...]:
    """Return the documentation that words lead to and that no rule has: for each part its id and its page."""
    found: list[tuple[str, str]] = []
    for verb in COMMANDS.values():
        if verb.pages:
            module = importlib.import_module(f"{verb.module.rpartition('.')[0]}.{verb.pages}")
            found += module.find_pages(words)
    return tuple(found)


def list_pages() -> tuple[tuple[str, str], ...]:
    """Return the id and the title of each page that no rule has."""
    found: list[tuple[str, str]] = []
    for verb in COMMANDS.values():
        if verb.pages:
            found += importlib.import_module(f"{verb.module.rpartition('.')[0]}.{verb.pages}").list_pages()
    return tuple(found)


def load_verb(verb: str) -> Callable[..., ExitCode]:
    """Import a verb of the table and return its function."""
    name = verb.replace("-", "_")
    module = importlib.import_module(COMMANDS[verb].module or f"arfix.cli.{name}")
    function: Callable[..., ExitCode] = getattr(module, name)
    return function
