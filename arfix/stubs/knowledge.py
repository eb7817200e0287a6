"""How known functions fail when they cannot do their work, and the kind of their result.

The knowledge is in `known.json`, read when first asked for. A function fails honestly when its caller notices: by its
result, by `errno`, or, where the interface has no failure (`strlen`), by the stub stopping the program. A function
without a result does nothing.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from arfix.stubs.behaviour import Behaviour, Fail, parse_behaviour

if TYPE_CHECKING:
    from collections.abc import Mapping


class Signature(Enum):
    """What a function returns; the value is the word in `known.json`."""

    VOID = "void"
    NORETURN = "noreturn"
    INT = "int"
    UINT = "uint"
    LONG = "long"
    ULONG = "ulong"
    LLONG = "llong"
    ULLONG = "ullong"
    SIZE = "size"
    SSIZE = "ssize"
    OFF = "off"
    TIME = "time"
    CLOCK = "clock"
    PID = "pid"
    UID = "uid"
    MODE = "mode"
    KEY = "key"
    WINT = "wint"
    POINTER = "pointer"
    FLOAT = "float"
    DOUBLE = "double"
    LDOUBLE = "ldouble"
    STRUCT = "struct"


class KnownFunction(NamedTuple):
    """One function of the knowledge base.

    Attributes:
        name: As the linker sees it.
        signature: What it returns.
        behaviour: How it fails.
        source: The standard's page or the header that declares it.
        alias_of: The function it is another name of (`__syslog_chk` of `syslog`); empty for one in its own right.
    """

    name: str
    signature: Signature
    behaviour: Behaviour
    source: str
    alias_of: str = ""


#: Variables of C libraries, which no function can stand in for. Source: POSIX.1-2024, "XSH 2.2.2 The Name Space"; the
#: headers of glibc 2.36 and musl 1.2.3.
VARIABLES = frozenset(
    {
        *("stdin", "stdout", "stderr", "environ", "_environ", "__environ", "__progname", "__progname_full"),
        *("program_invocation_name", "program_invocation_short_name", "__libc_single_threaded"),
        *("optarg", "optind", "opterr", "optopt", "__optreset", "optreset", "getdate_err", "signgam", "__signgam"),
        *("timezone", "daylight", "tzname", "__timezone", "__daylight", "__tzname", "loc1", "loc2", "locs"),
        *("in6addr_any", "in6addr_loopback", "sys_errlist", "sys_nerr", "_sys_errlist", "_sys_nerr", "sys_siglist"),
        *("_IO_2_1_stdin_", "_IO_2_1_stdout_", "_IO_2_1_stderr_", "__stdin_used", "__stdout_used", "__stderr_used"),
        *("__stack_chk_guard", "_dl_argv", "__libc_enable_secure", "__libc_stack_end", "_r_debug", "_res", "_h_errno"),
        *("error_message_count", "error_one_per_line", "error_print_progname", "re_syntax_options", "rpc_createerr"),
        *("argp_program_version", "argp_program_bug_address", "argp_err_exit_status", "svc_fdset", "svc_max_pollfd"),
    }
)

#: What is done for a name the knowledge base does not have.
UNKNOWN = Fail(-1, "ENOSYS")


def look_up(name: str) -> KnownFunction | None:
    """Return what is known of a function, None when nothing is."""
    words, source, alias_of = _index().get(name, ("", "", ""))
    if not words:
        return None
    signature, _, behaviour = words.partition(" ")
    return KnownFunction(name, Signature(signature), parse_behaviour(behaviour), source, alias_of)


def known_names() -> tuple[str, ...]:
    """Return every name of the knowledge base, sorted."""
    return tuple(sorted(_index()))


@cache
def _index() -> Mapping[str, tuple[str, str, str]]:
    """Return name -> (signature and behaviour, source, the function it is an alias of)."""
    import json  # noqa: PLC0415 (start-up)
    from importlib.resources import files  # noqa: PLC0415

    groups: list[dict[str, Any]] = json.loads(files("arfix.stubs").joinpath("known.json").read_bytes())["groups"]
    index: dict[str, tuple[str, str, str]] = {}
    for group in groups:
        source = group["source"]
        for words, names in group["entries"].items():
            entry = (words, source, "")
            for line in [names] if isinstance(names, str) else names:
                index.update(dict.fromkeys(line.split(), entry))
    for group in groups:
        for alias, name in group.get("aliases", {}).items():
            index[alias] = (index[name][0], group["source"], name)
    return index
