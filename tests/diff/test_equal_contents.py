from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.diff.equal_contents import same_body
from arfix.diff.object_contents import Body, ComparedObject
from arfix.formats.elf.file import Elf
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, WRITE, Sec, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Callable


def body(data: bytes, name: str) -> Body:
    opened = ComparedObject(Elf(memoryview(data)))
    found = opened.body(next(one for one in opened.symbols if one.name == name))
    assert found is not None
    return found


def code(data: bytes) -> Sec:
    return Sec(".text", data, flags=ALLOC | EXEC, align=4)


def function(name: str, value: int, size: int, binding: int = 1) -> Sym:
    return Sym(name, value=value, size=size, type=FUNC, binding=binding)


def grown(extra: int, *, call: bytes = b"\xe8", machine: int = 62) -> bytes:
    """Return an object whose `f` calls static `g` behind another function that takes `extra` bytes."""
    distance = extra.to_bytes(4, "little")
    text = code(call + distance + b"\xc3" + bytes(2) + bytes(extra) + b"\xc3" * 4)
    target = 5 + extra
    return elf(function("f", 0, 5), function("g", target, 4, LOCAL), sections=(text,), machine=machine, bits=64)


def test_a_distance_to_the_same_symbol_is_the_same_on_x86() -> None:
    assert same_body(body(grown(16), "f"), body(grown(0x120), "f"))
    assert not same_body(body(grown(16), "f"), body(grown(0x120, call=b"\xe9"), "f"))
    assert not same_body(body(grown(16, machine=22), "f"), body(grown(0x120, machine=22), "f"))


def test_a_distance_to_another_symbol_is_not() -> None:
    one = elf(function("f", 0, 5), function("g", 21, 4, LOCAL), sections=(code(b"\xe8\x10\0\0\0" + bytes(40)),))
    other = elf(function("f", 0, 5), function("h", 25, 4, LOCAL), sections=(code(b"\xe8\x14\0\0\0" + bytes(40)),))
    assert not same_body(body(one, "f"), body(other, "f"))
    nowhere = elf(function("f", 0, 5), sections=(code(b"\xe8\xff\xff\xff\x7f" + bytes(40)),))
    assert not same_body(body(one, "f"), body(nowhere, "f"))


@pytest.mark.parametrize(("instruction", "is_same"), [(0x94000000, True), (0x14000000, True), (0x54000000, False)])
def test_a_branch_to_the_same_symbol_is_the_same_on_aarch64(instruction: int, is_same: bool) -> None:  # noqa: FBT001
    def made(words: int) -> bytes:
        text = code((instruction | words).to_bytes(4, "little") + bytes(4 * words))
        symbols = function("f", 0, 4), function("g", 4 * words, 4, LOCAL)
        return elf(*symbols, sections=(text,), machine=183)

    assert same_body(body(made(3), "f"), body(made(7), "f")) is is_same


def _thumb_branch(distance: int, kind: int) -> bytes:
    """Return BL (`kind` 0xD000) or B.W (0x9000) over a short positive distance."""
    offset = (distance - 4) // 2
    return (0xF000 | offset >> 11).to_bytes(2, "little") + (kind | 0x2800 | offset & 0x7FF).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("machine", "order", "branch"),
    [
        (40, "<", lambda distance: (0xEB000000 | (distance - 8) // 4).to_bytes(4, "little")),
        (40, "<", lambda distance: _thumb_branch(distance, 0xD000)),
        (40, "<", lambda distance: _thumb_branch(distance, 0x9000)),
        (40, "<", lambda distance: (0xE000 | (distance - 4) // 2).to_bytes(2, "little") + b"\0\xbf"),
        (20, ">", lambda distance: (0x48000001 | distance).to_bytes(4, "big")),
        (21, "<", lambda distance: (0x48000000 | distance).to_bytes(4, "little")),
        (22, ">", lambda distance: b"\xc0\xe5" + (distance // 2).to_bytes(4, "big")),
    ],
    ids=["bl", "thumb bl", "thumb b.w", "thumb b", "power bl", "power b", "brasl"],
)
def test_branches_of_other_machines(machine: int, order: str, branch: Callable[[int], bytes]) -> None:
    def made(distance: int, name: str = "g") -> Body:
        field = branch(distance)
        symbols = function("f", 0, len(field)), function(name, distance, 4, LOCAL)
        return body(elf(*symbols, sections=(code(field + bytes(64)),), machine=machine, order=order), "f")

    assert same_body(made(24), made(40))
    assert not same_body(made(24), made(40, "h"))


def test_data_is_no_code() -> None:
    def made(extra: int) -> Body:
        data = Sec(".data", extra.to_bytes(4, "little") + bytes(extra + 8), flags=ALLOC | WRITE)
        symbols = Sym("f", ".data", size=4), Sym("g", ".data", value=4 + extra, size=4, binding=LOCAL)
        return body(elf(*symbols, sections=(data,)), "f")

    assert not same_body(made(8), made(16))
