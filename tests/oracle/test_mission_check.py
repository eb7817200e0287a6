"""`arfix check` on the libraries it was made for: exactly what a whole link runs into, nothing else, and the advice."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.sysroots import AMD64, MACHINES, Machine, needed_by_libcrypto
from tests.run_arfix import arfix
from tests.tools import need

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
BSS_LOG = "libcrypto-lib-bss_log.o"


def errors(*arguments: str | Path) -> list[dict[str, Any]]:
    document = arfix("check", "--json", *arguments).json
    return [finding for finding in document["findings"] if finding["severity"] == "error"]


def copy(machine: Machine, package: str, name: str, folder: Path) -> Path:
    return Path(shutil.copyfile(machine.file(package, name), folder / name))


def providers(machine: Machine, libc: Path) -> list[str | Path]:
    """The options that name what libcrypto needs."""
    archives = (*needed_by_libcrypto(machine), libc, machine.file("libgcc-12-dev", "libgcc.a"))
    return [word for archive in archives for word in ("--provider", archive)]


@each_machine
def test_libcrypto_whole_against_a_libc_without_syslog(machine: Machine, tmp_path: Path) -> None:
    crypto = copy(machine, "libssl-dev", "libcrypto.a", tmp_path)
    libc = copy(machine, "libc6-dev", "libc.a", tmp_path)
    platform = providers(machine, libc)
    assert errors(crypto, *platform) == []
    assert arfix("strip", "--force", "-q", libc, "syslog.o").code == 0
    found = errors(crypto, *platform)
    assert {one["symbol"] for one in found} == {"openlog", "closelog", "__syslog_chk"}
    assert len(found) == 3
    assert {(one["rule"], one["archive"], one["member"]) for one in found} == {
        ("undefined-symbol", str(crypto), BSS_LOG)
    }
    assert {one["fix"] for one in found} == {f"arfix strip {crypto} {BSS_LOG}"}
    assert arfix("strip", crypto, BSS_LOG).code == 0
    assert errors(crypto, *platform) == []


@each_machine
def test_libssl_and_libcrypto_go_together(machine: Machine, tmp_path: Path) -> None:
    archives = [copy(machine, "libssl-dev", name, tmp_path) for name in ("libssl.a", "libcrypto.a")]
    libc = machine.file("libc6-dev", "libc.a")
    assert errors(*archives, *providers(machine, libc)) == []


@each_machine
def test_a_libffi_with_three_archives_in_it(machine: Machine, tmp_path: Path) -> None:
    ffi = copy(machine, "libffi-dev", "libffi.a", tmp_path)
    libc = copy(machine, "libc6-dev", "libc.a", tmp_path)
    libm = machine.file("libc6-dev", "libm-*.a" if machine is AMD64 else "libm.a")
    for name, source in (("libposix.a", libc), ("libc.a", libc), ("libm.a", libm)):
        if tmp_path / name != source:
            shutil.copyfile(source, tmp_path / name)
        subprocess.run([need("ar"), "qc", ffi, name], cwd=tmp_path, check=True)
    found = errors(ffi, "--provider", libc)
    assert [(one["rule"], one["member"]) for one in found] == [
        ("nested-archive", name) for name in ("libposix.a", "libc.a", "libm.a")
    ]
    assert {one["fix"] for one in found} == {f"arfix flatten {ffi} --drop"}
    assert arfix("flatten", ffi, "--drop").code == 0
    assert errors(ffi, "--provider", libc) == []


def test_readiness_depends_on_the_target() -> None:
    libz = AMD64.file("zlib1g-dev", "libz.a")
    libc = AMD64.file("libc6-dev", "libc.a")
    assert errors(libz, "--provider", libc, "--target", "pie") == []
    found = errors(libz, "--provider", libc, "--target", "shared")
    assert "not-pic" in {one["rule"] for one in found}
    assert "z_errmsg" in {one["symbol"] for one in found}
    crypto = AMD64.file("libssl-dev", "libcrypto.a")
    assert not [one for one in errors(crypto, "--provider", libc, "--target", "shared") if one["rule"] == "not-pic"]


def test_libgmp_tells_of_its_making() -> None:
    found = arfix("check", "--json", AMD64.file("libgmp-dev", "libgmp.a")).json["findings"]
    (residue,) = [one for one in found if one["rule"] == "libtool-residue"]
    assert len(residue["related"]) == 105
