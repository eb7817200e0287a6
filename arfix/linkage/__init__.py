"""What a linker would do: symbol tables over libraries, resolution, who pulls whom."""
