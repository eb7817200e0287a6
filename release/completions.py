"""Write the completion scripts in `share/completions`, for packages that install them (`make man`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "share" / "completions"
#: Shell -> the name that it looks for.
SHELLS = {"bash": "arfix.bash", "zsh": "_arfix", "fish": "arfix.fish"}

#: zsh loads the file when `arfix` is completed first; a script that only declares the function would complete nothing
#: that time. Source: zshcompsys(1), "Autoloaded files".
_ZSH_START = """\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _arfix_completion "$@"
else
  compdef _arfix_completion arfix
fi"""


def completion(shell: str) -> str:
    """Return the script of a shell: the one of `arfix --show-completion`, in the form of a file that is loaded."""
    environment = {**os.environ, "_ARFIX_COMPLETE": f"source_{shell}"}
    code = "import sys; sys.argv = ['arfix']; from arfix.__main__ import start; start()"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    script = ran.stdout.strip()
    if shell == "zsh":
        script = script.replace("compdef _arfix_completion arfix", _ZSH_START)
    return f"{script}\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for each, name in SHELLS.items():
        (FOLDER / name).write_text(completion(each), "utf-8")
