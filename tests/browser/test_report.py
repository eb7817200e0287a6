"""What a person does with an HTML report, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from arfix.report.html.render import render_report
from tests.browser.pages import ROWS, large_report, link_of, open_browser, open_page
from tests.report.html.test_render import HOSTILE, report_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.oracle, pytest.mark.no_cover]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "large.html"
    path.write_text(large_report(), "utf-8")
    return path


def test_a_table_of_ten_thousand_rows_is_searched_sorted_and_walked_through(browser: Browser, large: Path) -> None:
    with open_page(browser, large) as page:
        table = page.locator("#findings")
        rows = table.locator("tr.row")
        assert rows.count() < 100
        assert table.get_by_role("grid").get_attribute("aria-rowcount") == str(ROWS + 1)

        table.get_by_role("searchbox").fill("symbol_99 m9")
        assert table.locator(".count").inner_text() == "22 of 10,000 rows"
        table.get_by_role("searchbox").fill("")
        table.get_by_role("combobox").select_option("warning")
        assert table.locator(".count").inner_text() == "2,500 of 10,000 rows"
        table.get_by_role("combobox").select_option("")

        table.get_by_role("button", name="count").click()
        assert table.get_by_role("columnheader", name="count").get_attribute("aria-sort") == "ascending"
        assert rows.first.locator("td").nth(3).inner_text() == f"symbol_{ROWS - 1}"

        rows.first.click()
        page.keyboard.press("End")
        last = page.locator("tr.row:focus")
        assert last.get_attribute("aria-rowindex") == str(ROWS + 1)
        assert last.locator("td").nth(3).inner_text() == "symbol_0"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert "detail of 1" in table.locator(".panel").inner_text()
        assert page.evaluate("location.hash") == link_of(1)


def test_a_link_leads_to_its_row_and_the_row_to_its_member(browser: Browser, large: Path) -> None:
    with open_page(browser, large, link_of(7777), width=400) as page:
        row = page.locator("#findings tr.row[aria-selected=true]")
        assert "symbol_7777" in row.inner_text()
        box = row.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 900
        panel = page.locator("#findings .panel")
        assert "detail of 7777" in panel.inner_text()
        panel.get_by_role("button", name="Show in the map").click()
        assert page.locator("#members .panel h3").inner_text() == f"m{7777 % 900}.o"


def test_a_chosen_member_shows_two_levels_of_what_it_needs(browser: Browser, large: Path) -> None:
    with open_page(browser, large) as page:
        tiles = page.locator("#members .tile")
        assert tiles.count() == 900
        page.locator('#members .tile[data-at="2"]').click()
        panel = page.locator("#members .panel")
        text = panel.inner_text()
        assert re.search(r"Needed by\s+m1\.o\s+f1", text)
        assert re.search(r"Needs\s+m3\.o\s+f2", text)
        panel.get_by_text("what that needs").click()
        assert "m4.o" in panel.inner_text()
        panel.get_by_role("button", name="m3.o").click()
        assert panel.locator("h3").inner_text() == "m3.o"
        page.locator("#members .tile:focus").press("ArrowRight")
        page.locator("#members .tile:focus").press("Enter")
        assert panel.locator("h3").inner_text() != "m3.o"


def test_a_command_is_copied(browser: Browser, large: Path) -> None:
    with open_page(browser, large) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("header .copy").click()
        page.wait_for_function("document.getElementById('live').textContent === 'Copied'")
        assert page.evaluate("navigator.clipboard.readText()") == "arfix check lib.a"


def test_print_shows_rows_that_are_out_of_view(browser: Browser, large: Path) -> None:
    with open_page(browser, large) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#findings tr.row").count() == 2000
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("#findings tr.row").count() < 100


def test_hostile_names_are_text_in_the_browser_too(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    for name in (HOSTILE[0], HOSTILE[3]):
        path.write_text(render_report(report_with(name)), "utf-8")
        with open_page(browser, path) as page:
            page.locator("#members .tile").click()
            page.locator("#findings tr.row").click()
            assert page.locator("img, svg[onload]").count() == 0
            assert page.locator("#members .panel h3").inner_text() in {name, "\\xff\\x80.o"}
