"""The interpreter: statements and expressions of Python on symbolic values, one short method for each kind of node."""
