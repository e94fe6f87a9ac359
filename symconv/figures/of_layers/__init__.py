"""The figures of a layer, a file each."""
