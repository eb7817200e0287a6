"""Examples of every verb, for `--help`, the man pages and `docs/cli.md`; a test runs them in the demo's sysroot."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A command line, and what it is for.

    Attributes:
        does: What it does, as a sentence without a full stop.
        line: The command line, ready to paste.
    """

    does: str
    line: str


_EXAMPLES: dict[str, tuple[Example, ...]] = {
    "inspect": (
        Example("Show what an archive contains, nested archives included", "arfix inspect lib/libffi.a"),
        Example("List every symbol of every member", "arfix inspect --all --symbols lib/libcrypto.a"),
    ),
    "strip": (
        Example("Remove a member, unless another one needs it", "arfix strip lib/libcrypto.a bss_log.o"),
        Example(
            "Show what removing the members that call syslog would do",
            "arfix strip --dry-run lib/libcrypto.a needs:syslog",
        ),
    ),
    "flatten": (
        Example(
            "Remove nested archives that the platform has, and splice the others",
            "arfix flatten lib/libffi.a --platform lib",
        ),
        Example(
            "Splice only the members that the archive itself needs, into a new file",
            "arfix flatten --needed lib/libffi.a -o libffi-flat.a",
        ),
    ),
    "stub": (
        Example(
            "Make an archive of stubs for the machine of another archive",
            "arfix stub openlog syslog closelog --like lib/libcrypto.a -o libstubs.a",
        ),
        Example("Print stubs as C", "arfix stub getaddrinfo --target arm-none-eabi --c"),
    ),
    "index": (
        Example("Rebuild the symbol index", "arfix index lib/libz.a"),
        Example("Report what is wrong with it, and write nothing", "arfix index --check lib/libz.a"),
    ),
    "convert": (
        Example("Write a GNU archive as one for macOS and BSD", "arfix convert lib/libz.a --kind bsd -o libz-bsd.a"),
    ),
    "normalize": (Example("Make an archive reproducible", "arfix normalize lib/libz.a"),),
    "salvage": (Example("Save what can be read of a damaged archive", "arfix salvage lib/libz.a -o libz-readable.a"),),
    "extract": (
        Example("Extract some members", "arfix extract lib/libcrypto.a 'libcrypto-lib-bss_*' -C out"),
        Example("Extract the member that defines a symbol", "arfix extract lib/libz.a defines:deflate -C out"),
    ),
    "check": (
        Example("Check two archives against a sysroot", "arfix check lib/libcrypto.a lib/libffi.a --sysroot ."),
        Example(
            "Check a shared object against this machine's own libraries",
            "arfix check lib/libcrypto.a --target shared --sysroot auto",
        ),
        Example("Check the link that a command makes", "arfix check -- gcc -o app main.o -Llib -lz"),
        Example("Count findings by rule", "arfix check --statistics lib/libcrypto.a lib/libffi.a --sysroot ."),
    ),
    "merge": (
        Example("Join two archives", "arfix merge lib/libz.a lib/libcrypto.a -o libboth.a"),
        Example("Make an archive of objects", "arfix merge main.o -o libmain.a"),
    ),
    "fix": (
        Example(
            "Show the smallest repair, and write nothing",
            "arfix fix --plan-only lib/libcrypto.a lib/libffi.a --sysroot .",
        ),
        Example(
            "Repair, and write a recipe that repeats it",
            "arfix fix --yes lib/libcrypto.a lib/libffi.a --sysroot . --write-recipe repairs.toml",
        ),
    ),
    "ar": (Example("Run a script for `ar -M`", "arfix ar -M script.mri"),),
    "diff": (Example("Compare two builds of a library", "arfix diff old/libz.a lib/libz.a"),),
    "symbols": (
        Example("Prefix all symbols that an archive defines", "arfix symbols lib/libffi.a --prefix my_ -o libmyffi.a"),
        Example(
            "Keep one symbol public and hide the others",
            "arfix symbols --hide-all-but lib/libffi.a ffi_call -o libffi-private.a",
        ),
    ),
    "verify": (
        Example("Link with every installed linker, and compare", "arfix verify lib/libz.a --sysroot ."),
        Example("Link with one", "arfix verify --linker lld lib/libz.a --sysroot ."),
    ),
    "why": (
        Example("Explain what pulls a symbol in", "arfix why lib/libcrypto.a SHA256_Init --root X509_verify_cert"),
        Example(
            "List the members that nothing needs", "arfix why --dead-weight lib/libcrypto.a --root X509_verify_cert"
        ),
    ),
    "image": (
        Example("Find a library in a program and its modules", "arfix image program modules --archive lib/libz.a"),
        Example(
            "Find missing symbols before linking",
            "arfix image --plan exe=lib/libcrypto.a,lib/libz.a so=lib/libffi.a --sysroot .",
        ),
    ),
    "survey": (
        Example("Collect facts about all archives below a folder", "arfix survey lib -o facts"),
        Example("Ask which archives break where openlog is missing", "arfix survey query facts missing-if openlog"),
    ),
    "diagnose": (
        Example("Explain the log of a build", "arfix diagnose build.log"),
        Example("Run a link in a scratch folder, and explain it", "arfix diagnose -- gcc -o app main.o -Llib -lz"),
    ),
    "explain": (
        Example("Describe a rule", "arfix explain undefined-symbol"),
        Example("Explain a message", "arfix explain 'ld: cannot find -lparcel'"),
    ),
    "apply": (
        Example("Repair a sysroot", "arfix apply arfix.toml --sysroot ."),
        Example("Report in CI whether it is repaired", "arfix apply --check arfix.toml --sysroot ."),
    ),
    "status": (Example("List the state of a sysroot's archives", "arfix status arfix.toml --sysroot ."),),
    "revert": (Example("Restore all originals", "arfix revert --sysroot ."),),
    "recipe": (
        Example("Check a recipe", "arfix recipe check arfix.toml"),
        Example("Write a first recipe for a sysroot", "arfix recipe init . -o new.toml"),
    ),
    "hook": (
        Example("Print the lines for a Makefile", "arfix hook make"),
        Example("Print a workflow for GitHub", "arfix hook github --recipe arfix.toml"),
    ),
}


def examples_of(verb: str) -> tuple[Example, ...]:
    """Return the examples of a verb; none for one that is not in the table."""
    return _EXAMPLES.get(verb, ())
