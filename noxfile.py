"""Runs the quick tests on every supported Python that the machine has.

`nox -s quick-3.13` runs them on one of these, and `nox` on all but the Python that runs nox, on which `make test` runs
every test. A Python that is not there is skipped with a message.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))
from tests.pythons import ROOT, VERSIONS, interpreter

THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"

nox.options.sessions = [f"quick-{version}" for version in VERSIONS if version != THIS]
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False  # in CI too: what a machine lacks is said, and the others are run
nox.options.download_python = "never"

#: What the tests read beside the package itself.
BESIDE = (
    *("tests", "samples", "bench", "docs", "release", "share", "packaging", "debian", ".ci"),
    *("Makefile", "README.md", "CHANGELOG.md", "LICENSE", "Dockerfile", "MANIFEST.in", "pyproject.toml"),
    *("mkdocs.yml", "action.yml", "noxfile.py", ".pre-commit-hooks.yaml"),
)
QUICK = ("-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", "-m", "not oracle and not debian and not slow")

# A Python outside PATH is put on it, so that nox finds it.
for found in filter(None, map(interpreter, VERSIONS)):
    os.environ["PATH"] += os.pathsep + str(Path(found).parent)


@nox.session(python=VERSIONS)
def quick(session: nox.Session) -> None:
    """Run the quick tests on the wheel, as users install it; `make test` runs all tests on the checkout."""
    folder = Path(session.create_tmp()).absolute()
    session.env.pop("TMPDIR", None)  # it would be in the checkout, which may be closed to other users
    shutil.rmtree(folder)  # what an earlier run left
    folder.mkdir()
    # `run_install` runs in `nox --install-only` too, with which CI prepares the environments beforehand.
    session.run_install("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
    wheel = str(next(folder.glob("arfix-*.whl")))
    session.install("--quiet", "--no-compile", "--group", "test", wheel)  # compiled when it is imported
    session.install(
        "--quiet", "--force-reinstall", "--no-deps", wheel
    )  # it may differ from an earlier one of this version

    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(str(session.run_install("python", "-c", script, silent=True)).strip())
    for name in BESIDE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    (folder / "arfix").symlink_to(packages / "arfix")  # for tests that read sources
    with session.chdir(folder):
        session.run("python", *QUICK, *session.posargs)
