from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from arfix.audit import parallel
from tests.ar_builder import ar
from tests.elf_builder import HIDDEN, STACK_NOTE, UNDEF, Rel, Sec, Sym, elf
from tests.run_arfix import Ran, arfix
from tests.tools import need

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "schema" / "findings.schema.json").read_text("utf-8"))

A = ("a.o", elf("a", "?open"))
BSS_LOG = ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?openlog", "?closelog", "?__syslog_chk"))


def checked(*arguments: str | Path) -> Ran:
    """Run `arfix check --json` and hold its document to the published schema."""
    ran = arfix("check", "--json", *arguments)
    jsonschema.validate(ran.json, SCHEMA, cls=jsonschema.Draft202012Validator)
    return ran


def found(ran: Ran) -> list[tuple[Any, ...]]:
    return [(one["rule"], one["severity"], one["member"], one["symbol"], one["fix"]) for one in ran.json["findings"]]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a libcrypto.a that needs syslog and a libc.a that has none."""
    monkeypatch.chdir(tmp_path)
    index = (("a", 0), ("BIO_s_log", 1))
    Path("libcrypto.a").write_bytes(ar(A, BSS_LOG, index=index))
    Path("libc.a").write_bytes(ar(("open.o", elf("open")), index=(("open", 0),)))


def test_the_missions_first_case_comes_out_exactly() -> None:
    ran = checked("libcrypto.a", "--provider", "libc.a")
    fix = "arfix strip libcrypto.a libcrypto-lib-bss_log.o"
    assert ran.code == 1
    assert found(ran) == [
        ("undefined-symbol", "error", BSS_LOG[0], symbol, fix) for symbol in ("__syslog_chk", "closelog", "openlog")
    ]


def test_its_advice_makes_the_check_clean() -> None:
    fix = checked("libcrypto.a", "--provider", "libc.a").json["findings"][0]["fix"]
    assert arfix(*fix.split()[1:]).code == 0
    assert checked("libcrypto.a", "--provider", "libc.a").json["findings"] == []


def test_the_missions_second_case_comes_out_exactly() -> None:
    inner = ar(("open.o", elf("open")), index=(("open", 0),))
    nested = [(name, inner) for name in ("libposix.a", "libc.a", "libm.a")]
    Path("libffi.a").write_bytes(ar(("ffi.o", elf("ffi_call")), *nested, index=(("ffi_call", 0),)))
    ran = checked("libffi.a", "--provider", "libc.a")
    assert ran.code == 1
    assert found(ran) == [
        ("nested-archive", "error", name, None, "arfix flatten libffi.a --drop") for name, _ in nested
    ]


def test_without_a_provider_needs_are_information() -> None:
    ran = checked("libcrypto.a")
    assert ran.code == 0
    assert {one["severity"] for one in ran.json["findings"]} == {"info"}
    assert len(ran.json["findings"]) == 4


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("info", 1), ("never", 0)])
def test_fail_on_decides_the_exit_code(fail_on: str, code: int) -> None:
    assert checked("libcrypto.a", "--fail-on", fail_on).code == code


def test_errors_fail_at_every_threshold_but_never() -> None:
    codes = [arfix("check", "libcrypto.a", "--provider", "libc.a", "--fail-on", one).code for one in ("info", "never")]
    assert codes == [1, 0]


def test_ignores_set_findings_aside_and_say_so() -> None:
    ran = checked("libcrypto.a", "--provider", "libc.a", "--ignore", "undefined-symbol:*log*")
    assert (ran.code, ran.json["findings"], len(ran.json["set_aside"])) == (0, [], 3)


def test_an_ignore_in_vain_is_loud() -> None:
    ran = checked("libc.a", "--ignore", "undefined-symbol:sysloog")
    assert any("sysloog" in note for note in ran.json["notes"])


def test_an_ignore_of_an_unknown_rule_is_bad_usage() -> None:
    ran = arfix("check", "libc.a", "--ignore", "undefined-symbols")
    assert ran.code == 2
    assert "undefined-symbol" in ran.stderr


def test_a_configuration_file_ignores_with_reasons() -> None:
    Path("arfix.toml").write_text(
        "[[check.ignore]]\nrule = 'undefined-symbol'\nmatch = 'libcrypto.a(*bss_log.o)'\nreason = 'comes later'\n"
    )
    ran = checked("libcrypto.a", "--provider", "libc.a")
    assert ran.code == 0
    assert {one["reason"] for one in ran.json["set_aside"]} == {"comes later"}
    Path("other.toml").write_text("[[check.ignore]]\nrule = 'undefined-symbol'\n")
    assert arfix("check", "libcrypto.a", "--config", "other.toml").code == 2
    Path("bad.toml").write_text("[[check\n")
    assert arfix("check", "libcrypto.a", "--config", "bad.toml").code == 2


def test_a_baseline_knows_what_was_found() -> None:
    options = ("libcrypto.a", "--provider", "libc.a")
    assert arfix("check", *options, "--write-baseline", "known.json").code == 0
    ran = checked(*options, "--baseline", "known.json")
    assert (ran.code, ran.json["findings"]) == (0, [])
    assert all(one["by_baseline"] for one in ran.json["set_aside"])


def test_the_json_of_a_check_is_a_baseline() -> None:
    options = ("libcrypto.a", "--provider", "libc.a")
    Path("known.json").write_text(checked(*options).stdout)
    assert checked(*options, "--baseline", "known.json").code == 0


def test_a_list_of_names_is_a_provider() -> None:
    Path("platform.txt").write_text("# what the board has\nopen\nopenlog\n0001 T closelog\n")
    ran = checked("libcrypto.a", "--provider", "platform.txt")
    assert [one["symbol"] for one in ran.json["findings"]] == ["__syslog_chk"]


def test_a_shared_object_is_a_module_that_needs_what_is_exported() -> None:
    assert checked("libcrypto.a", "--target", "shared", "--provider", "libc.a").code == 1


def test_one_damaged_archive_does_not_hide_the_others() -> None:
    Path("cut.a").write_bytes(Path("libcrypto.a").read_bytes()[:-700])
    ran = checked("cut.a", "libcrypto.a", "--provider", "libc.a")
    assert ran.code == 1
    assert {one["archive"] for one in ran.json["findings"]} == {"cut.a", "libcrypto.a"}
    assert [one["archive"] for one in ran.json["findings"] if one["rule"] == "malformed"] == ["cut.a"]


def test_what_cannot_be_opened_is_exit_2_and_the_others_are_still_checked() -> None:
    Path("notes.txt").write_text("hello\n")
    for name in ("absent.a", "notes.txt", "."):
        ran = checked(name, "libcrypto.a", "--provider", "libc.a")
        assert ran.code == 2
        assert len(ran.json["findings"]) == 3
        assert len(ran.json["errors"]) == 1


def test_a_provider_that_cannot_be_read_is_exit_2() -> None:
    assert arfix("check", "libcrypto.a", "--provider", "absent.a").code == 2


def test_on_demand_nothing_wakes_a_member_nobody_needs() -> None:
    assert checked("libcrypto.a", "--on-demand", "--root", "a", "--provider", "libc.a").json["findings"] == []
    ran = checked("libcrypto.a", "--on-demand", "-u", "BIO_s_log", "--provider", "libc.a")
    assert [one["symbol"] for one in ran.json["findings"]] == ["__syslog_chk", "closelog", "openlog"]


def test_other_formats() -> None:
    options = ("libcrypto.a", "--provider", "libc.a")
    assert arfix("check", *options, "--format", "json").json["summary"]["error"] == 3
    assert json.loads(arfix("check", *options, "--format", "sarif").stdout)["version"] == "2.1.0"
    annotations = arfix("check", *options, "--format", "github")
    assert annotations.code == 1
    assert annotations.stdout.count("::error file=libcrypto.a,") == 3
    quality = arfix("check", *options, "--format", "gitlab")
    assert (quality.code, len(json.loads(quality.stdout))) == (1, 3)
    assert (
        '<testsuites name="arfix" tests="3" failures="3" errors="0">'
        in arfix("check", *options, "--format", "junit").stdout
    )
    assert 'failures="0"' in arfix("check", *options, "--format", "junit", "--fail-on", "never").stdout


@pytest.mark.parametrize("kind", ["sarif", "github", "gitlab", "junit"])
def test_every_document_reports_a_run_that_failed(kind: str) -> None:
    ran = arfix("check", "libcrypto.a", "--provider", "absent.a", "--format", kind)
    assert ran.code == 2
    assert "absent.a" in ran.stdout


def test_statistics_count_what_a_report_lists() -> None:
    options = ("libcrypto.a", "--provider", "libc.a")
    counted = arfix("check", *options, "--statistics")
    assert counted.code == 1
    assert "undefined-symbol  error            3" in counted.stdout
    assert counted.stdout.splitlines()[-1] == arfix("check", *options).stdout.splitlines()[-1]
    document = arfix("check", *options, "--statistics", "--json").json
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert document["statistics"]["rules"][0]["findings"] == len(document["findings"]) == 3
    refused = arfix("check", *options, "--statistics", "--format", "junit")
    assert refused.code == 2
    assert "hint: Use --format text" in refused.stderr


def test_text_is_for_people() -> None:
    ran = arfix("check", "libcrypto.a", "--provider", "libc.a")
    assert "repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o\n" in ran.stdout
    assert ran.stdout.endswith("1 archive: 3 errors\n")


def test_a_linker_script_and_an_object_under_the_name_of_an_archive_are_fine() -> None:
    Path("libm.a").write_text("/* GNU ld script */\nGROUP ( libcrypto.a )\n")
    Path("libmcheck.a").write_bytes(elf("mcheck", "?closelog"))
    ran = checked("libm.a", "libmcheck.a", "libcrypto.a", "--provider", "libc.a")
    assert ran.code == 1
    assert [note.split()[0] for note in ran.json["notes"]] == ["libm.a", "libmcheck.a"]
    assert {one["archive"] for one in ran.json["findings"]} == {"libcrypto.a", "libmcheck.a"}


def test_an_archive_named_twice_is_looked_at_once_and_linked_twice() -> None:
    findings = checked("libcrypto.a", "libcrypto.a", "--provider", "libc.a").json["findings"]
    rules = [one["rule"] for one in findings]
    assert rules.count("undefined-symbol") == 3
    assert rules.count("named-twice") == 1
    lazily = checked("libcrypto.a", "libcrypto.a", "--provider", "libc.a", "--on-demand")
    assert "named-twice" not in {one["rule"] for one in lazily.json["findings"]}


def test_a_sysroot_is_a_provider_and_decides_what_to_drop() -> None:
    Path("sys/lib").mkdir(parents=True)
    Path("sys/lib/libc.a").write_bytes(Path("libc.a").read_bytes())
    assert len(checked("libcrypto.a", "--sysroot", "sys").json["findings"]) == 3
    Path("libffi.a").write_bytes(ar(("ffi.o", elf("ffi_call")), ("libc.a", Path("libc.a").read_bytes())))
    fixes = [one["fix"] for one in checked("libffi.a", "--sysroot", "sys").json["findings"]]
    assert "arfix flatten libffi.a --platform sys" in fixes


@pytest.mark.oracle
def test_what_a_module_needs_and_the_host_hides(tmp_path: Path) -> None:
    linker = need("ld.bfd", "ld")
    Path("module.o").write_bytes(elf("init", "?secret", "?public"))
    subprocess.run([linker, "-shared", "-o", "module.so", "module.o"], check=True, cwd=tmp_path)
    members = (("d.o", elf("secret", "public")), ("h.o", elf("h", Sym("secret", UNDEF, visibility=HIDDEN))))
    Path("libhost.a").write_bytes(ar(*members, index=(("secret", 0), ("public", 0), ("h", 1))))
    ran = checked("libhost.a", "--needed-by", "module.so")
    assert ran.code == 1
    (one,) = [one for one in ran.json["findings"] if one["severity"] == "error"]
    assert (one["rule"], one["symbol"], one["message"]) == (
        "not-exported",
        "secret",
        "needed by module.so, but hidden by libhost.a(h.o)",
    )


def test_processes_find_what_one_process_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"lib{number}.a" for number in range(5)]
    for name in names:
        Path(name).write_bytes(ar(A, ("t", b"text\n")))
    alone = checked(*names, "-j", "1").json["findings"]
    monkeypatch.setattr(parallel, "BYTES_FOR_A_PROCESS", 1)
    assert checked(*names, "-j", "3").json["findings"] == alone
    assert len(alone) == 19  # a text, two indexes and symbols each; four are the first library over again


def test_a_root_and_an_ignore_are_taken_as_the_linker_prints_them() -> None:
    Path("cxx.a").write_bytes(ar(("f.o", elf("_ZN2ns1fEi", "?_ZN2ns1gEv")), index=(("_ZN2ns1fEi", 0),)))
    options = ("cxx.a", "--on-demand", "--provider", "libc.a")
    assert checked(*options).json["findings"] == []
    ran = checked(*options, "--root", "ns::f(int)")
    assert [(one["symbol"], one["demangled"]) for one in ran.json["findings"]] == [("_ZN2ns1gEv", "ns::g()")]
    assert checked(*options, "--root", "ns::f", "--ignore", "undefined-symbol:ns::g()").code == 0
    ran = arfix("check", *options, "--root", "ns::other()")
    assert (ran.code, "nothing defines ns::other()" in ran.stderr) == (1, True)


def test_every_usual_target_is_judged_unless_one_is_named() -> None:
    absolute = Sec(".text", bytes(8), flags=6, relocations=(Rel(0, 10, "v"),))
    member = ("f.o", elf("f", "v", sections=(absolute, STACK_NOTE)))
    Path("fixed.a").write_bytes(ar(member, index=(("f", 0), ("v", 0))))
    ran = checked("fixed.a")
    assert ran.code == 0, "the exit code is that of an executable"
    targets = {one["target"]: (one["error"] > 0, one["rules"]) for one in ran.json["targets"]}
    assert targets == {"exe": (False, []), "pie": (True, ["not-pie"]), "shared": (True, ["not-pic"])}
    assert arfix("check", "fixed.a").stdout.splitlines()[-1] == "1 archive as exe: clean"
    named = checked("fixed.a", "--target", "pie")
    assert (named.code, named.json["targets"]) == (1, [])


def test_what_cannot_be_judged_is_said() -> None:
    assert any(
        "cannot be judged without --sysroot or --provider" in note for note in checked("libcrypto.a").json["notes"]
    )
    assert checked("libcrypto.a", "--provider", "libc.a").json["notes"] == []
    assert checked("libc.a").json["notes"] == []


def test_a_library_beside_the_archive_is_named_and_gets_no_stub() -> None:
    Path("libpng.a").write_bytes(ar(("p.o", elf("png", "?zdeflate")), index=(("png", 0),)))
    Path("libz.a").write_bytes(ar(("z.o", elf("zdeflate")), index=(("zdeflate", 0),)))
    (finding,) = checked("libpng.a", "--provider", "libc.a").json["findings"]
    assert finding["fix"] is None
    assert finding["cause"] == "libz: 1 symbol, needed by 1 member; libz.a in the same directory defines it: add -lz"
    assert checked("libpng.a", "--provider", "libc.a", "--provider", "libz.a").code == 0


@pytest.mark.parametrize("folder", ["empty", "include", "lib/pkgconfig"])
def test_a_folder_that_is_no_sysroot_is_exit_2(folder: str) -> None:
    Path(folder).mkdir(parents=True)
    ran = arfix("check", "libcrypto.a", "--sysroot", folder)
    assert (ran.code, ran.stdout) == (2, "")
    assert "no library under it" in ran.stderr


def test_printed_commands_work_for_names_that_look_like_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive, members and a nested archive begin with a dash or `@`; each printed repair is run as it stands."""
    monkeypatch.chdir(tmp_path)
    copy = elf("f")
    inner = ar(("-in.o", elf("in")), index=(("in", 0),))
    odd = elf("o", machine=3, bits=32)
    members = (("-x.o", copy), ("@y.o", copy), ("-n.a", inner), ("--odd.o", odd), ("z.o", elf("z")))
    for name in ("-lib.a", "@lib.a"):
        (tmp_path / name).write_bytes(ar(*members, ("more.o", elf("m"))))
    printed = arfix("check", "--", "-lib.a", "./@lib.a").stdout
    commands = [line.partition("repair: ")[2] for line in printed.splitlines() if "repair: " in line]
    assert any("-- -lib.a" in command for command in commands)
    assert len(commands) >= 4
    for command in commands:
        _, *words = shlex.split(command)
        assert arfix(*words).code == 0, command


