from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.edits.stub import parse_request
from arfix.report.stub import Snippet
from arfix.report.stub_source import render_c, render_header, render_snippet
from arfix.stubs.build import Options

if TYPE_CHECKING:
    from collections.abc import Callable

REQUESTS = [
    parse_request(text)
    for text in (
        *("openlog", "getaddrinfo", "open64", "signal", "strlen", "getuid", "unknown", "zero=0"),
        *("space=data:24", "again=alias:unknown", "room=alias:space", "far=alias:outside", "na-me=-1", "div"),
    )
]


@pytest.mark.golden
def test_c_source(golden: Callable[[str, str], None]) -> None:
    golden("stub.c.txt", render_c(REQUESTS, Options()))


@pytest.mark.golden
def test_c_source_with_every_option(golden: Callable[[str, str], None]) -> None:
    golden("stub-options.c.txt", render_c(REQUESTS[:2], Options(strong=True, hidden=True, warn=True)))


@pytest.mark.golden
def test_header(golden: Callable[[str, str], None]) -> None:
    golden("stub.h.txt", render_header(REQUESTS))


@pytest.mark.golden
@pytest.mark.parametrize("kind", Snippet)
def test_snippet(kind: Snippet, golden: Callable[[str, str], None]) -> None:
    golden(f"stub-{kind.value}.txt", render_snippet(REQUESTS, kind))
