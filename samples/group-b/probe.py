"""Is each module a file of its own, and does it work? Run by the CPython that was built; prints one JSON document.

python probe.py CERTIFICATE.pem
"""

from __future__ import annotations

import _hashlib
import binascii
import bz2
import contextlib
import ctypes
import importlib
import json
import lzma
import sqlite3
import ssl
import sys
import zlib
from typing import Any

DATA = b"whole " * 1000


def call_zlib() -> str:
    packed = zlib.compress(DATA)
    assert zlib.decompress(packed) == DATA
    return f"zlib {zlib.ZLIB_RUNTIME_VERSION} packs {len(DATA)} bytes into {len(packed)} and back"


def call_binascii() -> str:
    checksum = binascii.crc32(b"123456789")
    assert checksum == zlib.crc32(b"123456789") == 0xCBF43926
    return f"crc32 of 123456789 is {checksum:x}"


def call_bz2() -> str:
    packed = bz2.compress(DATA)
    assert bz2.decompress(packed) == DATA
    return f"packs {len(DATA)} bytes into {len(packed)} and back"


def call_lzma() -> str:
    packed = lzma.compress(DATA)
    assert lzma.decompress(packed) == DATA
    return f"packs {len(DATA)} bytes into {len(packed)} and back"


def call_sqlite3() -> str:
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.execute("create table t (n integer)")
        base.executemany("insert into t values (?)", [(n,) for n in range(10)])
        (total,) = base.execute("select sum(n) from t").fetchone()
    assert total == 45
    return f"SQLite {sqlite3.sqlite_version}: the sum of 0 to 9 is {total}"


def call_ssl() -> str:
    """Shake hands over memory, with a certificate that both ends trust."""
    certificate = sys.argv[1]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(certificate)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    answers = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (asks, answers) * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    asks.write(b"whole")
    assert answers.read() == b"whole"
    return f"{ssl.OPENSSL_VERSION}: {asks.version()} handshake over memory, and five bytes through it"


def call_hashlib() -> str:
    digest = _hashlib.openssl_sha256(b"abc").hexdigest()
    assert digest.startswith("ba7816bf")
    return f"OpenSSL's sha256 of abc begins with {digest[:8]}"


def call_ctypes() -> str:
    """Have the C library's qsort call back."""
    compare_type: Any = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    numbers = (ctypes.c_int * 4)(3, 1, 4, 2)
    compare = compare_type(lambda one, other: one[0] - other[0])
    ctypes.CDLL(None).qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), compare)
    assert list(numbers) == [1, 2, 3, 4]
    return "qsort sorts 3, 1, 4, 2 by a Python function"


CALLS = {
    "zlib": call_zlib,
    "binascii": call_binascii,
    "_bz2": call_bz2,
    "_lzma": call_lzma,
    "_sqlite3": call_sqlite3,
    "_ssl": call_ssl,
    "_hashlib": call_hashlib,
    "_ctypes": call_ctypes,
}


def main() -> None:
    """Tell of each module where it is and what one call of it gives."""
    found = {
        name: {
            "file": importlib.import_module(name).__file__,
            "builtin": name in sys.builtin_module_names,
            "call": call(),
        }
        for name, call in CALLS.items()
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
