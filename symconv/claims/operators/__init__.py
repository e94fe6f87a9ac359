"""Claims about whole tensors: x * w, rot180(w), W^T delta, vec, zero insertion.

Each operator is lowered once to a formula for one entry; then the same judge decides as for formulas with indices.
"""
