from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.edits.apply import apply
from arfix.edits.flatten import plan_flatten
from arfix.edits.nested_archives import outermost
from arfix.edits.plan import Drop
from arfix.edits.platform import Platform, has_platform_contents, is_platform_library
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from arfix.archive.model import Archive

LIBC = ar(("a.o", elf("a")), ("b.o", elf("b")), ("c.o", elf("c")), ("d.o", elf("d")))
FILES = {
    "/sys/lib/libc.a": LIBC,
    "/sys/lib/libm.a": b"GROUP ( /sys/lib/libm-2.36.a )\n",
    "/sys/lib/libz.a": ar(("z.o", elf("z"))),
}
PLATFORM = Platform(tuple(FILES), lambda path: read(FILES[path]))


def flatten(*members: tuple[str, bytes]) -> tuple[list[str], dict[str, str], tuple[str, ...]]:
    archive: Archive = read(ar(*members))
    plan = plan_flatten(outermost(archive), None, PLATFORM)
    drops = {edit.name: edit.reason for edit in plan.edits if isinstance(edit, Drop)}
    return [member.name for member in apply(archive, plan)], drops, plan.warnings


def test_the_same_name_is_dropped() -> None:
    older = ar(("a.o", elf("a")), ("b.o", elf("b")), ("old.o", elf("old")))
    names, drops, warnings = flatten(("libc.a", older), ("x.o", elf("x")))
    assert names == ["x.o"]
    assert drops == {"libc.a": "/sys/lib/libc.a has its name, and 2 of its 3 members"}
    (warning,) = warnings
    assert warning.startswith("/sys/lib/libc.a, in whose favour <bytes>(libc.a) is dropped, does not define old;")


def test_the_same_members_under_another_name_are_dropped() -> None:
    names, drops, _ = flatten(("copy.a", ar(("renamed.o", elf("z")))), ("x.o", elf("x")))
    assert names == ["x.o"]
    assert drops == {"copy.a": "every member is in /sys/lib/libz.a"}


def test_one_member_more_and_it_is_spliced() -> None:
    names, _, _ = flatten(("copy.a", ar(("z.o", elf("z")), ("own.o", elf("own")))), ("x.o", elf("x")))
    assert names == ["z.o", "own.o", "x.o"]


def test_the_name_of_a_linker_script_is_enough() -> None:
    names, drops, _ = flatten(("libm.a", ar(("sin.o", elf("sin")))), ("x.o", elf("x")))
    assert names == ["x.o"]
    assert drops == {"libm.a": "/sys/lib/libm.a has its name"}


@pytest.mark.parametrize("name", ["libz.a", "libm.a"])
def test_another_library_of_the_same_name_is_spliced(name: str) -> None:
    """Dropping it would remove functions that nothing else has."""
    names, drops, warnings = flatten((name, ar(("own.o", elf("own")), ("more.o", elf("more")))))
    assert names == ["own.o", "more.o"]
    assert "members take its place" in drops[name]
    assert warnings == ()


@pytest.mark.parametrize(
    ("name", "definitions", "belongs"),
    [
        ("libm.a", ("cosf",), True),
        ("libm.a", ("cosine",), False),
        ("libutil.a", ("trim",), False),
        ("libutil.a", ("openpty",), True),
        ("librt.a", ("rt_start",), False),
        ("libpthread.a", (), True),
        ("libpthread.a", ("__pthread_mutex_lock",), True),
        ("libposix.a", ("write",), True),
        ("libc.a", ("c_main",), False),
        ("libgcc.a", ("__udivdi3",), True),
    ],
)
def test_a_projects_own_library_may_have_the_name_of_one_of_the_platform(
    name: str,
    definitions: tuple[str, ...],
    belongs: bool,  # noqa: FBT001 (a table)
) -> None:
    assert has_platform_contents(name, definitions) is belongs


def test_nested_ones_inside_a_spliced_one_are_dropped_too() -> None:
    archive = read(ar(("conv.a", ar(("libc.a", LIBC), ("conv.o", elf("conv"))))))
    plan = plan_flatten(outermost(archive), None, PLATFORM)
    assert [member.name for member in apply(archive, plan)] == ["conv.o"]
    assert "libc.a)) is left out: /sys/lib/libc.a has its name" in plan.notes[0]


def test_archives_are_opened_once_and_closed() -> None:
    opened: list[str] = []

    def open_once(path: str) -> Archive:
        opened.append(path)
        return read(FILES[path])

    platform = Platform(tuple(FILES), open_once)
    for _ in range(3):
        assert platform.find("libc.a", read(LIBC)) is not None
        assert platform.find("other.a", read(ar(("a.o", elf("a"))))) is not None
    assert opened == ["/sys/lib/libc.a"]
    platform.close()


@pytest.mark.parametrize(
    ("name", "belongs"),
    [
        ("libc.a", True),
        ("/usr/lib/libm-2.36.a", True),
        ("C:\\sdk\\libgcc.a", True),
        ("libclang_rt.builtins-i386.a", True),
        ("libposix.a", True),
        ("libcrypto.a", False),
        ("libm.o", False),
        ("c.a", False),
        ("libmath-1.a", False),
    ],
)
def test_names_of_platform_libraries(name: str, belongs: bool) -> None:  # noqa: FBT001 (a table)
    assert is_platform_library(name) is belongs
