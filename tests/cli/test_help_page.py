from __future__ import annotations

from tests.run_arfix import arfix


def test_usage_is_written_as_in_manuals() -> None:
    assert arfix("strip", "-h").stdout.splitlines()[0] == "Usage: arfix strip [OPTIONS] ARCHIVE [MEMBER...]"
    assert arfix("inspect", "--help").stdout.splitlines()[0] == "Usage: arfix inspect [OPTIONS] ARCHIVE..."
    assert arfix("explain", "--help").stdout.splitlines()[0] == "Usage: arfix explain [OPTIONS] [RULE|MESSAGE...]"


def test_types_of_words_are_not_shown() -> None:
    page = arfix("strip", "--help").stdout
    assert "\n  ARCHIVE    The archive; - for standard input.\n" in page
    assert "<str>" not in page
    assert "list[" not in page
