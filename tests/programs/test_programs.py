"""The judge of a repair is the program: each situation is linked and run before and after.

Known faults are in `faults.py`; a test that they name must fail, so that a fault that is gone leaves the list.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.programs.faults import FAULTS, fault_of
from tests.programs.pasting import paste
from tests.programs.situation import ALL, NONE, Machine, Safe, Situation
from tests.programs.table import SITUATIONS
from tests.programs.workshop import Workshop
from tests.run_arfix import Ran, arfix
from tests.tools import need, not_here, output_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.oracle

NAMES = [situation.name for situation in SITUATIONS]


def cases(aspect: str) -> pytest.MarkDecorator:
    """Return every situation on every machine that it is for, those with a known fault of this aspect marked."""
    rows = []
    for situation in SITUATIONS:
        if aspect == "unsafe" and situation.unsafe is None:
            continue
        for machine in situation.machines:
            fault = fault_of(aspect, situation.name, machine.name)
            marks = [pytest.mark.xfail(reason=fault, strict=True)] if fault else []
            rows.append(pytest.param(situation, machine, id=f"{situation.name}-{machine.name}", marks=marks))
    return pytest.mark.parametrize(("situation", "machine"), rows)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "programs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def shop(machine: Machine, cache: Path, situation: Situation) -> Workshop:
    for tool in situation.needs:
        need(tool)
    made = Workshop(machine, cache)
    if situation.lacks and made.libc_has(situation.lacks):
        not_here(f"a C library without {situation.lacks}")
    return made


@pytest.fixture
def copy(shop: Workshop, situation: Situation, tmp_path: Path) -> Callable[[str], Path]:
    """Return a copy of the built situation under a name."""

    def make(name: str) -> Path:
        return Path(shutil.copytree(shop.built(situation), tmp_path / name, symlinks=True))

    return make


def ask(shop: Workshop, situation: Situation, verb: str, *options: str) -> Ran:
    """Run arfix on the user's link, in the current folder."""
    providers = (*situation.providers, *(shop.libc() if situation.libc else ()))
    mode = () if situation.is_whole else ("--on-demand", "-u", "main")
    named = [word for path in providers for word in ("--provider", path)]
    return arfix(verb, *situation.under_test, *mode, *named, *target_of(situation), *situation.arguments, *options)


def target_of(situation: Situation) -> tuple[str, ...]:
    return ("--target", situation.target)


def archives_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.a"))}


def checked(shop: Workshop, situation: Situation) -> Ran:
    """Return what `check --all` prints for the user's link, in a folder that holds it; run once in a test run."""

    def check() -> tuple[int, str, str]:
        ran = ask(shop, situation, "check", "--all")
        return ran.code, ran.stdout, ran.stderr

    return Ran(*shop.once(f"check-{situation.name}-{shop.machine.name}", check))


