from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.audit.pkg_config import read_pkg_config
from tests.tools import need, output_of


def test_libraries_folders_and_requirements() -> None:
    text = (
        "prefix=/opt\nlib=${prefix}/lib # a remark\nName: x\nLibs: -L${lib} -lx -l y\\\n -pthread\n"
        "Libs.private: -lm\nRequires: a >= 1.0, b\nRequires.private: c<2 d\n"
    )
    found = read_pkg_config(text.encode(), "x")
    assert (found.libraries, found.folders) == (("x", "y", "m"), ("/opt/lib",))
    assert found.requires == ("a", "b", "c", "d")


@given(st.binary(max_size=300))
def test_no_bytes_stop_it(data: bytes) -> None:
    read_pkg_config(data, "x")


def test_variables_in_circles_end() -> None:
    assert read_pkg_config(b"a=${b}\nb=${a}${a}\nLibs: -lx ${a}\n", "x").libraries == ("x",)


@pytest.mark.oracle
def test_the_libraries_are_those_of_pkg_config(tmp_path: object) -> None:
    tool = need("pkg-config", "pkgconf")
    text = "p=/opt\nName: x\nDescription: x\nVersion: 1\nLibs: -L${p}/lib -lx -l:liby.a\nLibs.private: -lm -lz\n"
    (file := __import__("pathlib").Path(str(tmp_path)) / "x.pc").write_text(text)
    said = output_of(tool, "--static", "--libs-only-l", str(file)).split()
    assert [f"-l{one}" for one in read_pkg_config(text.encode(), "x").libraries] == said
