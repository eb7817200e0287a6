"""A few hundred cases of the fuzzer in every test run; `make fuzz` runs many more."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.fuzz.fuzz import _stop, fingerprint, run_case

if sys.platform == "win32":
    pytest.skip("needs a timer of CPU time", allow_module_level=True)


@pytest.mark.parametrize("part", range(4))
def test_some_cases(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARFIX_DEBUG", "1")
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        for number in range(100 * part, 100 * part + 100):
            error = run_case("tests", number)
            assert error is None, f"case {number}: {fingerprint(error)}"
    finally:
        signal.signal(signal.SIGPROF, before)
