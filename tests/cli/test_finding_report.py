"""Input that cannot be read is never called clean, in no verb and no format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.a").write_bytes(ar(("a.o", elf("a")), index=(("a", 0),)))
    Path("junk.a").write_bytes(b"not an archive")
    Path("empty.a").write_bytes(b"")
    Path("script.a").write_text("GROUP ( libm-2.36.a )\n")
    Path("folder.a").mkdir()


@pytest.mark.parametrize("verb", ["check", "verify"])
@pytest.mark.parametrize("path", ["nope.a", "junk.a", "empty.a", "folder.a"])
def test_what_cannot_be_read_is_not_clean(verb: str, path: str) -> None:
    text = arfix(verb, path)
    assert text.code == 2
    assert "clean" not in text.stdout
    assert "1 could not be read" in text.stdout
    document = arfix(verb, path, "--json").json
    assert (document["exit_code"], document["summary"]["unread"]) == (2, 1)
    assert document["errors"][0]["where"]["path"] == path
    (run,) = json.loads(arfix(verb, path, "--format", "sarif").stdout)["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"
    assert arfix(verb, path, "--format", "github").stdout.startswith(f"::error file={path}")


def test_the_archives_that_can_be_read_are_still_looked_at() -> None:
    ran = arfix("check", "good.a", "nope.a")
    assert ran.code == 2
    assert ran.stdout == "2 archives: 1 could not be read\n"


@pytest.mark.parametrize("verb", ["check", "verify"])
@pytest.mark.parametrize("options", [("--provider", "nope.so"), ("--config", "nope.toml"), ("--sysroot", "nope")])
def test_a_run_that_cannot_begin_leaves_a_failed_document(verb: str, options: tuple[str, ...]) -> None:
    (run,) = json.loads(arfix(verb, "good.a", *options, "--format", "sarif").stdout)["runs"]
    assert (run["invocations"][0]["executionSuccessful"], run["invocations"][0]["exitCode"]) == (False, 2)
    assert arfix(verb, "good.a", *options, "--format", "json").json["exit_code"] == 2
    assert arfix(verb, "good.a", *options, "--format", "github").stdout.startswith("::error ")


def test_a_linker_script_is_not_clean_either() -> None:
    ran = arfix("check", "script.a")
    assert (ran.code, ran.stdout) == (0, "1 archive: 1 not checked\n")
    assert arfix("check", "script.a", "--json").json["summary"]["unchecked"] == 1


def test_a_baseline_of_what_could_not_be_read_is_exit_2() -> None:
    assert arfix("check", "good.a", "nope.a", "--write-baseline", "known.json").code == 2
