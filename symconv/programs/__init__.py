"""A user's own code as a view of a layer: read from its source, proved for every shape."""
