(* A convolution layer on one axis, in three views: the same outputs and the same partial derivatives, for every
   shape. Sums run over finite ranges of integers; a tensor is zero outside its box. No axioms are used.
   For Rocq/Coq 8.16 or newer and its standard library. *)

Require Import ZArith Lia Bool Ring Ring_theory.
Open Scope Z_scope.

Section Ring.

Variable R : Type.
Variables (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R).
Hypothesis is_ring : ring_theory zero one add mul sub opp (@eq R).
Add Ring the_ring : is_ring.

Infix "+r" := add (at level 50, left associativity).
Infix "*r" := mul (at level 40, left associativity).

(* The sum of f i over 0 <= i < n. *)
Fixpoint sum (n : nat) (f : Z -> R) : R :=
  match n with
  | O => zero
  | S n' => sum n' f +r f (Z.of_nat n')
  end.

Definition bracket (a b : Z) : R := if a =? b then one else zero.

Definition inside (i : Z) (n : nat) : bool := (0 <=? i) && (i <? Z.of_nat n).

(* x on all integers: zero outside 0 <= j < n. *)
Definition extended (n : nat) (x : Z -> R) (j : Z) : R := if inside j n then x j else zero.

(* -- sums ------------------------------------------------------------------------------------------- *)

Lemma sum_ext : forall n f g,
  (forall i, 0 <= i < Z.of_nat n -> f i = g i) -> sum n f = sum n g.
Proof.
  induction n; intros f g H; simpl; [reflexivity|].
  rewrite (IHn f g), (H (Z.of_nat n)); [reflexivity | lia | intros; apply H; lia].
Qed.

Lemma sum_zero : forall n, sum n (fun _ => zero) = zero.
Proof. induction n; simpl; [reflexivity | rewrite IHn; ring]. Qed.

Lemma sum_add : forall n f g, sum n (fun i => f i +r g i) = sum n f +r sum n g.
Proof. induction n; intros; simpl; [ring | rewrite IHn; ring]. Qed.

Lemma sum_scale : forall n c f, sum n (fun i => c *r f i) = c *r sum n f.
Proof. induction n; intros; simpl; [ring | rewrite IHn; ring]. Qed.

Lemma sum_swap : forall n m (f : Z -> Z -> R),
  sum n (fun i => sum m (fun j => f i j)) = sum m (fun j => sum n (fun i => f i j)).
Proof.
  induction n; intros; simpl.
  - symmetry; apply sum_zero.
  - rewrite IHn. rewrite <- sum_add. apply sum_ext; intros; reflexivity.
Qed.

(* Sift: the sum over j of [j = e] x[j] is x[e], zero outside the box. *)
Lemma sum_sift : forall n e x, sum n (fun j => bracket j e *r x j) = extended n x e.
Proof.
  induction n; intros e x; unfold extended, inside in *; simpl.
  - replace ((0 <=? e) && (e <? 0)) with false; [reflexivity|].
    symmetry; apply andb_false_iff; destruct (Z.leb_spec 0 e); destruct (Z.ltb_spec e 0); auto; lia.
  - rewrite IHn. unfold bracket.
    destruct (Z.eqb_spec (Z.of_nat n) e) as [E|E].
    + subst e.
      replace ((0 <=? Z.of_nat n) && (Z.of_nat n <? Z.of_nat n)) with false
        by (symmetry; rewrite Z.ltb_irrefl; apply andb_false_r).
      replace ((0 <=? Z.of_nat n) && (Z.of_nat n <? Z.pos (Pos.of_succ_nat n))) with true
        by (symmetry; apply andb_true_iff; split; [apply Z.leb_le | apply Z.ltb_lt]; lia).
      ring.
    + assert (S : (0 <=? e) && (e <? Z.of_nat n) = (0 <=? e) && (e <? Z.pos (Pos.of_succ_nat n))).
      { destruct (Z.leb_spec 0 e); destruct (Z.ltb_spec e (Z.of_nat n));
        destruct (Z.ltb_spec e (Z.pos (Pos.of_succ_nat n))); simpl; try reflexivity; lia. }
      rewrite S. destruct ((0 <=? e) && (e <? Z.pos (Pos.of_succ_nat n))); ring.
Qed.

(* -- the layer -------------------------------------------------------------------------------------- *)

(* Sizes: input n, kernel K, output m, channels; stride s, dilation d, padding p. *)
Variables (n K m C_in C_out : nat) (s d p : Z).
(* Input x[c, j], weights w[o, c, k], bias b[o], upstream gradient delta[o, i]. *)
Variables (x : Z -> Z -> R) (w : Z -> Z -> Z -> R) (b : Z -> R) (delta : Z -> Z -> R).

(* The position that output i reads with kernel offset k. *)
Definition read (i k : Z) : Z := s * i + d * k - p.
Definition X (c : Z) : Z -> R := extended n (x c).

(* Direct convolution. *)
Definition direct_output (o i : Z) : R :=
  b o +r sum C_in (fun c => sum K (fun k => w o c k *r X c (read i k))).
Definition direct_grad_weight (o c k : Z) : R := sum m (fun i => delta o i *r X c (read i k)).
Definition direct_grad_input (c j : Z) : R :=
  sum C_out (fun o => sum m (fun i => sum K (fun k => delta o i *r w o c k *r bracket j (read i k)))).

(* A fully connected layer with shared weights: v joins input (c, j) to output (o, i). *)
Definition dense_weight (c j o i : Z) : R := sum K (fun k => w o c k *r bracket j (read i k)).
Definition dense_output (o i : Z) : R :=
  b o +r sum C_in (fun c => sum n (fun j => dense_weight c j o i *r x c j)).
(* The derivative by each v, taken as free, and by w through the sharing. *)
Definition dense_grad_dense (c j o i : Z) : R := x c j *r delta o i.
Definition dense_grad_weight (o c k : Z) : R :=
  sum n (fun j => sum m (fun i => dense_grad_dense c j o i *r bracket j (read i k))).
Definition dense_grad_input (c j : Z) : R :=
  sum C_out (fun o => sum m (fun i => delta o i *r dense_weight c j o i)).

(* One small network over patches. *)
Definition patch (i c k : Z) : R := X c (read i k).
Definition patches_output (o i : Z) : R :=
  b o +r sum C_in (fun c => sum K (fun k => w o c k *r patch i c k)).
Definition patches_grad_weight (o c k : Z) : R := sum m (fun i => delta o i *r patch i c k).
Definition patches_grad_patch (i c k : Z) : R := sum C_out (fun o => delta o i *r w o c k).
Definition patches_grad_input (c j : Z) : R :=
  sum m (fun i => sum K (fun k => patches_grad_patch i c k *r bracket j (read i k))).

(* -- the theorem ------------------------------------------------------------------------------------ *)

Lemma outputs_dense : forall o i, dense_output o i = direct_output o i.
Proof.
  intros; unfold dense_output, direct_output; f_equal.
  apply sum_ext; intros c _; unfold dense_weight.
  transitivity (sum n (fun j => sum K (fun k => w o c k *r (bracket j (read i k) *r x c j)))).
  - apply sum_ext; intros j _.
    transitivity (x c j *r sum K (fun k => w o c k *r bracket j (read i k))); [ring|].
    rewrite <- sum_scale; apply sum_ext; intros; ring.
  - rewrite sum_swap; apply sum_ext; intros k _.
    rewrite sum_scale, sum_sift; reflexivity.
Qed.

Lemma outputs_patches : forall o i, patches_output o i = direct_output o i.
Proof. reflexivity. Qed.

Lemma weights_dense : forall o c k, dense_grad_weight o c k = direct_grad_weight o c k.
Proof.
  intros; unfold dense_grad_weight, direct_grad_weight, dense_grad_dense.
  rewrite sum_swap; apply sum_ext; intros i _.
  transitivity (sum n (fun j => delta o i *r (bracket j (read i k) *r x c j))).
  - apply sum_ext; intros; ring.
  - rewrite sum_scale, sum_sift; reflexivity.
Qed.

Lemma weights_patches : forall o c k, patches_grad_weight o c k = direct_grad_weight o c k.
Proof. reflexivity. Qed.

Lemma inputs_dense : forall c j, dense_grad_input c j = direct_grad_input c j.
Proof.
  intros; unfold dense_grad_input, direct_grad_input, dense_weight.
  apply sum_ext; intros o _; apply sum_ext; intros i _.
  rewrite <- sum_scale; apply sum_ext; intros; ring.
Qed.

Lemma inputs_patches : forall c j, patches_grad_input c j = direct_grad_input c j.
Proof.
  intros; unfold patches_grad_input, direct_grad_input, patches_grad_patch.
  symmetry; rewrite sum_swap; apply sum_ext; intros i _.
  rewrite sum_swap; apply sum_ext; intros k _.
  symmetry; transitivity (bracket j (read i k) *r sum C_out (fun o => delta o i *r w o c k)); [ring|].
  rewrite <- sum_scale; apply sum_ext; intros; ring.
Qed.

Theorem one_axis :
  (forall o i, dense_output o i = direct_output o i /\ patches_output o i = direct_output o i) /\
  (forall o c k,
     dense_grad_weight o c k = direct_grad_weight o c k /\ patches_grad_weight o c k = direct_grad_weight o c k) /\
  (forall c j, dense_grad_input c j = direct_grad_input c j /\ patches_grad_input c j = direct_grad_input c j).
Proof.
  repeat split; [apply outputs_dense | apply weights_dense | apply inputs_dense | apply inputs_patches].
Qed.

End Ring.

Print Assumptions one_axis.
