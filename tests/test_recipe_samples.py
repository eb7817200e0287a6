"""The samples do what they say: each is carried out over a small sysroot of the kind it is for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from arfix import open as open_archive
from samples.sysroot import build_sysroot, make_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from samples.sysroot import Members

SAMPLES = Path(__file__).parent.parent / "samples"


def recipe(name: str, folder: Path) -> Path:
    return Path(shutil.copy(SAMPLES / name / "arfix.toml", folder / "arfix.toml"))


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_nanvix(tmp_path: Path) -> None:
    sysroot = tmp_path / "sysroot"
    build_sysroot(sysroot)
    for name, function in {"ssl": "SSL_new", "bz2": "BZ2_x", "lzma": "lzma_x", "sqlite3": "sqlite3_x"}.items():
        (sysroot / f"lib/lib{name}.a").write_bytes(make_archive({f"{name}.o": {function: ["malloc"]}}))
    path = recipe("nanvix", tmp_path)
    ran = arfix("apply", path, "--sysroot", sysroot)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith("3 archives of 10 changed; python holds\n")
    assert names(sysroot / "lib/libffi.a") == ["tramp.o", "prep_cif.o", "closures.o", "ffi64.o"]
    assert arfix("apply", path, "--sysroot", sysroot, "--check").code == 0


def test_esp8266(tmp_path: Path) -> None:
    lib = tmp_path / "sysroot" / "lib"
    lib.mkdir(parents=True)
    members = {
        "libmain.a": {
            "mem_manager.o": ["pvPortMalloc"],
            "app_main.o": ["user_init", "user_rf_pre_init", "?pvPortMalloc"],
        },
        "libwpa.a": {"common.o": ["hexdump", "os_random"], "wpa.o": ["wpa_sm", "?hexdump"]},
        "libcrypto.a": {"aes-internal-dec.o": ["aes_decrypt"], "md5.o": ["md5_vector"]},
    }
    for name, objects in members.items():
        (lib / name).write_bytes(ar(*((one, elf(*symbols, machine=94, bits=32)) for one, symbols in objects.items())))
    (lib / "version-2.1.0").write_text("")
    path = recipe("esp8266", tmp_path)
    ran = arfix("apply", path, "--sysroot", tmp_path / "sysroot")
    assert (ran.code, ran.stderr) == (0, "")
    assert names(lib / "libmain.a") == ["app_main.o"]
    assert names(lib / "libcrypto.a") == ["md5.o"]
    with open_archive(lib / "libwpa.a") as archive:
        assert [name for name, _ in archive.index or ()] == ["wpa_hexdump", "wpa_os_random", "wpa_sm"]
    assert len(names(lib / "libarfix-stubs.a")) == 3
    assert arfix("apply", path, "--sysroot", tmp_path / "sysroot", "--check").code == 0


def test_self_contained(tmp_path: Path) -> None:
    sysroot = tmp_path / "sysroot"
    build_sysroot(sysroot)
    inner = make_archive({"inflate.o": {"inflate": ["memcpy"]}})
    members: Members = {"libz.a": inner, "fetch.o": {"fetch_url": ["inflate", "helper"]}, "helper.o": {"helper": []}}
    (sysroot / "lib/libfetch-full.a").write_bytes(make_archive(members))
    path = recipe("self-contained", tmp_path)
    ran = arfix("apply", path, "--sysroot", sysroot)
    assert (ran.code, ran.stderr) == (
        0,
        "arfix: note: ignore constructor-added matched no finding: remove it, or correct its pattern\n",
    )
    with open_archive(sysroot / "lib/libfetch-full.a") as archive:
        assert {name for name, _ in archive.index or ()} == {
            "fetch_url",
            "fetch_private_inflate",
            "fetch_private_helper",
        }
