from __future__ import annotations

from arfix.audit.finding import Severity
from tests.ar_builder import header
from tests.audit.libraries import findings, library, library_of
from tests.elf_builder import elf


def test_one_finding_for_each_shared_name() -> None:
    members = [(name, elf(symbol)) for name, symbol in (("x.o", "a"), ("y.o", "b"), ("x.o", "c"), ("x.o", "d"))]
    (found,) = findings("duplicate-member-name", library(*members))
    assert found.member == "x.o"
    assert found.message.startswith("3 members")
    assert found.related == ("libx.a(x.o#1)", "libx.a(x.o#2)", "libx.a(x.o#3)")


def test_different_names_are_clean() -> None:
    assert findings("duplicate-member-name", library(("x.o", elf("a")), ("y.o", elf("b")))) == []


def test_the_newer_of_two_builds_is_named() -> None:
    one, two = elf("f", "g"), elf("f", "h")
    dated = b"!<arch>\n" + header("a.o/", len(one), date=1704067200) + one + b"\n" * (len(one) % 2)
    dated += header("a.o/", len(two), date=1767225600) + two
    found = findings("duplicate-member-name", library_of(dated))
    assert found[0].severity is Severity.WARNING
    assert "a.o#2 is newer (2026-01-01 00:00:00, the other 2024-01-01 00:00:00)" in found[0].message
    assert "a.o#1 is probably a stale build" in found[0].message
    assert found[0].fix is None


def test_the_date_counts_more_than_the_order() -> None:
    one, two = elf("f"), elf("f", "h")
    dated = b"!<arch>\n" + header("a.o/", len(one), date=9) + one + b"\n" * (len(one) % 2)
    dated += header("a.o/", len(two), date=8) + two
    assert "a.o#2 is probably a stale build" in findings("duplicate-member-name", library_of(dated))[0].message


def test_without_dates_the_order_tells() -> None:
    found = findings("duplicate-member-name", library(("a.o", elf("f")), ("b.o", elf("x")), ("a.o", elf("f", "h"))))
    assert "a.o#2 stands behind the other and is probably newer, since ar q appends" in found[0].message


def test_different_members_of_one_name_are_no_builds_of_one_source() -> None:
    found = findings("duplicate-member-name", library(("a.o", elf("f")), ("a.o", elf("g"))))
    assert found[0].severity is Severity.INFO
