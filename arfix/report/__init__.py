"""Results to text: pure functions from values to `str`."""
