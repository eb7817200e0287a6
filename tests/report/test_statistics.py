from __future__ import annotations

from dataclasses import replace

from arfix.audit.finding import Severity
from arfix.report.statistics import count_archives, count_rules, describe_statistics, render_statistics
from tests.report.outcomes import EVERYTHING, INDEX, MISSING, outcome


def test_each_finding_is_counted_once_by_rule_and_once_by_archive() -> None:
    number = len(EVERYTHING.findings)
    assert sum(one.findings for one in count_rules(EVERYTHING.findings)) == number
    assert sum(sum(found.values()) for found in count_archives(EVERYTHING).values()) == number


def test_counts_of_a_rule_are_of_distinct_things() -> None:
    twice = (*MISSING, replace(MISSING[0], archive="other.a", fix=None))
    (count,) = count_rules(twice)
    assert (count.findings, count.archives, count.members, count.symbols, count.repairable) == (4, 2, 2, 3, 3)


def test_severe_and_frequent_rules_come_first() -> None:
    counts = count_rules((INDEX, INDEX, INDEX, INDEX, *MISSING, replace(MISSING[0], severity=Severity.WARNING)))
    assert [(one.rule, one.severity.value) for one in counts] == [
        ("undefined-symbol", "error"),
        ("missing-index", "warning"),
        ("undefined-symbol", "warning"),
    ]


def test_clean_archives_are_listed() -> None:
    subject = replace(outcome(MISSING[0]), archives=("libcrypto.a", "libz.a"))
    assert render_statistics(subject) == (
        "rule              severity  findings  archives  members  symbols  repairable\n"
        "undefined-symbol  error            1         1        1        1           1\n"
        "\n"
        "archive      errors  warnings  infos\n"
        "libcrypto.a       1         -      -\n"
        "libz.a            -         -      -\n"
        "\n"
        "2 archives: 1 error\n"
    )
    assert render_statistics(replace(outcome(), archives=("libz.a",))) == "1 archive: clean\n"
    assert describe_statistics(subject)["statistics"] is not None
