"""The algebra at concrete sizes: product terms as integers, and numbers by NumPy."""
