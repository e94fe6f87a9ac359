"""What a claim means: its quantity, the tensors that it names, its readings, and whether it can be afforded."""
