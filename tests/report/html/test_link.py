from __future__ import annotations

from dataclasses import replace

from arfix.archive.read import read
from arfix.audit.context import Context
from arfix.audit.finding import Finding, Severity
from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.linkage.inputs import archive_input, names_input
from arfix.linkage.model import Link, Linker
from arfix.linkage.resolve import resolve
from arfix.report.html.link import LinkSections, link_sections, linker_verdicts
from arfix.report.html.model import Tone
from tests.ar_builder import ar
from tests.elf_builder import elf

LIBRARY = archive_input(
    read(
        ar(
            ("main.o", elf("main", "?f", "?puts", "?gone")),
            ("f.o", elf("f", "?_ZN1a1bEv")),
            ("b.o", elf("_ZN1a1bEv")),
            ("idle.o", elf("idle")),
        )
    ),
    Where("lib.a"),
)
LINK = Link((LIBRARY, names_input(Where("libc.so.6"), ("puts",))), roots=("main",))


def sections(*findings: Finding) -> LinkSections:
    return link_sections(Context(Settings(("lib.a",)), resolve(LINK)), findings)


def test_the_map_shows_who_needs_whom_and_what_comes_from_outside() -> None:
    drawn = sections().map
    assert drawn.id == "members"
    names = [tile.name for tile in drawn.tiles]

    def name_of(number: int) -> str:
        return names[number] if number >= 0 else drawn.outside[-1 - number]

    pulls = {(names[one.user], name_of(one.giver)): one.symbols for one in drawn.pulls}
    assert pulls == {
        ("main.o", "f.o"): ("f",),
        ("main.o", "libc.so.6"): ("puts",),
        ("main.o", "nothing: undefined"): ("gone",),
        ("f.o", "b.o"): ("_ZN1a1bEv [a::b()]",),
    }


def test_members_with_findings_are_red_and_dead_weight_is_grey() -> None:
    found = Finding("undefined-symbol", Severity.ERROR, "nothing defines it", "lib.a", "main.o", "gone")
    drawn = sections(found)
    marks = {tile.name: tile.mark for tile in drawn.map.tiles}
    assert marks == {"main.o": "error", "f.o": "plain", "b.o": "plain", "idle.o": "dead"}
    assert drawn.tiles == {id(found): 0}


def test_nothing_is_dead_weight_where_nothing_asks_for_a_member() -> None:
    drawn = link_sections(Context(Settings(("lib.a",)), resolve(Link((LIBRARY,)))), ()).map
    assert {tile.mark for tile in drawn.tiles} == {"plain"}


def test_a_finding_inside_a_nested_archive_belongs_to_its_member() -> None:
    found = Finding("undefined-symbol", Severity.ERROR, "x", "lib.a", "f.o(inner.o)", "gone")
    assert sections(found).tiles == {id(found): 1}


def test_the_table_of_symbols_lists_what_is_missing_first() -> None:
    rows = [(row.cells[0], row.cells[1], row.cells[2], row.cells[-1]) for row in sections().symbols.rows]
    assert rows[0] == ("undefined", "gone", "", 1)
    assert ("provided", "puts", "", 1) in rows
    assert ("defined", "_ZN1a1bEv", "a::b()", 1) in rows


def test_linkers_are_judged_by_what_they_refuse() -> None:
    commands = dict.fromkeys(Linker, "arfix verify")
    judged = linker_verdicts(LINK, resolve(LINK), commands, is_judged=True, plugins=True).verdicts
    assert {one.subject: one.text for one in judged}["GNU ld"] == "1 undefined symbol"
    unjudged = linker_verdicts(LINK, resolve(LINK), commands, is_judged=False, plugins=True).verdicts
    assert unjudged[-1].tone is Tone.GOOD
    assert unjudged[-1].text == "1 symbol from elsewhere"


def test_start_files_that_only_the_platform_needs_are_no_refusal() -> None:
    libc = archive_input(read(ar(("atexit.o", elf("puts", "?__dso_handle")))), Where("libc.a"), provider=True)
    link = Link((archive_input(read(ar(("a.o", elf("f", "?puts")))), Where("a.a")), libc))
    commands = dict.fromkeys(Linker, "arfix verify")
    judged = linker_verdicts(link, resolve(link), commands, is_judged=True, plugins=True).verdicts
    assert {one.word for one in judged} == {"links it"}
    own = Link((archive_input(read(ar(("a.o", elf("f", "?__dso_handle")))), Where("a.a")), libc))
    judged = linker_verdicts(own, resolve(own), commands, is_judged=True, plugins=True).verdicts
    assert "refuses it" in {one.word for one in judged}


def test_nothing_is_dead_weight_if_nothing_asks_for_any_member() -> None:
    shared = replace(names_input(Where("libc.so.6"), ("puts",)), needs=frozenset({"elsewhere"}))
    link = Link((LIBRARY, shared))
    drawn = link_sections(Context(Settings(("lib.a",)), resolve(link)), ()).map
    assert {tile.mark for tile in drawn.tiles} == {"plain"}
