"""Options of rules: a threshold or switch that a rule declares, and its value in a configuration or on a command line.

A rule declares an option in its own module and lists it in its `RuleText`:

    MOST_STUBS = RuleOption("undefined-symbol", "most-stubs", 40, "Offer no stubs for more symbols than this.")

    TEXT = RuleText(id="undefined-symbol", ..., options=(MOST_STUBS,))

    def check(context: Context) -> Iterator[Finding]:
        if len(missing) > context.settings.value_of(MOST_STUBS): ...

Nothing else is needed: check, verify and fix take `--rule-option undefined-symbol.most-stubs=100` and the table
`[check.rules.undefined-symbol]` of `arfix.toml`, a recipe takes `[whole-archive.NAME.rules.undefined-symbol]`, and
`arfix explain` and the rule's page list the option.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

ValueT = TypeVar("ValueT", int, bool, str)


@dataclass(frozen=True, slots=True)
class RuleOption(Generic[ValueT]):
    """An option that a rule declares.

    Attributes:
        rule: The rule's id.
        name: The option's name, in kebab-case.
        default: Its value where none is given; values have the type of the default. Numbers are not negative.
        help: What it does, as a sentence.
    """

    rule: str
    name: str
    default: ValueT
    help: str


class RuleValue(NamedTuple):
    """The value of an option, as a configuration file, a recipe or the command line gives it."""

    rule: str
    name: str
    value: int | bool | str


def value_of(option: RuleOption[ValueT], values: Iterable[RuleValue]) -> ValueT:
    """Return the last of the values that is the option's, or its default."""
    found = option.default
    for one in values:
        if (one.rule, one.name) == (option.rule, option.name) and isinstance(one.value, type(option.default)):
            found = one.value
    return found
