"""OpenSSL and a C library without syslog: the whole link fails on that alone, and `arfix strip` makes it succeed."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.oracle.sysroots import MACHINES, Machine, needed_by_libcrypto, static_link
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

STATIC_LINKERS = ("ld", "ld.gold", "ld.lld")

#: Machine -> members and index entries of libcrypto.a that go with bss_log.o. On i386 two of the three entries are
#: COMDAT `__x86.get_pc_thunk.*`, still defined elsewhere.
GONE = {"amd64": (1, 1), "i386": (1, 3)}


@pytest.fixture(scope="module", params=MACHINES, ids=lambda machine: machine.name)
def machine(request: pytest.FixtureRequest) -> Machine:
    found: Machine = request.param
    return found


@pytest.fixture(scope="module")
def sysroot(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with libcrypto.a and libssl.a as they come, and libc.a as it comes and without syslog.o."""
    folder = tmp_path_factory.mktemp(machine.name)
    for package, name in (("libssl-dev", "libcrypto.a"), ("libssl-dev", "libssl.a"), ("libc6-dev", "libc.a")):
        shutil.copyfile(machine.file(package, name), folder / name)
    shutil.copyfile(folder / "libc.a", folder / "libc-broken.a")
    assert arfix("strip", "--force", "-q", folder / "libc-broken.a", "syslog.o").code == 0
    shutil.copyfile(folder / "libcrypto.a", folder / "libcrypto-stripped.a")
    assert arfix("strip", "-q", folder / "libcrypto-stripped.a", "bss_log.o").code == 0
    return folder


def others(machine: Machine) -> list[Path]:
    """What libcrypto needs besides the C library: its mathematics, and in newer releases compression."""
    names = ("libm-*.a", "libmvec.a") if machine.name == "amd64" else ("libm.a",)
    return [*needed_by_libcrypto(machine), *(machine.file("libc6-dev", name) for name in names)]


def test_what_goes(machine: Machine, sysroot: Path) -> None:
    ran = arfix("strip", "-n", "--json", sysroot / "libcrypto.a", "bss_log.o")
    members, entries = GONE[machine.name]
    assert [edit["member"] for edit in ran.json["edits"]] == ["libcrypto-lib-bss_log.o"]
    assert ran.json["members"]["before"] - ran.json["members"]["after"] == members
    assert ran.json["index_entries"]["before"] - ran.json["index_entries"]["after"] == entries


def test_it_is_what_ar_makes(sysroot: Path, tmp_path: Path) -> None:
    shutil.copyfile(sysroot / "libcrypto.a", tmp_path / "libcrypto.a")
    output_of(need("ar"), "dD", tmp_path / "libcrypto.a", "libcrypto-lib-bss_log.o")
    assert (sysroot / "libcrypto-stripped.a").read_bytes() == (tmp_path / "libcrypto.a").read_bytes()


def test_a_c_library_does_not_lose_syslog_without_force(sysroot: Path) -> None:
    before = (sysroot / "libc.a").read_bytes()
    ran = arfix("strip", sysroot / "libc.a", "syslog.o")
    assert ran.code == 1
    # A C library that is itself built with _FORTIFY_SOURCE calls the checked function.
    assert re.search(r"fmtmsg\.o needs (syslog|__syslog_chk), defined in syslog\.o", ran.stderr)
    assert (sysroot / "libc.a").read_bytes() == before


@pytest.mark.parametrize("linker", STATIC_LINKERS)
def test_whole_it_misses_the_syslog_family_and_nothing_else(
    linker: str, machine: Machine, sysroot: Path, tmp_path: Path
) -> None:
    whole = [sysroot / "libssl.a", sysroot / "libcrypto.a"]
    broken = static_link(linker, machine, tmp_path, whole, sysroot / "libc-broken.a", *others(machine))
    assert broken.code != 0
    assert broken.undefined == {"openlog", "closelog", "__syslog_chk"}
    intact = static_link(linker, machine, tmp_path, whole, sysroot / "libc.a", *others(machine))
    assert (intact.code, intact.undefined) == (0, set())


@pytest.mark.parametrize("linker", STATIC_LINKERS)
def test_without_the_member_it_links(linker: str, machine: Machine, sysroot: Path, tmp_path: Path) -> None:
    whole = [sysroot / "libssl.a", sysroot / "libcrypto-stripped.a"]
    linked = static_link(linker, machine, tmp_path, whole, sysroot / "libc-broken.a", *others(machine))
    assert (linked.code, linked.undefined) == (0, set()), linked.messages
    symbols = output_of(need("nm"), linked.output)
    assert " T EVP_DigestInit_ex\n" in symbols
    assert "BIO_s_log" not in symbols
