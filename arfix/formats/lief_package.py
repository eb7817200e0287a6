"""The package LIEF, which is not built for every machine: the error where it is missing.

arfix runs without it. What it reads (symbols of Mach-O objects, the loading side of linked images) is then refused.
"""

from __future__ import annotations

from arfix.errors import MissingPackageError


def require_lief(purpose: str) -> None:
    """Import LIEF, so that `import lief` succeeds.

    Args:
        purpose: What it is needed for, as the subject of a sentence: `reading the symbols of Mach-O objects`.

    Raises:
        MissingPackageError: It is not installed, or cannot be loaded here.
    """
    try:
        import lief  # noqa: F401, PLC0415 (half a second that only those pay who need it)
    except ImportError as error:
        from arfix.extras import install_command  # noqa: PLC0415 (only where something is missing)

        raise MissingPackageError(
            f"{purpose} needs lief, a Python package that is not installed here ({error})",
            name="lief",
            hint=install_command("lief"),
        ) from error
