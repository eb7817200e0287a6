"""The page `docs/cli.md`: every command with arguments, options and examples, from the same declarations as `--help`.

python -m arfix.cli.reference FILE     (part of `make man`)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.core import TyperGroup
from typer.main import get_command

from arfix.cli.commands import COMMANDS
from arfix.cli.examples import examples_of
from arfix.cli.group import make_app, make_verb_command
from arfix.cli.help_page import arguments_of, options_of
from arfix.cli.manual import COMPLETION, ENVIRONMENT, EXIT_STATUS, command_context, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer.core import TyperCommand

#: Options of every command, described once at the top.
_SHARED = ("--json", "-q, --quiet", "--color", "-h, --help")

_CODE = re.compile(r"(`[^`]*`)")
#: What would be markup in the help texts, which are plain text but for `code`.
_MARKUP = re.compile(r"[\\*_<>\[\]|]")


def render_reference() -> str:
    """Return the page as Markdown."""
    group = get_command(make_app())
    assert isinstance(group, TyperGroup)  # noqa: S101 (for the type checker: typer declares a base class)
    first, body = paragraphs(group.help)
    rows = [(f"[{verb}](#{verb})", _text(entry.summary)) for verb, entry in COMMANDS.items()]
    return (
        "\n".join(
            (
                "# Commands\n",
                "<!-- written by `make man` from the commands themselves -->\n",
                "```text\narfix [OPTIONS] COMMAND [ARGUMENTS]\n```\n",
                *(f"{_text(text)}\n" for text in (first, *body)),
                f"{_table(('command', 'what it does'), rows)}",
                "## Options of every command\n",
                _options(options_of(group, command_context(group, "arfix"))),
                "Except for `--version` and those for completion, they may stand before or behind the command.\n",
                "## Exit status\n",
                _table(("status", "meaning"), [(code, _text(text)) for code, text in EXIT_STATUS]),
                "## Environment\n",
                _table(("variable", "meaning"), [(f"`{name}`", _text(text)) for name, text in ENVIRONMENT]),
                "## Shell completion\n",
                f"{_text(COMPLETION)} See [completing commands](how-to/complete-in-the-shell.md).\n",
                *(_verb(verb, make_verb_command(verb)) for verb in COMMANDS),
            )
        ).rstrip()
        + "\n"
    )


def _verb(verb: str, command: TyperCommand) -> str:
    context = command_context(command, verb)
    title, body = paragraphs(command.help)
    usage = " ".join(("arfix", verb, *command.collect_usage_pieces(context)))
    options = [one for one in options_of(command, context) if not one[0].startswith(_SHARED)]
    arguments = [(f"`{name.replace('|', chr(92) + '|')}`", _text(text)) for name, text in arguments_of(command)]
    examples = "\n\n".join(f"# {one.does}\n{one.line}" for one in examples_of(verb))
    return "\n".join(
        (
            f"## {verb}\n",
            f"```text\n{usage}\n```\n",
            *(f"{_text(text)}\n" for text in (title, *body)),
            *([f"```sh\n{examples}\n```\n"] if examples else []),
            *([_table(("argument", "meaning"), arguments)] if arguments else []),
            *([_options(options)] if options else []),
        )
    )


def _options(options: Iterable[tuple[str, str]]) -> str:
    rows = [(f"`{term.replace('|', chr(92) + '|')}`", _text(text)) for term, text in options]
    return _table(("option", "meaning"), rows)


def _table(titles: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {one} | {other} |\n" for one, other in (titles, ("---", "---"), *rows)]
    return "".join(lines)


def _text(text: str) -> str:
    """Return help text as Markdown in one line: `code` stays, everything else that would be markup is escaped."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(
        part.replace("|", "\\|") if part.startswith("`") else _MARKUP.sub(r"\\\g<0>", part) for part in parts
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_reference(), encoding="utf-8")
