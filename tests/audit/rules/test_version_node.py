from __future__ import annotations

from arfix.linkage.model import Target
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import Sym, elf

VERSIONED = object_archive("libf.a", ("f.o", elf(Sym("f@@V2"), Sym("f@V1"))), ("g.o", elf("?f", "g")))


def test_each_version_is_named_with_the_cure_for_the_default_one() -> None:
    default, old = findings_of("version-node", VERSIONED, target=Target.SHARED)
    assert (default.member, default.symbol) == ("f.o", "f@@V2")
    assert default.message == "no version script of this link defines V2"
    assert str(default.fix) == "arfix symbols libf.a --rename f@@V2=f"
    assert (old.symbol, old.fix) == ("f@V1", None)


def test_an_executable_needs_no_script() -> None:
    assert findings_of("version-node", VERSIONED) == []
