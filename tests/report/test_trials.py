from __future__ import annotations

from arfix.linkage.model import Linker
from arfix.report.trials import describe_trial, render_trials
from tests.audit.trials import trial


def test_one_line_for_each_linker() -> None:
    text = render_trials([trial(undefined=frozenset("ab")), trial(Linker.MOLD, status=0)])
    assert text == (
        "linker  exit  undefined  duplicate  rejected  exported  version\n"
        "ld         1          2          0         0         -  ld\n"
        "mold       0          0          0         0         -  mold\n"
        "\n"
    )


def test_no_linker_no_table() -> None:
    assert render_trials([]) == ""


def test_json_lists_what_each_named() -> None:
    told = describe_trial(trial(undefined=frozenset("ba"), rejected=("x",)))
    assert (told["undefined"], told["rejected"], told["exported"]) == (["a", "b"], ["x"], None)
