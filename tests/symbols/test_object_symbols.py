from __future__ import annotations

from arfix.formats.inspect import inspect_object
from arfix.formats.model import Visibility
from arfix.symbols.object_symbols import defined_names, read_object_symbols
from tests.elf_builder import ABS, COMMON, HIDDEN, LOCAL, TLS, UNDEF, UNIQUE, WEAK, Sec, Sym, elf


def test_each_kind_of_symbol() -> None:
    found = read_object_symbols(
        inspect_object(
            memoryview(
                elf(
                    Sym("local", binding=LOCAL),
                    Sym("strong"),
                    Sym("weak", binding=WEAK),
                    Sym("one", binding=UNIQUE),
                    Sym("block", COMMON, size=24, value=8),
                    Sym("five", ABS, value=5),
                    Sym("wanted", UNDEF, visibility=HIDDEN),
                    Sym("maybe", UNDEF, binding=WEAK),
                    Sym("var", UNDEF, type=TLS),
                )
            )
        )
    )
    assert found.strong == ("strong", "one", "five")
    assert found.weak == ("weak",)
    assert found.common == {"block": 24}
    assert found.absolute == {"five": 5}
    assert found.undefined == ("wanted", "var")
    assert found.undefined_weak == ("maybe",)
    assert found.visibility == {"wanted": Visibility.HIDDEN}
    assert found.tls == {"var"}
    assert found.groups == ()


def test_a_default_version_defines_two_names() -> None:
    facts = inspect_object(memoryview(elf(Sym("f@@V2"), Sym("f@V1"), Sym("g", visibility=HIDDEN))))
    found = read_object_symbols(facts)
    assert found.strong == ("f", "f@V1", "g")
    assert found.weak == ("f@V2",)
    assert list(defined_names(facts)) == ["f", "f@V2", "f@V1", "g"]


def test_groups_and_what_is_defined_in_them() -> None:
    text = Sec(".text.f", bytes(4), flags=6, group="f")
    data = elf(Sym("f", ".text.f"), Sym("g", ".text.f"), Sym("h", ".text"), sections=(text, Sec(".text", bytes(4))))
    (group,) = read_object_symbols(inspect_object(memoryview(data))).groups
    assert group.group.signature == "f"
    assert group.names == {"f", "g"}


def test_what_is_no_object_has_no_symbols() -> None:
    assert read_object_symbols(inspect_object(memoryview(b"plain text\n"))).strong == ()
