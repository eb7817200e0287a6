"""Functions that compilers call implicitly, and the runtime library that defines each.

Division on a machine that cannot divide, soft floating point, atomics, unwinding, the C++ language support: a stub for
one of these would not fail honestly but calculate wrongly, and no C library is to blame when it is missing.
Source: GCC Internals, "The GCC low-level runtime library"; Run-time ABI for the Arm Architecture (`__aeabi_*`); Itanium
C++ ABI (`__cxa_*`, mangled names); `nm` of libgcc.a, libgcc_eh.a, libatomic.a and libstdc++.a of GCC 12 and 14, and of
LLVM 19's libc++, libc++abi, libunwind and builtins.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection


class Runtime(Enum):
    """A library that comes with a compiler or belongs to the C library. The value is its name without an ending."""

    LIBGCC = "libgcc"
    LIBGCC_EH = "libgcc_eh"
    LIBATOMIC = "libatomic"
    LIBSTDCXX = "libstdc++"
    LIBCXX = "libc++"
    LIBCXXABI = "libc++abi"
    LIBM = "libm"
    LIBGCOV = "libgcov"
    LIBGOMP = "libgomp"
    LIBOMP = "libomp"
    LIBGFORTRAN = "libgfortran"
    LIBASAN = "libasan"
    LIBUBSAN = "libubsan"
    LIBTSAN = "libtsan"
    COMPILER_RT = "libclang_rt.builtins"
    LIBUNWIND = "libunwind"


#: What LLVM has in place of a library of GCC.
_OF_LLVM: Final = {
    Runtime.LIBGCC: Runtime.COMPILER_RT,
    Runtime.LIBGCC_EH: Runtime.LIBUNWIND,
    Runtime.LIBATOMIC: Runtime.COMPILER_RT,
}

#: Two letters name a machine mode, such as `si` (32 bits), `di`, `sf` (float), `df`; conversions name two of them.
_LIBGCC: Final = r"""(?x:
    __aeabi_(?!unwind_cpp_pr)\w+ | __sync_\w+ | __gnu_[dfh]2[dfh]_\w+ | __gnu_(?:ld)?(?:thumb1_case|mcount)\w*
    | __aarch64_(?:cas|swp|ldadd|ldclr|ldeor|ldset)\d+_\w+ | __cpu_(?:model|indicator_init|features2?)
    | __(?:clear_cache|enable_execute_stack|morestack\w*|splitstack_\w+)
    | __(?:bid|dpd)_\w+ | __x86\.get_pc_thunk\.\w+ | __(?:riscv_(?:save|restore)_\d+)
    | __(?:
        (?:u?div|u?mod|u?divmod|mul|add|sub|neg|abs)v?[a-z]{2}[2-4]
      | (?:ash[lr]|lshr|bswap|clrsb|clz|ctz|ffs|parity|popcount|powi|u?cmp|unord|eq|ne|l[te]|g[te])[a-z]{2}[23]?
      | (?:fix|fixuns|float|floatun|extend|trunc)[a-z]{4}2?
      )
    )"""
_LIBGCC_EH: Final = (
    r"_Unwind_\w+|__aeabi_unwind_cpp_pr[0-2]|__gcc_personality_\w+|__emutls_\w+|__(?:de)?register_frame\w*"
    r"|__gnu_(?:unwind|Unwind)_\w+|___?Unwind_\w+|__frame_state_for|__gcc_nested_func_ptr_(?:created|deleted)"
)
_LIBATOMIC: Final = r"__atomic_\w+|atomic_(?:thread_fence|signal_fence|flag_\w+)"
#: The Itanium C++ ABI's own names: libstdc++ has them, and libc++abi beside libc++.
_CXX_ABI: Final = (
    r"__cxa_(?!atexit|finalize|thread_atexit_impl|at_quick_exit)\w+|__gxx_personality_\w+|__dynamic_cast"
    r"|_ZN?K?10__cxxabiv1\w+|_ZT[VISC]N10__cxxabiv1\w+|_ZT[IS]P?K?[a-z]|_Z(?:nw|na|dl|da)\w+|_ZSt(?:9terminatev|10unexpectedv)"
    r"|_ZT[VIS]St(?:9bad_alloc|9exception|8bad_cast|10bad_typeid|9type_info|13bad_exception)|_ZNK?St(?:9type_info|9exception|9bad_alloc)\w+"
)
#: Libc++ keeps its names in an inline namespace, the NDK in another one.
_LIBCXX: Final = r"_Z\w*St(?:3__[12]|6__ndk1)\w*"
_LIBSTDCXX: Final = (
    r"_ZN?K?(?:Vr?)?(?:St|S[absiod]|9__gnu_cxx)\w*|_ZT[VISTC]N?K?(?:St|S[absiod]|9__gnu_cxx)\w*|_ZGVN?St\w+"
)
#: `<math.h>` of C99, each also with `f` and `l`. Source: ISO C, 7.12. `frexp`, `ldexp`, `modf`, `copysign` and `scalbn`
#: are in glibc's libc too.
_MATH: Final = (
    r"(?:a?(?:sin|cos|tan)h?|atan2|exp2?|expm1|ilogb|log(?:10|1p|2|b)?|cbrt|fabs|hypot|pow|sqrt|erfc?|[lt]gamma"
    r"|ceil|floor|nearbyint|l?l?rint|l?l?round|trunc|fmod|remainder|remquo|nan|next(?:after|toward)|fdim|fmax|fmin|fma"
    r"|frexp|ldexp|scalbl?n|modf|copysign|sincos|exp10|pow10|drem|significand|gamma|lgamma_r|[jy][01n]"
    r"|c(?:abs|arg|exp|log|pow|sqrt|proj|imag|real|a?(?:sin|cos|tan)h?))(?:[fl]|f(?:16|32|64|128)x?)?"
    r"|__(?:a?(?:sin|cos|tan)h?|atan2|exp2?|exp10|log(?:10|2)?|pow|sqrt|hypot|fmod|remainder|sinh|cosh|[lt]gamma(?:_r)?)[fl]?_finite"
)


#: Tried in this order: names of the C++ ABI begin as those of the standard library do.
_PATTERNS: Final = (
    (_LIBATOMIC, Runtime.LIBATOMIC),
    (_LIBGCC_EH, Runtime.LIBGCC_EH),
    (_LIBGCC, Runtime.LIBGCC),
    (_LIBCXX, Runtime.LIBCXX),
    (_CXX_ABI, Runtime.LIBCXXABI),
    (_LIBSTDCXX, Runtime.LIBSTDCXX),
    (_MATH, Runtime.LIBM),
    (r"__gcov_\w+", Runtime.LIBGCOV),
    (r"GOMP_\w+|GOACC_\w+|omp_[a-z_]+", Runtime.LIBGOMP),
    (r"__kmpc_\w+|__tgt_\w+", Runtime.LIBOMP),
    (r"_gfortran_\w+", Runtime.LIBGFORTRAN),
    (r"__asan_\w+", Runtime.LIBASAN),
    (r"__ubsan_\w+", Runtime.LIBUBSAN),
    (r"__tsan_\w+", Runtime.LIBTSAN),
)


def runtime_of(name: str, others: Collection[str] = (), given: Collection[str] = ()) -> Runtime | None:
    """Return the library that defines `name`, or None if no compiler or C library is known to.

    Args:
        name: A symbol that is missing.
        others: The other symbols of the same program: those of libc++ show that its C++ ABI library is libc++abi.
        given: Names of the libraries that the link has already, such as `libgcc`; those lack the symbol, so LLVM's
            counterpart is returned for one of them, or None if there is none.
    """
    runtime = _runtime_of(name, others)
    if runtime is None or runtime.value not in given:
        return runtime
    other = _OF_LLVM.get(runtime)
    return None if other is None or other.value in given else other


def _runtime_of(name: str, others: Collection[str]) -> Runtime | None:
    if not _any_pattern().fullmatch(name):
        return None
    runtime = next((one for pattern, one in _PATTERNS if re.fullmatch(pattern, name)), None)
    if runtime is Runtime.LIBCXXABI and not any(re.fullmatch(_LIBCXX, one) for one in others):
        return Runtime.LIBSTDCXX
    return runtime


@cache
def _any_pattern() -> re.Pattern[str]:
    """Return a pattern for the names of all libraries: most names are of none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern, _ in _PATTERNS))


