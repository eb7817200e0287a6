"""What every test shares: in CI nothing is skipped; tests whose corpus is absent are deselected in one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.tools import IN_CI, NOT_HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

# Compiled modules are kept, whatever the environment says: the tests import arfix in thousands of processes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# In CI the same examples each time: a change is judged by what it changes, and local runs do the searching.
settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if IN_CI else "local")

#: Foreign archives that are read where they lie and never copied into the project.
CORPUS = Path(os.environ.get("ARFIX_CORPUS", Path(__file__).parent.parent.parent / "shared" / "corpus"))


#: Every test in this folder tries many generated inputs.
SEARCHES = Path(__file__).parent / "property"

#: Tests that repeat at length what shorter ones cover; measuring coverage makes loops several times slower.
LONG = tuple(
    Path(__file__).parent / name for name in ("fuzz", "test_demo.py", "test_pythons.py", "test_real_sysroot.py")
)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of foreign archives (`@pytest.mark.corpus`)."""
    return CORPUS


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a developer's environment would change."""
    for name in (
        "NO_COLOR",
        "SOURCE_DATE_EPOCH",
        "ARFIX_DEBUG",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        "SYSROOT",
        "CROSS_COMPILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")


class _Gate:
    """Lets go of the coverage threshold once a test was skipped: without its oracles a run proves less, and says so."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        self.skipped += 1
        coverage = self.config.pluginmanager.get_plugin("_cov")
        if coverage is not None and coverage.options.cov_fail_under is not None:
            coverage.options.cov_fail_under = 0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skipped and self.config.pluginmanager.has_plugin("_cov"):
            terminalreporter.write_line(f"coverage is not held to a threshold: {self.skipped} tests were skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    """Hold coverage to its threshold only where everything ran."""
    config.pluginmanager.register(_Gate(config), "arfix-gate")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a check that a text equals `tests/golden/NAME`; with `--update-golden` it writes the file instead."""

    def check(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("update_golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"no golden file {name}; `make golden` writes it"
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what searches as slow; deselect the corpus tests where the corpus is not."""
    for item in items:
        if item.path.is_relative_to(SEARCHES):
            item.add_marker(pytest.mark.slow)
        if any(item.path.is_relative_to(path) for path in LONG):
            item.add_marker(pytest.mark.no_cover)
    if (CORPUS / "MANIFEST.jsonl").is_file():
        return
    without = [item for item in items if item.get_closest_marker("corpus")]
    if without:
        items[:] = [item for item in items if not item.get_closest_marker("corpus")]
        config.hook.pytest_deselected(items=without)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Stop the trace function of coverage for tests marked `no_cover`.

    pytest-cov does so too, but a worker of xdist has a second measurement, which goes on when the first is paused.
    """
    trace = sys.gettrace()
    if trace is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, turn a skip into a failure, whoever asked for it: a test that did not run proves nothing.

    Only what a release of the system does not have may be left out there.
    """
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and NOT_HERE not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI ({call.when}): {report.longrepr}"
    return report
