"""Object file formats: readers for the format, machine, symbols and sections of one member."""
