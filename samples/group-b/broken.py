"""A broken sysroot made from the real libraries of Debian's -dev packages, with the diseases of Nanvix' own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from place import Facts, Place, StoryError

from samples.debian import package, version_of

if TYPE_CHECKING:
    from pathlib import Path

#: Package, the file in it, and its name in the sysroot. amd64's `libm.a` is a linker script that names files outside
#: any sysroot (`GROUP ( /usr/lib/.../libm-2.36.a ... )`); newlib's libm.a is an archive, and so is `libm-2.36.a`.
LIBRARIES = (
    ("libc6-dev", "libc.a", "libc.a"),
    ("libc6-dev", {"amd64": "libm-*.a", "i386": "libm.a"}, "libm.a"),
    ("libgcc-12-dev", "libgcc.a", "libgcc.a"),
    ("libgcc-12-dev", "libgcc_eh.a", "libgcc_eh.a"),
    ("libssl-dev", "libcrypto.a", "libcrypto.a"),
    ("libssl-dev", "libssl.a", "libssl.a"),
    ("libffi-dev", "libffi.a", "libffi.a"),
    ("zlib1g-dev", "libz.a", "libz.a"),
    ("libbz2-dev", "libbz2.a", "libbz2.a"),
    ("liblzma-dev", "liblzma.a", "liblzma.a"),
    ("libsqlite3-dev", "libsqlite3.a", "libsqlite3.a"),
)
#: What libcrypto.pc may name besides the C library -> package and file.
COMPRESSION = {"-lzstd": ("libzstd-dev", "libzstd.a"), "-lz": ("zlib1g-dev", "libz.a")}
#: Whose headers are needed; the C library's come with the compiler.
HEADERS = ("libssl-dev", "libffi-dev", "zlib1g-dev", "libbz2-dev", "liblzma-dev", "libsqlite3-dev")

#: The members of libc.a that do POSIX input and output: what the platform's libposix.a is made of.
POSIX = (
    *("open64", "read", "write", "close", "lseek64", "fcntl64", "dup", "dup2", "pipe"),
    *("mmap64", "munmap", "mprotect"),
)

#: What libtool nests into libffi.a.
NESTED_LIBRARIES = ("libposix.a", "libc.a", "libm.a")


def build_broken_sysroot(place: Place) -> Facts:
    """Fill `sysroot/lib` and `sysroot/include`, and leave the pristine libffi.a in `pristine/`."""
    shutil.rmtree(place.sysroot, ignore_errors=True)
    for folder in (place.lib, place.folder / "pristine", place.sysroot / "include"):
        folder.mkdir(parents=True, exist_ok=True)
    for name, filename, target in LIBRARIES:
        found = filename if isinstance(filename, str) else filename[place.machine.name]
        shutil.copyfile(library(place, name, found), place.lib / target)
    for package_name, filename in _compression(place):
        shutil.copyfile(library(place, package_name, filename), place.lib / filename)
    for name in HEADERS:
        include = package(name + place.machine.suffix) / "usr" / "include"
        for folder in (include, include / place.machine.triple):
            if folder.is_dir():
                shutil.copytree(folder, place.sysroot / "include", dirs_exist_ok=True)
    shutil.rmtree(place.sysroot / "include" / place.machine.triple, ignore_errors=True)
    shutil.move(place.lib / "libffi.a", place.folder / "pristine" / "libffi.a")
    _make_libposix(place)
    place.arfix("strip", "--force", "lib/libc.a", "syslog.o").expect()
    _nest_by_libtool(place)
    packages = sorted({name for name, _, _ in LIBRARIES} | {name for name, _ in _compression(place)})
    return {
        "packages": {name: version_of(package(name + place.machine.suffix)) for name in packages},
        "archives": {path.name: path.stat().st_size for path in sorted(place.lib.glob("*.a"))},
        "posix": [f"{name}.o" for name in POSIX],
    }


def behind_openssl(place: Place) -> tuple[Path, ...]:
    """Return the archives of the sysroot that libcrypto.a needs: none with OpenSSL 3.0, two with 3.5."""
    return tuple(place.lib / filename for _, filename in _compression(place))


def _compression(place: Place) -> tuple[tuple[str, str], ...]:
    (described,) = package("libssl-dev" + place.machine.suffix).rglob("libcrypto.pc")
    words = described.read_text(encoding="utf-8").partition("Libs.private:")[2].partition("\n")[0].split()
    return tuple(names for word, names in COMPRESSION.items() if word in words)


def library(place: Place, package_name: str, filename: str) -> Path:
    """Return a library of one of the machine's packages; symbolic links are followed."""
    found = sorted((package(package_name + place.machine.suffix) / "usr" / "lib").rglob(filename))
    if not found:
        raise StoryError(f"{package_name}{place.machine.suffix} holds no {filename}")
    return found[0].resolve()


def _make_libposix(place: Place) -> None:
    objects = place.folder / "libposix"
    names = [f"{name}.o" for name in POSIX]
    place.arfix("extract", "lib/libc.a", *names, "-C", objects, "--overwrite").expect()
    place.run(place.tool("ar"), "crD", place.lib / "libposix.a", *names, cwd=objects).expect()


def _nest_by_libtool(place: Place) -> None:
    """Have libtool link libffi's objects with three libraries given by their absolute paths, as a port once did."""
    objects = place.folder / "libffi"
    shutil.rmtree(objects, ignore_errors=True)
    place.arfix("extract", place.folder / "pristine" / "libffi.a", "-C", objects).expect()
    listed = place.run(place.tool("ar"), "t", place.folder / "pristine" / "libffi.a").expect().output.split()
    for name in listed:
        described = f"# Generated by libtool\npic_object=none\nnon_pic_object='{name}'\n"
        (objects / name).with_suffix(".lo").write_text(described, encoding="utf-8")
    inputs = [name.removesuffix(".o") + ".lo" for name in listed]
    link = ("libtool", "--tag=CC", "--mode=link", place.tool("gcc"), "-static", "-o", "libffi.la")
    place.run(*link, *inputs, *(place.lib / name for name in NESTED_LIBRARIES), cwd=objects).expect()
    shutil.copyfile(objects / ".libs" / "libffi.a", place.lib / "libffi.a")
