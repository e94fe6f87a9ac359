"""Networks described in a text (docs/network-format.md)."""
