from __future__ import annotations

from arfix.audit.finding import Severity
from arfix.audit.settings import Settings
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf

X = ("x.o", elf("x"))


def test_objects_without_an_index() -> None:
    found = findings("missing-index", library(X))
    assert [(one.member, one.severity) for one in found] == [(None, Severity.WARNING)]
    assert fixes(found) == ["arfix index libx.a"]


def test_on_demand_the_link_needs_it() -> None:
    settings = Settings(("libx.a",), on_demand=True)
    assert findings("missing-index", library(X, settings=settings))[0].severity is Severity.ERROR


def test_with_an_index_or_without_objects_it_is_clean() -> None:
    assert findings("missing-index", library(X, index=(("x", 0),))) == []
    assert findings("missing-index", library(("README", b"text\n"))) == []
    assert findings("missing-index", library()) == []