def is_compiler_runtime(name: str) -> bool:
    """Return whether a runtime library of the compiler, C++'s included, is what defines `name`."""
    return _runtime_of(name, ()) not in (None, Runtime.LIBM)


#: What the start files that a compiler driver adds to each program define, and the program itself. Source: `nm` of
#: glibc's crt1.o, crti.o, crtn.o and GCC's crtbegin.o; `_DYNAMIC` is wanted only where crt1.o is not there.
_START_NAMES = frozenset(
    {
        *("_start", "_init", "_fini", "main", "_DYNAMIC", "_dl_relocate_static_pie", "_IO_stdin_used"),
        *("__dso_handle", "__TMC_END__", "__data_start", "data_start"),
    }
)


#: What compilers refer to in any object (C++'s destructors of static objects do), and GCC's start files define.
_ALWAYS_THERE = frozenset({"__dso_handle"})


def is_always_there(name: str) -> bool:
    """Return whether the start files of every program and shared object define what ordinary code refers to."""
    return name in _ALWAYS_THERE


#: The same of MinGW's crt2.o and dllcrt2.o, as far as libmingw32.a, libmingwex.a and libgcc.a want it.
_WINDOWS_START_NAMES = frozenset(
    {
        *("atexit", "main", "WinMain", "DllMain", "mainCRTStartup", "WinMainCRTStartup", "DllMainCRTStartup"),
        *("_CRT_INIT", "pcinit", "__mingw_pcinit", "__mingw_pcppinit", "__mingw_module_is_dll"),
        *("__mingw_winmain_hInstance", "__mingw_winmain_lpCmdLine", "__mingw_winmain_nShowCmd"),
    }
)


def part_outside(name: str, *, is_coff: bool = False) -> str:
    """Return which part of a program outside the check defines the name: `start`, `runtime`, or empty."""
    if name in (_WINDOWS_START_NAMES if is_coff else _START_NAMES):
        return "start"
    return "runtime" if is_compiler_runtime(name) else ""
