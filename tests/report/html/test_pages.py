from __future__ import annotations

from dataclasses import replace

from arfix.audit.outcome import TargetFindings
from arfix.linkage.model import Target
from arfix.report.html.model import Tone
from arfix.report.html.pages import Drawn, check_report, subject_of
from tests.report.outcomes import EVERYTHING, INDEX, outcome


def test_each_target_has_its_verdict_and_command() -> None:
    clean = TargetFindings(Target.PIE, ())
    checked = replace(outcome(INDEX), verdicts=(TargetFindings(Target.EXECUTABLE, (INDEX,)), clean))
    commands = {Target.EXECUTABLE: "arfix check x", Target.PIE: "arfix check --target pie x"}
    (group,) = check_report(checked, "arfix check x", commands, Drawn()).verdicts
    assert [(one.subject, one.word, one.tone, one.command) for one in group.verdicts] == [
        ("executable", "1 warning", Tone.WARN, "arfix check x"),
        ("PIE", "clean", Tone.GOOD, "arfix check --target pie x"),
    ]


def test_the_summary_counts_what_was_found_and_set_aside() -> None:
    report = check_report(EVERYTHING, "", {}, Drawn())
    assert report.summary.endswith("4 errors, 1 warning (1 remark, 2 set aside)")
    assert report.tone is Tone.BAD


def test_a_long_list_of_archives_is_cut_in_the_title() -> None:
    assert subject_of(["lib/a.a", "b.a", "c.a", "d.a", "e.a"]) == "a.a, b.a, c.a and 2 more"
