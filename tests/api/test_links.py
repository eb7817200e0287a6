from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix as run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> str:
    """Return the path of a library in which a member needs what nothing defines, and one is an archive."""
    inner = ar(("deep.o", elf("deep")), index=(("deep", 0),))
    members = (("a.o", elf("a", "?missing")), ("b.o", elf("b", "?a")), ("inner.a", inner))
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*members, index=(("a", 0), ("b", 1))))
    return str(path)


def test_check_finds_what_the_command_line_prints(library: str) -> None:
    outcome = arfix.check(library, target=arfix.Target.EXECUTABLE)
    printed = json.loads(run("check", library, "--target", "exe", "--json").stdout)
    found = [(one["rule"], one["severity"], one["member"], one["symbol"]) for one in printed["findings"]]
    ours = [(one.rule, one.severity.value, one.member, one.symbol) for one in outcome.findings]
    assert sorted(map(str, ours)) == sorted(map(str, found))
    assert {one.rule for one in outcome.findings} >= {"undefined-symbol", "nested-archive"}
    assert outcome.fails(arfix.Severity.ERROR)


def test_a_policy_sets_findings_aside(library: str) -> None:
    policy = arfix.Policy.of(ignore=["undefined-symbol", "nested-archive"])
    outcome = arfix.check([library], policy=policy)
    assert not {"undefined-symbol", "nested-archive"} & {one.rule for one in outcome.findings}
    assert {"undefined-symbol", "nested-archive"} <= {one.rule for one in outcome.found}
    with pytest.raises(arfix.RecipeError, match='no rule "no-such"'):
        arfix.Policy.of(ignore=["no-such"])


def test_a_finding_in_the_baseline_does_not_count(library: str) -> None:
    before = arfix.check(library)
    assert not arfix.check(library, baseline=[one.key for one in before.findings]).findings


def test_the_repair_of_a_finding_is_a_request(library: str) -> None:
    (finding,) = (one for one in arfix.check(library).findings if one.rule == "nested-archive")
    assert finding.fix is not None
    with arfix.open(library) as archive:
        after = arfix.plan(archive, finding.fix.request).apply(archive)
        assert [member.name for member in after] == ["a.o", "b.o", "deep.o"]


def test_fix_writes_what_it_planned(library: str) -> None:
    with arfix.fix(library, policy=arfix.Policy(threshold=arfix.Severity.INFO)) as repair:
        assert "flatten" in [step.verb for step in repair.steps]
        assert "undefined-symbol" in {one.rule for one in repair.left}
        with pytest.raises(arfix.EditError, match="findings would remain"):
            repair.save()
        repair.save(partial=True)
        assert "flatten" in arfix.recipe_of(repair)
    with arfix.open(library) as archive:
        assert "deep.o" in archive


def test_why(library: str) -> None:
    with arfix.why(library, "a.o", roots=["b"]) as answer:
        assert answer.in_link
        assert answer.chain == ((None, "b", f"{library}(b.o)"), (f"{library}(b.o)", "a", f"{library}(a.o)"))
    with arfix.link(library, roots=["a"]) as link:
        assert not link.why("b").in_link
        with pytest.raises(arfix.EditError, match="nothing in the link is called"):
            link.why("nobody")
    with arfix.link(library, roots=["a"], on_demand=False) as link:
        assert [link.place(number) for number in link.dead_weight()] == [f"{library}(b.o)"]


@pytest.mark.parametrize("command", [(), ("gcc", "-o", "app", "x.o")])
def test_a_link_is_of_archives_or_a_command(command: tuple[str, ...], library: str) -> None:
    with pytest.raises(arfix.UsageError):
        arfix.check(library if command else (), command=command)


@pytest.mark.oracle
def test_verify_says_what_linkers_say(library: str) -> None:
    verified = arfix.verify(library, linkers="ld")
    assert [trial.program.linker for trial in verified.trials] == [arfix.Linker.LD]
    assert verified.trials[0].status != 0
    assert "missing" in verified.trials[0].undefined


def test_the_settings_of_a_link_show_its_command(tmp_path: Path) -> None:
    (tmp_path / "main.o").write_bytes(elf("_start"))
    outcome = arfix.check(command=["ld", "-o", "app", str(tmp_path / "main.o")])
    assert "command=LinkCommand(" in repr(outcome.link)
