from __future__ import annotations

import pytest

from arfix.cli.commands import COMMANDS
from arfix.cli.group import make_verb_command
from tests.run_arfix import arfix

LINK_VERBS = ["check", "verify", "fix", "why"]


def options_of(verb: str) -> dict[str, str]:
    """Return each option of a verb, with its help."""
    return {opt: getattr(one, "help", "") for one in make_verb_command(verb).params for opt in one.opts}


@pytest.mark.parametrize("option", ["--provider", "--sysroot", "--static", "--needed-by", "--root", "-u", "--target"])
def test_the_verbs_that_link_describe_a_link_alike(option: str) -> None:
    helps = {options_of(verb)[option] for verb in LINK_VERBS}
    assert len(helps) == 1 or option == "--target"  # check judges every target where none is named


@pytest.mark.parametrize("option", ["--fail-on", "--ignore", "--enable", "--config"])
def test_the_verbs_with_findings_choose_them_alike(option: str) -> None:
    assert len({options_of(verb)[option] for verb in ("check", "verify", "fix")}) == 1


def test_values_arrive(tmp_path: object) -> None:
    ran = arfix("why", f"{tmp_path}/none.a", "f", "--sysroot", f"{tmp_path}/nowhere", "-u", "f")
    assert ran.code == 2
    assert "nowhere" in ran.stderr


@pytest.mark.parametrize("verb", COMMANDS)
def test_no_option_is_declared_twice(verb: str) -> None:
    names = [name for one in make_verb_command(verb).params for name in (*one.opts, *one.secondary_opts)]
    assert len(names) == len(set(names))
