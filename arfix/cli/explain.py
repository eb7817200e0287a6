"""`arfix explain [RULE]...`: explain rules."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.audit.ignores import near_rules
from arfix.audit.registry import RULE_IDS, load_rule
from arfix.audit.rule import RuleText
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.errors import ArfixError
from arfix.report.rule_pages import describe_rule, render_page, render_rule_list


def explain(
    context: typer.Context,
    rules: Annotated[
        list[str] | None, typer.Argument(help="Ids of rules; without any, all are listed.", metavar="[RULE]...")
    ] = None,
) -> ExitCode:
    """Explain a rule: what it finds, why it matters, what linkers do, and how to repair it."""
    output = Output.of(context)
    code = ExitCode.DONE
    texts: list[RuleText] = []
    for rule in rules or RULE_IDS:
        if rule in RULE_IDS:
            texts.append(load_rule(rule).text)
        else:
            code = output.error(ArfixError(f'there is no rule "{rule}"', hint=near_rules(rule)))
    output.show(
        text=lambda: "\n".join(map(render_page, texts)) if rules else render_rule_list(texts, output.style),
        data=lambda: {"rules": [describe_rule(text) for text in texts]},
    )
    return code
