from __future__ import annotations

from arfix.archive.read import read
from arfix.errors import AccessError, Where
from arfix.linkage.inputs import archive_input, decode_names, names_input, object_input
from arfix.linkage.model import InputMode, Link
from tests.ar_builder import ar
from tests.elf_builder import elf

WHERE = Where("lib.a")


def test_members_of_one_name_are_told_apart() -> None:
    found = archive_input(read(ar(("x.o", elf("a")), ("x.o", elf("b")), ("y.o", elf("c")))), WHERE)
    assert [str(unit.where) for unit in found.units] == ["lib.a(x.o)", "lib.a(x.o#2)", "lib.a(y.o)"]
    assert [unit.position for unit in found.units] == [0, 1, 2]
    assert found.use is InputMode.WHOLE
    assert found.index is None


def test_the_index_is_kept_as_stored() -> None:
    data = ar(("x.o", elf("a")), ("y.o", elf("b")), index=(("b", 1), ("a", 0)))
    assert archive_input(read(data), WHERE, InputMode.ON_DEMAND).index == [("b", 1), ("a", 0)]


def test_units_are_numbered_over_all_inputs() -> None:
    empty = archive_input(read(ar()), Where("empty.a"))
    two = archive_input(read(ar(("x.o", elf("a")), ("y.o", elf("b")))), WHERE)
    alone = object_input(Where("main.o"), lambda: memoryview(elf("main")))
    link = Link((empty, two, names_input(Where("names"), ["f"]), alone, empty))
    assert [unit.name for unit in link.units] == ["x.o", "y.o", "main.o"]
    assert link.starts == (0, 0, 2, 2, 3)
    assert [link.input_of(number) for number in range(3)] == [two, two, alone]


def test_a_unit_reads_what_it_is_asked() -> None:
    unit = archive_input(read(ar(("x.o", elf("a", "?b")), ("bad.o", elf("c")[:80]))), WHERE).units
    assert unit[0].is_object
    assert unit[0].machine is not None
    assert unit[0].machine.name == "x86-64"
    assert list(unit[0].definitions) == ["a"]
    assert unit[1].fault is not None
    assert not unit[1].is_object
    assert unit[1].table.strong == ()
    assert list(unit[1].definitions) == []
    assert unit[1].machine is None or unit[1].machine.name == "x86-64"


def unreadable() -> memoryview:
    raise AccessError("no such file", where=Where("gone.o"))


def test_bytes_that_cannot_be_had() -> None:
    unit = object_input(Where("gone.o"), unreadable).units[0]
    assert bytes(unit.view) == b""
    assert unit.fault is not None
    assert not unit.is_object


def test_lists_of_names() -> None:
    assert decode_names(b"open\n  close # not syslog\n\n# nothing\n00000000 T write\nf@@V1\n\xff\n") == {
        "open",
        "close",
        "write",
        "f",
        "\udcff",
    }
