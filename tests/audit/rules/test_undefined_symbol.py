from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Safety, Severity
from arfix.audit.run import run_audit
from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.linkage.model import Input, InputMode, Undefined
from tests.ar_builder import ar
from tests.audit.libraries import fixes
from tests.audit.links import Linked, link_findings, object_archive
from tests.audit.sysroots import write
from tests.elf_builder import ALLOC, STACK_NOTE, TEXT, WEAK, Sec, Sym, elf

if TYPE_CHECKING:
    from pathlib import Path

BSS_LOG = elf("BIO_s_log", "?closelog", "?openlog")
CRYPTO = object_archive("libcrypto.a", ("a.o", elf("a")), ("bss_log.o", BSS_LOG))
LIBC = object_archive("libc.a", ("open.o", elf("open")), provider=True)
MISSING = (Undefined("closelog", (1,)), Undefined("openlog", (1,)))


def test_each_symbol_is_told_once_with_its_member_and_the_removal() -> None:
    found = link_findings("undefined-symbol", Linked((CRYPTO, LIBC), MISSING))
    assert [(one.severity, one.archive, one.member, one.symbol) for one in found] == [
        (Severity.ERROR, "libcrypto.a", "bss_log.o", "closelog"),
        (Severity.ERROR, "libcrypto.a", "bss_log.o", "openlog"),
    ]
    assert set(fixes(found)) == {"arfix strip libcrypto.a bss_log.o"}


def test_a_member_that_overrides_a_weak_default_is_not_removed() -> None:
    """Without it the link would succeed, with the default in place of the function."""
    default = elf(Sym("opt", binding=WEAK), "f")
    lib = object_archive("libx.a", ("a.o", default), ("b.o", elf("opt", "?openlog")), ("c.o", elf("c")))
    missing = (Undefined("openlog", (1,)),)
    found = link_findings("undefined-symbol", Linked((lib, LIBC), missing, winners={"opt": 1}))
    assert fixes(found) == ["arfix stub openlog --into libx.a"]


def test_a_member_that_overrides_the_platform_is_removed_only_on_request() -> None:
    lib = object_archive("libx.a", ("a.o", elf("a")), ("b.o", elf("open", "?openlog")), ("c.o", elf("c")))
    missing = (Undefined("openlog", (1,)),)
    (found,) = link_findings("undefined-symbol", Linked((lib, LIBC), missing, winners={"open": 1}))
    assert found.fix is not None
    assert fixes([found]) == ["arfix strip libx.a b.o"]
    assert found.fix.safety is Safety.UNSAFE
    assert "programs that use open get the definition of libc.a" in found.fix.costs


def test_a_member_that_is_looked_up_by_name_is_removed_only_on_request() -> None:
    """`dlsym(0, "b")` is no reference."""
    looks = elf("a", sections=(TEXT, Sec(".rodata", b"ab\0b\0", flags=ALLOC), STACK_NOTE))
    lib = object_archive("libx.a", ("a.o", looks), ("b.o", elf("b", "?openlog")), ("c.o", elf("c")))
    (found,) = link_findings("undefined-symbol", Linked((lib, LIBC), (Undefined("openlog", (1,)),)))
    assert found.fix is not None
    assert found.fix.safety is Safety.UNSAFE
    assert "libx.a(a.o) names b as text, and may look it up at run time" in found.fix.costs


def test_without_a_provider_it_is_what_the_archive_wants_from_elsewhere() -> None:
    found = link_findings("undefined-symbol", Linked((CRYPTO,), MISSING))
    assert [(one.severity, one.fix) for one in found] == [(Severity.INFO, None)] * 2
    assert found[0].message == "has to come from elsewhere"


def test_weak_references_may_stay_unfound() -> None:
    assert link_findings("undefined-symbol", Linked((CRYPTO, LIBC), (Undefined("maybe", (), (1,)),))) == []


def test_what_only_a_provider_misses_is_not_the_archives_fault() -> None:
    assert link_findings("undefined-symbol", Linked((CRYPTO, LIBC), (Undefined("__udivti3", (2,)),))) == []


