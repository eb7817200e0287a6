"""Every key of every verb's JSON document is described in docs/json.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samples.sysroot import build_sysroot
from tests.run_arfix import arfix

DESCRIBED = set(re.findall(r"`(\w+)`", (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")))

LINES = [
    "inspect lib/libffi.a",
    "strip lib/libcrypto.a bss_log.o",
    "strip lib/libcrypto.a bss_log.o --dry-run",
    "flatten lib/libffi.a --platform lib",
    "index lib/libz.a",
    "index lib/libz.a --check",
    "extract lib/libz.a -C out",
    "inspect nowhere.a",
]


@pytest.mark.parametrize("line", LINES)
def test_every_key_is_described(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_sysroot(tmp_path)
    monkeypatch.chdir(tmp_path)
    document = arfix(*line.split(), "--json").json
    assert document.keys() <= DESCRIBED
    assert document["command"] == line.split(maxsplit=1)[0]
