"""The examples of `docs/api/ten-tasks.md`, run in a small sysroot and checked by mypy as a user's program is."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

import arfix
from samples.sysroot import build_sysroot
from tests.console import ROOT
from tests.tools import not_here

PAGE = ROOT / "docs" / "api" / "ten-tasks.md"
TASK = re.compile(r"(?<=^```python\n)(.*?)(?=^```$)(```\n\n```text\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)

#: A user's program: every public function once, with the types that its documentation says.
PROGRAM = """
import dataclasses
from pathlib import Path

import arfix


def tools(path: Path) -> list[str]:
    with arfix.open(path) as archive:
        member: arfix.Member = archive["x.o"]
        data: bytes = bytes(member)
        view: memoryview = member.data
        names: list[str] = [symbol.name for symbol in member.symbols]
        nested: arfix.Archive | None = member.nested
        fewer: arfix.Archive = archive.without("x.o", member)
        more: arfix.Archive = fewer.with_members([*fewer, arfix.Member.new("y.o", data, mode=0o600)])
        plan: arfix.Plan = arfix.strip(more, ["x.o"], force=True)
        edited: arfix.Archive = plan.apply(more)
        same: arfix.Archive = dataclasses.replace(edited, members=edited.members[:1])
        arfix.save(same, path)
        merged: arfix.Archive = arfix.merge([edited, same], prefer="x.a").apply()
        changed: arfix.Plan = arfix.symbols(merged, arfix.SymbolEdit.HIDE, ["f"], members=[member])
        difference: arfix.Difference = arfix.diff(archive, changed.apply(merged), order=True)
        files: arfix.ExtractPlan = arfix.extract(archive, "x.o")
        files.write(path.parent, overwrite=True)
        return [*names, str(len(view)), repr(nested), repr(difference.symbols)]


def links(path: Path) -> arfix.Severity | None:
    outcome: arfix.Outcome = arfix.check(path, sysroot="/", providers=[path], policy=arfix.Policy.of(enable=()))
    worst: list[arfix.Severity] = [finding.severity for finding in outcome.findings]
    with arfix.fix([path], target=arfix.Target.SHARED) as repair, arfix.why([path], "f") as answer:
        steps: tuple[arfix.RepairStep, ...] = repair.steps
        print(steps, answer.in_link, arfix.verify([path], linkers="ld").trials)
    applied: arfix.ApplyResult = arfix.apply("arfix.toml", "sysroot", check=True)
    diagnosis: arfix.Diagnosis = arfix.diagnose("log")
    with arfix.image("app", archives=[path]) as audit:
        print(applied, diagnosis, audit.is_sound, arfix.survey(["lib"], "tables"))
    return worst[0] if worst else None
"""

#: What a type checker must refuse: a name that is not there, a wrong type, a value that is changed.
WRONG = """
import arfix

arfix.no_such_name
arfix.strip("x.a", ["x.o"])
arfix.read(b"").members = ()
arfix.diff(1, 2)
"""


def run_task(code: str) -> str:
    """Return what an example prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(PAGE), "exec"), {"__name__": "__main__"})  # noqa: S102  # the documentation's own code
    return printed.getvalue()


@pytest.mark.golden
def test_each_task_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    count = 0

    def now(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        folder.mkdir()
        build_sysroot(folder)
        monkeypatch.chdir(folder)
        return f"{match[1]}{match[2]}{run_task(match[1])}"

    text = TASK.sub(now, PAGE.read_text("utf-8"))
    monkeypatch.chdir(ROOT)
    if request.config.getoption("update_golden"):
        PAGE.write_text(text, encoding="utf-8")
    assert count == 10
    assert text == PAGE.read_text("utf-8")


@pytest.mark.slow
def test_the_tasks_and_a_user_s_program_are_typed(tmp_path: Path) -> None:
    """With an installed package, from another folder: mypy sees `py.typed` and the lazy names."""
    if find_spec("mypy") is None:
        not_here("mypy, which runs where the development tools are")
    venv.create(tmp_path / "venv", with_pip=False)
    python = next(path for path in (tmp_path / "venv").glob("*/python*") if path.is_file())
    (packages,) = (tmp_path / "venv").glob("**/site-packages")
    (packages / "arfix").symlink_to(Path(arfix.__file__).parent)
    tasks = [match[1] for match in TASK.finditer(PAGE.read_text("utf-8"))]
    programs = {
        **{f"task_{number}.py": code for number, code in enumerate(tasks, 1)},
        "program.py": PROGRAM,
        "wrong.py": WRONG,
    }
    for name, code in programs.items():
        (tmp_path / name).write_text(code)
    options = ("--strict", "--no-error-summary", "--cache-dir", ROOT / ".mypy_cache" / "user")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--python-executable", python, *programs],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"^(\S+?):(\d+): error: .*\[([\w-]+)\]$", ran.stdout, re.MULTILINE)
    assert said == [
        ("wrong.py", "4", "attr-defined"),
        ("wrong.py", "5", "arg-type"),
        ("wrong.py", "6", "misc"),
        ("wrong.py", "7", "arg-type"),
        ("wrong.py", "7", "arg-type"),
    ], ran.stdout + ran.stderr
