from __future__ import annotations

from arfix.errors import Where
from arfix.linkage.dead_weight import dead_weight
from arfix.linkage.inputs import object_input
from tests.elf_builder import elf
from tests.linkage.links import archive, names_of, resolved, uses

LIBRARY = archive("l.a", ("f.o", uses("g", defines=["f"])), ("g.o", elf("g")), ("idle.o", uses("f", defines=["idle"])))


def test_what_nobody_asks_for_is_dead_weight() -> None:
    main = object_input(Where("main.o"), lambda: memoryview(uses("f")))
    result = resolved(main, LIBRARY)
    assert names_of(result, dead_weight(result)) == ["idle.o"]


def test_roots_ask() -> None:
    result = resolved(LIBRARY, roots=("g",))
    assert names_of(result, dead_weight(result)) == ["f.o", "idle.o"]


def test_where_nobody_asks_nothing_can_be_told() -> None:
    assert dead_weight(resolved(LIBRARY)) == ()
