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


def test_a_module_is_loaded_when_it_is_used() -> None:
    script = (
        "import sys; from arfix.__main__ import load_when_used\n"
        "load_when_used('inspect'); import inspect, dataclasses\n"
        "assert 'dis' not in sys.modules\n"
        "assert inspect.isfunction(load_when_used) and 'dis' in sys.modules\n"
        "from inspect import signature; assert str(signature(lambda x: x)) == '(x)'\n"
        "import inspect as again; assert again is sys.modules['inspect'] is not inspect\n"
        "load_when_used('inspect'); assert sys.modules['inspect'] is again\n"
        "@dataclasses.dataclass\nclass Undocumented:\n  x: int\n"
        "assert Undocumented.__doc__ == 'Undocumented(x: int)'\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
