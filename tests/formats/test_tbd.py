"""Text stubs of libraries, in the versions that SDKs have."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError
from arfix.formats.tbd import is_tbd, read_tbd

_V1 = """---
archs:           [ armv7, x86_64 ]
platform:        macosx
install-name:    /usr/lib/liba.dylib
exports:
  - archs:           [ armv7, x86_64 ]
    symbols:         [ _a, '$ld$hide$os10.4$_a',
                       _b ]
    objc-classes:    [ _Thing ]
    re-exports:      [ /usr/lib/libz.dylib ]
  - archs:           [ armv7 ]
    symbols:         [ _only ]
undefineds:
  - archs:           [ x86_64 ]
    symbols:         [ _missing ]
...
"""
_V4 = """--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, arm64e-macos ]
install-name:    '/usr/lib/liba.dylib'
reexported-libraries:
  - targets:     [ x86_64-macos ]
    libraries:   [ '/usr/lib/libz.dylib' ]
exports:
  - targets:
      - x86_64-macos
      - arm64e-macos
    symbols:
      - _a
      - "_b"
    objc-classes: [ Thing ]
  - targets:     [ arm64e-macos ]
    symbols:     [ _only ]
--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos ]
install-name:    '/usr/lib/libz.dylib'
exports:
  - targets:     [ x86_64-macos ]
    weak-symbols: [ _z ]
"""
_V5 = json.dumps(
    {
        "tapi_tbd_version": 5,
        "main_library": {
            "install_names": [{"name": "/usr/lib/liba.dylib"}],
            "exported_symbols": [
                {"data": {"objc_class": ["Thing"]}, "text": {"global": ["_a"], "weak": ["_b"]}},
                {"targets": ["arm64e-macos"], "text": {"global": ["_only"]}},
            ],
            "reexported_libraries": [{"names": ["/usr/lib/libz.dylib"]}],
        },
    }
)


@pytest.mark.parametrize("text", [_V1, _V4, _V5], ids=["v1", "v4", "v5"])
def test_what_a_library_exports(text: str) -> None:
    view = memoryview(text.encode())
    assert is_tbd(view)
    library, *others = read_tbd(view, "x86_64")
    assert library.install_name == "/usr/lib/liba.dylib"
    assert library.names == {"_a", "_b", "_OBJC_CLASS_$_Thing", "_OBJC_METACLASS_$_Thing"}
    assert library.reexports == ("/usr/lib/libz.dylib",)
    assert [one.names for one in others] == ([{"_z"}] if text is _V4 else [])


@given(st.text("-:[]',\n {}\"_a!", max_size=200), st.sampled_from(["--- !tapi-tbd\n", '{"tapi_tbd_version":5,', ""]))
def test_any_text_is_read_or_refused(text: str, head: str) -> None:
    with contextlib.suppress(ArfixError):
        read_tbd(memoryview((head + text).encode()), "x86_64")
