"""Reads the command line of a link, as a person, a build system or a log has it, into plain values.

Nothing here runs a linker. `read_command` (`read.py`) is a pure function of the words; `driver.py` asks the compiler
driver what it would add, with `-###`; `inputs.py` opens the files.

| question | file |
|---|---|
| what does a command line consist of? | `model.py` |
| which program is it, and what does it understand? | `tool.py` |
| how do a shell line, `@FILE` and `-Wl,` become words? | `words.py` |
| which options does a linker have? | `options.py`, `darwin_options.py`, `windows_options.py` |
| which options does a compiler driver have? | `driver_options.py` |
| what does libtool make of its words? | `libtool.py` |
| what does the line mean? | `read.py` |
| what does the driver add? | `driver.py` |
| which file does `-lNAME` mean? | `libraries.py` |
| what do the files hold, as inputs of a link? | `inputs.py`; for Mach-O and Windows `foreign_files.py` |
| which files and symbols count for Mach-O or Windows? | `darwin.py`, `windows.py`, `definition_file.py` |
| how is the command run for a comparison? | `own_line.py` |
"""