def test_a_member_that_is_needed_gets_a_stub() -> None:
    crypto = object_archive("libcrypto.a", ("bss_log.o", BSS_LOG), ("b.o", elf("b", "?BIO_s_log")), ("c.o", elf("c")))
    found = link_findings("undefined-symbol", Linked((crypto, LIBC), (Undefined("openlog", (0,)),)))
    assert fixes(found) == ["arfix stub openlog --into libcrypto.a"]


def test_what_the_compiler_calls_by_itself_gets_no_stub_and_costs_no_member() -> None:
    divides = elf("b", "?__aeabi_idiv", "?openlog")
    lib = object_archive("libx.a", ("b.o", divides), ("c.o", elf("c", "?b")))
    missing = (Undefined("__aeabi_idiv", (0,)), Undefined("openlog", (0,)))
    found = link_findings("undefined-symbol", Linked((lib, LIBC), missing))
    assert [one.symbol for one in found] == ["__aeabi_idiv", "openlog"]
    assert fixes(found) == [None, "arfix stub openlog --into libx.a"]
    assert found[0].message.endswith("libgcc defines it: add -lgcc")
    alone = object_archive("libx.a", ("b.o", divides), ("c.o", elf("c")))
    assert fixes(link_findings("undefined-symbol", Linked((alone, LIBC), missing[:1]))) == [None]


def test_a_member_that_is_wanted_from_outside_gets_a_stub() -> None:
    stub = "arfix stub closelog openlog --into libcrypto.a"
    rooted = Linked((CRYPTO, LIBC), MISSING, roots=("BIO_s_log",))
    assert set(fixes(link_findings("undefined-symbol", rooted))) == {stub}
    module = Input(Where("_ssl.so"), InputMode.NAMES, needs=frozenset({"BIO_s_log"}))
    assert set(fixes(link_findings("undefined-symbol", Linked((CRYPTO, LIBC, module), MISSING)))) == {stub}


def test_a_member_that_a_damaged_one_may_need_gets_a_stub() -> None:
    """`strip` cannot prove that the damaged member does not need it, and would refuse."""
    damaged = elf("a", "?BIO_s_log")[:-200]
    crypto = object_archive("libcrypto.a", ("a.o", damaged), ("bss_log.o", BSS_LOG), ("c.o", elf("c")))
    found = link_findings("undefined-symbol", Linked((crypto, LIBC), (Undefined("openlog", (1,)),)))
    assert fixes(found) == ["arfix stub openlog --into libcrypto.a"]
    unrelated = object_archive("libcrypto.a", ("a.o", elf("a")[:-200]), ("bss_log.o", BSS_LOG), ("c.o", elf("c")))
    found = link_findings("undefined-symbol", Linked((unrelated, LIBC), (Undefined("openlog", (1,)),)))
    assert fixes(found) == ["arfix strip libcrypto.a bss_log.o"]


def test_members_that_only_need_each_other_go_together() -> None:
    one, two = elf("one", "?two", "?openlog"), elf("two", "?one", "?openlog")
    crypto = object_archive("libx.a", ("one.o", one), ("two.o", two), ("c.o", elf("c")), ("d.o", elf("d")))
    found = link_findings("undefined-symbol", Linked((crypto, LIBC), (Undefined("openlog", (0, 1)),)))
    assert fixes(found) == ["arfix strip libx.a one.o two.o"]
    assert found[0].message.endswith("2 members need it")


def test_the_last_member_is_never_to_be_removed() -> None:
    only = object_archive("libx.a", ("x.o", BSS_LOG))
    found = link_findings("undefined-symbol", Linked((only, LIBC), (Undefined("openlog", (0,)),)))
    assert fixes(found) == ["arfix stub openlog --into libx.a"]


def test_a_symbol_two_archives_miss_is_told_for_each() -> None:
    other = object_archive("libo.a", ("o.o", elf("?openlog")), ("p.o", elf("p")))
    found = link_findings("undefined-symbol", Linked((CRYPTO, other, LIBC), (Undefined("openlog", (1, 2)),)))
    assert [(one.archive, one.member) for one in found] == [("libcrypto.a", "bss_log.o"), ("libo.a", "o.o")]


