"""Mathematics as people read it: names and labels, LaTeX, Unicode, notebooks."""
