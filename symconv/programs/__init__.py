"""A user's own function as a view of the layer: read for every shape, run at one, or probed with numbers.

``prove_code`` reads the source and never runs it; ``check_code`` and ``probe_code`` run a function that the caller
passes. All three give the same report.
"""
