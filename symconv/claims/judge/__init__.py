"""Is a claim right: entries, formulas in index notation, constraints, switches."""
