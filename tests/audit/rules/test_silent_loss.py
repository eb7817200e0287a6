from __future__ import annotations

from arfix.archive.read import read
from arfix.audit.context import Context
from arfix.audit.registry import load_rule
from arfix.audit.rule import VerifyRule
from arfix.audit.settings import Settings
from arfix.audit.verification import Verification
from arfix.errors import Where
from arfix.linkage.compare import compare
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Link, Linker
from arfix.linkage.resolve import resolve
from tests.ar_builder import ar
from tests.audit.libraries import fixes
from tests.audit.trials import trial
from tests.elf_builder import elf

NESTED = ar(("open.o", elf("open")))
DATA = ar(("x.o", elf("x")), ("libdep.a", NESTED), ("libc.a", NESTED), ("README", b"Read me.\n"))


def verification(linker: Linker, status: int, rejected: tuple[str, ...] = ()) -> Verification:
    link = Link((archive_input(read(DATA), Where("libx.a")),))
    result = resolve(link, linker)
    made = trial(linker, status=status, rejected=rejected)
    return Verification(Context(Settings(("libx.a",)), result), made, compare(result, made))


def test_what_mold_passes_over_is_told_with_its_repair() -> None:
    rule = load_rule("silent-loss")
    assert isinstance(rule, VerifyRule)
    found = list(rule.check(verification(Linker.MOLD, 0)))
    assert [(one.member, one.message) for one in found] == [
        (name, "mold leaves it out and exits 0") for name in ("libdep.a", "libc.a", "README")
    ]
    assert fixes(found) == ["arfix flatten libx.a", "arfix strip libx.a libc.a", "arfix strip libx.a README"]


def test_what_a_linker_refuses_aloud_is_no_silent_loss() -> None:
    rule = load_rule("silent-loss")
    assert isinstance(rule, VerifyRule)
    said = tuple(f"libx.a({name})" for name in ("libdep.a", "libc.a", "README"))
    assert list(rule.check(verification(Linker.LD, 1, said))) == []
