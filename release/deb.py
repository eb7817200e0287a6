"""Build the Debian package into `.work/deb`, and let lintian check it (`make deb`).

It needs the packages debhelper, dh-python, lintian and python3-pip of Debian, and the packages of `zipapp.txt`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).parent.parent)
)  # Debian's Python runs this, without the environment of the project
from arfix.version import __version__
from release.build import ROOT, copy_source, source_date

TOOLS = {"dpkg-buildpackage": "dpkg-dev", "dh": "debhelper", "dh_python3": "dh-python", "lintian": "lintian"}


def main(folder: Path) -> int:
    """Build the package and run lintian; return 1 if a tool is missing, or one of them found something."""
    if missing := [package for tool, package in TOOLS.items() if shutil.which(tool) is None]:
        sys.stderr.write(f"deb: not installed: {' '.join(missing)} (apt-get install {' '.join(missing)})\n")
        return 1
    version = re.match(r"arfix \(([^)]+)\)", (ROOT / "debian" / "changelog").read_text("utf-8"))
    if version is None or version[1] != __version__:
        sys.stderr.write(f"deb: debian/changelog does not begin with `arfix ({__version__})`\n")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    date = source_date()
    source = folder / f"arfix-{__version__}"
    copy_source(source, date)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
    build = ["dpkg-buildpackage", "--unsigned-source", "--unsigned-changes", "--build=binary"]
    if code := subprocess.run(build, cwd=source, env=environment, check=False).returncode:
        return code
    (package,) = folder.glob("*.deb")
    lintian = ["lintian", "--fail-on", "error,warning", "--tag-display-limit", "0", str(package)]
    code = subprocess.run(lintian, check=False).returncode
    sys.stdout.write(f"{package}: lintian {'found something' if code else 'is content'}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".work" / "deb").absolute()))
