from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from arfix.__main__ import main
from arfix.version import __version__
from tests.ar_builder import ar
from tests.foreign_objects import macho

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_main_takes_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["arfix", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"arfix {__version__}\n"


def test_module_runs_and_returns_the_exit_code() -> None:
    assert (
        subprocess.run([sys.executable, "-m", "arfix", "no-such-verb"], capture_output=True, check=False).returncode
        == 2
    )


def test_an_interrupt_while_modules_load_is_quiet() -> None:
    script = (
        "import sys\nfrom arfix.__main__ import main\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\nsys.exit(main())"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (130, b"")


def test_what_lief_reads_leaves_no_complaint_at_the_end(tmp_path: Path) -> None:
    """LIEF reports objects that are alive when the interpreter ends."""
    for number in range(12):
        (tmp_path / f"{number}.a").write_bytes(ar((f"{number}.o", macho(f"_f{number}"))))
    command = [sys.executable, "-m", "arfix", "check", *sorted(map(str, tmp_path.glob("*.a")))]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.stderr == b""
