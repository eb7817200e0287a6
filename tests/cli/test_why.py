from __future__ import annotations

from pathlib import Path

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.linkage.links import uses
from tests.run_arfix import arfix
from tests.tools import need, output_of


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let main need a, and a need b (in liby.a); c needs b too, and nobody needs c."""
    monkeypatch.chdir(tmp_path)
    one = (("main.o", elf("main", "?a")), ("a.o", elf("a", "?b")), ("c.o", elf("c", "?b")))
    Path("libx.a").write_bytes(ar(*one, index=(("main", 0), ("a", 1), ("c", 2))))
    Path("liby.a").write_bytes(ar(("b.o", elf("b", "?absent")), ("t", b"text\n"), index=(("b", 0),)))


def test_a_symbol_tells_its_definer_its_users_and_the_chain() -> None:
    ran = arfix("why", "libx.a", "liby.a", "b", "--root", "main")
    assert ran.code == 0
    assert ran.stdout == (
        "b\n"
        "  defined by liby.a(b.o)\n"
        "  needed by libx.a(a.o)\n"
        "  needed, but not in the link, by libx.a(c.o)\n"
        "\n"
        "liby.a(b.o): in the link, pulled in by this chain\n"
        "  the link requires main, which libx.a(main.o) defines\n"
        "  libx.a(main.o) needs a, which libx.a(a.o) defines\n"
        "  libx.a(a.o) needs b, which liby.a(b.o) defines\n"
        "  b is needed by libx.a(a.o)\n"
        "  keeps it out: arfix strip liby.a b.o\n"
        "  keeps it out: arfix stub b --like liby.a -o stubs.a\n"
        "  keeps it out: arfix strip libx.a a.o\n"
        "  keeps it out: arfix stub a --like liby.a -o stubs.a\n"
        "  keeps it out: arfix strip libx.a main.o\n"
        "  keeps it out: arfix stub main --like liby.a -o stubs.a\n"
    )


def test_json_has_the_chain_step_by_step() -> None:
    (member,) = arfix("why", "--json", "libx.a", "liby.a", "b.o", "-u", "main").json["members"]
    assert (member["archive"], member["member"], member["standing"], member["in_link"]) == (
        "liby.a",
        "b.o",
        "pulled",
        True,
    )
    assert [(step["by"], step["symbol"], step["member"]) for step in member["chain"]] == [
        (None, "main", "libx.a(main.o)"),
        ("libx.a(main.o)", "a", "libx.a(a.o)"),
        ("libx.a(a.o)", "b", "liby.a(b.o)"),
    ]


def test_a_sleeping_member_is_exit_1_and_with_not_exit_0() -> None:
    options = ("libx.a", "liby.a", "c.o", "--root", "main")
    ran = arfix("why", *options)
    assert ran.code == 1
    assert "not in the link" in ran.stdout
    assert "would wake it: c" in ran.stdout
    assert arfix("why", "--not", *options).code == 0
    assert arfix("why", "--not", "libx.a", "a.o", "--root", "main").code == 1


def test_whole_archives_enter_by_themselves() -> None:
    ran = arfix("why", "libx.a", "liby.a", "libx.a(c.o)")
    assert ran.code == 0
    assert ran.stdout.startswith(
        "libx.a(c.o): in the link, because it is taken whole; nothing else in the link needs it\n"
    )


def test_the_way_of_reading_can_be_told() -> None:
    assert arfix("why", "libx.a", "c.o", "--root", "main", "--whole").code == 0
    assert arfix("why", "libx.a", "c.o", "--on-demand").code == 1


def test_a_symbol_that_nothing_defines() -> None:
    ran = arfix("why", "libx.a", "liby.a", "absent")
    assert ran.code == 1
    assert "defined by nothing in the link" in ran.stdout
    assert "needed by liby.a(b.o)" in ran.stdout


def test_a_provider_may_have_it() -> None:
    Path("names.txt").write_text("absent\n")
    ran = arfix("why", "libx.a", "liby.a", "absent", "--provider", "names.txt")
    assert ran.code == 0
    assert "provided by names.txt" in ran.stdout


def test_what_no_linker_takes() -> None:
    ran = arfix("why", "liby.a", "t")
    assert ran.code == 1
    assert ran.stdout == "liby.a(t): not in the link: no linker takes it\n"


def test_an_unknown_name_is_exit_1_with_the_nearest() -> None:
    ran = arfix("why", "libx.a", "mian")
    assert ran.code == 1
    assert "main" in ran.stderr


def test_one_word_alone_is_bad_usage() -> None:
    assert arfix("why", "libx.a").code == 2


def test_an_archive_that_is_not_there_is_exit_2() -> None:
    assert arfix("why", "absent.a", "libx.a", "a").code == 2


def test_archives_of_one_name_are_told_apart() -> None:
    Path("sub").mkdir()
    Path("sub/libx.a").write_bytes(ar(("x.o", elf("x", "?a")), index=(("x", 0),)))
    ran = arfix("why", "sub/libx.a", "libx.a", "a", "-u", "x")
    assert "needed by sub/libx.a(x.o)" in ran.stdout


def test_a_short_name_finds_its_member_as_for_strip() -> None:
    Path("libz.a").write_bytes(ar(("libz-lib-d.o", elf("d")), index=(("d", 0),)))
    assert arfix("why", "libz.a", "d.o").stdout.startswith("libz.a(libz-lib-d.o): in the link")
    Path("libz.a").write_bytes(ar(("libz-lib-d.o", elf("d")), ("legacy-lib-d.o", elf("e")), index=(("d", 0),)))
    ran = arfix("why", "libz.a", "d.o")
    assert ran.code == 1
    assert "libz-lib-d.o" in ran.stderr


def test_dead_weight_is_what_nothing_wants() -> None:
    ran = arfix("why", "libx.a", "liby.a", "--dead-weight", "--root", "main")
    assert (ran.code, ran.stderr) == (0, "")
    size = len(elf("c", "?b"))
    first = f"libx.a: dead weight: 1 of 3 members, {size} B\n  member   size\n  c.o     {size} B\n"
    assert ran.stdout == f"{first}liby.a: dead weight: none\n"


def test_an_object_that_comes_last_wants_things_too() -> None:
    Path("user.o").write_bytes(elf("user", "?c"))
    first, *_ = arfix("why", "libx.a", "liby.a", "user.o", "--dead-weight", "--json").json["dead_weight"]
    assert (first["archive"], first["count"]) == ("libx.a", 3)
    assert [one["member"] for one in first["members"]] == ["main.o", "a.o"]


def test_an_archive_that_comes_too_early_is_told_where_to_go() -> None:
    ran = arfix("why", "liby.a", "libx.a", "b.o", "--on-demand", "--root", "main")
    assert ran.stdout.startswith(
        "liby.a(b.o): not in the link: it comes too early for b: move liby.a behind libx.a, or use --start-group\n"
    )


def test_a_weak_need_is_named_as_what_it_is() -> None:
    Path("libz.a").write_bytes(ar(("w.o", uses(weak=["b"], defines=["main"])), index=(("main", 0),)))
    ran = arfix("why", "libz.a", "liby.a", "b", "--on-demand", "--root", "main")
    assert "  needed by libz.a(w.o) (a weak reference, which pulls nothing in)\n" in ran.stdout
    assert "  b has only a weak reference in libz.a(w.o), which pulls nothing in\n" in ran.stdout


def test_where_nothing_is_wanted_nothing_is_dead_weight() -> None:
    ran = arfix("why", "libx.a", "--dead-weight")
    assert (ran.code, ran.stdout) == (2, "")
    assert "name --root or --needed-by" in ran.stderr
    assert arfix("why", "libx.a", "--dead-weight", "--not", "-u", "main").code == 2


@pytest.mark.oracle
def test_needs_of_the_platform_alone_make_nothing_dead_weight() -> None:
    """A shared object of the platform needs symbols, too; that no member has them says nothing about the members."""
    Path("platform.c").write_text("extern int elsewhere(void); int own(void) { return elsewhere(); }")
    output_of(need("gcc"), "-shared", "-fPIC", "-o", "libplatform.so", "platform.c")
    ran = arfix("why", "libx.a", "--dead-weight", "--provider", "libplatform.so")
    assert (ran.code, ran.stdout) == (2, "")
    assert "name --root or --needed-by" in ran.stderr
    assert arfix("why", "libx.a", "--dead-weight", "--needed-by", "libplatform.so").code == 0


def test_a_symbol_is_found_as_the_linker_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "cxx.a"
    path.write_bytes(ar(("f.o", elf("_ZN2ns1fEi", "_ZN2ns1fEd")), index=(("_ZN2ns1fEi", 0), ("_ZN2ns1fEd", 0))))
    ran = arfix("why", path, "ns::f(int)")
    assert ran.code == 0
    assert ran.stdout.startswith("_ZN2ns1fEi  ns::f(int)\n")
    assert "2 symbols" in arfix("why", path, "ns::f").stderr
