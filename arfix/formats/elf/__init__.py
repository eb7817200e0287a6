"""The ELF format: objects, and the facts of linked images."""
