from __future__ import annotations

import io

from arfix.diagnose.diagnose import diagnose_log
from arfix.diagnose.page import diagnosis_page
from arfix.report.html.model import Tone

LOG = b"""/usr/bin/ld: main.o: in function `main':
main.c:(.text+0x5): undefined reference to `a::b()'
/usr/bin/ld: main.c:(.text+0xa): undefined reference to `compress'
collect2: error: ld returned 1 exit status
"""


def test_each_cause_is_a_card_and_each_symbol_a_row() -> None:
    found = diagnose_log(io.BytesIO(LOG), "build.log")
    page = diagnosis_page([found], "arfix diagnose build.log")
    assert page.tone is Tone.BAD
    assert len(page.cards) == len(found.causes)
    assert {row.cells[3] for row in page.tables[0].rows} >= {"compress"}
    assert all(card.cures for card in page.cards)


def test_a_log_without_errors_is_good() -> None:
    page = diagnosis_page([diagnose_log(io.BytesIO(b"all is well\n"), "build.log")], "")
    assert (page.tone, page.summary) == (Tone.GOOD, "no error of a linker")
