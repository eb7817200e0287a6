"""The chapters of `docs/group-b.md`, each made from what its steps recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpython import MODULES, SHARED, WHOLE
from links import BEFORE, LINKERS
from place import AMD64, I386, MACHINES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from report import Record

#: Sizes in KB that the Nanvix port measured with a copy in each module, and that it expects without.
SEED = {"_ssl": (6398, 30), "_hashlib": (4795, 30), "_ctypes": (744, 80)}


def introduction(record: Record) -> str:
    tools = table(("tool", "version"), [(f"`{name}`", version) for name, version in record.machine["tools"].items()])
    return f"""\
# Group B on Linux: CPython with OpenSSL and libffi once

Written by `make group-b` from its own run; do not edit by hand.

CPython on Nanvix could not move libssl, libcrypto and libffi from its extension modules into the executable: a member
of libcrypto.a needs functions that the C library lacks, and libffi.a contains other archives. This page repeats the
work on Debian, with Debian's own libraries and source of CPython, for amd64 and for i386, which is a 32-bit machine
like the real target. A sysroot gets the same two faults, `arfix check` finds them, the linkers confirm them,
`arfix apply` repairs the sysroot, and CPython is built both ways.

In command lines, `WORK` is `.work/group-b`, `W` is the directory of the machine in it (`WORK/amd64`, `WORK/i386`), and
`P` is the directory of unpacked packages. The logs of all commands are in `W/logs`.

The run was on {record.machine["processor"]}, {record.machine["system"]}.

{tools}"""


def broken_sysroot(record: Record) -> str:
    names = sorted(record.facts("amd64", "sysroot")["archives"])
    rows = [(f"`{name}`", *(record.facts(m.name, "sysroot")["archives"][name] for m in MACHINES)) for name in names]
    versions = [record.facts(m.name, "sysroot")["packages"] for m in MACHINES]
    packages = [(f"`{name}`", *(one[name] for one in versions)) for name in sorted(versions[0])]
    made = next(line for line in record.log("amd64", "sysroot", "libtool").splitlines() if "ar cr" in line)
    posix = ", ".join(f"`{name}`" for name in record.facts("amd64", "sysroot")["posix"])
    return f"""\
## The broken sysroot

The files are those of Debian's -dev packages, with three exceptions:

- `libc.a` has no `syslog.o`. `arfix strip` only removes it with `--force`, since `fmtmsg.o` needs it:
  `{record.commands("amd64", "sysroot", "strip")[0].partition(" -m ")[2]}`.
- `libposix.a` consists of members of `libc.a`: {posix}.
- libtool creates `libffi.a` from libffi's own objects and three libraries given by their paths. libtool runs

```text
{made}
```

On amd64, `libm.a` is a linker script that refers to files outside the sysroot; here it is replaced by `libm-2.36.a`.
On i386 it is an archive.

{table(("package", "amd64", "i386"), packages)}

{table(("archive", "bytes, amd64", "bytes, i386"), rows)}"""


def diseases(record: Record) -> str:
    parts = [
        f"""\
## What check and the linkers report

`arfix check` reports exactly six errors on both machines: three archives in `libffi.a`, and three functions that
`libcrypto-lib-bss_log.o` needs.

```console
$ arfix check {" ".join(f"lib/{name}" for name in WHOLE)} --sysroot .
{record.facts("amd64", "check")["text"].rstrip()}
(exit 1)
```

Then each linker links the libraries whole: all of them, `libffi.a` alone, and OpenSSL alone, since GNU ld stops at
the first nested archive and reports nothing after it. The command for all of them:

