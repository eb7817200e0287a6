"""Set the version of the next release in every file that has it.

    python -m release.prepare VERSION

It changes `arfix/version.py` and the packaging files, gives what the changelog lists as unreleased the version and the
date of today, and adds an entry to `debian/changelog`. Man pages and golden files are made afterwards.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime

from arfix.version import __version__
from release.build import ROOT

#: The files, beside the changelogs, that have the version.
PLACES = (
    "arfix/version.py",
    *("packaging/conda-forge/recipe.yaml", "packaging/nixpkgs/package.nix", "packaging/homebrew/arfix.rb"),
)
_UNRELEASED = "## [Unreleased]\n"


def main(arguments: list[str]) -> int:
    """Change the files, and print what is left to do."""
    if len(arguments) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+", arguments[0]):
        sys.stderr.write("usage: python -m release.prepare MAJOR.MINOR.PATCH\n")
        return 2
    version, now = arguments[0], datetime.now(UTC)
    for path in map(ROOT.joinpath, PLACES):
        path.write_text(path.read_text("utf-8").replace(__version__, version), "utf-8")
    path = ROOT / "CHANGELOG.md"
    path.write_text(release_heading(path.read_text("utf-8"), version, f"{now:%Y-%m-%d}"), "utf-8")
    path = ROOT / "debian" / "changelog"
    path.write_text(debian_entry(path.read_text("utf-8"), version, now), "utf-8")
    sys.stdout.write(
        f"now: make man golden test; commit; git tag v{version}; make release deb; and what CONTRIBUTING.md says\n"
    )
    return 0


def release_heading(changelog: str, version: str, date: str) -> str:
    """Return the changelog with a heading for the version above what was unreleased."""
    if f"## [{version}]" in changelog:
        return changelog
    return changelog.replace(_UNRELEASED, f"{_UNRELEASED}\n## [{version}] - {date}\n", 1)


def debian_entry(changelog: str, version: str, now: datetime) -> str:
    """Return Debian's changelog with an entry for the version at its top."""
    if changelog.startswith(f"arfix ({version}) "):
        return changelog
    entry, _, _ = changelog.partition("\n -- ")
    maintainer = re.search(r"^ -- (.*>)", changelog, re.MULTILINE)
    who = maintainer[1] if maintainer else ""
    first = re.sub(r"^arfix \([^)]*\)", f"arfix ({version})", entry)
    return f"{first}\n -- {who}  {now:%a, %d %b %Y %H:%M:%S +0000}\n\n{changelog}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
