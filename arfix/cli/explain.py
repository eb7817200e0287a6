"""`arfix explain [RULE|MESSAGE]...`: explain rules, and what linkers print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import rules as api
from arfix.audit.ignores import near_rules
from arfix.audit.registry import RULE_IDS
from arfix.audit.rule import RuleText
from arfix.cli.commands import find_pages
from arfix.cli.complete import complete_pages
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.errors import ArfixError
from arfix.report.rule_pages import describe_rule, render_page, render_rule_list
from arfix.report.terminal_page import render_terminal_page

if TYPE_CHECKING:
    from collections.abc import Sequence


def explain(
    context: typer.Context,
    rules: Annotated[
        list[str] | None,
        typer.Argument(
            help="Ids of rules, or a message of a linker in quotes; without any, all rules are listed.",
            metavar="[RULE|MESSAGE]...",
            autocompletion=complete_pages,
        ),
    ] = None,
) -> ExitCode:
    """Explain a rule or a linker's message: what it means, why it matters, and how to repair it."""
    output = Output.of(context)
    code = ExitCode.DONE
    texts: list[RuleText] = []
    pages: dict[str, str] = {}
    for word in _as_message(rules or RULE_IDS):
        if word in RULE_IDS:
            texts.append(api.explain(word))
        elif found := find_pages(word):
            pages.update(found)
        else:
            code = output.error(ArfixError(f'there is no rule "{word}", and no known message', hint=near_rules(word)))
    output.show(
        text=lambda: _shown(output, [*map(render_page, texts), *pages.values()]) if rules else _list(output, texts),
        data=lambda: {
            "rules": [describe_rule(text) for text in texts],
            "messages": [{"family": name, "page": page} for name, page in pages.items()],
        },
    )
    return code


def _shown(output: Output, pages: Sequence[str]) -> str:
    """Return pages as Markdown, or laid out for the terminal."""
    if output.width is None:
        return "\n".join(pages)
    return "\n".join(render_terminal_page(page, output.style) for page in pages)


def _list(output: Output, texts: Sequence[RuleText]) -> str:
    return render_rule_list(texts, output.style)


def _as_message(words: Sequence[str]) -> Sequence[str]:
    """Return the words, or all of them as one message if that is what they are: quotes were forgotten."""
    if len(words) > 1 and not any(word in RULE_IDS for word in words) and find_pages(" ".join(words)):
        return (" ".join(words),)
    return words