```text
{record.commands("amd64", "links", "linkers/ld")[0]}
```
"""
    ]
    for machine in MACHINES:
        rows = []
        for linker in LINKERS:
            for name in BEFORE:
                ran = record.facts(machine.name, "links")[f"{linker} {name}"]
                rows.append((linker, name, ran["code"], ", ".join(f"`{one}`" for one in ran["undefined"])))
        parts.append(f"{machine.name}:\n\n{table(('linker', 'whole', 'exit', 'undefined'), rows)}\n")
    parts.append("What they print on amd64 (the first lines with an error):\n")
    for linker in LINKERS:
        said = [line for name in BEFORE for line in record.facts("amd64", "links")[f"{linker} {name}"]["said"]]
        lines = [line for line in dict.fromkeys(said) if not line.startswith("collect2")] or ["(nothing)"]
        parts.append(f"```text\n{record.shorten('amd64', chr(10).join(lines))}\n```\n")
    lost = [record.facts(m.name, "links")["lost"] for m in MACHINES]
    parts.append(f"""\
mold accepts `libffi.a` without a message. Of the symbols that the three nested archives define, its output contains
{lost[0]["nested"] - lost[0]["lost"]:,} of {lost[0]["nested"]:,} on amd64 and
{lost[1]["nested"] - lost[1]["lost"]:,} of {lost[1]["nested"]:,} on i386: those that the start files pull
from the platform's libraries. The others are lost.""")
    return "\n".join(parts)


def repaired(record: Record) -> str:
    facts = [record.facts(m.name, "repair") for m in MACHINES]
    if all(one["libffi"]["pristine"] for one in facts):
        libffi = "Afterwards `libffi.a` is identical to Debian's, byte for byte, on both machines."
    else:
        diffs = "\n".join(f"{m.name}:\n{one['libffi']['diff']}" for m, one in zip(MACHINES, facts, strict=True))
        libffi = f"`libffi.a` differs from the one that Debian ships:\n\n```text\n{diffs}\n```"
    rows: list[Row] = []
    for machine in MACHINES:
        for linker, one in record.facts(machine.name, "verify").items():
            undefined = ", ".join(f"`{name}`" for name in one["undefined"])
            rows.append((machine.name, linker, one["exit"], undefined, one["symbols"]))
    heading = ("machine", "linker", "exit code of verify", "undefined", "symbols in the output")
    return f"""\
## The repair

The recipe is that of the Nanvix port, `samples/nanvix/arfix.toml`, copied into `W` together with its lock file.

```console
$ arfix apply ../arfix.toml --sysroot .
{record.shorten("amd64", facts[0]["apply"]).rstrip()}
$ arfix apply ../arfix.toml --sysroot .
{record.shorten("amd64", facts[0]["again"]).rstrip()}
$ arfix apply ../arfix.toml --sysroot . --check
{record.shorten("amd64", facts[0]["check"]).rstrip()}
```

The result on i386 is the same. A second run changes no byte and no modification time. {libffi}

`arfix verify` of all libraries has no findings with any linker. It links without start files, so a few symbols that
only the platform's own objects need stay undefined. The link that failed above, with start files, succeeds with all
four linkers, and each output contains every symbol that the seven libraries define:

{table(heading, rows)}"""


def stand_in(record: Record) -> str:
    rows = []
    names = ("host", "digest.so", "tls.so", "closure.so")
    for name in names:
        sizes = [record.facts(m.name, "stand-in")[kind]["sizes"][name] for m in MACHINES for kind in KINDS]
        rows.append((f"`{name}`", *sizes))
    says = "\n".join(record.facts("i386", "stand-in")["unbundled"]["says"])
    return f"""\
## A small stand-in

A program that loads three modules (`samples/group-b/standin/`), built both ways for both machines. It prints the same
each time:

```text
{says}
```

{table(("file", *BOTH), rows)}

If the unbundled program is linked with `-Wl,--exclude-libs,ALL`, the link succeeds, and loading fails:
`{record.facts("amd64", "stand-in")["hidden"].strip()}`."""


