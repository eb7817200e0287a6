"""Standard output and error that are closed, full, or read by nobody: no traceback, and no edit is undone by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import arfix
from tests.ar_builder import ar
from tests.tools import need

ROOT = Path(__file__).parents[2]

#: Ways to lose what a command prints, and what they are called.
LOST = (">/dev/full", ">&-", "| :")
LOST_ERRORS = ("2>/dev/full", "2>&-")

if sys.platform == "win32":
    pytest.skip("needs a POSIX shell", allow_module_level=True)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", b"first!"), ("b.o", b"second")))
    return path


def shell(library: Path, arguments: str, redirection: str) -> subprocess.CompletedProcess[str]:
    """Run arfix on the library with this redirection, and return arfix's own exit code."""
    line = f'set -o pipefail; "$1" -m arfix {arguments.format("$2")} {redirection}'
    command = [need("bash"), "-c", line, "bash", sys.executable, str(library)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("redirection", [*LOST, *LOST_ERRORS, ">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("options", ["", "--json"])
def test_an_edit_is_done_whoever_can_be_told(library: Path, redirection: str, options: str) -> None:
    ran = shell(library, f"strip {{}} a.o {options}", redirection)
    with arfix.open(library) as archive:
        assert [member.name for member in archive] == ["b.o"]
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) <= 1


@pytest.mark.parametrize("arguments", ["-q strip {} a.o", "--color never strip {} a.o", "@words"])
def test_an_edit_is_known_wherever_its_verb_is(library: Path, arguments: str) -> None:
    words = library.with_name("words")
    words.write_text(f"strip {library} a.o")
    ran = shell(library, arguments.replace("@words", f"@{words}"), ">&-")
    assert ran.returncode == 0
    with arfix.open(library) as archive:
        assert [member.name for member in archive] == ["b.o"]


def test_a_baseline_that_was_written_is_no_failure(library: Path) -> None:
    baseline = library.with_name("known.json")
    ran = shell(library, f"check {{}} --write-baseline {baseline}", ">&-")
    assert ran.returncode == 0
    assert baseline.exists()


@pytest.mark.parametrize("redirection", [*LOST, *LOST_ERRORS])
def test_an_edit_that_is_refused_is_refused(library: Path, redirection: str) -> None:
    before = library.read_bytes()
    ran = shell(library, "strip {} nothing", redirection)
    assert ran.returncode == 1
    assert library.read_bytes() == before
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
@pytest.mark.parametrize("arguments", ["inspect {}", "inspect --json {}", "check {}", "diff {} {}", "--help"])
def test_an_answer_that_is_lost_is_one_line_and_exit_2(library: Path, arguments: str, redirection: str) -> None:
    ran = shell(library, arguments.replace("{}", '"{0}"'), redirection)
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert line.startswith("arfix: cannot write to standard output: ")


def test_an_archive_that_standard_output_does_not_take_is_an_error(library: Path) -> None:
    for redirection in (">/dev/full", ">&-"):
        ran = shell(library, "strip {} a.o -o -", redirection)
        assert ran.returncode == 2
        assert "cannot write" in ran.stderr
        assert "Traceback" not in ran.stderr


def test_a_reader_that_goes_away_stops_an_answer(library: Path) -> None:
    assert shell(library, "inspect {}", "| :").returncode in {0, 141}  # 0 where it was quick enough


def test_closed_standard_input_is_an_empty_one(library: Path) -> None:
    ran = shell(library, "inspect -", "<&-")
    assert ran.returncode == 2
    assert "empty" in ran.stderr
