from __future__ import annotations

import pytest

from arfix.linkage.model import Target
from tests.audit.links import findings_of, object_archive
from tests.audit.rules.test_hidden_reference import library
from tests.elf_builder import elf

MAIN = object_archive("libmain.a", ("main.o", elf("main", "?zip")))


def test_what_a_shared_object_lacks_itself_is_one_finding() -> None:
    zipper = library("libzip.so", names=("zip",), needs=("at_load", "at_save"))
    (one,) = findings_of("library-undefined", MAIN, zipper)
    assert one.message == "libzip.so needs 2 symbols that nothing has: at_load, at_save"


@pytest.mark.parametrize("target", [Target.SHARED, Target.RELOCATABLE])
def test_a_shared_output_leaves_it_to_the_loader(target: Target) -> None:
    assert findings_of("library-undefined", MAIN, library("z.so", ("zip",), ("at_load",)), target=target) == []


def test_archives_and_other_shared_objects_may_have_it() -> None:
    loads = object_archive("libload.a", ("load.o", elf("at_load")))
    line = (MAIN, loads, library("z.so", ("zip",), ("at_load", "at_save")), library("s.so", ("at_save",)))
    assert findings_of("library-undefined", *line) == []
