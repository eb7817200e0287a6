"""What the files of a failed link show; the cure that is printed is linked, with the linkers that are installed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.run_arfix import arfix
from tests.tools import need, output_of

SOURCES = {
    "main.c": "int a1(void); int main(void){ return a1(); }\n",
    "a1.c": "int b1(void); int a1(void){ return b1(); }\n",
    "a2.c": "int a2(void){ return 0; }\n",
    "b1.c": "int a2(void); int b1(void){ return a2(); }\n",
    "weigh.c": "int weigh(int x){ return x; }\n",
    "cxx.cc": "int weigh(int); int main(){ return weigh(0); }\n",
    "idle.c": "int missing(void); int idle(void){ return missing(); }\n",
    "used.c": "int used(void){ return 0; }\n",
    "other.c": "int used(void); int main(void){ return used(); }\n",
}


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in SOURCES.items():
        Path(name).write_text(text, encoding="utf-8")


def build(archive: str, *names: str) -> None:
    output_of(need("gcc"), "-c", *names)
    output_of(need("ar"), "rc", archive, *(f"{name.partition('.')[0]}.o" for name in names))


def test_archives_that_need_each_other_get_a_group() -> None:
    build("liba.a", "a1.c", "a2.c")
    build("libb.a", "b1.c")
    output_of("gcc", "-c", "main.c")
    (cause,) = arfix("diagnose", "--json", "--", "gcc", "main.o", "liba.a", "libb.a", "-o", "app").json["logs"][0][
        "causes"
    ]
    (cure,) = cause["cures"]
    assert "--start-group" in cure["text"]
    output_of(*shlex.split(cure["command"]))
    assert Path("app").exists()


def test_a_c_function_that_is_called_from_cxx() -> None:
    build("libweigh.a", "weigh.c")
    output_of(need("g++"), "-c", "cxx.cc")
    said = arfix("diagnose", "--", "g++", "cxx.o", "libweigh.a", "-o", "app").stdout
    assert "libweigh.a(weigh.o) defines weigh as C, and C++ calls it by its C++ name" in said
    assert "cure: add" not in said


def test_a_member_that_only_a_whole_archive_brings() -> None:
    build("libboth.a", "idle.c", "used.c")
    output_of("gcc", "-c", "other.c")
    words = ("gcc", "other.o", "-Wl,--whole-archive", "libboth.a", "-Wl,--no-whole-archive", "-o", "app")
    (cause,) = arfix("diagnose", "--json", "--", *words).json["logs"][0]["causes"]
    assert cause["reasons"] == ["libboth.a(idle.o) enters because libboth.a is taken whole, and nothing needs it"]
    (cure,) = cause["cures"]
    assert arfix(*shlex.split(cure["command"])[1:]).code == 0
    assert arfix("diagnose", "--", *words).code == 0


def test_a_log_makes_nothing_run(tmp_path: Path) -> None:
    trap = tmp_path / "gcc"
    trap.write_text("#!/bin/sh\ntouch sprung\n", encoding="utf-8")
    trap.chmod(0o755)
    build("liba.a", "a2.c")
    output_of("gcc", "-c", "b1.c")
    log = tmp_path / "log"
    log.write_text(f"{trap} liba.a b1.o -o app\nb1.c:(.text+0x5): undefined reference to `a2'\n", encoding="utf-8")
    assert "move liba.a behind b1.o" in arfix("diagnose", log).stdout
    assert not Path("sprung").exists()


def test_cxx_definition_of_a_function_that_c_calls() -> None:
    Path("weigh.cc").write_text("int weigh(int x){ return x; }\n", encoding="utf-8")
    Path("call.c").write_text("int weigh(int); int main(void){ return weigh(0); }\n", encoding="utf-8")
    output_of(need("g++"), "-c", "weigh.cc")
    output_of(need("gcc"), "-c", "call.c")
    output_of(need("ar"), "rc", "libweigh.a", "weigh.o")
    said = arfix("diagnose", "--", "gcc", "call.o", "libweigh.a", "-o", "app").stdout
    assert "libweigh.a(weigh.o) defines weigh as a C++ function, and C calls it by its own name" in said


def test_why_members_that_clash_are_in_the_link() -> None:
    Path("twice.c").write_text("int used(void){ return 1; } int extra(void){ return 0; }\n", encoding="utf-8")
    Path("wants.c").write_text("int used(void); int extra(void); int main(void){ return used() + extra(); }\n", "utf-8")
    build("libone.a", "used.c")
    build("libtwo.a", "twice.c")
    output_of("gcc", "-c", "wants.c")
    ran = arfix("diagnose", "--json", "--", "gcc", "wants.o", "libone.a", "libtwo.a", "-o", "app")
    (cause,) = ran.json["logs"][0]["causes"]
    assert cause["reasons"] == [
        "libone.a(used.o) enters for used, which wants.o needs",
        "libtwo.a(twice.o) enters for extra, which wants.o needs",
    ]


def test_an_archive_without_the_symbol_in_its_index() -> None:
    build("liba.a", "a2.c")
    output_of("gcc", "-c", "a1.c")
    output_of("ar", "qS", "liba.a", "a1.o")
    output_of("gcc", "-c", "main.c", "b1.c")
    ran = arfix("diagnose", "--", "gcc", "main.o", "liba.a", "b1.o", "-o", "app")
    assert ran.code == 1
