"""The table of commands: one line each, read without importing any of them.

To add a verb `polish`:

1. write `arfix/cli/polish.py` with a function `polish` whose parameters are typer's, whose docstring is the help text,
   and which returns an `ExitCode`:

       def polish(ctx: typer.Context, archive: Annotated[str, typer.Argument(help="...")]) -> ExitCode:
           '''Make the archive shine.'''
           output = Output.of(ctx)
           ...
           output.show(text=lambda: render_polish(result, output.style), data=lambda: describe_polish(result))
           return ExitCode.DONE

   where the verb is worth starting without typer, import `typer` and `Annotated` under `if TYPE_CHECKING` and give it a
   line in `arfix/cli/plain.py`;

2. add its line to `COMMANDS`: the name, and the first line of that docstring;
3. test it in `tests/cli/test_polish.py`.

`--json`, `-q`, `--color` and `--help` are added to every verb by `arfix/cli/app.py`. An `ArfixError` that leaves the
function is reported and becomes the exit code; a verb over several archives catches it, calls `output.error`, goes on.
Dashes in a verb's name are underscores in its file and function.
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
        module: The module of its function; `arfix.cli.VERB` where it is empty.
    """

    summary: str
    module: str = ""


#: The verbs, in the order `arfix --help` shows them.
COMMANDS: dict[str, Verb] = {
    "inspect": Verb(
        "Show what archives hold: kind, index, and every member with what it is; nested archives as a tree."
    ),
    "strip": Verb("Remove members (as `ar d`; not symbols), unless a member that stays needs them."),
    "flatten": Verb("Take archives out of an archive, at any depth: no linker looks into them."),
    "stub": Verb("Make stubs of functions the platform lacks, for any machine, without a compiler."),
    "index": Verb("Rebuild the symbol index from what the members define (as `ranlib -D`)."),
    "convert": Verb("Write an archive as another kind: gnu, gnu64, bsd, darwin, darwin64, coff or thin."),
    "normalize": Verb(
        "Zero the dates, owners and modes of all members (as `ar D` writes them), and mend the container."
    ),
    "salvage": Verb("Write the readable part of a damaged archive, and say what was kept, what was lost and where."),
    "extract": Verb("Write members as files into one directory."),
    "check": Verb("Say what a link of these archives would run into, and what repairs it."),
    "merge": Verb("Put the members of several archives into one, in order, and index it."),
    "fix": Verb("Find the smallest repair after which check is clean, show it with its costs, and make it."),
    "ar": Verb("Run an MRI librarian script, as ar -M does, but with members in the order the script names them."),
    "diff": Verb(
        "Say how one archive differs from another: members, symbols, and what is needed from elsewhere.",
        "arfix.diff.command",
    ),
    "symbols": Verb("Change names, binding or visibility of symbols that the archive defines."),
    "verify": Verb("Link these archives for real and compare with what check predicts."),
    "why": Verb("Say why a symbol or member is in a link: who needs it, what pulls it in, what would keep it out."),
    "image": Verb(
        "Look into linked images: which static libraries are in them, and does every module find its symbols.",
        "arfix.image.command",
    ),
    "explain": Verb("Explain a rule of check: what it finds, why it matters, what linkers do, how to repair."),
    "apply": Verb("Repair a sysroot as its recipe says: all of it, or nothing."),
    "status": Verb(
        "Say which archives are original, repaired, drifted (neither) or missing; exit 1 for the latter two."
    ),
    "revert": Verb("Bring back the originals of repaired archives, and remove stub archives that were made."),
    "recipe": Verb("Check a recipe, or write a first one from what check and fix find in a sysroot."),
    "hook": Verb("Print what makes a build system run apply, ready to paste."),
}

#: Verbs whose outcome is in files: a message that cannot be printed changes nothing about it. For the others what they
#: print is all they do.
EDITING = frozenset(
    {
        *("strip", "flatten", "stub", "index", "convert", "normalize", "salvage", "extract", "merge", "fix", "ar"),
        *("symbols", "apply", "revert", "recipe"),
    }
)


def load_verb(verb: str) -> Callable[..., ExitCode]:
    """Import a verb of the table and return its function."""
    name = verb.replace("-", "_")
    module = importlib.import_module(COMMANDS[verb].module or f"arfix.cli.{name}")
    function: Callable[..., ExitCode] = getattr(module, name)
    return function