def test_a_flood_of_missing_symbols_is_a_forgotten_provider_not_a_case_for_stubs() -> None:
    many = tuple(Undefined(f"s{number:03}", (0,)) for number in range(100))
    found = link_findings("undefined-symbol", Linked((object_archive("libx.a", ("x.o", elf("x"))), LIBC), many))
    assert len(found) == 100
    assert set(fixes(found)) == {None}


def test_a_symbol_of_a_library_that_a_pc_file_names_gets_no_guessed_stub(tmp_path: Path) -> None:
    """A stub of a cipher returns -1, and the program goes on with it; the library is what is missing."""
    needs = elf("get", "?ldap_init", "?odd_cipher", "?openlog", "?DES_set_key")
    paths = write(
        tmp_path,
        libget=ar(("get.o", needs), ("c.o", elf("c", "?get")), index=(("get", 0), ("c", 1))),
        libc=ar(("m.o", elf("malloc", "__errno_location")), index=(("malloc", 0), ("__errno_location", 0))),
    )
    settings = Settings((paths["libget"],), (paths["libc"],))
    alone = {str(one.symbol): one for one in run_audit(settings).findings if one.rule == "undefined-symbol"}
    assert "odd_cipher" in str(alone["odd_cipher"].fix), "no sign of any library: an unsafe stub"
    assert alone["DES_set_key"].fix is None, "its name is one of libcrypto"
    (tmp_path / "pkgconfig").mkdir()
    (tmp_path / "pkgconfig/get.pc").write_text("Name: get\nLibs: -lget\nLibs.private: -lldap -lcrypt2\n")
    named = {str(one.symbol): one for one in run_audit(settings).findings if one.rule == "undefined-symbol"}
    assert named["odd_cipher"].fix is None
    assert "get.pc names libraries that are not here (libldap)" in named["odd_cipher"].message
    assert str(named["openlog"].fix).startswith("arfix stub openlog --into"), "the platform's, and no guess"


def test_a_hidden_reference_says_that_no_shared_object_helps() -> None:
    (found,) = link_findings("undefined-symbol", Linked((CRYPTO, LIBC), (Undefined("openlog", (1,), hidden=True),)))
    assert "hidden" in found.message


def test_what_a_nested_archive_defines_is_spliced(tmp_path: Path) -> None:
    inner = ar(("tramp.o", elf("tramp")), index=(("tramp", 0),))
    outer = ar(("libtramp.a", inner), ("closures.o", elf("closure", "?tramp")), index=(("closure", 1),))
    paths = write(tmp_path, libffi=outer, libc=ar(("m.o", elf("malloc")), index=(("malloc", 0),)))
    settings = Settings((paths["libffi"],), (paths["libc"],))
    (found,) = (one for one in run_audit(settings).findings if one.rule == "undefined-symbol")
    assert found.message == "nothing in the link defines it; the nested archive libtramp.a defines it"
    assert str(found.fix) == f"arfix flatten {paths['libffi']}"


def test_what_another_archive_s_nested_archives_define_is_spliced_there(tmp_path: Path) -> None:
    """Two levels deep, in an archive that is read on demand by the one that lacks the symbol."""
    deep = ar(("libmid.a", ar(("tramp.o", elf("tramp")), index=(("tramp", 0),))))
    outer = ar(("libdeep.a", deep), ("closures.o", elf("closure")), index=(("closure", 1),))
    main = ar(("main.o", elf("main", "?tramp")), index=(("main", 0),))
    paths = write(tmp_path, libmain=main, libffi=outer, libc=ar(("m.o", elf("malloc")), index=(("malloc", 0),)))
    settings = Settings((paths["libmain"], paths["libffi"]), (paths["libc"],), on_demand=True, roots=("main",))
    (found,) = (one for one in run_audit(settings).findings if one.rule == "undefined-symbol")
    assert found.message.endswith(f"; the nested archive libdeep.a in {paths['libffi']} defines it")
    assert str(found.fix) == f"arfix flatten {paths['libffi']}"
