"""From text, LaTeX and SymPy to the parts of a claim."""
