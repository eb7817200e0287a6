from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from arfix.audit.finding import Finding, Severity
from arfix.audit.outcome import TargetFindings
from arfix.linkage.model import Target
from arfix.report.findings import ROWS_SHOWN, describe_outcome, render_outcome
from arfix.report.style import Style
from tests.report.outcomes import EVERYTHING, INFO, MISSING, outcome


def test_rules_come_with_their_reason_rows_aligned_and_one_repair() -> None:
    assert render_outcome(outcome(*MISSING)) == (
        "error undefined-symbol: symbols that nothing in the link defines\n"
        "  On demand such a member is often not used; whole, it is, and the link fails (with -shared, loading fails).\n"
        "  libcrypto.a\n"
        "    libcrypto-lib-bss_log.o  __syslog_chk  nothing in the link defines it\n"
        "    libcrypto-lib-bss_log.o  closelog      nothing in the link defines it\n"
        "    libcrypto-lib-bss_log.o  openlog       nothing in the link defines it\n"
        "    repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o\n"
        "\n"
        "1 archive: 3 errors\n"
    )


def test_info_is_counted_and_shown_on_request() -> None:
    shown = render_outcome(outcome(INFO))
    assert shown == "1 archive: 1 info (--all shows them)\n"
    assert "lt1-add.o  105 members" in render_outcome(outcome(INFO), everything=True)


def test_nothing_found_is_said() -> None:
    assert render_outcome(outcome()) == "0 archives: clean\n"


def test_long_lists_are_cut_and_say_so() -> None:
    many = outcome(*(replace(MISSING[0], symbol=f"s{number}") for number in range(900)))
    short = render_outcome(many)
    assert len(short.splitlines()) == ROWS_SHOWN + 7
    assert f"... and {900 - ROWS_SHOWN} more findings" in short
    assert len(render_outcome(many, everything=True).splitlines()) == 900 + 6


def test_a_hostile_name_reaches_no_terminal() -> None:
    for text in (render_outcome(EVERYTHING, everything=True), render_outcome(EVERYTHING, Style(colour=False))):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.isascii()


def test_colour_changes_no_word() -> None:
    import re  # noqa: PLC0415

    plain = render_outcome(EVERYTHING, everything=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render_outcome(EVERYTHING, Style(colour=True), everything=True)) == plain


def test_what_was_set_aside_is_counted() -> None:
    assert render_outcome(EVERYTHING).splitlines()[-1].endswith("1 known, 1 ignored")


def test_json_keys_are_null_where_they_do_not_apply() -> None:
    document = json.loads(json.dumps(describe_outcome(EVERYTHING)))
    finding = next(one for one in document["findings"] if one["rule"] == "missing-index")
    assert finding == {
        "rule": "missing-index",
        "severity": "warning",
        "archive": "a b.a",
        "member": None,
        "symbol": None,
        "demangled": None,
        "message": "3 objects, but no symbol index",
        "fix": "arfix index 'a b.a'",
        "fix_safety": "safe",
        "fix_costs": [],
        "related": [],
        "cause": None,
    }
    assert document["summary"] == {
        "info": 1,
        "warning": 1,
        "error": 4,
        "set_aside": 2,
        "unread": 0,
        "unchecked": 0,
    }
    assert [one["reason"] for one in document["set_aside"]] == ["built on first use", "known to the baseline"]


def test_findings_with_one_cause_are_one_paragraph() -> None:
    cause = "libz: 2 symbols, needed by 1 member; libz.a in the same directory defines all 2: add -lz"
    found = [replace(MISSING[0], symbol=name, fix=None, cause=cause) for name in ("inflate", "deflate")]
    text = render_outcome(outcome(*found, replace(MISSING[1], fix=None)))
    assert f"    {cause}\n      inflate, deflate\n" in text
    assert text.count("nothing in the link defines it") == 1
    assert render_outcome(outcome(*found), everything=True).count("nothing in the link defines it") == 2
    many = [replace(MISSING[0], symbol=f"f{at}", fix=None, cause=cause) for at in range(46)]
    assert "and 34 more (--all shows them)" in render_outcome(outcome(*many))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_fit_the_terminal_and_no_name_is_taken_apart(width: int) -> None:
    long = "_ZN" + "x" * 100 + "Ev"
    cause = "libz: 1 symbol, needed by 1 member; libz.a in the same directory defines it: add -lz"
    subject = outcome(
        *MISSING, replace(MISSING[0], symbol=long), replace(MISSING[0], symbol="inflate", fix=None, cause=cause)
    )
    lines = render_outcome(subject, width=width, everything=True).splitlines()
    assert any(long in line for line in lines)
    names = (long, "libcrypto-lib-bss_log.o", "repair", "undefined-symbol")
    for line in lines:
        assert len(line) <= width or any(name in line for name in names), line


def test_targets_that_come_out_differently_have_a_line_each() -> None:
    shared = Finding("not-pic", Severity.ERROR, "no", "libz.a", "a.o", "v")
    verdicts = (
        TargetFindings(Target.EXECUTABLE, ()),
        TargetFindings(Target.PIE, ()),
        TargetFindings(Target.SHARED, (shared, shared)),
    )
    clean = replace(outcome(), archives=("libz.a",), verdicts=verdicts)
    assert render_outcome(clean) == (
        "target exe     clean\n"
        "target pie     clean\n"
        "target shared  2 errors: not-pic (--target shared shows them)\n"
        "1 archive as exe: clean\n"
    )
    assert render_outcome(replace(clean, verdicts=verdicts[:2])) == "1 archive: clean\n"
    assert [(one["target"], one["error"]) for one in describe_outcome(clean)["targets"]] == [  # type: ignore[attr-defined]
        ("exe", 0),
        ("pie", 0),
        ("shared", 2),
    ]


def test_a_mangled_symbol_is_shown_as_people_write_it_too() -> None:
    mangled = replace(MISSING[0], symbol="_ZN2ns1fEi")
    assert "_ZN2ns1fEi    ns::f(int): nothing in the link" in render_outcome(outcome(mangled, MISSING[0]))
    found: Any = describe_outcome(outcome(mangled))["findings"]
    assert (found[0]["symbol"], found[0]["demangled"]) == ("_ZN2ns1fEi", "ns::f(int)")
