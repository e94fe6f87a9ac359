"""Formulas for tensors, and computations in stages with their derivatives by the chain rule."""
