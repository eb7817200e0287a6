"""No rule stumbles over a damaged object, wherever it is cut, and the rest of the archive is still looked at."""

from __future__ import annotations

import pytest

from arfix.archive.read import read
from arfix.audit.checked_library import checked_library
from arfix.audit.context import Context
from arfix.audit.registry import archive_rules, link_rules
from arfix.audit.settings import Settings
from arfix.linkage.model import Link, Target
from arfix.linkage.resolve import resolve
from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, INIT_ARRAY, LOCAL, NOTE, STACK_NOTE, TLS, UNDEF, Rel, Sec, Sym, elf

SECTIONS = (
    Sec(".text", bytes(32), flags=ALLOC | EXEC, relocations=(Rel(4, 22, "tls"), Rel(8, 11, "own"), Rel(16, 2, "gone"))),
    Sec(".text.f", b"\xc3", flags=ALLOC | EXEC, group="f"),
    Sec(".init_array", bytes(8), type=INIT_ARRAY),
    Sec(".note.gnu.property", bytes(32), type=NOTE, align=8),
    Sec(".gnu.warning.f", b"f is dangerous\0", flags=0),
    STACK_NOTE,
)
WHOLE = elf(
    Sym("own", binding=LOCAL),
    Sym("x"),
    Sym("f", ".text.f"),
    Sym("gone", UNDEF),
    Sym("tls", UNDEF, type=TLS),
    sections=SECTIONS,
)


def rules_found(data: bytes, target: Target) -> set[str]:
    """Return the rules that find something in an archive of a sound object, `data`, and a copy of it."""
    archive = read(ar(("a.o", elf("a", "?f")), ("x.o", data), ("y.o", data), index=(("a", 0),)))
    settings = Settings(("libx.a",), target=target)
    library = checked_library("libx.a", archive, settings)
    context = Context(settings, resolve(Link((library.input,), target)))
    found = [finding for rule in archive_rules() for finding in rule.check(library)]
    found += [finding for rule in link_rules() for finding in rule.check(context)]
    return {finding.rule for finding in found}


def test_the_whole_object_is_worth_looking_at() -> None:
    assert rules_found(WHOLE, Target.SHARED) >= {
        "constructor-added",
        "duplicate-definition",
        "identical-member",
        "not-pic",
        "stale-index",
        "static-tls",
        "undefined-symbol",
        "warning-symbol",
    }


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED])
def test_an_object_cut_anywhere(target: Target) -> None:
    for length in range(0, len(WHOLE), 8):
        assert rules_found(WHOLE[:length], target) & {"malformed", "non-object-member"}


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.SHARED])
def test_an_object_with_any_word_of_its_tables_overwritten(target: Target) -> None:
    start = int.from_bytes(WHOLE[40:48], "little")
    for at in range(start, len(WHOLE) - 8, 8):
        rules_found(WHOLE[:at] + b"\xff" * 8 + WHOLE[at + 8 :], target)
