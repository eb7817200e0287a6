"""The `ar` container: bytes to an archive model and back. Knows nothing of what a member holds."""
