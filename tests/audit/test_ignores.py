from __future__ import annotations

import pytest

from arfix.audit.finding import Finding, Severity
from arfix.audit.ignores import decode_ignore, filter_findings
from arfix.errors import RecipeError

FOUND = Finding("undefined-symbol", Severity.ERROR, "m", "lib/libc.a", "x.o#2", "openlog")


@pytest.mark.parametrize(
    "pattern",
    ["lib/libc.a", "libc.a", "x.o#2", "openlog", "open*", "lib/libc.a(x.o#2)", "libc.a(x.o#2)", "lib?.a(*)", "*"],
)
def test_a_pattern_is_tried_on_archive_member_symbol_and_place(pattern: str) -> None:
    assert decode_ignore(f"undefined-symbol:{pattern}", "why").covers(FOUND)


@pytest.mark.parametrize("pattern", ["", "open", "OPENLOG", "libc", "x.o", "lib/libc.a(x.o)"])
def test_a_pattern_is_tried_on_the_whole_of_each(pattern: str) -> None:
    assert not decode_ignore(f"undefined-symbol:{pattern}", "why").covers(FOUND)


def test_a_rule_alone_covers_all_its_findings_and_no_others() -> None:
    assert decode_ignore("undefined-symbol", "why").covers(FOUND)
    assert not decode_ignore("missing-index", "why").covers(FOUND)


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(RecipeError) as caught:
        decode_ignore("undefined-symbols:x", "why")
    assert caught.value.hint is not None
    assert "undefined-symbol" in caught.value.hint


def test_findings_are_parted_with_their_reasons() -> None:
    other = Finding("missing-index", Severity.WARNING, "m", "libd.a")
    known = Finding("missing-index", Severity.WARNING, "m", "new/libe.a")
    ignores = (decode_ignore("undefined-symbol:open*", "no syslog here"), decode_ignore("malformed", "never seen"))
    baseline = (known.key, FOUND.key._replace(archive="gone.a"))
    filtered = filter_findings((FOUND, other, known), ignores, baseline)
    assert filtered.findings == (other,)
    assert [(one.finding, one.reason, one.by_baseline) for one in filtered.set_aside] == [
        (FOUND, "no syslog here", False),
        (known, "known to the baseline", True),
    ]


def test_what_is_named_in_vain_is_said() -> None:
    filtered = filter_findings((), (decode_ignore("malformed:x.a", "why"),), (FOUND.key,))
    assert len(filtered.notes) == 2
    assert "malformed:x.a" in filtered.notes[0]
    assert "baseline" in filtered.notes[1]
