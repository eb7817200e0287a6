from __future__ import annotations

from arfix.linkage.forbidden import ForbiddenExport, ForbiddenReason, find_forbidden
from tests.linkage.modules import module


def test_the_entry_point_of_a_module_that_is_a_file_is_not_the_programs() -> None:
    program = module("prog", exports=("PyInit__ssl", "PyInit_sys"))
    modules = [program, module("_ssl.so", exports=("PyInit__ssl",))]
    assert find_forbidden(modules, (), ()) == (
        ForbiddenExport("prog", "PyInit__ssl", ForbiddenReason.MODULE_INIT, "_ssl.so"),
    )
    assert find_forbidden(modules, (), ("PyInit_*",)) == ()


def test_state_of_the_compilers_runtime_is_nobodys_to_export() -> None:
    names = ("_Unwind_Resume", "__register_frame_info", "__emutls_get_address", "__gcov_dump", "_Unwound")
    found = find_forbidden([module("prog"), module("mod.so", exports=names)], (), ())
    assert {(one.image, one.symbol) for one in found} == {("mod.so", name) for name in names[:-1]}
    assert {one.because for one in found} == {"unwinder", "emulated thread-local storage", "coverage"}


def test_a_deny_list_names_more() -> None:
    found = find_forbidden([module("prog", exports=("debug_dump", "api"))], ("debug_*",), ())
    assert found == (ForbiddenExport("prog", "debug_dump", ForbiddenReason.DENIED, "debug_*"),)
