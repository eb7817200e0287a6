"""Object file formats: what one member's bytes say of its format, machine, symbols and sections."""
