from __future__ import annotations

import hashlib
import json
import re
import sys
from base64 import b64encode
from html.parser import HTMLParser
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import UnsupportedError
from arfix.extras import install_command
from arfix.report.html import render
from arfix.report.html.model import (
    Card,
    Column,
    Comparison,
    CureText,
    Map,
    Pull,
    Report,
    Row,
    Step,
    SymbolText,
    Table,
    Tile,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.html.render import json_for_html, render_report, row_id

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\"'><svg/onload=alert(1)>",
    "\udcff\udc80.o",
    "two\nlines\u2028\u2029",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "\u202egnp.o",
)


def report_with(name: str) -> Report:
    """Return a report with the name wherever a name can be."""
    tile = Tile(0, name, 10, facts=(("Fact", name),))
    return Report(
        "check",
        name,
        name,
        Tone.BAD,
        name,
        (VerdictGroup(name, (Verdict(name, Tone.BAD, name, name, name),), name),),
        (
            Card(
                Tone.BAD,
                name,
                name,
                name,
                name,
                *((name,), 1, (SymbolText(name, name),), 1, (name,)),
                (CureText(name, name, is_unsafe=True, costs=(name,)),),
                *(name, 1),
            ),
        ),
        (Step(name, name, (name,), name, is_unsafe=True, costs=(name,)),),
        (Comparison(name, 1, None),),
        (Map("members", name, (name,), (), (tile,), (Pull(0, -1, (name,), 1),), (name,), name),),
        (Table("findings", name, (Column(name),), (Row((name,), (name,), Tone.BAD, ((name, name),), name, 0),), name),),
        (name,),
        (name,),
        "1.0",
    )


class Elements(HTMLParser):
    """The elements of a page, and the text of its data block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.data = ""
        self._is_data = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self._is_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data += data
            self._is_data = False

    @property
    def json(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.data))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_never_becomes_markup(name: str) -> None:
    page = render_report(report_with(name))
    plain, hostile = Elements(render_report(report_with("plain"))), Elements(page)
    assert page.encode("utf-8")
    assert hostile.names == plain.names
    assert hostile.attributes == plain.attributes


def test_data_reach_the_script_as_they_are_printed_elsewhere() -> None:
    table = Elements(render_report(report_with("a<b>\udcff\n.o"))).json["tables"][0]
    assert table["rows"][0][1] == ["a<b>\\xff\\x0a.o"]


def test_the_page_loads_nothing_and_allows_its_own_script_alone() -> None:
    page = render_report(report_with("x.o"))
    assert not re.search(r"""(src|href)=["']?(?!#)[a-z/]""", page)
    assert not {name for name in Elements(page).attributes if name == "style" or name.startswith("on")}
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;;" in policy
    assert policy.startswith("default-src &#39;none&#39;;")


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_report(report_with("x.o")) == render_report(report_with("x.o"))


@given(st.recursive(st.text() | st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3)))
def test_json_survives_and_ends_no_element(data: object) -> None:
    text = json_for_html(data)
    assert json.loads(text) == data
    assert not re.search("[<>&\u2028\u2029]", text)


def test_rows_of_one_key_have_links_of_their_own() -> None:
    rows = (Row(("a",), ("1",)), Row(("a",), ("2",)), Row(("b",), ("3",)))
    page = render_report(Report("check", "x", "x", Tone.GOOD, tables=(Table("t", "T", (Column("c"),), rows),)))
    ids = [row[0] for row in Elements(page).json["tables"][0]["rows"]]
    assert ids == [row_id(("a",)), row_id(("a",)) + "-2", row_id(("b",))]


def test_without_jinja_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UnsupportedError, match="the HTML report needs the Python package jinja2") as caught:
        render.require_jinja()
    assert caught.value.hint == install_command("report")


def test_causes_beyond_the_cards_are_listed_and_lead_to_their_findings() -> None:
    cards = tuple(
        Card(Tone.BAD, f"error rule-{number}", f"cause {number}", search=f"rule-{number}") for number in range(1100)
    )
    page = render_report(Report("check", "x.a", "many", Tone.BAD, cards=cards))
    assert page.count("<article") == 40
    assert "1,060 more causes" in page
    assert "cause 40" in page
    assert "#findings?q=rule-999" in page
    assert "and 100 more, with all of their findings in the table below" in page