def builds(record: Record) -> str:
    unbundled, bundled = record.facts("amd64", "unbundled"), record.facts("amd64", "bundled")
    links = [line for build in (bundled, unbundled) for line in build["links"] if "_ssl." in line]
    executable = next(line for line in unbundled["links"] if "-o python " in line)
    short = executable.partition(" Programs/python.o ")[0] + " Programs/python.o ..."
    shown = "\n".join(record.shorten("amd64", line) for line in (short, *links))
    setup = "\n".join(record.shorten("amd64", line) for line in bundled["setup"])
    configured = record.commands("i386", "unbundled", "configure")[0]
    return f"""\
## CPython, built twice

CPython {unbundled["python"]} of Debian's source package, with `-O2`. The modules are listed in `Modules/Setup.local`
under `*shared*`.

*Bundled*: each module contains its own copy of its libraries and does not export it.

```text
{setup}
```

*Unbundled*: the same lines without libraries; the executable contains them whole. These commands link the executable,
and `_ssl` both ways:

```text
{shown}
```

i386 is a cross build that uses the new amd64 python; its programs run on the same kernel:

```text
{configured}
```

Where the libraries are:

- The executable, a PIE, contains every library whole, as Debian ships it, after the repair. Debian's libz, libbz2,
  libffi and libsqlite3 are compiled for a PIE and not for a shared object, which is sufficient here.
- The bundled modules contain libz.a and libsqlite3.a unchanged, since `--exclude-libs` hides their symbols. `_ctypes`
  contains Debian's `libffi_pic.a`. `_bz2` contains libbz2 compiled with `-fPIC` from Debian's source (bzip2
  {record.facts("amd64", "pic")["bzip2"]}), since Debian's libbz2.a refers to `stderr` of the C library.
- `pyexpat` is in `Setup.local` with `-DPy_BUILD_CORE_MODULE`, which a Debian patch needs and `setup.py` does not
  pass. Modules that would use libraries that happen to be installed (curses, readline, tkinter, ...) are disabled.

The result of GNU ld when each of the four is linked whole into a shared object, with the symbol in its message:

{_shared_objects(record)}"""


def _shared_objects(record: Record) -> str:
    rows = []
    found = [(m.name, record.facts(m.name, "shared")) for m in MACHINES]
    for name in found[0][1]:
        cells = [_refusal([(machine, one[name][way]) for machine, one in found]) for way in SHARED]
        rows.append((f"`{name}`", *cells))
    return table(("library", *SHARED), rows)


def sizes(record: Record) -> str:
    parts = ["## How much space it saves\n"]
    for machine in MACHINES:
        made = {kind: _by_module(record.facts(machine.name, kind)["sizes"]) for kind in KINDS}
        names = ("python", *(module.name for module in MODULES))
        rows: list[Row] = []
        for name in names:
            before, after = SEED.get(name, ("", ""))
            measured = [made[kind][name][how] for how in ("linked", "stripped") for kind in KINDS]
            rows.append((f"`{name}`", *measured, before, after))
        rows.append(("total", *(sum(int(row[column]) for row in rows) for column in range(1, 5)), "", ""))
        heading = ("file", *KINDS, *(f"{kind}, stripped" for kind in KINDS), "seed, KB", "projected, KB")
        parts.append(f"{machine.name}, bytes:\n\n{table(heading, rows)}\n")
    parts.append(_what_is_left(record))
    return "\n".join(parts)


def _what_is_left(record: Record) -> str:
    """Return the section on what the modules still contain and where it comes from."""
    copies = [record.facts(m.name, "probe")["own copies"] for m in MACHINES]
    taken = [record.facts(m.name, "probe")["from executable"] for m in MACHINES]
    rows: list[Row] = []
    for module in MODULES:
        counts = [one[kind][module.name] for one in copies for kind in KINDS]
        rows.append((f"`{module.name}`", *counts, *(one[module.name] for one in taken)))
    heading = ("module", *(f"own, {name}" for name in BOTH), "from the executable, amd64", "i386")
    sections = [(m.name, record.facts(m.name, "probe")["sections"]) for m in MACHINES]
    consists = [(f"`{name}`", machine, *one.values()) for machine, found in sections for name, one in found.items()]
    return f"""\
The seed's sizes and projections are for another C library and compiler. The projections can only refer to files
without symbol tables and debug information, so compare them with the stripped sizes. No module becomes as small as
projected, but not because of the libraries. The next table shows, for each module, how many functions and variables of
the libraries it defines itself, hidden or not, and how many it takes from the executable.

{table(heading, rows)}

The rest is code and data of CPython. For example, `_ssl` has a table of OpenSSL's error names, and each entry has a
relocation. Loaded bytes of the unbundled modules:

{table(("module", "machine", *sections[0][1]["_ssl"]), consists)}"""


