"""An option that a rule declares in its own module reaches every command that runs rules."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.audit.finding import Severity
from arfix.audit.registry import RULE_IDS, load_rule
from arfix.audit.rule import ArchiveRule, LinkRule
from arfix.audit.rule_options import RuleOption, RuleValue, value_of
from arfix.audit.rules import build_paths, missing_index, undefined_symbol
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

RULES = pytest.mark.parametrize("rule", RULE_IDS)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lib").mkdir()
    Path("lib/libx.a").write_bytes(ar(("a.o", elf("a")), ("b.o", elf("b")), index=(("a", 0), ("b", 1))))


def limited(rule: ArchiveRule) -> ArchiveRule:
    """Return the rule with an option `limit` and a check for archives with more members than that."""
    limit = RuleOption(rule.text.id, "limit", 9, "Complain above this number of members.")
    text = replace(rule.text, severity=Severity.ERROR, options=(limit,))

    def check(library: CheckedLibrary) -> Iterator[Finding]:
        if len(library.archive.members) > library.settings.value_of(limit):
            yield text.finding("too many members", archive=library.path)

    return ArchiveRule(text, check)


VERBS = [
    "check lib/libx.a",
    "fix lib/libx.a -n --no-verify",
    "verify lib/libx.a --target relocatable --enable build-paths",
]


@pytest.fixture
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (missing_index, build_paths):  # verify runs the rules that are enabled
        monkeypatch.setattr(module, "RULE", limited(module.RULE))


@pytest.mark.usefixtures("_limits")
@pytest.mark.parametrize("verb", VERBS)
def test_an_option_reaches_the_verbs(verb: str) -> None:
    rule = "build-paths" if verb.startswith("verify") else "missing-index"
    assert "too many members" not in arfix(*verb.split()).stdout
    ran = arfix(*verb.split(), "--rule-option", f"{rule}.limit=1")
    assert (ran.code, "too many members" in ran.stdout) == (1, True)
    Path("arfix.toml").write_text(f"[check.rules.{rule}]\nlimit = 1\n")
    assert "too many members" in arfix(*verb.split()).stdout
    assert "too many members" not in arfix(*verb.split(), "--rule-option", f"{rule}.limit=2").stdout


@pytest.mark.usefixtures("_limits")
def test_an_option_reaches_recipes() -> None:
    recipe = 'version = 1\n[whole-archive.all]\narchives = ["lib/libx.a"]\n'
    Path("arfix.toml").write_text(recipe)
    assert "all holds" in arfix("apply", "--check").stdout
    Path("arfix.toml").write_text(f"{recipe}[whole-archive.all.rules.missing-index]\nlimit = 1\n")
    ran = arfix("apply", "--check")
    assert (ran.code, "too many members" in ran.stdout) == (1, True)


@pytest.mark.usefixtures("_limits")
def test_an_option_is_explained() -> None:
    assert "- `limit` (default `9`): Complain above this number of members." in arfix("explain", "missing-index").stdout
    assert arfix("explain", "missing-index", "--json").json["rules"][0]["options"][0]["default"] == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("undefined-symbol.most-stubs", "is not RULE.NAME=VALUE"),
        ("most-stubs=3", "is not RULE.NAME=VALUE"),
        ("undefined-symbols.most-stubs=3", 'there is no rule "undefined-symbols"'),
        ("undefined-symbol.stubs=3", 'the rule undefined-symbol has no option "stubs"'),
        ("not-pie.stubs=3", "It has none."),
        ("undefined-symbol.most-stubs=-1", 'is "-1", expected a number, 0 or more'),
        ("undefined-symbol.most-stubs=many", 'is "many", expected a number, 0 or more'),
    ],
)
def test_a_mistake_on_the_command_line_is_named(text: str, said: str) -> None:
    ran = arfix("check", "lib/libx.a", "--rule-option", text)
    assert ran.code == 2
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[check]\nrules = 3\n", "`rules` is 3, expected a table"),
        ("[check.rules]\nundefined-symbol = 3\n", "`undefined-symbol` is 3, expected a table"),
        ("\n[check.rules.undefined-symbol]\nmost-stubs = true\n", "arfix.toml:3: undefined-symbol.most-stubs is True"),
        ("[check.rules.undefined-symbol]\nmost-stubs = -1\n", "arfix.toml:2: undefined-symbol.most-stubs is -1"),
        ("[check.rules.undefined-symbol]\nmost = 1\n", "arfix.toml:2: the rule undefined-symbol has no option"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(text: str, said: str) -> None:
    Path("arfix.toml").write_text(text)
    ran = arfix("check", "lib/libx.a")
    assert ran.code == 2
    assert said in ran.stderr
    Path("arfix.toml").write_text(
        'version = 1\n[whole-archive.x]\narchives = ["lib/libx.a"]\n'
        + text.replace("[check]\n", "").replace("[check", "[whole-archive.x")
    )
    assert arfix("recipe", "check").code == 2


@RULES
def test_options_are_declared_for_their_own_rule(rule: str) -> None:
    text = load_rule(rule).text
    assert all(one.rule == rule and one.help.endswith(".") for one in text.options)
    module = sys.modules[f"arfix.audit.rules.{rule.replace('-', '_')}"]
    declared = [one for one in vars(module).values() if isinstance(one, RuleOption)]
    assert set(declared) == set(text.options)


def test_the_last_value_counts() -> None:
    option = RuleOption("r", "n", 3, "Help.")
    assert value_of(option, ()) == 3
    assert value_of(option, (RuleValue("r", "n", 4), RuleValue("r", "n", 5), RuleValue("r", "m", 6))) == 5


def test_more_stubs_are_offered_where_more_are_wanted() -> None:
    missing = [f"?posix_{number}" for number in range(41)]
    Path("lib/libx.a").write_bytes(ar(("a.o", elf("a", *missing)), index=(("a", 0),)))
    Path("names.txt").write_text("other\n")
    line = ("check", "lib/libx.a", "--provider", "names.txt", "--json")
    assert isinstance(undefined_symbol.RULE, LinkRule)
    few, many = arfix(*line), arfix(*line, "--rule-option", "undefined-symbol.most-stubs=41")
    assert len(few.json["findings"]) == len(many.json["findings"]) == 41
    assert few.stdout != many.stdout
