"""Which names does a compiler call without being asked? Those come from its own runtime library.

Division on a machine that cannot divide, soft floating point, atomics, unwinding: libgcc.a or compiler-rt defines them.
A stub for one would not fail honestly but calculate wrongly, and no libc is to blame when it is missing.
Source: GCC Internals, "The GCC low-level runtime library"; Run-time ABI for the Arm Architecture (`__aeabi_*`).
"""

from __future__ import annotations

import re

#: Two letters name a machine mode, such as `si` (32 bits), `di`, `sf` (float), `df`; conversions name two of them.
_RUNTIME = re.compile(
    r"""
    __aeabi_\w+ | _Unwind_\w+ | __sync_\w+ | __atomic_\w+ | __emutls_\w+ | __gcc_personality_\w+ | __gnu_[dfh]2[dfh]_\w+
    | __(
        (u?div|u?mod|u?divmod|mul|add|sub|neg|abs) v? [a-z]{2} [2-4]
      | (ash[lr]|lshr|bswap|clrsb|clz|ctz|ffs|parity|popcount|powi|u?cmp|unord|eq|ne|l[te]|g[te]) [a-z]{2} [23]?
      | (fix|fixuns|float|floatun|extend|trunc) [a-z]{4} 2?
      )
    """,
    re.VERBOSE,
)


def is_compiler_runtime(name: str) -> bool:
    """Tell whether the compiler's runtime library (libgcc.a, compiler-rt) is what defines `name`."""
    return _RUNTIME.fullmatch(name) is not None