def hidden(record: Record) -> str:
    said = record.facts("amd64", "hidden")["imports"]
    rows = [(f"`import {name}`", one["code"], one["said"].rpartition(": ")[2]) for name, one in said.items()]
    failing = sum(bool(one["code"]) for m in MACHINES for one in record.facts(m.name, "hidden")["imports"].values())
    return f"""\
## A successful link that proves nothing

If the unbundled executable is linked with `-Wl,--exclude-libs,ALL`, the link succeeds, and {failing} of
{len(MODULES) * len(MACHINES)} imports fail.

{table(("amd64", "exit", "undefined symbol"), [(a, b, f"`{c}`") for a, b, c in rows])}"""


def proof(record: Record) -> str:
    probe = record.facts("amd64", "probe")["unbundled"]
    rows = [(f"`{module.name}`", f"`{probe[module.name]['file']}`", probe[module.name]["call"]) for module in MODULES]
    rows.append(("`hashlib`", "", probe["hashlib first"]))
    tests = []
    total = dict.fromkeys((m.name for m in MACHINES), 0)
    skipped = dict(total)
    for name in record.facts("amd64", "tests"):
        counts = [record.facts(m.name, "tests")[name] for m in MACHINES]
        for machine, one in zip(MACHINES, counts, strict=True):
            total[machine.name] += one["run"]
            skipped[machine.name] += one["skipped"]
        tests.append((f"`{name}`", *(one[what] for one in counts for what in ("run", "skipped", "failed"))))
    heading = ("test", *(f"{m.name} {what}" for m in MACHINES for what in ("run", "skipped", "failed")))
    return f"""\
## The proof

Each module is imported from a file, is not built in, and is called once (`samples/group-b/probe.py`). Neither
executable has a `PyInit_` function of them. On amd64, unbundled:

{table(("module", "file", "one call"), rows)}

The bundled build and both builds for i386 pass the same test. `hashlib` was imported first in a process of its own:
with the seed's initialization-order bug, it had no sha256 until `ssl` was loaded.

CPython's own tests that need no network, with the unbundled build: {total["amd64"]:,} on amd64, of which
{skipped["amd64"]:,} are skipped, and {total["i386"]:,} on i386, of which {skipped["i386"]:,} are skipped. None fails.

{table(heading, tests)}"""


def preemption(record: Record) -> str:
    rows: list[Row] = []
    for machine in MACHINES:
        for name, one in record.facts(machine.name, "preemption").items():
            rows.append((machine.name, name, one["own"], one["executable"]))
    examples = ", ".join(f"`{name}`" for name in record.facts("amd64", "preemption")["unbundled"]["examples"])
    return f"""\
## A second OpenSSL in the process

A symbol that the executable exports takes precedence over the same symbol of a library loaded later, even if the
latter has a version (`OPENSSL_3.0.0`). If a process also loads the system's `libssl.so.3`, the calls of
that library and of its `libcrypto.so.3` go to the executable's OpenSSL: {examples}, ... Counted with
`LD_DEBUG=bindings LD_BIND_NOW=1` while `ctypes.CDLL` loads Debian's:

{table(("machine", "executable", "bound within themselves", "bound to the executable"), rows)}

The two that remain are `stdin` and `stderr` of the C library. *Versioned* is the solution: the unbundled executable
linked with a version script that lists the symbols of the seven libraries,

```text
CARRIED_1 {{
  global:
    ACCESS_DESCRIPTION_free;
    ...
}};
```

A reference to `SSL_new@OPENSSL_3.0.0` does not bind to `SSL_new@CARRIED_1`, while the modules, whose undefined symbols
have no version, find it. All modules can be imported with that executable."""


