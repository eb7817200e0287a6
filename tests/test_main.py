from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from arfix.__main__ import main
from arfix.version import __version__

if TYPE_CHECKING:
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