def test_a_hint_names_a_command_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-lib.a").write_bytes(ar(("x.o", elf("f"))))
    hint = arfix("strip", "--", "-lib.a", "nothing-like-it").stderr.partition("hint: `")[2].partition("`")[0]
    _, *words = shlex.split(hint)
    assert arfix(*words).code == 0


@pytest.mark.no_cover
@pytest.mark.oracle
def test_the_platform_may_be_this_machines_own() -> None:
    need("gcc")
    Path("m.c").write_text(
        '#include <stdio.h>\nint f(void) { return printf("%d", 1); }\nint g(void);\nint h(void) { return g(); }\n'
    )
    subprocess.run(["gcc", "-c", "m.c"], check=True)
    Path("m.a").write_bytes(ar(("m.o", Path("m.o").read_bytes()), index=(("f", 0), ("h", 0))))
    for options in ((), ("--static",)):
        ran = checked("m.a", "--sysroot", "auto", *options)
        found = [(one["symbol"], one["severity"]) for one in ran.json["findings"]]
        assert [one for one in found if one[1] == "error"] == [("g", "error")]


def test_a_configuration_of_any_kind_is_answered_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "l.a").write_bytes(ar(("f.o", elf("f")), index=(("f", 0),)))
    (tmp_path / "arfix.toml").write_text(".".join("a" * 20_000) + " = 1\n")
    ran = arfix("check", "l.a")
    assert (ran.code, ran.stderr) == (2, "arfix: arfix.toml:1: a key of more than 64 parts\n")
    os.mkfifo("pipe.toml")
    ran = arfix("check", "l.a", "--config", "pipe.toml")
    assert (ran.code, ran.stderr) == (2, "arfix: pipe.toml: cannot read: not a regular file\n")


def test_a_file_is_read_once() -> None:
    """A provider may come from a pipe, and a large one takes its memory once."""
    reading, writing = os.pipe()
    os.write(writing, Path("libc.a").read_bytes())
    os.close(writing)
    try:
        ran = checked("libcrypto.a", "--provider", f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert {one["symbol"] for one in ran.json["findings"]} == {"__syslog_chk", "closelog", "openlog"}
