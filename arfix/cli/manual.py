"""Man pages, `arfix.1` and one for each verb, made from the same declarations as the help pages.

    python -m arfix.cli.manual FOLDER     (which is `make man`)

Source: groff_man(7) for the macros.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from arfix.cli.commands import COMMANDS
from arfix.cli.examples import examples_of
from arfix.cli.group import make_app, make_verb_command
from arfix.cli.help_page import CONTEXT_SETTINGS, arguments_of, options_of
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXIT_STATUS = (
    ("0", "Done, or clean."),
    ("1", "Findings, or a refused edit, which writes nothing."),
    ("2", "Bad usage, or input that cannot be read."),
)
ENVIRONMENT = (
    ("SYSROOT", "The sysroot of apply, status, revert and recipe, if --sysroot is not given."),
    ("CROSS_COMPILE", "A prefix for the ld and ld.gold that verify and fix run, if those link for the machine."),
    ("SOURCE_DATE_EPOCH", "The date of added members, in seconds since 1970; 0 by default."),
    ("NO_COLOR", "If not empty, color is off by default, also if FORCE_COLOR is set."),
    ("FORCE_COLOR", "If neither empty nor 0, color is on by default, also in pipes and files."),
    ("ARFIX_DEBUG", "If not empty, an unexpected error shows its traceback."),
)
COMPLETION = (
    "`arfix --install-completion` installs completion for the current shell: bash, zsh, fish or PowerShell. It "
    "completes commands, options, rules, and the members and symbols of the archives that the line names. "
    "`arfix --show-completion` prints the script, for packages that install it system-wide."
)


def render_manual() -> Mapping[str, str]:
    """Return the text of every page by its file name."""
    group = get_command(make_app())
    assert isinstance(group, TyperGroup)  # noqa: S101 (for the type checker: typer declares a base class)
    pages = {"arfix.1": _program_page(group)}
    for verb in COMMANDS:
        pages[f"arfix-{verb}.1"] = _verb_page(verb, make_verb_command(verb))
    return pages


def _program_page(group: TyperGroup) -> str:
    title, body = paragraphs(group.help)
    verbs = [(f"arfix-{verb}(1)", entry.summary) for verb, entry in COMMANDS.items()]
    return "".join(
        (
            _header("arfix", title),
            ".SH SYNOPSIS\n.B arfix\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n",
            _section("DESCRIPTION", [title, *body]),
            _list("COMMANDS", verbs),
            _list("OPTIONS", options_of(group, command_context(group, "arfix"))),
            _list("EXIT STATUS", EXIT_STATUS),
            _list("ENVIRONMENT", ENVIRONMENT),
            _section("SHELL COMPLETION", [COMPLETION]),
        )
    )


def _verb_page(verb: str, command: TyperCommand) -> str:
    context = command_context(command, verb)
    title, body = paragraphs(command.help)
    pieces = " ".join(_roff(piece) for piece in command.collect_usage_pieces(context))
    return "".join(
        (
            _header(f"arfix-{verb}", title),
            f".SH SYNOPSIS\n.B arfix {_roff(verb)}\n{pieces}\n",
            _section("DESCRIPTION", [title, *body]),
            _list("ARGUMENTS", arguments_of(command)),
            _list("OPTIONS", options_of(command, context)),
            _list("EXIT STATUS", EXIT_STATUS),
            _examples(verb),
            ".SH SEE ALSO\n.BR arfix (1)\n",
        )
    )


def paragraphs(text: str | None) -> tuple[str, list[str]]:
    """Return the first paragraph of a help text, and the others, each on one line."""
    first, *others = [" ".join(part.split()) for part in (text or "").split("\n\n")]
    return first, others


def command_context(command: TyperCommand | TyperGroup, name: str) -> typer.Context:
    """Return a context in which a command describes itself."""
    return typer.Context(command, info_name=name, resilient_parsing=True, **CONTEXT_SETTINGS)


def _header(name: str, title: str) -> str:
    summary = _roff(title.rstrip("."))
    return f'.TH {name.upper()} 1 "" "arfix {__version__}" "User Commands"\n.SH NAME\n{_roff(name)} \\- {summary}\n'


def _section(title: str, paragraphs: Iterable[str]) -> str:
    return f".SH {title}\n" + ".PP\n".join(f"{_roff(text)}\n" for text in paragraphs)


def _list(title: str, rows: Iterable[tuple[str, str]]) -> str:
    entries = "".join(f".TP\n\\fB{_roff(term)}\\fR\n{_roff(' '.join(text.split()))}\n" for term, text in rows)
    return f'.SH "{title}"\n{entries}' if entries else ""


def _examples(verb: str) -> str:
    """Return the section of examples: each sentence, then its command line as it is typed."""
    entries = "".join(
        f".PP\n{_roff(one.does)}:\n.PP\n.nf\n.RS\n{_roff(one.line)}\n.RE\n.fi\n" for one in examples_of(verb)
    )
    return f".SH EXAMPLES\n{entries}" if entries else ""


def _roff(text: str) -> str:
    """Return text in roff: backslashes, hyphens and leading dots are escaped, and `code` is bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def write_manual(folder: Path) -> None:
    """Write all pages into the folder, and remove pages of verbs that no longer exist."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = render_manual()
    for old in folder.glob("*.1"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_manual(Path(sys.argv[1]))
