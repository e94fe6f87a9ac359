"""Drawings as SVG, TikZ and PNG."""
