"""Mutants of ``checker.v``, each without one of its conditions: its proof must not compile.

A row has what is replaced, once, and by what.
"""

from __future__ import annotations

MUTANTS: dict[str, tuple[str, str]] = {
    # -- arithmetic ------------------------------------------------------------------------------------
    "a sum is divided by what does not divide it": ("if forallb (fun cm => fst cm mod d =? 0) others", "if true"),
    "a divisor may be 0 or negative": ("if (1 <=? d) && forallb", "if true && forallb"),
    "a multiplier may be negative": (
        "(1 <=? d) && forallb (fun ci => 0 <=? fst ci) given",
        "(1 <=? d) && true",
    ),
    "a multiple of a row whose negative is not there": ("if is_zero (add p (nth j rows []))", "if true"),
    "a product has the other sign": (
        "Some (times (nth i rows []) (nth j rows []))",
        "Some (times (nth i rows []) (scale (-1) (nth j rows [])))",
    ),
    "0 is a contradiction": ("[(c, [])] => c <? 0", "[(c, [])] => c <=? 0"),
    "a lemma is not looked at": ("if contradicted (sub (const (-1)) p :: rows) c", "if true"),
    "-1 is not negative": (
        "refutes (sub (const (-1)) goal :: facts) c.",
        "refutes (sub (const (-2)) goal :: facts) c.",
    ),
    "what is between need not be below": (
        "implies facts p low && implies facts (scale (-1) p) high",
        "implies facts p low && true",
    ),
    "a sum of multiples of brackets is another polynomial": (
        "| Multiples l => is_zero (sub p "
        "(fold_right (fun im r => add (times (snd im) (nth (fst im) deltas [])) r) [] l))",
        "| Multiples l => true",
    ),
    # -- one term to one -------------------------------------------------------------------------------
    "conditions there do not follow": (
        "all2 (fun p c => implies from (substitute f p) c) (conditions A u) (there x)",
        "true",
    ),
    "conditions back do not follow": (
        "all2 (fun p c => implies into (substitute g p) c) (conditions A t) (back x)",
        "true",
    ),
    "old names do not come again": (
        "all3 (fun p v z => vanishes (brackets t) from "
        "(sub (substitute f p) (var v)) z) (old x) (bound t) (old_again x)",
        "true",
    ),
    "new names do not come again": (
        "all3 (fun p v z => vanishes (brackets u) into "
        "(sub (substitute g p) (var v)) z) (new x) (bound u) (new_again x)",
        "true",
    ),
    "entries are of other tensors": ("Some ((n', es'), rest) => Pos.eqb n n' &&", "Some ((n', es'), rest) => true &&"),
    "entries have other indices": (
        "all3 (fun e e' z => vanishes deltas facts (sub (substitute f e) e') z) es es' zs",
        "true",
    ),
    "an entry is left out": (
        "| [], [] => match ts with [] => true | _ => false end\n  | (n, es)",
        "| [], [] => true\n  | (n, es)",
    ),
    "entries are not compared": ("same_entries f (brackets t) from (entries u) (entries t) (matched x)", "true"),
    "the coefficient is another": (
        "vanishes (brackets t) from\n    (sub (scale (Zpos (denominator t)) (substitute f (numerator u)))"
        " (scale (Zpos (denominator u)) (numerator t)))\n    (same_coefficient x).",
        "true.",
    ),
    # -- other steps -----------------------------------------------------------------------------------
    "a term is empty without a contradiction": ("if refutes (given A t) c then Some []", "if true then Some []"),
    "a term vanishes with any coefficient": ("if is_zero (numerator t) then Some []", "if true then Some []"),
    "both sides of a condition hold at 0": (
        "opposite (e : poly) : poly := sub (const (-1)) e.",
        "opposite (e : poly) : poly := sub (const 0) e.",
    ),
    "an infinite sum is inserted": ("if well_formed A u && bounded A u bs then", "if well_formed A u && true then"),
    "coefficients do not add up": ("if same_fractions (fraction_of t) (plus c d) then", "if true then"),
    "the size of a quotient may be 0": (
        "closed (free A) (bound t) S && implies (given A t) (sub S (const 1)) c.",
        "closed (free A) (bound t) S && true.",
    ),
    "the name of a quotient is not new": (
        "negb (known (free A) (bound t) q) && closed (free A) (bound t) e",
        "true && closed (free A) (bound t) e",
    ),
    "a quotient is of itself": (
        "negb (known (free A) (bound t) q) && closed (free A) (bound t) e",
        "negb (known (free A) (bound t) q) && true",
    ),
    "what is removed is not a quotient": (
        "divides A q e b c u && same_term t (with_quotient q e b u)",
        "divides A q e b c u && true",
    ),
    "a sum that telescopes begins elsewhere": ("same_poly low (sub (var v) a) &&", "true &&"),
    "a sum that telescopes ends elsewhere": ("same_poly high (sub b (var v)) &&", "true &&"),
    "a sum begins at what depends on its name": (
        "closed (free A) V a && closed (free A) V b",
        "true && closed (free A) V b",
    ),
    "a sum has other differences": (
        "is_zero (sub (sub (substitute (look [v] [add (var v) (const 1)]) F) F) (scale (Zpos D) (numerator t)))",
        "true",
    ),
    "the greatest is not": ("all2 (fun o c => implies (given A t) (sub p o) c) (snd nps) cs", "true"),
    "a maximum is of another name": (
        "existsb (fun nps => Pos.eqb m (fst nps) && all2 (fun o c",
        "existsb (fun nps => true && all2 (fun o c",
    ),
    "a range is taken away that is no maximum's": (
        "is_greatest A u m p cs && same_term t (with_range (sub p (var m)) u)",
        "is_greatest A u m p cs && true",
    ),
    "terms that are not alike are added": (
        "if same_key t u then Some (with_coefficient",
        "if true then Some (with_coefficient",
    ),
    "two terms are one that are not its parts": ("if same_term u (with_range (opposite e) whole) then", "if true then"),
    "a name stands for two things": (
        "above (free A) (bound t) && distinct (bound t) && c (numerator t)",
        "above (free A) (bound t) && true && c (numerator t)",
    ),
    "a free name is summed over": (
        "above (free A) (bound t) && distinct (bound t) && c (numerator t)",
        "true && distinct (bound t) && c (numerator t)",
    ),
    # -- laws of tensors -------------------------------------------------------------------------------
    "entries of another tensor add up to 1": ("if Pos.eqb tensor tensor' && (length es", "if true && (length es"),
    "indices that are not summed add up to 1": (
        "all2 (fun a v => same_poly (nth a es []) (var v)) axes (firstn (length axes) (bound t))",
        "true",
    ),
    "an empty axis adds up to 1": (
        "(a <? length sizes)%nat && implies (facts A) (sub (nth a sizes []) (const 1)) c",
        "(a <? length sizes)%nat && true",
    ),
    "products over different indices": ("same_polys [l1; l2; l3] [var v; var v; var v]", "true"),
    "matrices of different sizes": ("same_polys [n1; n2; n3] [L; L; L]", "true"),
    "no products are added": ("&& implies (facts A) (sub L (const 1)) why", "&& true"),
    "the matrices are those of other tensors": ("if Pos.eqb C C' && Pos.eqb A' A''", "if true && Pos.eqb A' A''"),
    "numbers do not have the identity": (
        "let p := product_at c a b i k q in fst p =? (if apart flipped i k q =? 0 then Zpos (snd p) else 0)",
        "true",
    ),
    "nothing is divided by the order": ("if (over <=? 2)%nat then Some", "if true then Some"),
    "numbers do not fit a matrix's shape": (
        "products_right flipped c a b && shape_is A C (n (length c)) (n (length a)) &&",
        "products_right flipped c a b && true &&",
    ),
    "the multiple of a period is not a new name": (
        "if negb (known (free A) V n) && closed (free A) [] N",
        "if true && closed (free A) [] N",
    ),
    # -- theorems --------------------------------------------------------------------------------------
    "a sum has no least value": ("implies from (sub (var v) (low b)) (is_low b)", "true"),
    "last lines have other coefficients": (
        "same_key t u && same_fractions (fraction_of t) (fraction_of u) && same_form",
        "same_key t u && true && same_form",
    ),
    "last lines have other factors": (
        "Some (u, rest) => same_key t u && same_fractions",
        "Some (u, rest) => true && same_fractions",
    ),
    "formulas may be infinite": (
        "all2 (fun f p => forallb (well_formed A) f && all2 (bounded A) f (ends p)) fs ps.",
        "true.",
    ),
    "steps may end with terms that are not well formed": (
        "Some g => if forallb (well_formed A) g then Some g else None",
        "Some g => Some g",
    ),
}
