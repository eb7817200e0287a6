from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

ROOT = Path(__file__).parent.parent.parent


def test_words_lists_and_flags_need_no_pydantic(tmp_path: Path) -> None:
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a")), ("b.o", elf("b"))))
    arguments = ["strip", "--dry-run", str(tmp_path / "lib.a"), "a.o", "--members-from", "/dev/null", "--if-present"]
    script = "import sys; from arfix.cli.app import run; "
    script += f"assert not run({arguments!r}); assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("when", ["always", "never", "auto"])
def test_other_types_are_still_converted(when: str, tmp_path: Path) -> None:
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a"))))
    ran = arfix("strip", "--color", when, "-n", tmp_path / "lib.a", "a.o")
    assert ran.code == 0
    assert ("\x1b[" in ran.stdout) is (when == "always")


def test_a_value_that_cannot_be_converted_is_bad_usage(tmp_path: Path) -> None:
    ran = arfix("strip", "--color", "sometimes", tmp_path / "lib.a", "a.o")
    assert ran.code == 2
    assert "sometimes" in ran.stderr


def test_numbers_need_no_pydantic_and_keep_their_limits(tmp_path: Path) -> None:
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a"))))
    script = "import sys; from arfix.cli.app import run; "
    script += f"run(['check', '-j', '1', {str(tmp_path / 'lib.a')!r}]); assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    for number in ("-1", "1.5", "many"):
        ran = arfix("check", "-j", number, tmp_path / "lib.a")
        assert ran.code == 2
        assert "--jobs" in ran.stderr
