"""The documentation of message families: one page for all, and the part of it that a message leads to.

`arfix explain` finds `find_pages` through the table of verbs.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from arfix.audit.registry import RULE_IDS
from arfix.diagnose.diagnose import diagnose_log
from arfix.diagnose.families import FAMILIES, FAMILY_OF, UNEXPLAINED

if TYPE_CHECKING:
    from arfix.diagnose.family import Family

_ALL: Final = (*FAMILIES, UNEXPLAINED)

#: The last lines of failed links, which say no more than that: what each of them means.
_LAST_LINES: Final = (
    (
        re.compile(
            r"symbol\(s\) not found for architecture|error LNK1120\b|(?:^|ld: )Undefined symbols\b", re.MULTILINE
        ),
        "undefined-symbol",
    ),
    (re.compile(r"\bduplicate symbols? for architecture|error LNK1169\b"), "duplicate-symbol"),
    (
        re.compile(r"creating DT_TEXTREL|relocation (?:against [`'].*' )?in read-only section"),
        "not-position-independent",
    ),
)

_HEAD: Final = """# Messages of linkers

What linkers print when a link fails, by families: what a message means, and what repairs its cause. `arfix diagnose`
finds the families in the log of a build; `arfix explain FAMILY` prints one of them, and `arfix explain 'MESSAGE'`
that of a message. This page is written from the table in `arfix/diagnose/families.py`.
"""


def render_messages() -> str:
    """Return `docs/messages.md`: all families, in the order of their names, each with its id as the anchor."""
    families = sorted(_ALL, key=lambda family: family.id)
    contents = "".join(f"| [{one.id}](#{one.id}) | {one.title} |\n" for one in families)
    return f"{_HEAD}\n| family | what it is |\n|---|---|\n{contents}\n" + "\n".join(
        render_family(one, "##") for one in families
    )


def render_family(family: Family, level: str = "#") -> str:
    """Return the documentation of one family as Markdown."""
    examples = "\n".join(family.examples)
    rule = f"`arfix explain {family.id}` prints the rule of `arfix check` for it.\n\n" if family.id in RULE_IDS else ""
    warning = " A warning: the link succeeds, unless warnings are errors." if family.warning else ""
    return (
        f"{level} {family.id}\n\n{family.title[0].upper()}{family.title[1:]}.{warning}\n\n{family.meaning}\n\n"
        f"{level}# What repairs {family.id}\n\n{family.cure}\n\n{rule}```text\n{examples}\n```\n"
    )


def list_pages() -> tuple[tuple[str, str], ...]:
    """Return the id and the title of each family."""
    return tuple((family.id, family.title) for family in _ALL)


def find_pages(words: str) -> tuple[tuple[str, str], ...]:
    """Return the families that an id, or the text of a message, leads to: the id and the page of each."""
    return tuple((family.id, render_family(family)) for family in explain_message(words))


def explain_message(message: str) -> tuple[Family, ...]:
    """Return what a linker's message means, and what repairs its cause.

    A text with several messages can mean several families; without a known message there are none.

    Args:
        message: What the linker printed, or the id of a family, as in `Cause.family.id`.
    """
    words = message.strip()
    family = UNEXPLAINED if words == UNEXPLAINED.id else FAMILY_OF.get(words)
    if family is not None:
        return (family,)
    found = diagnose_log(io.BytesIO(message.encode("utf-8", "surrogateescape")), "message")
    named = dict.fromkeys(cause.family.id for cause in found.causes if cause.family is not UNEXPLAINED)
    named |= dict.fromkeys(name for pattern, name in _LAST_LINES if not named and pattern.search(message))
    return tuple(FAMILY_OF[name] for name in named)
