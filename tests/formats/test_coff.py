from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError, UnsupportedError
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Content, Place, SymbolType

BIGOBJ_CLASS = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")


def entry(
    name: bytes, value: int, section: int, storage: int, auxiliaries: int = 0, *, big: bool, kind: int = 0
) -> bytes:
    layout = "<8sIiHBB" if big else "<8sIhHBB"
    size = 20 if big else 18
    return pack(layout, name, value, section, kind, storage, auxiliaries) + bytes(size * auxiliaries)


def coff(*, big: bool = False, strings: bytes = b"a_long_name\0") -> memoryview:
    entries = (
        entry(b".file", 0, -2, 103, 1, big=big),
        entry(b".text", 0, 1, 3, 1, big=big),
        entry(bytes(4) + pack("<I", 4), 8, 1, 2, big=big, kind=0x20),
        entry(bytes(4) + pack("<I", 11), 0, 0, 2, big=big),
        entry(b"eightchr", 12, 0, 2, big=big),
        entry(b"weak", 0, 0, 105, 1, big=big),
        entry(b"abs", 7, -1, 2, big=big),
        entry(b"local", 7, 1, 3, big=big),
        entry(b"debug", 7, -2, 2, big=big),
    )
    count = len(entries) + 3
    header = 56 if big else 20
    start = header + 40
    if big:
        head = pack("<HHHHI16sIIIIIII", 0, 0xFFFF, 2, 0x8664, 0, BIGOBJ_CLASS, 0, 0, 0, 0, 1, start, count)
    else:
        head = pack("<HHIIIHH", 0x8664, 1, 0, start, count, 0, 0)
    table = pack("<I", 4 + len(strings)) + strings
    return memoryview(head + bytes(40) + b"".join(entries) + table)


@pytest.mark.parametrize("big", [False, True])
def test_every_kind_of_symbol(big: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    facts = inspect_object(coff(big=big))
    assert facts.content is (Content.COFF_BIGOBJ if big else Content.COFF)
    assert facts.machine is not None
    assert (facts.machine.name, facts.machine.bits) == ("x86-64", 64)
    found = {symbol.name: symbol for symbol in facts.symbols}
    assert list(found) == ["a_long_name", "name", "eightchr", "weak", "abs", "local"]
    assert (found["a_long_name"].place, found["a_long_name"].type) == (Place.DEFINED, SymbolType.FUNCTION)
    assert found["name"].place is Place.UNDEFINED
    assert (found["eightchr"].place, found["eightchr"].size) == (Place.COMMON, 12)
    assert (found["weak"].place, found["weak"].binding) == (Place.DEFINED, Binding.WEAK)
    assert found["abs"].place is Place.ABSOLUTE
    assert found["local"].binding is Binding.LOCAL
    assert found["local"].number == 10
    assert facts.global_symbols == tuple(one for one in facts.symbols if one.binding is not Binding.LOCAL)
    assert list(facts.index_names) == ["a_long_name", "eightchr", "weak", "abs"]


def test_an_object_without_symbols() -> None:
    data = pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 0, 0) + bytes(40)
    assert inspect_object(memoryview(data)).symbols == ()


@pytest.mark.parametrize(
    ("view", "content"),
    [
        (coff(strings=b"short"), Content.COFF),
        (coff()[:100], Content.COFF),
        (coff()[:10], Content.COFF),
        (coff(big=True)[:100], Content.COFF_BIGOBJ),
        (coff(big=True)[:40], Content.COFF_BIGOBJ),
        (memoryview(b"\0\0\xff\xff\0\0"), Content.COFF_IMPORT),
        (memoryview(b"\0\0\xff\xff" + bytes(16) + b"nodll\0"), Content.COFF_IMPORT),
    ],
)
def test_what_is_cut_short_is_told(view: memoryview, content: Content) -> None:
    assert isinstance(inspect_object(view, content).problem, FormatError)


def test_short_imports() -> None:
    def member(type_: int) -> memoryview:
        data = b"f\0x.dll\0"
        return memoryview(pack("<HHHHIIHH", 0, 0xFFFF, 0, 0x8664, 0, len(data), 1, type_) + data)

    assert inspect_object(member(0)).index_names == ("__imp_f", "f")
    assert inspect_object(member(1)).index_names == ("__imp_f",)
    assert inspect_object(member(2)).index_names == ("__imp_f", "f")


def test_link_time_code_of_msvc_has_no_symbols_to_see() -> None:
    facts = inspect_object(memoryview(b"\0\0\xff\xff\1\0\x64\x86" + bytes(28)))
    assert (facts.content, facts.machine) == (Content.COFF_ANONYMOUS, None)
    assert isinstance(facts.problem, UnsupportedError)


@pytest.mark.parametrize(("stored", "name"), [(b"#f", "f"), (b"?f@@$$hYAXXZ", "?f@@YAXXZ"), (b"g", "g")])
def test_imports_for_arm64ec_lose_their_decoration(stored: bytes, name: str) -> None:
    data = stored + b"\0x.dll\0"
    view = memoryview(pack("<HHHHIIHH", 0, 0xFFFF, 0, 0xA641, 0, len(data), 1, 0) + data)
    assert inspect_object(view).index_names == (f"__imp_{name}", name)
