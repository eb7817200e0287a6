from __future__ import annotations

from arfix.report.github import render_annotations
from tests.report.outcomes import EVERYTHING, HOSTILE, INFO, MISSING, outcome


def test_severities_have_their_commands() -> None:
    lines = render_annotations(EVERYTHING).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 4 + ["::warning", "::notice"]


def test_an_annotation_tells_place_message_and_repair() -> None:
    assert render_annotations(outcome(MISSING[2])) == (
        "::error file=libcrypto.a,title=arfix undefined-symbol::"
        "libcrypto.a(libcrypto-lib-bss_log.o) openlog: nothing in the link defines it"
        "%0ARepair: arfix strip libcrypto.a libcrypto-lib-bss_log.o\n"
    )


def test_a_hostile_name_starts_no_command_of_its_own() -> None:
    (line,) = render_annotations(outcome(HOSTILE)).splitlines()
    assert "file=x%2Cy%3A\\x1b.a,title=" in line
    assert "100%25%0Aof it" in line


def test_nothing_found_prints_nothing() -> None:
    assert render_annotations(outcome()) == ""
    assert render_annotations(outcome(INFO)).startswith("::notice ")


def test_input_that_could_not_be_read_is_an_error() -> None:
    from dataclasses import replace  # noqa: PLC0415

    from arfix.errors import AccessError, Where  # noqa: PLC0415

    error = AccessError("No such file or directory", where=Where("nope.a"))
    assert render_annotations(replace(outcome(), errors=(error,))) == (
        "::error file=nope.a,title=arfix::nope.a: No such file or directory\n"
    )
