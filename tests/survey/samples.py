"""Archives and packages for the tests of `arfix survey`, and the rows of a survey for comparison."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.dataset
import zstandard

from arfix.survey.pool import WorkerDiedError
from arfix.survey.schema import Table
from arfix.survey.store import Store
from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, GLOBAL, HIDDEN, WEAK, Rel, Sec, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.survey.worker import Task

CALL = Rel(1, 4, "openlog")  # R_X86_64_PLT32
DATA = Rel(1, 1, "table")  # R_X86_64_64
#: A library of two members: one calls `openlog`, and takes the address of `table`, which the other defines.
LOG = ar(
    (
        "log.o",
        elf(
            *("log", "?openlog", "?table"),
            sections=(
                Sec(".text", b"\xe8\0\0\0\0\xc3", flags=ALLOC | EXEC, relocations=(CALL,)),
                Sec(".data", bytes(16), flags=3, relocations=(DATA,)),
                Sec(".note.GNU-stack", flags=0),
            ),
        ),
    ),
    ("table.o", elf(Sym("table", binding=WEAK, size=1), Sym("inner", binding=GLOBAL, visibility=HIDDEN))),
    index=(("log", 0), ("table", 1), ("inner", 1)),
)
#: A library that has a copy of a member of LOG, another definition of `log`, and an archive inside.
VENDORED = ar(
    ("copy.o", elf(Sym("table", binding=WEAK, size=1), Sym("inner", binding=GLOBAL, visibility=HIDDEN))),
    ("other.o", elf("log", sections=(Sec(".text", b"\xc3", flags=ALLOC | EXEC),))),
    ("inner.a", ar(("deep.o", elf("deep")))),
)
#: Cannot be in a shared object or a PIE: R_X86_64_32S in code.
FIXED = ar(
    (
        "fixed.o",
        elf(
            *("fixed", "state"),
            sections=(
                Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=(Rel(1, 11, "state"),)),
                Sec(".note.GNU-stack", flags=0),
            ),
        ),
    ),
    index=(("fixed", 0), ("state", 0)),
)
SCRIPT = b"GROUP ( libm-2.36.a libmvec.a )\n"
DAMAGED = b"!<arch>\n" + b"x" * 70

LIBRARIES: Mapping[str, bytes] = {
    "usr/lib/liblog.a": LOG,
    "usr/lib/libvendored.a": VENDORED,
    "usr/lib/libfixed.a": FIXED,
}


def tar(files: Mapping[str, bytes]) -> bytes:
    """Return a tar file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for name, data in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("./usr/lib/liblink.a")
        link.type, link.linkname = tarfile.SYMTYPE, "liblog.a"
        opened.addfile(link)
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return stream.getvalue()


def zst(data: bytes) -> bytes:
    """Return data compressed with zstd."""
    return zstandard.ZstdCompressor().compress(data)


def deb(files: Mapping[str, bytes], suffix: str = ".xz") -> bytes:
    """Return a Debian package."""
    packers: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        ".xz": lzma.compress,
        ".gz": gzip.compress,
        ".zst": zst,
        ".bz2": bz2.compress,
    }
    control = gzip.compress(tar({"control": b"Package: x\n"}))
    return ar(
        ("debian-binary", b"2.0\n"), ("control.tar.gz", control), (f"data.tar{suffix}", packers[suffix](tar(files)))
    )


def alpine(files: Mapping[str, bytes]) -> bytes:
    """Return an Alpine package: a control tar without its end, and the data, each compressed by itself."""
    control = tar({".PKGINFO": b"pkgname = x\n"}).rstrip(b"\0")
    return gzip.compress(control + bytes(-len(control) % 512)) + gzip.compress(tar(files))


def conda(files: Mapping[str, bytes]) -> bytes:
    """Return a Conda package."""
    return zipped({"metadata.json": b"{}", "pkg-x-1-0.tar.zst": zst(tar(files))})


def rpm(files: Mapping[str, bytes]) -> bytes:
    """Return an RPM package. Source: RPM's "Package format" (lead, two headers, cpio); cpio(5), "New ASCII"."""
    lead = b"\xed\xab\xee\xdb\3\0\0\0\0\1" + b"x".ljust(66, b"\0") + b"\0\1\0\5" + bytes(16)
    header = b"\x8e\xad\xe8\1\0\0\0\0" + struct.pack(">II", 0, 0)
    payload = b""
    for name, data in (*files.items(), ("TRAILER!!!", b"")):
        path = name.encode() if name == "TRAILER!!!" else b"./" + name.encode()
        numbers = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0)
        entry = b"070701" + b"".join(b"%08X" % number for number in numbers) + path + b"\0"
        payload += entry + bytes(-len(entry) % 4) + data + bytes(-len(data) % 4)
    return lead + header + header + gzip.compress(payload)


#: A package of each kind, by file name, with the same three archives.
PACKAGES: Mapping[str, bytes] = {
    "x_1_amd64.deb": deb(LIBRARIES),
    "z_1_amd64.deb": deb(LIBRARIES, ".zst"),
    "g_1_amd64.deb": deb(LIBRARIES, ".gz"),
    "b_1_amd64.deb": deb(LIBRARIES, ".bz2"),
    "n_1_amd64.deb": deb(LIBRARIES, ""),
    "x.tar": tar(LIBRARIES),
    "x.tar.gz": gzip.compress(tar(LIBRARIES)),
    "x.tar.xz": lzma.compress(tar(LIBRARIES)),
    "x.tar.bz2": bz2.compress(tar(LIBRARIES)),
    "x.tar.zst": zst(tar(LIBRARIES)),
    "x.zip": zipped(LIBRARIES),
    "x-1-py3-none-any.whl": zipped(LIBRARIES),
    "x-1.conda": conda(LIBRARIES),
    "x-1.apk": alpine(LIBRARIES),
    "x-1.rpm": rpm(LIBRARIES),
}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder, and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def rows(folder: str | Path) -> dict[str, list[str]]:
    """Return the rows of each table, sorted, as texts."""
    store = Store(str(folder))
    found = {}
    for table, paths in store.files_of(store.parts()).items():
        data = pyarrow.dataset.dataset(paths, format="parquet", partitioning="hive", filesystem=store.filesystem)
        found[table.value] = sorted(map(repr, data.to_table().to_pylist() if paths else []))
    assert set(found) == {table.value for table in Table}
    return found


#: What an executor is given.
Call = Callable[..., Any]


class InThread(Executor):
    """Works in the thread that asks; a task with a file whose name is among `deadly` kills its worker."""

    def __init__(self, *deadly: str, deaths: int = 1000) -> None:
        self.deadly = deadly
        self.deaths = deaths
        self.tasks: list[Task] = []

    def submit(self, fn: Call, /, *args: Task, **kwargs: Task) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        task = args[0]
        self.tasks.append(task)
        if self.deaths and any(Path(file.path).name in self.deadly for file in task.files):
            self.deaths -= 1
            future.set_exception(WorkerDiedError("killed"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future
