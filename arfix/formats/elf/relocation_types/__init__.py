"""One file per machine: its relocation types by what they do. `relocations.py` reads with these tables."""
