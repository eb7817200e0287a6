from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from arfix.image.plan import ImageRequest, is_planned, plan_module
from tests.ar_builder import ar
from tests.elf_builder import HIDDEN, Sym, elf

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_planned() -> None:
    assert [is_planned(word) for word in ("exe=a.o", "so=a.o", "./exe=a.o", "python")] == [True, True, False, False]


def test_a_program_exports_all_but_what_is_hidden_and_takes_from_the_platform(tmp_path: Path) -> None:
    paths = {
        "main.o": elf("main", Sym("inner", visibility=HIDDEN)),
        "lib.a": ar(("a.o", elf("a", "?getenv"))),
        "libc.a": ar(("env.o", elf("getenv")), ("none.o", elf("unwanted")), index=(("getenv", 0), ("unwanted", 1))),
    }
    for name, data in paths.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "names").write_text("puts@V1\n")
    request = ImageRequest((), providers=(str(tmp_path / "libc.a"), str(tmp_path / "names")))
    with ExitStack() as stack:
        word = f"exe={tmp_path}/main.o,{tmp_path}/lib.a"
        module, platform, archives = plan_module(word, request, stack, is_program=True)
        assert [library.definers for library in archives] == [{"getenv": "env.o", "unwanted": "none.o"}]
    assert set(module.exports) == {"main", "a", "getenv"}
    assert module.closed == {"inner"}
    assert module.needs == ()
    assert module.libraries == (str(tmp_path / "names"),)
    names = platform[str(tmp_path / "names")]
    assert names is not None
    assert set(names.exports) == {"puts"}


def test_a_module_takes_nothing_from_the_platforms_archives(tmp_path: Path) -> None:
    (tmp_path / "mod.o").write_bytes(elf("mod", "?getenv"))
    (tmp_path / "libc.a").write_bytes(ar(("env.o", elf("getenv")), index=(("getenv", 0),)))
    with ExitStack() as stack:
        request = ImageRequest((), providers=(str(tmp_path / "libc.a"),))
        module, platform, archives = plan_module(f"so={tmp_path}/mod.o", request, stack, is_program=False)
    assert [need.name for need in module.needs] == ["getenv"]
    assert (platform, archives) == ({}, ())
