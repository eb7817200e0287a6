"""`arfix diagnose`: logs in, causes and exit codes out."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.run_arfix import arfix

if TYPE_CHECKING:
    import pytest

LOGS = Path(__file__).parent / "logs"


class Piped(io.TextIOWrapper):
    """Standard input that is a pipe."""


def test_a_log_is_explained() -> None:
    ran = arfix("diagnose", LOGS / "bfd-undefined.log")
    assert ran.code == 1
    assert "1 symbol of libz is needed" in ran.stdout
    assert "gcc -fuse-ld=bfd main.o -lz -o app" in ran.stdout


def test_a_log_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(io.BytesIO((LOGS / "bfd-no-library.log").read_bytes())))
    ran = arfix("diagnose")
    assert ran.code == 1
    assert "the library parcel was not found" in ran.stdout


def test_a_log_without_an_error_is_clean() -> None:
    ran = arfix("diagnose", LOGS / "ok-warnings.log")
    assert (ran.code, ran.stderr) == (0, "")
    assert "no error of a linker" in ran.stdout


def test_a_warning_alone_is_explained_and_is_no_failure() -> None:
    ran = arfix("diagnose", LOGS / "bfd-nomark.log")
    assert ran.code == 0
    assert "warning executable-stack" in ran.stdout


def test_a_log_that_does_not_exist_is_an_error() -> None:
    ran = arfix("diagnose", LOGS / "nowhere.log")
    assert ran.code == 2
    assert "nowhere.log: cannot read" in ran.stderr


def test_json_has_each_cause_with_its_cures() -> None:
    ran = arfix("diagnose", LOGS / "bfd-order.log", "--json")
    (log,) = ran.json["logs"]
    first = log["causes"][0]
    assert (first["family"], first["subject"], first["symbols"][0]["name"]) == ("undefined-symbol", "libz", "deflate")
    assert first["cures"][0]["command"].endswith("main.o -lz -o app")


def test_control_characters_of_a_log_never_reach_the_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(
        b"gcc \x9b31m.o -o app\nmain.c:(.text+0x1): undefined reference to `a\x07\x9b31m\xe2\x80\xae::error::x'\n"
        b"ld: cannot find -l\x08\x00z\n::error::stop\n"
    )
    ran = arfix("diagnose", log)
    assert ran.code == 1
    assert all(character.isprintable() or character == "\n" for character in ran.stdout)
    assert not any(line.startswith("::") for line in ran.stdout.splitlines())
