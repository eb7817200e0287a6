from __future__ import annotations

from pathlib import Path

import pytest

from arfix.audit.missing_libraries import MissingLibraryKind, Surroundings, find_missing_libraries
from arfix.formats.model import Machine
from tests.ar_builder import ar
from tests.elf_builder import elf

X86_64 = Machine("x86-64", 64, "little", 62)

CURL_PC = """
prefix=/usr
libdir=${prefix}/lib
Name: libcurl
Requires.private: zlib >= 1.2
Libs: -L${libdir} -lcurl
Libs.private: -lldap -llber
"""


def library(*names: str, machine: int = 62, bits: int = 64) -> bytes:
    return ar(("x.o", elf(*names, machine=machine, bits=bits)), index=tuple((name, 0) for name in names))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lib/pkgconfig").mkdir(parents=True)
    Path("lib/libcurl.a").write_bytes(library("curl_easy_init"))


def causes(*names: str, **options: object) -> list[str]:
    """Return the causes as text; every name is wanted by one member of its own, and by a common one."""
    at = Surroundings(("lib/libcurl.a",), machine=X86_64, **options)  # type: ignore[arg-type]
    found = find_missing_libraries({name: (0, 1 + at) for at, name in enumerate(names)}, at)
    assert sorted(name for one in found for name in one.names) == sorted(names), "every name is in one cause"
    return [str(one) for one in found]


def test_a_library_beside_the_archive_is_named() -> None:
    Path("lib/libz.a").write_bytes(library("inflate", "deflate"))
    Path("lib/liblittle.a").write_bytes(library("inflate"))
    assert causes("inflate", "deflate") == [
        "libz: 2 symbols, needed by 3 members; libz.a in the same directory defines all 2: add -lz"
    ]


def test_variants_of_one_library_are_all_named() -> None:
    """As libqhullstatic.a and libqhullstatic_r.a: one name for two things, and the wrong one fails at run time."""
    Path("lib/libhull.a").write_bytes(library("qh_new", "qh_free"))
    Path("lib/libhull_r.a").write_bytes(library("qh_new", "qh_free", "qh_zero"))
    Path("lib/libother.a").write_bytes(library("qh_new"))
    (said,) = causes("qh_new", "qh_free")
    assert said.endswith("; libhull.a and libhull_r.a each define all 2: add the one it was built for")
    Path("lib/pkgconfig/curl.pc").write_text("Name: curl\nLibs: -lcurl -lhull_r\n")
    (said,) = causes("qh_new", "qh_free")
    assert said.endswith("; libhull_r.a in the same directory defines all 2: add -lhull_r; curl.pc names -lhull_r")


def test_a_library_for_another_machine_and_broken_ones_define_nothing() -> None:
    Path("lib/libx.a").write_bytes(library("frob", machine=40, bits=32))
    Path("lib/liby.a").write_bytes(b"frob\n")
    Path("lib/libw.a").write_bytes(b"\x00broken")
    Path("lib/libv.a").symlink_to("libv.a")
    assert causes("frob") == ["1 symbol, needed by 2 members"]


def test_libraries_of_pc_files_are_named_though_no_file_is_there() -> None:
    Path("lib/pkgconfig/libcurl.pc").write_text(CURL_PC)
    Path("lib/pkgconfig/zlib.pc").write_text("Name: zlib\nLibs: -lz\n")
    Path("lib/pkgconfig/other.pc").write_text("Name: other\nLibs: -lother -lcurl\nLibs.private: -lfoo\n")
    assert causes("ldap_init", "ldap_bind", "ber_free", "inflate", "foo_x") == [
        "libldap: 2 symbols, needed by 3 members; libcurl.pc names -lldap",
        "liblber: 1 symbol, needed by 2 members; libcurl.pc names -llber",
        "libz: 1 symbol, needed by 2 members; zlib.pc names -lz",
        "1 symbol, needed by 2 members",
    ]


def test_a_pc_file_of_the_sysroot_and_a_library_beside_a_provider_are_found() -> None:
    for folder in ("sys/usr/lib/pkgconfig", "run"):
        Path(folder).mkdir(parents=True)
    Path("sys/usr/lib/pkgconfig/libcurl.pc").write_text(CURL_PC)
    Path("sys/usr/lib/libc.a").write_bytes(library("malloc"))
    Path("run/libldap.a").write_bytes(library("ldap_init"))
    assert causes("ldap_init", sysroot="sys", providers=("run/libgcc.a",)) == [
        "libldap: 1 symbol, needed by 2 members; run/libldap.a defines it: add -lldap; libcurl.pc names -lldap"
    ]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("__atomic_fetch_add_8", ("rt/libgcc.a",), "libatomic defines it: add -latomic"),
        ("__aeabi_idiv", (), "libgcc defines it: add -lgcc"),
        ("__udivti3", ("rt/libgcc.a",), "libclang_rt.builtins defines it: add -lclang_rt.builtins"),
        ("_Unwind_Resume", ("rt/libgcc.a",), "libgcc_eh defines it: add -lgcc_eh"),
        ("_Unwind_Resume", ("rt/libgcc_eh.a",), "libunwind defines it: add -lunwind"),
        ("_ZNSt6localeC1Ev", (), "libstdc++ defines it: add -lstdc++"),
        ("sinf", (), "libm defines it: add -lm"),
    ],
)
def test_runtimes_are_named_and_never_one_that_is_given(name: str, given: tuple[str, ...], said: str) -> None:
    (found,) = causes(name, providers=given)
    assert found.endswith(f"; {said}")


def test_the_runtime_beside_a_given_one_is_named_by_its_file() -> None:
    Path("rt").mkdir()
    Path("rt/libatomic.a").write_bytes(library("__atomic_fetch_add_8"))
    (found,) = causes("__atomic_fetch_add_8", providers=("rt/libgcc.a",))
    assert found.endswith("rt/libatomic.a defines it: add -latomic")


def test_names_with_one_prefix_are_one_cause() -> None:
    found = find_missing_libraries(
        dict.fromkeys(("acme_a", "acme_b", "acme_c", "other"), (0,)), Surroundings(("lib/libcurl.a",))
    )
    assert [(one.kind, one.stem, len(one.names)) for one in found] == [
        (MissingLibraryKind.UNKNOWN, "acme_", 3),
        (MissingLibraryKind.UNKNOWN, "", 1),
    ]
    assert str(found[0]) == "acme_*: 3 symbols, needed by 1 member"


def test_of_shared_objects_a_static_link_has_no_use() -> None:
    Path("sys/lib").mkdir(parents=True)
    Path("sys/lib/libldap.so").write_bytes(b"")
    at = Surroundings(("lib/libcurl.a",), sysroot="sys", static=True)
    assert list(at.beside_providers(["libldap"])) == []
