"""The documentation pages of rules; `arfix explain RULE` and `docs/rules/RULE.md` have the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.text import Column, render_table
from arfix.version import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.rule import RuleText
    from arfix.report.style import Style


#: The folder of the documentation in the repository's default branch, on the web.
DOCUMENTATION = f"{REPOSITORY}/blob/HEAD/docs"


def page_url(rule: str) -> str:
    """Return the address of a rule's page. It stays the same while the rule has its id."""
    return f"{DOCUMENTATION}/rules/{rule}.md"


def render_page(text: RuleText) -> str:
    """Return the page of a rule as Markdown."""
    off = "" if text.default else ", off by default"
    lead = f"**{text.severity.value}**, {text.confidence.value}{off}: {text.title}"
    return f"# {text.id}\n\n{lead}.\n\n{text.explanation.strip()}\n{_options(text)}"


def _options(text: RuleText) -> str:
    """Return the section that lists the rule's options; empty without any."""
    if not text.options:
        return ""
    rows = "".join(f"- `{one.name}` (default `{_toml(one.default)}`): {one.help}\n" for one in text.options)
    first = text.options[0]
    return (
        f"\n## Options\n\n{rows}\n"
        f"Set one with `--rule-option {text.id}.{first.name}=VALUE`, in `arfix.toml` under\n"
        f"`[check.rules.{text.id}]`, or in a recipe under `[whole-archive.NAME.rules.{text.id}]`.\n"
    )


def _toml(value: int | bool | str) -> str:  # noqa: FBT001 (a value of a rule's option)
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def render_rule_list(texts: Iterable[RuleText], style: Style | None = None) -> str:
    """Return a table of all rules for a terminal."""
    columns = (Column("rule"), Column("severity"), Column("what it finds"))
    rows = [(text.id, f"{text.severity.value}{_off(text)}", text.title) for text in texts]
    return render_table(columns, rows, style)


def _off(text: RuleText) -> str:
    return "" if text.default else " (off)"


def render_contents(texts: Iterable[RuleText]) -> str:
    """Return `docs/rules/README.md`: the list of all pages."""
    rows = "".join(
        f"| [{text.id}]({text.id}.md) | {text.severity.value}{_off(text)} | {text.title} |\n" for text in texts
    )
    return (
        "# Rules of `arfix check` and `arfix verify`\n\n"
        "Each page is what `arfix explain RULE` prints; both are made from the rule's file in `arfix/audit/rules/`.\n\n"
        f"| rule | severity | what it finds |\n|---|---|---|\n{rows}"
    )


def describe_rule(text: RuleText) -> dict[str, object]:
    """Return the JSON keys of a rule."""
    return {
        "rule": text.id,
        "severity": text.severity.value,
        "confidence": text.confidence.value,
        "default": text.default,
        "title": text.title,
        "url": page_url(text.id),
        "why": text.why,
        "options": [{"name": one.name, "default": one.default, "help": one.help} for one in text.options],
        "explanation": text.explanation.strip(),
    }
