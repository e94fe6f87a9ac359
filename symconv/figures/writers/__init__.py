"""Drawings as SVG, TikZ and PNG, and as files."""
