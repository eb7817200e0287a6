from __future__ import annotations

from arfix.audit.finding import Finding, Severity
from arfix.report.html.findings import finding_cards, findings_table
from arfix.report.html.model import Tone
from tests.report.outcomes import EVERYTHING, MISSING, outcome


def test_findings_of_one_rule_in_one_archive_are_one_card_with_one_cure() -> None:
    card = next(one for one in finding_cards(EVERYTHING.findings, EVERYTHING.rules) if one.place == "libcrypto.a")
    assert card.rows == len(MISSING)
    assert [cure.command for cure in card.cures] == ["arfix strip libcrypto.a libcrypto-lib-bss_log.o"]
    assert [point.partition(":")[0] for point in card.points] == ["__syslog_chk", "closelog", "openlog"]


def test_remarks_are_in_the_table_and_not_on_cards() -> None:
    assert all("libtool-residue" not in card.label for card in finding_cards(EVERYTHING.findings, EVERYTHING.rules))
    assert any("libtool-residue" in row.cells for row in findings_table(EVERYTHING).rows)


def test_a_common_cause_is_the_title_and_lists_the_symbols_demangled() -> None:
    found = [
        Finding("undefined-symbol", Severity.ERROR, "nothing defines it", "a.a", "x.o", f"_ZN1a{n}Ev", cause="no liba")
        for n in ("1b", "1c")
    ]
    (card,) = finding_cards(found, outcome(*found).rules)
    assert card.title == "no liba"
    assert [one.plain for one in card.symbols] == ["a::b()", "a::c()"]


def test_more_symbols_than_a_card_lists_are_counted() -> None:
    found = [Finding("undefined-symbol", Severity.ERROR, "x", "a.a", "x.o", f"s{n}", cause="c") for n in range(500)]
    (card,) = finding_cards(found, outcome(*found).rules)
    assert card.symbol_count == 500
    assert len(card.symbols) < 100


def test_what_was_set_aside_is_listed_with_its_reason() -> None:
    rows = [row for row in findings_table(EVERYTHING).rows if row.cells[0] == "set aside"]
    assert [dict(row.details)["Set aside"] for row in rows] == ["ignored: built on first use", "known: in the baseline"]
    assert {row.tone for row in rows} == {Tone.NEUTRAL}