def image(record: Record) -> str:
    parts = [IMAGE]
    for machine in (AMD64, I386):
        for kind in KINDS:
            told = record.facts(machine.name, "image")[kind]
            parts.append(f"### {machine.name}, {kind}\n\n`arfix image` exits {told['code']}.\n")
            parts.append(record.shorten(machine.name, told["output"]).replace("### ", "#### "))
    command = record.commands(AMD64.name, "image", "--before")[0].partition(" -m ")[2]
    rows = [
        (f"`{library}`", f"`{module}`", size, record.facts(I386.name, "image")["embedded"][module][library])
        for module, found in record.facts(AMD64.name, "image")["embedded"].items()
        for library, size in found.items()
    ]
    parts.append(f"""The command, on amd64:

```text
$ {command}
```

### Libraries bundled with CPython

{table(("library", "module", "bytes, amd64", "bytes, i386"), rows)}

This is how much smaller each of these modules would be if its library were in the executable, which would grow by the
same size: there is only one copy of each, so nothing is saved. HACL, the third library of the seed's Group C, was added
in CPython 3.12.""")
    return "\n".join(parts)


IMAGE = """\
## The images, audited

How much of each library each file contains, found by its bytes (`arfix image`). The rest of the executable is CPython
and the tables of exported symbols.

![Sizes before and after](group-b.svg)
"""


def times(record: Record) -> str:
    rows = [(step, *(f"{record.seconds(m.name, step):.1f}" for m in MACHINES)) for step in record.steps()]
    total = sum(record.seconds(m.name, step) for m in MACHINES for step in record.steps())
    return f"""\
## How long it took

Seconds for each step; the total is {total / 60:.0f} minutes. Packages that are already downloaded are not downloaded
again.

{table(("step", *(m.name for m in MACHINES)), rows)}"""


Row = tuple[str | int, ...]
KINDS = ("bundled", "unbundled")
BOTH = tuple(f"{machine.name} {kind}" for machine in (AMD64, I386) for kind in KINDS)

#: Each chapter with the steps that it describes.
CHAPTERS: tuple[tuple[Callable[[Record], str], tuple[str, ...]], ...] = (
    (introduction, ()),
    (broken_sysroot, ("sysroot",)),
    (diseases, ("check", "links")),
    (repaired, ("repair", "verify")),
    (stand_in, ("stand-in",)),
    (builds, ("pic", "shared", "bundled", "unbundled")),
    (sizes, ("bundled", "unbundled", "probe")),
    (hidden, ("hidden",)),
    (proof, ("probe", "tests")),
    (preemption, ("preemption",)),
    (image, ("image",)),
    (times, ()),
)


def table(heading: Sequence[str], rows: Sequence[Sequence[str | int]]) -> str:
    """Return a Markdown table; columns of numbers are set to the right."""
    numbers = [all(isinstance(row[i], int) or not row[i] for row in rows) for i in range(len(heading))]
    rule = ["---:" if right else "---" for right in numbers]
    cells = [heading, rule, *([f"{one:,}" if isinstance(one, int) else one for one in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _by_module(found: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return sizes by module name instead of file name."""
    return {path.rpartition("/")[2].partition(".")[0]: one for path, one in found.items()}


def _refusal(found: Sequence[tuple[str, dict[str, object]]]) -> str:
    """Return the results of the machines, or one result if they are equal."""
    said = {machine: f"refused, `{one['symbol']}`" if one["code"] else "links" for machine, one in found}
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{machine}: {one}" for machine, one in said.items())
