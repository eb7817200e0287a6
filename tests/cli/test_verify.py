from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from arfix.cli.exit_codes import ExitCode
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import Ran, arfix
from tests.tools import need

pytestmark = pytest.mark.oracle

SCHEMA = json.loads(
    (Path(__file__).parent.parent.parent / "docs" / "schema" / "findings.schema.json").read_text("utf-8")
)
LINKERS = pytest.mark.parametrize(
    ("word", "programs"),
    [("ld", ("ld.bfd", "ld")), ("gold", ("ld.gold",)), ("lld", ("ld.lld",)), ("mold", ("ld.mold", "mold"))],
)
GOOD = ar(("a.o", elf("_start", "?open")), ("b.o", elf("b")), index=(("_start", 0), ("b", 1)))
LIBC = ar(("open.o", elf("open")), index=(("open", 0),))


def verified(*arguments: str | Path) -> Ran:
    ran = arfix("verify", "--json", *arguments)
    jsonschema.validate(ran.json, SCHEMA, cls=jsonschema.Draft202012Validator)
    return ran


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.a").write_bytes(GOOD)
    Path("libc.a").write_bytes(LIBC)
    Path("other.a").write_bytes(ar(("o.o", elf("other")), index=(("other", 0),)))


@LINKERS
def test_a_sound_link_works_and_is_as_predicted(word: str, programs: tuple[str, ...]) -> None:
    need(*programs)
    ran = verified("good.a", "--provider", "libc.a", "--linker", word)
    assert (ran.code, ran.json["findings"]) == (0, [])
    (told,) = ran.json["linkers"]
    assert (told["linker"], told["status"]) == (word, 0)
    assert told["exported"] is None or {"_start", "b"} <= set(told["exported"])


@LINKERS
def test_a_link_that_fails_as_predicted_makes_one_finding(word: str, programs: tuple[str, ...]) -> None:
    need(*programs)
    ran = verified("good.a", "--provider", "other.a", "--linker", word)
    assert ran.code == 1
    assert [(one["rule"], one["message"]) for one in ran.json["findings"]] == [
        ("link-fails", f"{word} refuses: 1 undefined symbol (open)")
    ]


@LINKERS
def test_a_nested_archive_is_refused_aloud_or_lost_in_silence(word: str, programs: tuple[str, ...]) -> None:
    need(*programs)
    Path("bad.a").write_bytes(ar(("a.o", elf("_start")), ("libdep.a", LIBC), index=(("_start", 0),)))
    ran = verified("bad.a", "--linker", word)
    assert ran.code == 1
    (found,) = ran.json["findings"]
    assert found["rule"] == ("silent-loss" if word == "mold" else "link-fails")
    if word == "mold":
        assert (found["member"], found["fix"]) == ("libdep.a", "arfix flatten bad.a")


def test_every_installed_linker_is_asked() -> None:
    for program in ("ld.bfd", "ld.gold", "ld.lld", "ld.mold"):
        need(program)
    ran = verified("good.a", "--provider", "libc.a")
    assert [one["linker"] for one in ran.json["linkers"]] == ["ld", "gold", "lld", "mold"]


def test_text_begins_with_a_table_of_linkers() -> None:
    need("ld.bfd", "ld")
    ran = arfix("verify", "good.a", "--provider", "libc.a", "--linker", "ld")
    assert ran.stdout.splitlines()[0].split() == [
        "linker",
        "exit",
        "undefined",
        "duplicate",
        "rejected",
        "exported",
        "version",
    ]
    assert ran.stdout.endswith("1 archive: clean\n")


def test_a_linker_that_is_not_there_is_exit_2() -> None:
    ran = arfix("verify", "good.a", "--linker", "no-such-ld")
    assert ran.code == ExitCode.UNREADABLE
    assert "no-such-ld" in ran.stderr


def test_an_archive_that_is_not_there_is_exit_2() -> None:
    assert arfix("verify", "absent.a").code == ExitCode.UNREADABLE


def test_findings_can_be_ignored() -> None:
    need("ld.bfd", "ld")
    ran = verified("good.a", "--provider", "other.a", "--linker", "ld", "--ignore", "link-fails")
    assert (ran.code, len(ran.json["set_aside"])) == (0, 1)


@LINKERS
def test_a_list_of_names_is_no_input_of_the_linker_but_what_it_finds(word: str, programs: tuple[str, ...]) -> None:
    need(*programs)
    Path("names.txt").write_text("# the platform's\nopen\n")
    ran = verified("good.a", "--provider", "names.txt", "--linker", word)
    assert (ran.code, ran.json["findings"]) == (0, [])


def test_statistics_follow_the_results_of_the_linkers() -> None:
    need("ld.bfd", "ld")
    ran = arfix("verify", "good.a", "--provider", "other.a", "--linker", "ld", "--statistics")
    assert ran.code == 1
    assert ran.stdout.startswith("linker  exit")
    assert "link-fails  error            1" in ran.stdout
    counted = verified("good.a", "--provider", "other.a", "--linker", "ld", "--statistics")
    assert counted.json["statistics"]["archives"] == [{"archive": "good.a", "error": 1, "warning": 0, "info": 0}]
