"""What one member's bytes say: format, machine, symbols, sections; and new stub objects."""
