from __future__ import annotations

import pytest

import arfix
from arfix.audit.fix_steps import archive_of, plan_command
from arfix.edits.apply import apply
from arfix.edits.plan import Replace
from arfix.errors import EditError, UnsupportedError
from tests.ar_builder import ar
from tests.elf_builder import elf

ARCHIVE = arfix.read(ar(("a.o", elf("one")), ("b.o", elf("two")), ("n.a", ar(("c.o", elf("three"))))))


def names(*words: str) -> list[str]:
    return [member.name for member in apply(ARCHIVE, plan_command(ARCHIVE, ("arfix", *words), None))]


def test_each_verb_of_a_fix() -> None:
    assert names("strip", "x.a", "a.o") == ["b.o", "n.a"]
    assert names("flatten", "x.a", "--drop") == ["a.o", "b.o"]
    assert names("flatten", "x.a") == ["a.o", "b.o", "c.o"]
    assert names("index", "x.a") == ["a.o", "b.o", "n.a"]
    assert names("stub", "openlog", "--like", "x.a", "--into", "x.a") == ["a.o", "b.o", "n.a", "arfix-stub-openlog.o"]
    plan = plan_command(ARCHIVE, ("arfix", "symbols", "x.a", "--localize", "two", "--member", "b.o"), None)
    assert [edit.name for edit in plan.edits if isinstance(edit, Replace)] == ["b.o"]


def test_the_archive_a_command_edits() -> None:
    assert archive_of(("arfix", "strip", "x.a", "a.o")) == "x.a"
    assert archive_of(("arfix", "stub", "f", "--like", "y.a", "--into", "x.a")) == "x.a"


def test_what_is_no_step() -> None:
    with pytest.raises(UnsupportedError, match="`arfix inspect` is no step"):
        plan_command(ARCHIVE, ("arfix", "inspect", "x.a"), None)
    with pytest.raises(EditError):
        plan_command(ARCHIVE, ("arfix", "strip", "x.a", "absent.o"), None)
