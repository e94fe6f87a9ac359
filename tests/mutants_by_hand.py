"""By hand."""

BY_HAND = {}
