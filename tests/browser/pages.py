"""HTML reports in headless Chromium: one browser for a module of tests, and a large report made of literal values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from arfix.report.html.model import CellKind, Column, Map, Mark, Pull, Report, Row, Table, Tile, Tone
from arfix.report.html.render import render_report, row_id
from tests.tools import give_up, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

#: Nothing but the page itself: no start page, no updates, no network.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

ROWS = 10_000
MEMBERS = 900


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium for a module of tests; skip them without it or without Playwright."""
    path = need("chromium", "chromium-browser", "google-chrome")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 (optional here)
    except ImportError:
        give_up("not installed: the Python package playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, path: Path, fragment: str = "", *, width: int = 1600) -> Iterator[Page]:
    """Open a report, and fail if it logs an error, asks for anything else than itself, or is wider than the window."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else faults.append(request.url))
    page.goto(f"file://{path}{fragment}")
    try:
        yield page
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        if faults:
            pytest.fail("\n".join(faults))
    finally:
        context.close()


def large_report() -> str:
    """Return a report with 900 members and 10,000 findings."""
    rows = tuple(
        Row(
            ("rule", f"s{at}"),
            ("error" if at % 4 else "warning", "rule", f"m{at % MEMBERS}.o", f"symbol_{at}", ROWS - at),
            Tone.BAD if at % 4 else Tone.WARN,
            (("Detail", f"detail of {at}"),),
            f"arfix strip lib.a m{at % MEMBERS}.o",
            at % MEMBERS,
        )
        for at in range(ROWS)
    )
    columns = (
        Column("severity", CellKind.TONE),
        Column("rule"),
        Column("member", CellKind.NAME),
        Column("symbol", CellKind.NAME),
        Column("count", CellKind.NUMBER),
    )
    tiles = tuple(
        Tile(0, f"m{at}.o", 1000 + 37 * (MEMBERS - at), "error" if at == 5 else "plain") for at in range(MEMBERS)
    )
    pulls = tuple(Pull(at, at + 1, (f"f{at}",), 1) for at in range(10))
    marks = (Mark("error", "has errors"), Mark("plain", "nothing remarkable"))
    drawn = Map("members", "Members", ("lib.a",), marks, tiles, (*pulls, Pull(0, -1, ("puts",), 1)), ("libc.so.6",))
    table = Table("findings", "Findings", columns, rows)
    return render_report(
        Report("check", "lib.a", "many", Tone.BAD, "arfix check lib.a", maps=(drawn,), tables=(table,))
    )


def link_of(at: int) -> str:
    """Return the fragment that leads to a row of the large report."""
    return f"#findings/{row_id(('rule', f's{at}'))}"
