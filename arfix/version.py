"""The version and the address of the repository, alone, so that reading them imports nothing."""

__version__ = "1.0.0"

#: Where the repository is. `python -m release.address URL` changes it here and wherever else it is written.
REPOSITORY = "https://github.com/OWNER/arfix"