def findings_in(printed: str) -> list[tuple[str, str]]:
    """Return each rule that findings are printed of, with the lines of its findings."""
    parts = re.split(r"^(?:error|warning|info) ([\w-]+): ", printed, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def assert_none_emptied(before: Path, after: Path) -> None:
    """No archive that had members may be without."""
    for path in sorted(before.glob("*.a")):
        if output_of(need("ar"), "t", path, check=False):
            assert output_of(need("ar"), "t", after / path.name), f"{path.name} is empty"


def assert_named(situation: Situation, said: str) -> None:
    """What remains is named, by the symbol where the table has one."""
    assert situation.finds, "the table names no finding"
    for find in situation.finds:
        rule, _, symbol = find.partition(" ")
        assert (symbol or rule.strip("*")) in said, f"{find!r} is not named"


def test_names_are_unique() -> None:
    assert len(NAMES) == len(set(NAMES))


def test_faults_name_situations() -> None:
    """A fault that names nothing would hide nothing, and stay for ever."""
    named = {
        name for fault in FAULTS for names in (fault.check, fault.fix, fault.paste, fault.unsafe) for name in names
    }
    known = {f"{one.name}/{machine.name}" for one in SITUATIONS for machine in one.machines}
    assert named <= known | set(NAMES)


@cases("linkers")
def test_the_table_is_true(situation: Situation, machine: Machine, shop: Workshop, copy: Callable[[str], Path]) -> None:
    """The linkers refuse what the table says, and the right way prints what it says."""
    outcomes = shop.outcomes_before(situation)
    said = {linker: one.refusal for linker, one in outcomes.items() if not one.linked}
    assert frozenset(said) - situation.refused_by_some == situation.refused & set(machine.linkers), said
    printed = {one.printed for one in outcomes.values() if one.linked}
    if situation.before is None:
        assert printed <= {situation.prints}
    elif situation.refused or situation.refused_by_some:
        assert printed <= {situation.prints, situation.before}
    else:
        assert printed == {situation.before}
    if situation.right is None and not situation.remade and not situation.right_setup:
        assert situation.refused == NONE
        assert situation.before is None
        return
    folder = copy("right")
    if situation.remade:
        shop.build(situation, folder, situation.remade)
    for command in situation.right_setup:
        shop.run(command, folder)
    right = shop.outcome(situation, folder, situation.right or situation.line, "bfd")
    assert right.refusal is None
    assert right.printed == situation.prints, machine


@cases("check")
def test_check_says_what_the_linkers_say(
    situation: Situation, shop: Workshop, copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors exactly when a linker refuses; a program that is silently wrong has a finding of another severity."""
    monkeypatch.chdir(copy("user"))
    ran = checked(shop, situation)
    if situation.refused == ALL:
        assert ran.code == 1, ran.stdout + ran.stderr
    elif situation.does_nothing_wrong:
        assert ran.code == 0, ran.stdout + ran.stderr
    else:  # some linkers make a program of it: an error or a warning
        assert ran.code == 1 or "warning" in ran.stdout, ran.stdout + ran.stderr
    for find in situation.finds:
        rule, _, symbol = find.partition(" ")
        found = [text for name, text in findings_in(ran.stdout) if rule in (name, "*")]
        assert any(symbol in text for text in found), f"{find}\n{ran.stdout}"
    for phrase in situation.advises:
        assert phrase in " ".join(ran.stdout.split()), ran.stdout
    if situation.does_nothing_wrong and not situation.finds:
        assert not re.search(r"^(error|warning) ", ran.stdout, re.MULTILINE), ran.stdout


@cases("fix")
def test_fix_makes_the_right_program_or_none(
    situation: Situation, shop: Workshop, copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Safe repairs give the right program, or nothing is written and what remains is named."""
    folder = copy("fixed")
    before = archives_of(folder)
    monkeypatch.chdir(folder)
    ran = ask(shop, situation, "fix", "--yes", "--no-verify")
    said = ran.stdout + ran.stderr
    assert_none_emptied(shop.built(situation), folder)
    outcomes = shop.outcomes(situation, folder, situation.line)
    if ran.code:
        assert archives_of(folder) == before, f"something is written, though findings remain\n{said}"
        assert_named(situation, said)
    else:
        expected = situation.prints
        if archives_of(folder) == before and situation.before is not None:
            expected = situation.before  # it is said, but no linker refuses it
        refused = situation.refused | situation.refused_by_some
        may_refuse = refused if archives_of(folder) == before and situation.refused != ALL else NONE
        told = {
            linker: one.printed if one.linked else one.refusal
            for linker, one in outcomes.items()
            if one.linked or linker not in may_refuse
        }
        assert told == dict.fromkeys(told, expected), said
    match situation.safe or (Safe.IDLE if situation.does_nothing_wrong else None):
        case Safe.REPAIRS:
            assert ran.code == 0, said
            assert archives_of(folder) != before, said
        case Safe.REFUSES:
            assert ran.code == 1, said
        case Safe.IDLE:
            assert ran.code == 0, said
            assert archives_of(folder) == before, said


@cases("paste")
def test_printed_repairs_work_when_pasted(
    situation: Situation, shop: Workshop, copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every printed command works, in the printed order; and the safe ones alone never make a wrong program."""
    folder = copy("pasted")
    monkeypatch.chdir(folder)
    ran = checked(shop, situation)
    done = paste(ran.stdout, folder)
    assert [one for one in done if one.code] == [], ran.stdout
    assert_none_emptied(shop.built(situation), folder)
    folder = copy("pasted-safe")
    before = archives_of(folder)
    monkeypatch.chdir(folder)
    paste(ran.stdout, folder, unsafe=False)
    outcomes = shop.outcomes(situation, folder, situation.line)
    printed = {one.printed for one in outcomes.values() if one.linked}
    wrong = {situation.before} if archives_of(folder) == before else set()
    assert printed <= {situation.prints} | wrong, ran.stdout


@cases("unsafe")
def test_fix_unsafe_makes_what_it_says(
    situation: Situation, shop: Workshop, copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--unsafe` the link is green, and the program does what the costs say."""
    folder = copy("unsafe")
    monkeypatch.chdir(folder)
    ran = ask(shop, situation, "fix", "--yes", "--unsafe", "--no-verify")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "cost:" in ran.stdout
    assert_none_emptied(shop.built(situation), folder)
    outcomes = shop.outcomes(situation, folder, situation.line)
    told = {linker: one.printed if one.linked else one.refusal for linker, one in outcomes.items()}
    assert told == dict.fromkeys(outcomes, situation.unsafe), ran.stdout
