"""Derivatives of formulas, of layers and of networks, once and twice."""

from __future__ import annotations

from symconv.claims import check
from symconv.derivatives.double_backward import DoubleBackward, double_backward
from symconv.derivatives.fisher import fisher
from symconv.derivatives.kfac import kfac, kfc
from symconv.derivatives.kronecker import KroneckerFactors
from symconv.derivatives.matrices import gauss_newton, hessian, hessian_vector_product
from symconv.derivatives.of_networks import VectorProducts, gauss_newton_vector_product
from symconv.derivatives.second import SecondDerivative
from symconv.derivatives.statements import DerivativeReport
from symconv.derivatives.text import differentiate_text, formula_of
from symconv.formulas.differentiate import differentiate
from symconv.formulas.own import OwnFormula
from symconv.networks.network import Graph

check.register(OwnFormula, "symconv.derivatives.text:check_own")
differentiate.register(str, differentiate_text)
hessian.register(Graph, "symconv.derivatives.of_networks:hessian_of_network")
gauss_newton.register(Graph, "symconv.derivatives.of_networks:gauss_newton_of_network")
hessian_vector_product.register(Graph, "symconv.derivatives.of_networks:products_of_network")
fisher.register(Graph, "symconv.derivatives.fisher:fisher_of_network")
kfac.register(Graph, "symconv.derivatives.kfac:kfac_of_network")

__all__ = [
    "DerivativeReport",
    "DoubleBackward",
    "KroneckerFactors",
    "OwnFormula",
    "SecondDerivative",
    "VectorProducts",
    "differentiate",
    "double_backward",
    "fisher",
    "formula_of",
    "gauss_newton",
    "gauss_newton_vector_product",
    "hessian",
    "hessian_vector_product",
    "kfac",
    "kfc",
]
