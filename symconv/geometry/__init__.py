"""Which input each output reads: axes, sizes and their symbols, padding, and the shapes that follow."""
