(* A checker of theorem files, proved correct. For Rocq/Coq 8.16 or newer and its standard library; no axioms.

   A formula is a list of terms; a term is a coefficient times entries of tensors, summed over all integers for each of
   its bound names, where all its brackets and ranges hold and all indices are inside the tensors' boxes. *)

Require Import ZArith List Bool Lia Ring Ring_theory InitialRing Permutation Setoid.
Import ListNotations.
Open Scope Z_scope.
Arguments Z.mul : simpl never.
Arguments Z.add : simpl never.

(* -- polynomials in names, which stand for integers --------------------------------------------------- *)

Definition name := positive.
Definition poly := list (Z * list name).
Definition env := name -> Z.

Fixpoint product (s : env) (m : list name) : Z :=
  match m with [] => 1 | n :: rest => s n * product s rest end.
Fixpoint eval (s : env) (p : poly) : Z :=
  match p with [] => 0 | (c, m) :: rest => c * product s m + eval s rest end.

Fixpoint put (n : name) (m : list name) : list name :=
  match m with
  | [] => [n]
  | k :: rest => if Pos.leb n k then n :: m else k :: put n rest
  end.
Definition times_names (a b : list name) : list name := fold_right put b a.

Fixpoint order (a b : list name) : comparison :=
  match a, b with
  | [], [] => Eq
  | [], _ => Lt
  | _, [] => Gt
  | x :: a', y :: b' => match Pos.compare x y with Eq => order a' b' | other => other end
  end.

Fixpoint insert (c : Z) (m : list name) (p : poly) : poly :=
  match p with
  | [] => if c =? 0 then [] else [(c, m)]
  | (d, k) :: rest =>
      match order m k with
      | Eq => if c + d =? 0 then rest else (c + d, k) :: rest
      | Lt => if c =? 0 then p else (c, m) :: p
      | Gt => (d, k) :: insert c m rest
      end
  end.

Definition add (p q : poly) : poly := fold_right (fun cm => insert (fst cm) (snd cm)) q p.
Definition scale (c : Z) (p : poly) : poly := map (fun dk => (c * fst dk, snd dk)) p.
Definition sub (p q : poly) : poly := add (scale (-1) q) p.
Definition times (p q : poly) : poly :=
  fold_right (fun cm r => fold_right (fun dk => insert (fst cm * fst dk) (times_names (snd cm) (snd dk))) r q) [] p.
Definition const (c : Z) : poly := if c =? 0 then [] else [(c, [])].
Definition var (n : name) : poly := [(1, [n])].
Definition is_zero (p : poly) : bool := match add p [] with [] => true | _ => false end.
Definition substitute (f : name -> poly) (p : poly) : poly :=
  fold_right (fun cm r => add (scale (fst cm) (fold_right (fun n => times (f n)) (const 1) (snd cm))) r) [] p.

Lemma order_eq : forall a b, order a b = Eq -> a = b.
Proof.
  induction a as [|x a IH]; destruct b as [|y b]; simpl; try discriminate; auto.
  destruct (Pos.compare_spec x y); try discriminate. intro H0. subst. f_equal. auto.
Qed.

Lemma put_eval : forall s n m, product s (put n m) = s n * product s m.
Proof.
  induction m as [|k m IH]; simpl; auto.
  destruct (Pos.leb n k); simpl; auto. rewrite IH. ring.
Qed.

Lemma times_names_eval : forall s a b, product s (times_names a b) = product s a * product s b.
Proof.
  induction a as [|x a IH]; intros; simpl; [ring|].
  rewrite put_eval. fold (times_names a b). rewrite IH. ring.
Qed.

Lemma insert_eval : forall s c m p, eval s (insert c m p) = c * product s m + eval s p.
Proof.
  induction p as [|[d k] p IH]; simpl.
  - destruct (Z.eqb_spec c 0); simpl; subst; ring.
  - destruct (order m k) eqn:O.
    + apply order_eq in O. subst. destruct (Z.eqb_spec (c + d) 0); simpl.
      * replace d with (-c) by lia. ring.
      * ring.
    + destruct (Z.eqb_spec c 0); simpl; subst; ring.
    + simpl. rewrite IH. ring.
Qed.

Lemma add_eval : forall s p q, eval s (add p q) = eval s p + eval s q.
Proof.
  unfold add. induction p as [|[c m] p IH]; intros; simpl; auto.
  rewrite insert_eval, IH. ring.
Qed.

Lemma scale_eval : forall s c p, eval s (scale c p) = c * eval s p.
Proof. unfold scale. induction p as [|[d k] p IH]; simpl; [ring | rewrite IH; ring]. Qed.

Lemma sub_eval : forall s p q, eval s (sub p q) = eval s p - eval s q.
Proof. intros. unfold sub. rewrite add_eval, scale_eval. ring. Qed.

Lemma times_one_eval : forall s c m q r,
  eval s (fold_right (fun dk => insert (c * fst dk) (times_names m (snd dk))) r q) = c * product s m * eval s q + eval s r.
Proof.
  induction q as [|[d k] q IH]; intros; simpl; [ring|]. rewrite insert_eval, times_names_eval, IH. ring.
Qed.

Lemma times_eval : forall s p q, eval s (times p q) = eval s p * eval s q.
Proof.
  unfold times. induction p as [|[c m] p IH]; intros; [reflexivity|].
  change (eval s ((c, m) :: p)) with (c * product s m + eval s p).
  cbn [fold_right fst snd]. rewrite times_one_eval, IH. ring.
Qed.

Lemma const_eval : forall s c, eval s (const c) = c.
Proof. intros. unfold const. destruct (Z.eqb_spec c 0); simpl; subst; ring. Qed.

Lemma var_eval : forall s n, eval s (var n) = s n.
Proof. intros. unfold var. simpl. ring. Qed.

Lemma is_zero_eval : forall s p, is_zero p = true -> eval s p = 0.
Proof.
  unfold is_zero. intros s p H. replace (eval s p) with (eval s (add p [])) by (rewrite add_eval; simpl; ring).
  destruct (add p []); [reflexivity | discriminate].
Qed.

Lemma product_ext : forall s u m, (forall n, In n m -> s n = u n) -> product s m = product u m.
Proof. induction m as [|n m IH]; intros H; simpl; auto. rewrite H, IH; simpl in *; auto. Qed.

Lemma substitute_eval : forall s f p, eval s (substitute f p) = eval (fun n => eval s (f n)) p.
Proof.
  unfold substitute. induction p as [|[c m] p IH]; simpl; auto.
  rewrite add_eval, scale_eval, IH. f_equal. f_equal. clear.
  induction m as [|n m IH]; [reflexivity|]. simpl. rewrite times_eval, IH. reflexivity.
Qed.

(* -- values for bound names --------------------------------------------------------------------------- *)

Fixpoint with_values (s : env) (V : list name) (a : list Z) : env :=
  match V, a with
  | v :: V', x :: a' => fun n => if Pos.eqb n v then x else with_values s V' a' n
  | _, _ => s
  end.
Fixpoint look (V : list name) (N : list poly) (n : name) : poly :=
  match V, N with
  | v :: V', p :: N' => if Pos.eqb n v then p else look V' N' n
  | _, _ => var n
  end.

Lemma look_eval : forall s V N n, eval s (look V N n) = with_values s V (map (eval s) N) n.
Proof.
  induction V as [|v V IH]; destruct N as [|p N]; intros; simpl; try apply var_eval.
  destruct (Pos.eqb n v); auto.
Qed.

(* Names up to k are free; those above are bound. *)
Definition known (k : positive) (V : list name) (n : name) : bool := Pos.leb n k || existsb (Pos.eqb n) V.
Definition closed (k : positive) (V : list name) (p : poly) : bool :=
  forallb (fun cm => forallb (known k V) (snd cm)) p.

Lemma eval_ext : forall s u p, (forall n, In n (concat (map snd p)) -> s n = u n) -> eval s p = eval u p.
Proof.
  induction p as [|[c m] p IH]; intros H; simpl; auto. simpl in H.
  rewrite (product_ext s u m), IH; auto; intros; apply H; apply in_or_app; auto.
Qed.

Lemma closed_eval : forall k V s u p,
  closed k V p = true -> (forall n, known k V n = true -> s n = u n) -> eval s p = eval u p.
Proof.
  intros k V s u p C H. apply eval_ext. intros n I. apply H.
  apply in_concat in I. destruct I as [m [M I]]. apply in_map_iff in M. destruct M as [[c m'] [E J]]. simpl in E. subst.
  unfold closed in C. rewrite forallb_forall in C. specialize (C _ J). simpl in C. rewrite forallb_forall in C. auto.
Qed.

Definition above (k : positive) (V : list name) : bool := forallb (fun v => Pos.ltb k v) V.

Lemma with_values_free : forall k V s a n, above k V = true -> Pos.leb n k = true -> with_values s V a n = s n.
Proof.
  induction V as [|v V IH]; destruct a as [|x a]; intros n A L; simpl in *; auto.
  apply andb_true_iff in A. destruct A as [A1 A2]. apply Pos.ltb_lt in A1. apply Pos.leb_le in L.
  destruct (Pos.eqb_spec n v); [lia|]. apply IH; auto. now apply Pos.leb_le.
Qed.

Lemma with_values_in : forall V s u a n,
  length a = length V -> existsb (Pos.eqb n) V = true -> with_values s V a n = with_values u V a n.
Proof.
  induction V as [|v V IH]; destruct a as [|x a]; intros n L E; simpl in *; try discriminate.
  destruct (Pos.eqb n v); auto.
Qed.

Lemma with_values_agree : forall k V W s a b n,
  above k V = true -> above k W = true -> length b = length W -> known k W n = true ->
  with_values (with_values s V a) W b n = with_values s W b n.
Proof.
  intros k V W s a b n A B L K. unfold known in K. apply orb_true_iff in K. destruct K as [K|K].
  - rewrite !(with_values_free k); auto.
  - apply with_values_in; auto.
Qed.

Fixpoint distinct (V : list name) : bool :=
  match V with [] => true | v :: rest => negb (existsb (Pos.eqb v) rest) && distinct rest end.

Lemma with_values_map : forall V s a, distinct V = true -> length a = length V -> map (with_values s V a) V = a.
Proof.
  induction V as [|v V IH]; destruct a as [|x a]; intros D L; simpl in *; try discriminate; auto.
  apply andb_true_iff in D. destruct D as [D1 D2]. rewrite Pos.eqb_refl. f_equal.
  transitivity (map (with_values s V a) V).
  - apply map_ext_in. intros n I. destruct (Pos.eqb_spec n v); auto. subst.
    assert (existsb (Pos.eqb v) V = true) by (apply existsb_exists; exists v; split; auto; apply Pos.eqb_refl).
    rewrite H in D1. discriminate.
  - apply IH; auto.
Qed.

(* -- arithmetic by certificates -------------------------------------------------------------------------

   A certificate makes rows from given ones, each >= 0: sums with multipliers that are not negative, divided by a number
   (rounded as whole numbers allow), products, and multiples of a row whose negative is there too. If the last row is a
   negative number, the rows contradict each other. First it may show some more rows, each by a contradiction. *)

Inductive line :=
  | Sum (rows : list (Z * nat)) (divisor : Z)
  | Product (one other : nat)
  | Multiple (by_ : poly) (row negative : nat).
Record certificate := By { lemmas : list (poly * list line); lines : list line }.

Definition is_number (cm : Z * list name) : bool := match snd cm with [] => true | _ => false end.
Definition number (p : poly) : Z := fold_right (fun cm r => fst cm + r) 0 (filter is_number p).

Definition divided (d : Z) (p : poly) : option poly :=
  let others := filter (fun cm => negb (is_number cm)) p in
  if forallb (fun cm => fst cm mod d =? 0) others
  then Some (add (const (number p / d)) (map (fun cm => (fst cm / d, snd cm)) others)) else None.

Definition summed (rows : list poly) (l : list (Z * nat)) : poly :=
  fold_right (fun ci r => add (scale (fst ci) (nth (snd ci) rows [])) r) [] l.

Definition next (rows : list poly) (l : line) : option poly :=
  match l with
  | Sum given d =>
      if (1 <=? d) && forallb (fun ci => 0 <=? fst ci) given
      then divided d (summed rows given) else None
  | Product i j => Some (times (nth i rows []) (nth j rows []))
  | Multiple m i j =>
      let p := nth i rows [] in if is_zero (add p (nth j rows [])) then Some (times m p) else None
  end.

Definition negative (p : poly) : bool := match p with [(c, [])] => c <? 0 | _ => false end.

Fixpoint contradicted (rows : list poly) (c : list line) : bool :=
  match c with
  | [] => negative (last rows [])
  | l :: rest => match next rows l with Some p => contradicted (rows ++ [p]) rest | None => false end
  end.

Fixpoint with_lemmas (rows : list poly) (ls : list (poly * list line)) : option (list poly) :=
  match ls with
  | [] => Some rows
  | (p, c) :: rest => if contradicted (sub (const (-1)) p :: rows) c then with_lemmas (rows ++ [p]) rest else None
  end.

Definition refutes (rows : list poly) (c : certificate) : bool :=
  match with_lemmas rows (lemmas c) with Some more => contradicted more (lines c) | None => false end.

Definition all_hold (s : env) (ps : list poly) : Prop := Forall (fun p => 0 <= eval s p) ps.

Lemma nth_holds : forall s ps i, all_hold s ps -> 0 <= eval s (nth i ps []).
Proof.
  intros s ps i H. destruct (nth_in_or_default i ps []) as [I|E].
  - unfold all_hold in H. rewrite Forall_forall in H. auto.
  - rewrite E. simpl. lia.
Qed.

Lemma summed_holds : forall s rows l,
  all_hold s rows -> forallb (fun ci => 0 <=? fst ci) l = true -> 0 <= eval s (summed rows l).
Proof.
  intros s rows l H. unfold summed. induction l as [|[c i] l IH]; intros P; simpl in *; [lia|].
  apply andb_true_iff in P. destruct P as [P1 P2]. apply Z.leb_le in P1.
  rewrite add_eval, scale_eval. specialize (IH P2). pose proof (nth_holds s rows i H). nia.
Qed.

Lemma number_eval : forall s p, eval s p = number p + eval s (filter (fun cm => negb (is_number cm)) p).
Proof.
  unfold number. induction p as [|[c [|n m]] p IH]; simpl; auto; rewrite IH; ring.
Qed.

Lemma divided_holds : forall s d p q, 1 <= d -> divided d p = Some q -> 0 <= eval s p -> 0 <= eval s q.
Proof.
  unfold divided. intros s d p q D. destruct (forallb _ _) eqn:F; [|discriminate]. intros E H. injection E as E. subst q.
  rewrite number_eval in H. rewrite add_eval, const_eval.
  set (others := filter (fun cm => negb (is_number cm)) p) in *.
  assert (E : eval s others = d * eval s (map (fun cm => (fst cm / d, snd cm)) others)).
  { clear H. induction others as [|[c m] o IH]; simpl in *; [ring|].
    apply andb_true_iff in F. destruct F as [F1 F2]. apply Z.eqb_eq in F1. rewrite IH; auto.
    pose proof (Z.div_mod c d). replace c with (d * (c / d)) at 1 by lia. ring. }
  rewrite E in H. set (e := eval s (map _ others)) in *.
  pose proof (Z.div_mod (number p) d). pose proof (Z.mod_pos_bound (number p) d). nia.
Qed.

Lemma next_holds : forall s rows l p, all_hold s rows -> next rows l = Some p -> 0 <= eval s p.
Proof.
  intros s rows [given d|i j|m i j] p H E; simpl in E.
  - destruct ((1 <=? d) && _) eqn:P; [|discriminate]. apply andb_true_iff in P. destruct P as [P1 P2].
    apply Z.leb_le in P1. eapply divided_holds; eauto. apply summed_holds; auto.
  - injection E as E. subst. rewrite times_eval.
    pose proof (nth_holds s rows i H). pose proof (nth_holds s rows j H). nia.
  - destruct (is_zero _) eqn:Z; [|discriminate]. injection E as E. subst. apply (is_zero_eval s) in Z.
    rewrite add_eval in Z. rewrite times_eval.
    pose proof (nth_holds s rows i H). pose proof (nth_holds s rows j H). replace (eval s (nth i rows [])) with 0 by lia. rewrite Z.mul_0_r. lia.
Qed.

Lemma contradicted_holds : forall s c rows, contradicted rows c = true -> all_hold s rows -> False.
Proof.
  induction c as [|l c IH]; intros rows E H; simpl in E.
  - assert (0 <= eval s (last rows [])).
    { destruct rows as [|p rows] using rev_ind; [simpl; lia|]. rewrite last_last.
      unfold all_hold in H. rewrite Forall_app in H. destruct H as [_ H]. inversion H; auto. }
    destruct (last rows []) as [|[x [|n m]] [|y r]]; simpl in *; try discriminate. apply Z.ltb_lt in E. lia.
  - destruct (next rows l) as [p|] eqn:N; [|discriminate]. eapply IH; eauto.
    apply Forall_app. split; auto. constructor; auto. eapply next_holds; eauto.
Qed.

Lemma negated_holds : forall s p rows c, contradicted (sub (const (-1)) p :: rows) c = true -> all_hold s rows ->
  0 <= eval s p.
Proof.
  intros s p rows c E H. destruct (Z_lt_le_dec (eval s p) 0); auto. exfalso. eapply (contradicted_holds s); eauto.
  constructor; auto. rewrite sub_eval, const_eval. lia.
Qed.

Lemma refutes_holds : forall s c rows, refutes rows c = true -> all_hold s rows -> False.
Proof.
  intros s [ls c] rows. unfold refutes. simpl. revert rows. induction ls as [|[p l] ls IH]; intros rows E H; simpl in E.
  - eapply (contradicted_holds s); eauto.
  - destruct (contradicted _ l) eqn:C; [|discriminate]. eapply IH; eauto.
    apply Forall_app. split; auto. constructor; auto. eapply negated_holds; eauto.
Qed.

Definition implies (facts : list poly) (goal : poly) (c : certificate) : bool :=
  refutes (sub (const (-1)) goal :: facts) c.

Lemma implies_holds : forall s facts goal c, implies facts goal c = true -> all_hold s facts -> 0 <= eval s goal.
Proof.
  unfold implies. intros s facts goal c E H. destruct (Z_lt_le_dec (eval s goal) 0); auto. exfalso.
  eapply (refutes_holds s); eauto. constructor; auto. rewrite sub_eval, const_eval. lia.
Qed.

(* p = 0 on the support: it is a sum of multiples of the brackets, or it is between 0 and 0. *)
Inductive zero := Multiples (l : list (nat * poly)) | Between (low high : certificate).

Definition vanishes (deltas facts : list poly) (p : poly) (z : zero) : bool :=
  match z with
  | Multiples l => is_zero (sub p (fold_right (fun im r => add (times (snd im) (nth (fst im) deltas [])) r) [] l))
  | Between low high => implies facts p low && implies facts (scale (-1) p) high
  end.

Lemma vanishes_holds : forall s deltas facts p z,
  vanishes deltas facts p z = true -> all_hold s facts -> Forall (fun e => eval s e = 0) deltas -> eval s p = 0.
Proof.
  intros s deltas facts p [l|low high] E H D; simpl in E.
  - apply (is_zero_eval s) in E. rewrite sub_eval in E.
    assert (Z : eval s (fold_right (fun im r => add (times (snd im) (nth (fst im) deltas [])) r) [] l) = 0).
    { clear - D. induction l as [|[i m] l IH]; simpl; auto. rewrite add_eval, times_eval.
      assert (N : eval s (nth i deltas []) = 0).
      { destruct (nth_in_or_default i deltas []) as [I|I]; [|now rewrite I]. rewrite Forall_forall in D. auto. }
      rewrite N, IH. ring. }
    lia.
  - apply andb_true_iff in E. destruct E as [E1 E2].
    pose proof (implies_holds s _ _ _ E1 H). pose proof (implies_holds s _ _ _ E2 H). rewrite scale_eval in *. lia.
Qed.

(* -- terms ---------------------------------------------------------------------------------------------- *)

Record term := Term {
  numerator : poly; denominator : positive;            (* the coefficient *)
  entries : list (positive * list poly);               (* T[e, ..], for the tensor with that number *)
  brackets : list poly;                                (* [e = 0] *)
  ranges : list poly;                                  (* [e >= 0] *)
  bound : list name }.
Definition form := list term.

(* What is assumed of tensors: the entries over some axes add up to 1; or three are fixed matrices C, A and B, of numbers
   or of roots of unity, with sum_l C[i, l] A[l, k] B[l, q] = [q = i + k], or [i = q + k] (flipped). *)
Definition matrix := list (list (Z * positive)).
Inductive law :=
  | OneSum (tensor : positive) (axes : list nat)
  | Numbers (C A B : positive) (flipped : bool) (c a b : matrix)
  | Roots (C A B : positive) (flipped forward : bool) (order : poly) (over : nat).

(* What is assumed of the free names 1 .. free: polynomials that are not negative, names that are the greatest of some
   polynomials; the sizes of tensors, None for any function; and laws of tensors. *)
Record assumptions := Assume {
  free : positive; facts : list poly; maxima : list (name * list poly);
  shapes : list (positive * option (list poly)); laws : list law }.

Definition shape (A : assumptions) (t : positive) : option (list poly) :=
  match find (fun ts => Pos.eqb t (fst ts)) (shapes A) with Some (_, s) => s | None => None end.

(* 0 <= index <= size - 1 on every axis. *)
Fixpoint in_box (indices sizes : list poly) : list poly :=
  match indices, sizes with
  | e :: indices', n :: sizes' => e :: sub (sub n (const 1)) e :: in_box indices' sizes'
  | _, _ => []
  end.
Definition entry_conditions (A : assumptions) (a : positive * list poly) : list poly :=
  match shape A (fst a) with Some sizes => in_box (snd a) sizes | None => [] end.

(* What is not negative exactly where no bracket or range is zero and all indices are inside the boxes. *)
Definition conditions (A : assumptions) (t : term) : list poly :=
  flat_map (fun e => [e; scale (-1) e]) (brackets t) ++ ranges t ++ flat_map (entry_conditions A) (entries t).

Definition holds (A : assumptions) (t : term) (s : env) : bool := forallb (fun p => 0 <=? eval s p) (conditions A t).

Definition satisfied (A : assumptions) (s : env) : Prop :=
  all_hold s (facts A) /\ Forall (fun nps => Exists (fun p => s (fst nps) = eval s p) (snd nps)) (maxima A).

(* -- what is assumed of tensors ---------------------------------------------------------------------------- *)

Fixpoint upto (first : Z) (count : nat) : list Z :=
  match count with O => [] | S c => first :: upto (first + 1) c end.

Lemma upto_in : forall c a x, In x (upto a c) <-> a <= x < a + Z.of_nat c.
Proof.
  induction c as [|c IH]; intros; cbn [upto In]; [lia|]. rewrite IH. lia.
Qed.

Lemma upto_distinct : forall c a, NoDup (upto a c).
Proof. induction c as [|c IH]; intros; simpl; constructor; auto. rewrite upto_in. lia. Qed.

(* Whether indices are inside a box: 0 <= i <= n - 1 on every axis. *)
Fixpoint inside (s : env) (i : list Z) (sizes : list poly) : bool :=
  match i, sizes with
  | x :: i', n :: sizes' => (0 <=? x) && (0 <=? eval s n - 1 - x) && inside s i' sizes'
  | [], [] => true
  | _, _ => false
  end.

(* Indices with others on some axes. *)
Fixpoint set_at (n : nat) (y : Z) (i : list Z) : list Z :=
  match i, n with
  | [], _ => []
  | _ :: i', O => y :: i'
  | x :: i', S m => x :: set_at m y i'
  end.
Fixpoint on_axes (axes : list nat) (x i : list Z) : list Z :=
  match axes, x with a :: axes', y :: x' => set_at a y (on_axes axes' x' i) | _, _ => i end.

Definition number_at (m : matrix) (i l : Z) : Z * positive := nth (Z.to_nat l) (nth (Z.to_nat i) m []) (0, 1%positive).

Section Ring.

(* A commutative ring in which every positive whole number has an inverse: the rationals, the reals, .. *)
Variable R : Type.
Variables (rO rI : R) (radd rmul rsub : R -> R -> R) (ropp : R -> R).
Hypothesis is_ring : ring_theory rO rI radd rmul rsub ropp (@eq R).
Add Ring the_ring : is_ring.
Infix "+r" := radd (at level 50, left associativity).
Infix "*r" := rmul (at level 40, left associativity).
Definition whole : Z -> R := gen_phiZ rO rI radd rmul ropp.
Variable inverse : positive -> R.
Hypothesis inverse_right : forall d, whole (Zpos d) *r inverse d = rI.

(* Tensors: any functions of integers. What they are outside their boxes is never used. *)
Variable T : positive -> list Z -> R.

Definition entry (s : env) (a : positive * list poly) : R := T (fst a) (map (eval s) (snd a)).
Definition coefficient (s : env) (t : term) : R := whole (eval s (numerator t)) *r inverse (denominator t).
Definition value_at (s : env) (t : term) : R :=
  coefficient s t *r fold_right (fun a r => entry s a *r r) rI (entries t).

Definition total {X} (f : X -> R) (l : list X) : R := fold_right (fun x r => f x +r r) rO l.

(* q is the sum of f over all a with P a, of which there are finitely many. *)
Definition sums (P : list Z -> Prop) (f : list Z -> R) (q : R) : Prop :=
  exists l, NoDup l /\ (forall a, In a l <-> P a) /\ q = total f l.

Definition support (A : assumptions) (s : env) (t : term) (a : list Z) : Prop :=
  length a = length (bound t) /\ holds A t (with_values s (bound t) a) = true.

(* q is the value of the term, which is a finite sum; so for formulas. *)
Definition term_value (A : assumptions) (s : env) (t : term) (q : R) : Prop :=
  sums (support A s t) (fun a => value_at (with_values s (bound t) a) t) q.
Inductive value (A : assumptions) (s : env) : form -> R -> Prop :=
  | value_nil : value A s [] rO
  | value_cons : forall t f q r, term_value A s t q -> value A s f r -> value A s (t :: f) (q +r r).

(* A matrix of numbers. *)
Definition has_numbers (t : positive) (m : matrix) : Prop :=
  forall i l, 0 <= i < Z.of_nat (length m) -> 0 <= l < Z.of_nat (length (nth (Z.to_nat i) m [])) ->
  T t [i; l] = whole (fst (number_at m i l)) *r inverse (snd (number_at m i l)).

(* e x = w^x for a root of unity w: its powers have period N, and those of w^x add up to 0 if N does not divide x. *)
Definition is_root (e : Z -> R) (N : Z) : Prop :=
  e 0 = rI /\ (forall x y, e (x + y) = e x *r e y) /\ (forall x, e (N * x) = rI) /\
  (forall x, x mod N <> 0 -> total (fun l => e (x * l)) (upto 0 (Z.to_nat N)) = rO).

Definition law_holds (A : assumptions) (s : env) (w : law) : Prop :=
  match w with
  | OneSum t axes => forall sizes i, shape A t = Some sizes ->
      (exists x, length x = length axes /\ inside s (on_axes axes x i) sizes = true) ->
      sums (fun x => length x = length axes /\ inside s (on_axes axes x i) sizes = true)
        (fun x => T t (on_axes axes x i)) rI
  | Numbers C A' B _ c a b => has_numbers C c /\ has_numbers A' a /\ has_numbers B b
  | Roots C A' B flipped forward order over =>
      let N := eval s order in
      let sign (b : bool) := if b then 1 else -1 in
      let divided_by (at_ : nat) := if Nat.eqb over at_ then inverse (Z.to_pos N) else rI in
      exists e, is_root e N /\ forall i l,
        T C [i; l] = e (sign forward * (i * l)) *r divided_by 0%nat /\
        T A' [l; i] = e (sign (xorb forward flipped) * (l * i)) *r divided_by 1%nat /\
        T B [l; i] = e (sign (negb forward) * (l * i)) *r divided_by 2%nat
  end.
Definition lawful (A : assumptions) (s : env) : Prop := Forall (law_holds A s) (laws A).

(* -- sums -------------------------------------------------------------------------------------------------- *)

Lemma total_app : forall X (f : X -> R) a b, total f (a ++ b) = total f a +r total f b.
Proof. induction a as [|x a IH]; intros; simpl; [ring | rewrite IH; ring]. Qed.

Lemma total_ext : forall X (f g : X -> R) l, (forall x, In x l -> f x = g x) -> total f l = total g l.
Proof. induction l as [|x l IH]; intros H; simpl; auto. rewrite H, IH; simpl in *; auto. Qed.

Lemma total_map : forall X Y (f : Y -> R) (g : X -> Y) l, total f (map g l) = total (fun x => f (g x)) l.
Proof. induction l as [|x l IH]; simpl; auto. rewrite IH. auto. Qed.

Lemma total_permutation : forall X (f : X -> R) a b, Permutation a b -> total f a = total f b.
Proof. induction 1; simpl; [auto | rewrite IHPermutation; auto | ring | congruence]. Qed.

Lemma total_filter : forall X (f : X -> R) p l,
  total f l = total f (filter p l) +r total f (filter (fun x => negb (p x)) l).
Proof. induction l as [|x l IH]; simpl; [ring|]. destruct (p x); simpl; rewrite IH; ring. Qed.

Lemma total_add : forall X (f g : X -> R) l, total f l +r total g l = total (fun x => f x +r g x) l.
Proof. induction l as [|x l IH]; simpl; [ring | rewrite <- IH; ring]. Qed.

Lemma total_opposite : forall X (f : X -> R) l, ropp (total f l) = total (fun x => ropp (f x)) l.
Proof. induction l as [|x l IH]; simpl; [ring | rewrite <- IH; ring]. Qed.

Lemma sums_unique : forall P f q r, sums P f q -> sums P f r -> q = r.
Proof.
  intros P f q r [l [N [M E]]] [k [N' [M' E']]]. subst. apply total_permutation. apply NoDup_Permutation; auto.
  intro a. rewrite M, M'. tauto.
Qed.

Lemma NoDup_map_on : forall X Y (f : X -> Y) (g : Y -> X) l,
  (forall x, In x l -> g (f x) = x) -> NoDup l -> NoDup (map f l).
Proof.
  induction l as [|x l IH]; intros H N; simpl; constructor; inversion N; subst.
  - intro I. apply in_map_iff in I. destruct I as [y [E J]]. assert (y = x).
    { rewrite <- (H x), <- (H y), E; simpl; auto. } subst. auto.
  - apply IH; simpl in *; auto.
Qed.

(* A bijection between what is summed, and equal values at its pairs. *)
Lemma sums_bijection : forall (P Q : list Z -> Prop) f g (there back : list Z -> list Z) q,
  (forall a, P a -> Q (there a) /\ back (there a) = a /\ g (there a) = f a) ->
  (forall b, Q b -> P (back b) /\ there (back b) = b) ->
  sums P f q -> sums Q g q.
Proof.
  intros P Q f g there back q H K [l [N [M E]]]. exists (map there l). repeat split.
  - apply (NoDup_map_on _ _ there back); auto. intros a I. apply M in I. apply H in I. tauto.
  - intro I. apply in_map_iff in I. destruct I as [x [E' I]]. subst. apply M in I. apply H in I. tauto.
  - intro B. apply K in B. destruct B as [B1 B2]. rewrite <- B2. apply in_map. apply M. auto.
  - rewrite total_map, E. apply total_ext. intros x I. apply M in I. apply H in I. symmetry. tauto.
Qed.

Lemma sums_ext : forall (P Q : list Z -> Prop) f g q,
  (forall a, P a <-> Q a) -> (forall a, P a -> f a = g a) -> sums P f q -> sums Q g q.
Proof.
  intros P Q f g q H K. apply (sums_bijection P Q f g (fun a => a) (fun a => a)).
  - intros a B. repeat split; [apply H; auto | symmetry; auto].
  - intros b B. split; auto. apply H. auto.
Qed.

Lemma value_inv : forall A s t f q, value A s (t :: f) q ->
  exists a b, term_value A s t a /\ value A s f b /\ q = a +r b.
Proof. intros A s t f q H. inversion H; subst. eauto. Qed.

Lemma value_term : forall A s t q, value A s [t] q <-> term_value A s t q.
Proof.
  split; intro H.
  - apply value_inv in H. destruct H as [a [b [H [K E]]]]. inversion K; subst. replace (a +r rO) with a by ring. auto.
  - replace q with (q +r rO) by ring. constructor; auto. constructor.
Qed.

Lemma value_app : forall A s f g q r, value A s f q -> value A s g r -> value A s (f ++ g) (q +r r).
Proof.
  induction 1; intros; simpl.
  - replace (rO +r r) with r by ring. auto.
  - replace (q +r r0 +r r) with (q +r (r0 +r r)) by ring. constructor; auto.
Qed.

Lemma value_unique : forall A s f q r, value A s f q -> value A s f r -> q = r.
Proof.
  intros A s f q r H. revert r. induction H; intros u K; [inversion K; auto|].
  apply value_inv in K. destruct K as [a [b [K [L E]]]]. subst. rewrite (sums_unique _ _ _ _ H K), (IHvalue b); auto.
Qed.

(* The term at a place, and the others. *)
Fixpoint pick {X} (i : nat) (l : list X) : option (X * list X) :=
  match l, i with
  | [], _ => None
  | x :: rest, O => Some (x, rest)
  | x :: rest, S j => match pick j rest with Some (y, others) => Some (y, x :: others) | None => None end
  end.

Lemma value_pick : forall A s i f t rest q, pick i f = Some (t, rest) -> value A s f q ->
  exists a b, term_value A s t a /\ value A s rest b /\ q = a +r b.
Proof.
  induction i as [|i IH]; intros [|u f] t rest q E H; simpl in E; try discriminate.
  - injection E as E E'. subst. apply value_inv in H. auto.
  - destruct (pick i f) as [[y others]|] eqn:P; [|discriminate]. injection E as E E'. subst.
    apply value_inv in H. destruct H as [c [d [H [K E]]]].
    destruct (IH _ _ _ _ P K) as [a [b [K1 [K2 K3]]]]. subst.
    exists a, (c +r b). repeat split; auto; [constructor; auto | ring].
Qed.

Lemma pick_product : forall X (f : X -> R) i l x rest, pick i l = Some (x, rest) ->
  fold_right (fun a r => f a *r r) rI l = f x *r fold_right (fun a r => f a *r r) rI rest.
Proof.
  induction i as [|i IH]; intros [|y l] x rest E; simpl in E; try discriminate.
  - injection E as E E'. subst. reflexivity.
  - destruct (pick i l) as [[z others]|] eqn:P; [|discriminate]. injection E as E E'. subst.
    simpl. rewrite (IH _ _ _ P). ring.
Qed.

(* -- coefficients ---------------------------------------------------------------------------------------- *)

Lemma whole_morph : ring_morph rO rI radd rmul rsub ropp (@eq R) 0 1 Z.add Z.mul Z.sub Z.opp Zeq_bool whole.
Proof.
  apply (gen_phiZ_morph (Eqsth R)); auto. apply Eq_ext.
Qed.

Lemma whole_mul : forall x y, whole (x * y) = whole x *r whole y.
Proof. apply (morph_mul whole_morph). Qed.
Lemma whole_add : forall x y, whole (x + y) = whole x +r whole y.
Proof. apply (morph_add whole_morph). Qed.
Lemma whole_0 : whole 0 = rO.
Proof. apply (morph0 whole_morph). Qed.

Lemma same_fraction : forall n d n' d', n * Zpos d' = n' * Zpos d ->
  whole n *r inverse d = whole n' *r inverse d'.
Proof.
  intros n d n' d' E.
  transitivity (whole n *r (whole (Zpos d') *r inverse d') *r inverse d); [rewrite inverse_right; ring|].
  transitivity (whole (n * Zpos d') *r inverse d' *r inverse d); [rewrite whole_mul; ring|].
  rewrite E, whole_mul. transitivity (whole n' *r inverse d' *r (whole (Zpos d) *r inverse d)); [ring|].
  rewrite inverse_right. ring.
Qed.

(* -- what holds on the support of a term ----------------------------------------------------------------- *)

Definition law_tensors (w : law) : list positive :=
  match w with OneSum t _ => [t] | Numbers C A B _ _ _ _ | Roots C A B _ _ _ _ => [C; A; B] end.

(* No tensor has two laws. *)
Definition well_assumed (A : assumptions) : bool :=
  forallb (closed (free A) []) (facts A) &&
  forallb (fun nps => Pos.leb (fst nps) (free A) && forallb (closed (free A) []) (snd nps)) (maxima A) &&
  forallb (fun ts => match snd ts with Some sizes => forallb (closed (free A) []) sizes | None => true end) (shapes A) &&
  distinct (flat_map law_tensors (laws A)).

Definition well_formed (A : assumptions) (t : term) : bool :=
  let c := closed (free A) (bound t) in
  above (free A) (bound t) && distinct (bound t) && c (numerator t) &&
  forallb (fun a => forallb c (snd a)) (entries t) && forallb c (conditions A t).

Lemma known_nil : forall k V n, known k [] n = true -> known k V n = true.
Proof. unfold known. intros k V n H. simpl in H. rewrite orb_false_r in H. rewrite H. reflexivity. Qed.

Lemma free_eval : forall k V s a p, above k V = true -> closed k [] p = true -> eval (with_values s V a) p = eval s p.
Proof.
  intros k V s a p H C. eapply closed_eval; eauto. intros n K. unfold known in K. simpl in K. rewrite orb_false_r in K.
  apply with_values_free with k; auto.
Qed.

Lemma facts_hold : forall A s V a, well_assumed A = true -> satisfied A s -> above (free A) V = true ->
  all_hold (with_values s V a) (facts A).
Proof.
  intros A s V a W [H _] B. unfold well_assumed in W. rewrite !andb_true_iff in W. destruct W as [[[W _] _] _].
  unfold all_hold in *. rewrite Forall_forall in *. rewrite forallb_forall in W. intros p I.
  rewrite (free_eval (free A)); auto.
Qed.

Lemma holds_all : forall A t s, holds A t s = true <-> all_hold s (conditions A t).
Proof.
  intros. unfold holds, all_hold. rewrite Forall_forall, forallb_forall. split; intros H p I; specialize (H p I).
  - now apply Z.leb_le.
  - now apply Z.leb_le.
Qed.

Lemma brackets_vanish : forall A t s, holds A t s = true -> Forall (fun e => eval s e = 0) (brackets t).
Proof.
  intros A t s H. apply holds_all in H. unfold conditions, all_hold in H. rewrite !Forall_app in H. destruct H as [H _].
  rewrite Forall_forall in *. intros e I.
  assert (0 <= eval s e) by (apply H; apply in_flat_map; exists e; simpl; auto).
  assert (0 <= eval s (scale (-1) e)) by (apply H; apply in_flat_map; exists e; simpl; auto).
  rewrite scale_eval in *. lia.
Qed.

Definition given (A : assumptions) (t : term) : list poly := conditions A t ++ facts A.

Lemma given_hold : forall A s t a, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  support A s t a -> all_hold (with_values s (bound t) a) (given A t).
Proof.
  intros A s t a W S F [L H]. unfold given. apply Forall_app. split.
  - apply holds_all. auto.
  - apply facts_hold; auto. unfold well_formed in F. rewrite !andb_true_iff in F. tauto.
Qed.

Fixpoint all2 {X Y} (f : X -> Y -> bool) (l : list X) (m : list Y) : bool :=
  match l, m with
  | [], [] => true
  | x :: l', y :: m' => f x y && all2 f l' m'
  | _, _ => false
  end.
Fixpoint all3 {X Y W} (f : X -> Y -> W -> bool) (l : list X) (m : list Y) (k : list W) : bool :=
  match l, m, k with
  | [], [], [] => true
  | x :: l', y :: m', z :: k' => f x y z && all3 f l' m' k'
  | _, _, _ => false
  end.

Lemma all2_in : forall X Y (f : X -> Y -> bool) l m x, all2 f l m = true -> In x l -> exists y, f x y = true.
Proof.
  induction l as [|z l IH]; destruct m as [|y m]; intros x H I; simpl in *; try discriminate; [tauto|].
  apply andb_true_iff in H. destruct H as [H K]. destruct I as [I|I]; [subst; eauto | eauto].
Qed.

Lemma all3_map : forall X Y W E (f : X -> Y -> W -> bool) (g : X -> E) (h : Y -> E) l m k,
  (forall x y z, In x l -> In y m -> f x y z = true -> g x = h y) -> all3 f l m k = true -> map g l = map h m.
Proof.
  induction l as [|x l IH]; destruct m as [|y m]; destruct k as [|z k]; intros H K; simpl in *; try discriminate; auto.
  apply andb_true_iff in K. destruct K as [K1 K2]. f_equal; [eapply H; eauto | eapply IH; eauto].
Qed.

(* -- one term to one: a bijection of what is summed, and equal values ------------------------------------- *)

Record transfer := Transfer {
  result : term;
  old : list poly; new : list poly;            (* each old bound name in new ones and free ones; the other way round *)
  there : list certificate;                    (* the conditions of the result follow from those of the term *)
  back : list certificate;                     (* and the other way round *)
  old_again : list zero; new_again : list zero;    (* the two maps undo each other *)
  matched : list (nat * list zero);            (* which entry each entry is, and why its indices are the same *)
  same_coefficient : zero }.

Fixpoint same_entries (f : name -> poly) (deltas facts : list poly) (us ts : list (positive * list poly))
    (m : list (nat * list zero)) : bool :=
  match us, m with
  | [], [] => match ts with [] => true | _ => false end
  | (n, es) :: us', (i, zs) :: m' =>
      match pick i ts with
      | Some ((n', es'), rest) => Pos.eqb n n' &&
          all3 (fun e e' z => vanishes deltas facts (sub (substitute f e) e') z) es es' zs &&
          same_entries f deltas facts us' rest m'
      | None => false
      end
  | _, _ => false
  end.

Definition transfers (A : assumptions) (t : term) (x : transfer) : bool :=
  let u := result x in
  let f := look (bound u) (new x) in let g := look (bound t) (old x) in
  let from := given A t in let into := given A u in
  (length (old x) =? length (bound t))%nat && (length (new x) =? length (bound u))%nat &&
  forallb (closed (free A) (bound u)) (old x) && forallb (closed (free A) (bound t)) (new x) &&
  all2 (fun p c => implies from (substitute f p) c) (conditions A u) (there x) &&
  all2 (fun p c => implies into (substitute g p) c) (conditions A t) (back x) &&
  all3 (fun p v z => vanishes (brackets t) from (sub (substitute f p) (var v)) z) (old x) (bound t) (old_again x) &&
  all3 (fun p v z => vanishes (brackets u) into (sub (substitute g p) (var v)) z) (new x) (bound u) (new_again x) &&
  same_entries f (brackets t) from (entries u) (entries t) (matched x) &&
  vanishes (brackets t) from
    (sub (scale (Zpos (denominator t)) (substitute f (numerator u))) (scale (Zpos (denominator u)) (numerator t)))
    (same_coefficient x).

Lemma moved_eval : forall k V U N s a p, above k V = true -> above k U = true -> length N = length U ->
  closed k U p = true ->
  eval (with_values s V a) (substitute (look U N) p) =
  eval (with_values s U (map (eval (with_values s V a)) N)) p.
Proof.
  intros k V U N s a p B C L P. rewrite substitute_eval. eapply closed_eval; eauto. intros n K. rewrite look_eval.
  eapply with_values_agree; eauto. rewrite map_length. auto.
Qed.

Lemma same_entries_value : forall f s u deltas facts m us ts,
  (forall a e, In a us -> In e (snd a) -> eval s (substitute f e) = eval u e) ->
  all_hold s facts -> Forall (fun e => eval s e = 0) deltas ->
  same_entries f deltas facts us ts m = true ->
  fold_right (fun a r => entry u a *r r) rI us = fold_right (fun a r => entry s a *r r) rI ts.
Proof.
  intros f s u deltas facts. induction m as [|[i zs] m IH]; intros us ts E H D C; destruct us as [|[n es] us]; simpl in C;
    try discriminate.
  - destruct ts; [reflexivity | discriminate].
  - destruct (pick i ts) as [[[n' es'] rest]|] eqn:P; [|discriminate].
    rewrite !andb_true_iff in C. destruct C as [[C1 C2] C3]. apply Pos.eqb_eq in C1. subst n'.
    rewrite (pick_product _ (entry s) _ _ _ _ P). simpl. f_equal.
    + unfold entry. simpl. f_equal.
      eapply all3_map with (g := eval u) (h := eval s); [|exact C2]. intros e e' z I _ V. simpl in V.
      apply (vanishes_holds s) in V; auto. rewrite sub_eval in V.
      rewrite (E (n, es)) in V; [lia | left; auto | auto].
    + eapply IH; eauto. intros a e I. apply E. right. auto.
Qed.

Lemma transfer_sound : forall A s t x q, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  well_formed A (result x) = true -> transfers A t x = true -> term_value A s t q -> term_value A s (result x) q.
Proof.
  intros A s t x q W S F U C. unfold transfers in C. rewrite !andb_true_iff in C.
  destruct C as [[[[[[[[[L1 L2] K1] K2] C1] C2] C3] C4] C5] C6].
  apply Nat.eqb_eq in L1, L2. rewrite forallb_forall in K1, K2.
  set (u := result x) in *.
  pose proof F as F'. unfold well_formed in F'. rewrite !andb_true_iff in F'. destruct F' as [[[[B D] Fn] Fe] Fc].
  pose proof U as U'. unfold well_formed in U'. rewrite !andb_true_iff in U'. destruct U' as [[[[B' D'] Un] Us] Uc].
  rewrite forallb_forall in Fe, Fc, Us, Uc.
  unfold term_value.
  apply sums_bijection with
    (there := fun a => map (eval (with_values s (bound t) a)) (new x))
    (back := fun b => map (eval (with_values s (bound u) b)) (old x)).
  - intros a P. pose proof (given_hold _ _ _ _ W S F P) as G. destruct P as [P Q].
    pose proof (brackets_vanish _ _ _ Q) as Z.
    set (e := with_values s (bound t) a) in *.
    assert (M : forall p, closed (free A) (bound u) p = true -> eval e (substitute (look (bound u) (new x)) p) =
      eval (with_values s (bound u) (map (eval e) (new x))) p).
    { intros p I. unfold e. eapply moved_eval; eauto. }
    split; [split|split].
    + rewrite map_length. auto.
    + apply holds_all. apply Forall_forall. intros p I. destruct (all2_in _ _ _ _ _ _ C1 I) as [c J].
      apply (implies_holds e) in J; auto. rewrite M in J; auto.
    + transitivity (map e (bound t)); [|apply with_values_map; auto].
      eapply all3_map; [|exact C3]. intros p v z I _ V. simpl in V. apply (vanishes_holds e) in V; auto.
      rewrite sub_eval, var_eval, M in V; auto. lia.
    + unfold value_at. f_equal.
      * unfold coefficient. apply same_fraction. apply (vanishes_holds e) in C6; auto.
        rewrite sub_eval, !scale_eval, M in C6; auto. lia.
      * eapply same_entries_value; eauto. intros b p I J. apply M. specialize (Us _ I). rewrite forallb_forall in Us. auto.
  - intros b P. pose proof (given_hold _ _ _ _ W S U P) as G. destruct P as [P Q].
    pose proof (brackets_vanish _ _ _ Q) as Z.
    set (e := with_values s (bound u) b) in *.
    assert (M : forall p, closed (free A) (bound t) p = true -> eval e (substitute (look (bound t) (old x)) p) =
      eval (with_values s (bound t) (map (eval e) (old x))) p).
    { intros p I. unfold e. eapply moved_eval; eauto. }
    split; [split|].
    + rewrite map_length. auto.
    + apply holds_all. apply Forall_forall. intros p I. destruct (all2_in _ _ _ _ _ _ C2 I) as [c J].
      apply (implies_holds e) in J; auto. rewrite M in J; auto.
    + transitivity (map e (bound u)); [|apply with_values_map; auto].
      eapply all3_map; [|exact C4]. intros p v z I _ V. simpl in V. apply (vanishes_holds e) in V; auto.
      rewrite sub_eval, var_eval, M in V; auto. lia.
Qed.

(* -- nothing is summed ------------------------------------------------------------------------------------ *)

Lemma empty_sound : forall A s t c q, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  refutes (given A t) c = true -> term_value A s t q -> value A s [] q.
Proof.
  intros A s t c q W S F C [l [N [M E]]]. destruct l as [|a l]; [subst; constructor|].
  exfalso. apply (refutes_holds (with_values s (bound t) a) _ _ C). apply given_hold; auto. apply M. left. auto.
Qed.

Lemma zero_sound : forall A s t q, is_zero (numerator t) = true -> term_value A s t q -> value A s [] q.
Proof.
  intros A s t q C [l [N [M E]]]. replace q with rO; [constructor|]. subst. symmetry. clear N M.
  induction l as [|a l IH]; simpl; auto. rewrite IH. unfold value_at, coefficient.
  rewrite (is_zero_eval _ _ C), whole_0. ring.
Qed.

(* -- one term to two: a condition holds or not -------------------------------------------------------------- *)

Definition with_range (e : poly) (t : term) : term :=
  Term (numerator t) (denominator t) (entries t) (brackets t) (e :: ranges t) (bound t).
Definition opposite (e : poly) : poly := sub (const (-1)) e.

Lemma with_range_holds : forall A t e s, holds A (with_range e t) s = (0 <=? eval s e) && holds A t s.
Proof.
  intros. unfold holds, conditions. rewrite !forallb_app. cbn [with_range brackets ranges entries forallb].
  destruct (0 <=? eval s e); cbn [andb]; [reflexivity | apply andb_false_r].
Qed.

Lemma part_value : forall A s t e q l,
  NoDup l -> (forall a, In a l <-> support A s t a) ->
  q = total (fun a => value_at (with_values s (bound t) a) t)
        (filter (fun a => 0 <=? eval (with_values s (bound t) a) e) l) ->
  term_value A s (with_range e t) q.
Proof.
  intros A s t e q l N M E. exists (filter (fun a => 0 <=? eval (with_values s (bound t) a) e) l).
  split; [apply NoDup_filter; auto | split; [|auto]].
  intro a. unfold support in *. rewrite filter_In, M, with_range_holds, andb_true_iff. simpl. tauto.
Qed.

Lemma split_sound : forall A s t e q, term_value A s t q -> value A s [with_range e t; with_range (opposite e) t] q.
Proof.
  intros A s t e q [l [N [M E]]]. subst.
  rewrite (total_filter _ _ (fun a => 0 <=? eval (with_values s (bound t) a) e)).
  constructor; [eapply part_value; eauto|]. apply value_term. eapply part_value; eauto. f_equal.
  apply filter_ext. intro a. unfold opposite. rewrite sub_eval, const_eval.
  destruct (Z.leb_spec 0 (eval (with_values s (bound t) a) e)); destruct (Z.leb_spec 0 (-1 - eval (with_values s (bound t) a) e));
    simpl; auto; lia.
Qed.

(* -- coefficients that add up ----------------------------------------------------------------------------------- *)

Definition with_coefficient (c : poly * positive) (t : term) : term :=
  Term (fst c) (snd c) (entries t) (brackets t) (ranges t) (bound t).

Definition fraction (s : env) (c : poly * positive) : R := whole (eval s (fst c)) *r inverse (snd c).

Lemma coefficient_value : forall A s t q c d,
  (forall u, fraction u (numerator t, denominator t) = fraction u c +r fraction u d) ->
  term_value A s t q ->
  exists a b, term_value A s (with_coefficient c t) a /\ term_value A s (with_coefficient d t) b /\ q = a +r b.
Proof.
  intros A s t q c d E [l [N [M Q]]]. do 2 eexists. split; [|split].
  - exists l. repeat split; auto; apply M; auto.
  - exists l. repeat split; auto; apply M; auto.
  - subst. clear N M. induction l as [|a l IH]; simpl; [ring|]. rewrite IH. unfold value_at, coefficient. simpl.
    unfold fraction in E. simpl in E. rewrite E. ring.
Qed.

Definition plus (c d : poly * positive) : poly * positive :=
  (add (scale (Zpos (snd d)) (fst c)) (scale (Zpos (snd c)) (fst d)), (snd c * snd d)%positive).

Lemma plus_fraction : forall s c d, fraction s (plus c d) = fraction s c +r fraction s d.
Proof.
  intros s [p m] [q n]. unfold fraction, plus. simpl. rewrite add_eval, !scale_eval, whole_add.
  transitivity (whole (Z.pos n * eval s p) *r inverse (m * n) +r whole (Z.pos m * eval s q) *r inverse (m * n)); [ring|].
  f_equal; apply same_fraction; rewrite Pos2Z.inj_mul; ring.
Qed.

Definition same_fractions (c d : poly * positive) : bool :=
  is_zero (sub (scale (Zpos (snd d)) (fst c)) (scale (Zpos (snd c)) (fst d))).

Lemma same_fractions_hold : forall s c d, same_fractions c d = true -> fraction s c = fraction s d.
Proof.
  intros s c d E. unfold same_fractions in E. apply (is_zero_eval s) in E. rewrite sub_eval, !scale_eval in E.
  unfold fraction. apply same_fraction. lia.
Qed.

(* -- the quotient of a division ------------------------------------------------------------------------------------ *)

(* g = sum_q [0 <= e - S q] [e - S q <= S - 1] g for S >= 1 and a new q, which is floor(e / S). *)
Definition with_quotient (q : name) (e S : poly) (t : term) : term :=
  let r := sub e (times S (var q)) in
  Term (numerator t) (denominator t) (entries t) (brackets t) (r :: sub (sub S (const 1)) r :: ranges t) (q :: bound t).

Lemma more_values : forall k V q s x a p, known k V q = false -> closed k V p = true ->
  eval (with_values s (q :: V) (x :: a)) p = eval (with_values s V a) p.
Proof.
  intros k V q s x a p N C. eapply closed_eval; eauto. intros n K. simpl.
  destruct (Pos.eqb_spec n q); auto. subst. congruence.
Qed.

Lemma with_quotient_holds : forall A q e S t s,
  holds A (with_quotient q e S t) s =
  (0 <=? eval s e - eval s S * s q) && ((0 <=? eval s S - 1 - (eval s e - eval s S * s q)) && holds A t s).
Proof.
  intros. unfold holds, conditions. rewrite !forallb_app. cbn [with_quotient brackets ranges entries forallb].
  rewrite !sub_eval, times_eval, var_eval, const_eval.
  destruct (0 <=? eval s e - eval s S * s q); cbn [andb]; [|apply andb_false_r].
  destruct (0 <=? _); cbn [andb]; [reflexivity | apply andb_false_r].
Qed.

Lemma holds_ext : forall A t s u, (forall p, In p (conditions A t) -> eval s p = eval u p) -> holds A t s = holds A t u.
Proof.
  intros A t s u H. unfold holds. induction (conditions A t) as [|p l IH]; simpl; auto.
  rewrite H, IH; simpl in *; auto.
Qed.

Lemma value_at_ext : forall t s u, eval s (numerator t) = eval u (numerator t) ->
  (forall a e, In a (entries t) -> In e (snd a) -> eval s e = eval u e) -> value_at s t = value_at u t.
Proof.
  intros t s u N H. unfold value_at, coefficient. rewrite N. f_equal.
  induction (entries t) as [|a l IH]; simpl; auto. rewrite IH; [|intros; eapply H; simpl; eauto]. f_equal.
  unfold entry. f_equal. apply map_ext_in. intros e I. eapply H; simpl; eauto.
Qed.

Lemma new_name : forall A q t, well_formed A (with_quotient q [] [] t) = true -> known (free A) (bound t) q = false.
Proof.
  intros A q t U. unfold well_formed in U. rewrite !andb_true_iff in U. destruct U as [[[[B D] _] _] _].
  simpl in B, D. rewrite andb_true_iff in B, D. destruct B as [B _]. destruct D as [D _].
  apply Pos.ltb_lt in B. apply negb_true_iff in D. unfold known. rewrite D, orb_false_r. apply Pos.leb_gt. auto.
Qed.

Lemma quotient_iff : forall A s t q e S c x, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  known (free A) (bound t) q = false ->
  closed (free A) (bound t) e = true -> closed (free A) (bound t) S = true ->
  implies (given A t) (sub S (const 1)) c = true ->
  term_value A s t x <-> term_value A s (with_quotient q e S t) x.
Proof.
  intros A s t q e S c x W H F N E1 E2 C.
  pose proof F as F'. unfold well_formed in F'. rewrite !andb_true_iff in F'. destruct F' as [[[[B D] Fn] Fe] Fc].
  rewrite forallb_forall in Fe, Fc.
  assert (M : forall y a p, closed (free A) (bound t) p = true ->
    eval (with_values s (q :: bound t) (y :: a)) p = eval (with_values s (bound t) a) p).
  { intros. eapply more_values; eauto. }
  assert (Ho : forall y a, holds A t (with_values s (q :: bound t) (y :: a)) = holds A t (with_values s (bound t) a)).
  { intros. apply holds_ext. intros p I. apply M. auto. }
  assert (V : forall y a, value_at (with_values s (q :: bound t) (y :: a)) (with_quotient q e S t) =
    value_at (with_values s (bound t) a) t).
  { intros. unfold value_at. change (coefficient ?u (with_quotient q e S t)) with (coefficient u t).
    change (entries (with_quotient q e S t)) with (entries t). fold (value_at (with_values s (q :: bound t) (y :: a)) t).
    apply value_at_ext; [apply M; auto|]. intros b p I J. apply M. specialize (Fe _ I). rewrite forallb_forall in Fe. auto. }
  assert (Q : forall y a, with_values s (q :: bound t) (y :: a) q = y).
  { intros. simpl. rewrite Pos.eqb_refl. auto. }
  set (there := fun a : list Z => (eval (with_values s (bound t) a) e / eval (with_values s (bound t) a) S) :: a).
  assert (P : forall a, support A s t a -> support A s (with_quotient q e S t) (there a)).
  { intros a [L Ha]. split; [simpl; congruence|]. change (bound (with_quotient q e S t)) with (q :: bound t).
    unfold there. rewrite with_quotient_holds, Q, !M, Ho, Ha; auto.
    pose proof (given_hold _ _ _ _ W H F (conj L Ha)) as G. apply (implies_holds _ _ _ _ C) in G.
    rewrite sub_eval, const_eval in G. set (m := eval (with_values s (bound t) a) S) in *.
    set (n := eval (with_values s (bound t) a) e).
    pose proof (Z.div_mod n m). pose proof (Z.mod_pos_bound n m). rewrite !andb_true_iff, !Z.leb_le.
    repeat split; lia. }
  assert (P' : forall b, support A s (with_quotient q e S t) b -> exists y a, b = y :: a /\ support A s t a /\
    y = eval (with_values s (bound t) a) e / eval (with_values s (bound t) a) S).
  { intros [|y a] [L Hb]; [discriminate|]. exists y, a. change (bound (with_quotient q e S t)) with (q :: bound t) in *.
    rewrite with_quotient_holds, Q, !M, Ho in Hb; auto. rewrite !andb_true_iff, !Z.leb_le in Hb. simpl in L.
    repeat split; [lia | tauto |]. destruct Hb as [H1 [H2 _]].
    apply Z.div_unique_pos with (r := eval (with_values s (bound t) a) e - eval (with_values s (bound t) a) S * y); lia. }
  split.
  - apply sums_bijection with (there := there) (back := @tl Z).
    + intros a I. split; [auto|]. split; auto. apply V.
    + intros b I. destruct (P' _ I) as [y [a [E [I' E']]]]. subst. simpl. split; auto.
  - apply sums_bijection with (there := @tl Z) (back := there).
    + intros b I. destruct (P' _ I) as [y [a [E [I' E']]]]. subst. simpl. split; [auto|]. split; auto. symmetry. apply V.
    + intros a I. split; auto.
Qed.

(* -- a name that is the greatest of some polynomials ------------------------------------------------------------ *)

Definition is_greatest (A : assumptions) (t : term) (m : name) (p : poly) (cs : list certificate) : bool :=
  existsb (fun nps => Pos.eqb m (fst nps) && all2 (fun o c => implies (given A t) (sub p o) c) (snd nps) cs) (maxima A).

Lemma greatest_iff : forall A s t m p cs q, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  is_greatest A t m p cs = true -> term_value A s t q <-> term_value A s (with_range (sub p (var m)) t) q.
Proof.
  intros A s t m p cs q W S F C. unfold is_greatest in C. apply existsb_exists in C. destruct C as [[n ps] [I C]].
  apply andb_true_iff in C. destruct C as [C1 C2]. simpl in C1, C2. apply Pos.eqb_eq in C1. subst n.
  assert (K : forall a, support A s t a <-> support A s (with_range (sub p (var m)) t) a).
  { intro a. unfold support. change (bound (with_range (sub p (var m)) t)) with (bound t). rewrite with_range_holds.
    rewrite andb_true_iff. split; [|tauto]. intros [L K]. repeat split; auto.
    pose proof (given_hold _ _ _ _ W S F (conj L K)) as G.
    destruct S as [_ S]. rewrite Forall_forall in S. specialize (S _ I). simpl in S. apply Exists_exists in S.
    destruct S as [o [J E]]. destruct (all2_in _ _ _ _ _ _ C2 J) as [c X]. apply (implies_holds _ _ _ _ X) in G.
    unfold well_formed in F. rewrite !andb_true_iff in F. destruct F as [[[[B _] _] _] _].
    unfold well_assumed in W. rewrite !andb_true_iff in W. destruct W as [[[_ W] _] _]. rewrite forallb_forall in W.
    specialize (W _ I). simpl in W. apply andb_true_iff in W. destruct W as [W1 W2]. rewrite forallb_forall in W2.
    rewrite sub_eval in *. rewrite var_eval. rewrite (with_values_free (free A)), E; auto.
    rewrite (free_eval (free A) _ _ _ o) in G; auto. apply Z.leb_le. lia. }
  split; apply sums_ext; try reflexivity; intro a; rewrite K; reflexivity.
Qed.

(* -- finite sums -------------------------------------------------------------------------------------------------- *)

Record bounds := Bounds { low : poly; high : poly; is_low : certificate; is_high : certificate }.

Definition is_between (k : positive) (from : list poly) (v : name) (b : bounds) : bool :=
  closed k [] (low b) && closed k [] (high b) &&
  implies from (sub (var v) (low b)) (is_low b) && implies from (sub (high b) (var v)) (is_high b).
Definition bounded (A : assumptions) (t : term) (bs : list bounds) : bool :=
  all2 (is_between (free A) (given A t)) (bound t) bs.

Fixpoint box (ends : list (Z * Z)) : list (list Z) :=
  match ends with
  | [] => [[]]
  | (a, b) :: rest => flat_map (fun x => map (cons x) (box rest)) (upto a (Z.to_nat (b - a + 1)))
  end.

Lemma NoDup_app_on : forall X (l m : list X), NoDup l -> NoDup m -> (forall x, In x l -> In x m -> False) -> NoDup (l ++ m).
Proof.
  induction l as [|x l IH]; intros m N M D; simpl; auto. inversion N; subst. constructor.
  - intro I. apply in_app_or in I. destruct I; auto. apply (D x); simpl; auto.
  - apply IH; auto. intros y I J. apply (D y); simpl; auto.
Qed.

Lemma box_distinct : forall ends, NoDup (box ends).
Proof.
  induction ends as [|[a b] ends IH]; simpl; [repeat constructor; auto|].
  pose proof (upto_distinct (Z.to_nat (b - a + 1)) a) as N. induction (upto a _) as [|x l IHl]; simpl; [constructor|].
  inversion N; subst. apply NoDup_app_on; auto.
  - apply NoDup_map_on with (g := @tl Z); auto.
  - intros y I J. apply in_map_iff in I. destruct I as [z [E I]]. apply in_flat_map in J. destruct J as [x' [K J]].
    apply in_map_iff in J. destruct J as [z' [E' J]]. subst. injection E' as E1 E2. subst. auto.
Qed.

Fixpoint in_ends (a : list Z) (ends : list (Z * Z)) : Prop :=
  match a, ends with
  | [], [] => True
  | x :: a', (m, n) :: ends' => m <= x <= n /\ in_ends a' ends'
  | _, _ => False
  end.

Lemma box_in : forall ends a, in_ends a ends -> In a (box ends).
Proof.
  induction ends as [|[m n] ends IH]; intros [|x a] H; simpl in H; try contradiction; simpl; auto.
  destruct H as [H K]. apply in_flat_map. exists x. split; [apply upto_in; lia | apply in_map; auto].
Qed.

Lemma between_ends : forall k from s u V bs, all_hold u from ->
  (forall p, closed k [] p = true -> eval u p = eval s p) -> all2 (is_between k from) V bs = true ->
  in_ends (map u V) (map (fun b => (eval s (low b), eval s (high b))) bs).
Proof.
  intros k from s u V bs G Y. revert bs. induction V as [|v V IH]; intros [|b bs] C; simpl in C |- *; try discriminate; auto.
  apply andb_true_iff in C. destruct C as [C D]. split; [|auto].
  unfold is_between in C. rewrite !andb_true_iff in C. destruct C as [[[C1 C2] C3] C4].
  pose proof (implies_holds _ _ _ _ C3 G) as G1. pose proof (implies_holds _ _ _ _ C4 G) as G2.
  rewrite sub_eval, var_eval, Y in G1, G2; auto. lia.
Qed.

Lemma bounded_sound : forall A s t bs, well_assumed A = true -> satisfied A s -> well_formed A t = true ->
  bounded A t bs = true -> exists q, term_value A s t q.
Proof.
  intros A s t bs W S F C.
  set (ends := map (fun b => (eval s (low b), eval s (high b))) bs).
  set (p := fun a => (length a =? length (bound t))%nat && holds A t (with_values s (bound t) a)).
  eexists. exists (filter p (box ends)). split; [apply NoDup_filter, box_distinct | split; [|reflexivity]].
  intro a. rewrite filter_In. unfold p, support. cbv beta. rewrite andb_true_iff, Nat.eqb_eq. split; [tauto|].
  intros [L H]. split; auto. apply box_in.
  pose proof (given_hold _ _ _ _ W S F (conj L H)) as G.
  pose proof F as F'. unfold well_formed in F'. rewrite !andb_true_iff in F'. destruct F' as [[[[B D] _] _] _].
  rewrite <- (with_values_map _ s a D L). unfold ends. eapply between_ends; eauto.
  intros o O. eapply free_eval; eauto.
Qed.

(* -- like terms ------------------------------------------------------------------------------------------------------- *)

Definition same_product (a b : Z * list name) : bool := (fst a =? fst b) && all2 Pos.eqb (snd a) (snd b).
Definition same_poly : poly -> poly -> bool := all2 same_product.
Definition same_polys : list poly -> list poly -> bool := all2 same_poly.
Definition same_key (t u : term) : bool :=
  all2 (fun a b => Pos.eqb (fst a) (fst b) && same_polys (snd a) (snd b)) (entries t) (entries u) &&
  same_polys (brackets t) (brackets u) && same_polys (ranges t) (ranges u) && all2 Pos.eqb (bound t) (bound u).

Lemma all2_eq : forall X (f : X -> X -> bool), (forall x y, f x y = true -> x = y) -> forall l m, all2 f l m = true -> l = m.
Proof.
  induction l as [|x l IH]; destruct m as [|y m]; intros C; simpl in *; try discriminate; auto.
  apply andb_true_iff in C. destruct C. f_equal; auto.
Qed.

Lemma same_poly_eq : forall p q, same_poly p q = true -> p = q.
Proof.
  apply all2_eq. intros [c m] [d n] C. unfold same_product in C. simpl in C. apply andb_true_iff in C. destruct C as [C D].
  apply Z.eqb_eq in C. subst. f_equal. eapply all2_eq; eauto. apply Pos.eqb_eq.
Qed.

Lemma same_polys_eq : forall p q, same_polys p q = true -> p = q.
Proof. apply all2_eq. apply same_poly_eq. Qed.

Lemma same_key_eq : forall t u, same_key t u = true -> u = with_coefficient (numerator u, denominator u) t.
Proof.
  intros [n d e b r v] [n' d' e' b' r' v'] C. unfold same_key in C. simpl in C. rewrite !andb_true_iff in C.
  destruct C as [[[C1 C2] C3] C4]. apply same_polys_eq in C2, C3. apply (all2_eq _ _ (fun x y => proj1 (Pos.eqb_eq x y))) in C4.
  apply all2_eq in C1; [subst; reflexivity|].
  intros [x p] [y q] C. simpl in C. apply andb_true_iff in C. destruct C as [C D].
  apply Pos.eqb_eq in C. apply same_polys_eq in D. subst. auto.
Qed.

Definition same_term (t u : term) : bool :=
  same_key t u && same_poly (numerator t) (numerator u) && Pos.eqb (denominator t) (denominator u).

Lemma same_term_eq : forall t u, same_term t u = true -> t = u.
Proof.
  intros t u C. unfold same_term in C. rewrite !andb_true_iff in C. destruct C as [[C D] E].
  apply same_key_eq in C. apply same_poly_eq in D. apply Pos.eqb_eq in E. rewrite C, <- D, <- E. destruct t; reflexivity.
Qed.

Definition fraction_of (t : term) : poly * positive := (numerator t, denominator t).

Lemma same_value_back : forall A s t u q, same_key t u = true ->
  same_fractions (fraction_of t) (fraction_of u) = true -> term_value A s u q -> term_value A s t q.
Proof.
  intros A s t u q C D H. apply same_key_eq in C. rewrite C in H. clear C.
  eapply sums_ext; [| |exact H]; [reflexivity|]. intros a _. unfold value_at. f_equal. symmetry.
  apply (same_fractions_hold (with_values s (bound t) a)) in D. exact D.
Qed.

Lemma merged_value : forall A s t u q r, same_key t u = true -> term_value A s t q -> term_value A s u r ->
  term_value A s (with_coefficient (plus (fraction_of t) (fraction_of u)) t) (q +r r).
Proof.
  intros A s t u q r C [l [N [M E]]] [l' [N' [M' E']]]. apply same_key_eq in C. rewrite C in M', E'. clear C.
  exists l. split; [auto|split; [exact M|]]. subst.
  rewrite (total_permutation _ _ l' l).
  - rewrite total_add. apply total_ext. intros a _. unfold value_at, coefficient. simpl.
    pose proof (plus_fraction (with_values s (bound t) a) (fraction_of t) (fraction_of u)) as P.
    unfold fraction, fraction_of, plus in P. simpl in P. rewrite P. ring.
  - apply NoDup_Permutation; auto. intro a. rewrite M, M'. reflexivity.
Qed.

(* -- sums that telescope ------------------------------------------------------------------------------------------ *)

(* sum_v c(v) [v - a >= 0] [b - v >= 0] g = (F(b + 1) - F(a)) / D [b - a >= 0] g, where F(v + 1) - F(v) = D c(v). *)
Definition telescoped (t : term) (F a b : poly) (D : positive) : term :=
  let v := hd 1%positive (bound t) in
  let at_ p := substitute (look [v] [p]) F in
  Term (sub (at_ (add b (const 1))) (at_ a)) (denominator t * D) (entries t) (brackets t)
    (sub b a :: tl (tl (ranges t))) (tl (bound t)).

Definition telescopes (A : assumptions) (t : term) (F a b : poly) (D : positive) : bool :=
  match bound t, ranges t with
  | v :: V, low :: high :: rest =>
      same_poly low (sub (var v) a) && same_poly high (sub b (var v)) &&
      closed (free A) V a && closed (free A) V b && closed (free A) (v :: V) F &&
      is_zero (sub (sub (substitute (look [v] [add (var v) (const 1)]) F) F) (scale (Zpos D) (numerator t)))
  | _, _ => false
  end.

Lemma total_flat_map : forall X Y (f : Y -> R) (g : X -> list Y) l,
  total f (flat_map g l) = total (fun x => total f (g x)) l.
Proof. induction l as [|x l IH]; simpl; auto. rewrite total_app, IH. auto. Qed.

Lemma total_scale : forall X (f : X -> R) c l, total (fun x => f x *r c) l = total f l *r c.
Proof. induction l as [|x l IH]; simpl; [ring | rewrite IH; ring]. Qed.

Lemma whole_sub : forall x y, whole (x - y) = rsub (whole x) (whole y).
Proof. apply (morph_sub whole_morph). Qed.

Lemma total_differences : forall (G : Z -> Z) n a,
  total (fun x => whole (G (x + 1) - G x)) (upto a n) = whole (G (a + Z.of_nat n) - G a).
Proof.
  induction n as [|n IH]; intros a; cbn [upto].
  - replace (a + Z.of_nat 0) with a by lia. rewrite Z.sub_diag, whole_0. reflexivity.
  - change (total ?f (?x :: ?l)) with (f x +r total f l). rewrite IH. rewrite <- whole_add.
    replace (a + Z.of_nat (S n)) with (a + 1 + Z.of_nat n) by lia. f_equal. ring.
Qed.

Lemma NoDup_flat_map_tails : forall (n : list Z -> list Z) l, NoDup l -> (forall r, NoDup (n r)) ->
  NoDup (flat_map (fun r => map (fun x => x :: r) (n r)) l).
Proof.
  induction l as [|r l IH]; intros N M; simpl; [constructor|]. inversion N; subst. apply NoDup_app_on.
  - apply NoDup_map_on with (g := @hd Z 0); auto.
  - apply IH; auto.
  - intros y I J. apply in_map_iff in I. destruct I as [x [E I]]. apply in_flat_map in J. destruct J as [s [K J]].
    apply in_map_iff in J. destruct J as [x' [E' J]]. subst. injection E' as E1 E2. subst. auto.
Qed.

Lemma telescoped_sound : forall A s t F a b D q, well_formed A t = true -> well_formed A (telescoped t F a b D) = true ->
  telescopes A t F a b D = true -> term_value A s t q -> term_value A s (telescoped t F a b D) q.
Proof.
  intros A s t F a b D q W U C [l [N [M Q]]]. unfold telescopes in C.
  destruct t as [num den ent bra ran bou]. cbn [bound ranges numerator] in C.
  destruct bou as [|v V]; [discriminate|]. destruct ran as [|low [|high rest]]; try discriminate.
  rewrite !andb_true_iff in C. destruct C as [[[[[C1 C2] C3] C4] C5] C6].
  apply same_poly_eq in C1, C2. subst low high.
  set (t := Term num den ent bra (sub (var v) a :: sub b (var v) :: rest) (v :: V)) in *.
  set (u := telescoped t F a b D) in *.
  assert (Bx : bound u = V) by reflexivity.
  pose proof W as W'. unfold well_formed in W'. rewrite !andb_true_iff in W'. destruct W' as [[[[B Di] Wn] We] Wc].
  pose proof U as U'. unfold well_formed in U'. rewrite !andb_true_iff in U'. destruct U' as [[[[_ _] Un] Ux] Uc].
  rewrite Bx in Un, Ux, Uc. rewrite forallb_forall in Ux, Uc.
  change (bound t) with (v :: V) in *.
  assert (K : known (free A) V v = false).
  { simpl in B, Di. rewrite andb_true_iff in B, Di. destruct B as [B _]. destruct Di as [Di _].
    apply Pos.ltb_lt in B. apply negb_true_iff in Di. unfold known. rewrite Di, orb_false_r. apply Pos.leb_gt. auto. }
  set (e := fun r => with_values s V r).
  assert (X : forall x r p, closed (free A) V p = true -> eval (with_values s (v :: V) (x :: r)) p = eval (e r) p).
  { intros. unfold e. eapply more_values; eauto. }
  assert (Xv : forall x r, with_values s (v :: V) (x :: r) v = x) by (intros; simpl; rewrite Pos.eqb_refl; auto).
  (* the conditions of both *)
  set (rest_holds := fun z => forallb (fun p => 0 <=? eval z p) (flat_map (fun e => [e; scale (-1) e]) bra) &&
    forallb (fun p => 0 <=? eval z p) (rest ++ flat_map (entry_conditions A) ent)).
  assert (Ht : forall z, holds A t z = (0 <=? z v - eval z a) && ((0 <=? eval z b - z v) && rest_holds z)).
  { intro z. unfold holds, conditions, rest_holds. rewrite !forallb_app. cbn [t brackets ranges entries forallb].
    rewrite !sub_eval, var_eval.
    destruct (0 <=? z v - eval z a); cbn [andb]; [|apply andb_false_r].
    destruct (0 <=? eval z b - z v); cbn [andb]; [reflexivity | apply andb_false_r]. }
  assert (Hu : forall z, holds A u z = (0 <=? eval z b - eval z a) && rest_holds z).
  { intro z. unfold holds, conditions, rest_holds. rewrite !forallb_app. cbn [u telescoped t brackets ranges entries forallb tl].
    rewrite !sub_eval.
    destruct (0 <=? eval z b - eval z a); cbn [andb]; [reflexivity | apply andb_false_r]. }
  assert (Hr : forall x r, rest_holds (with_values s (v :: V) (x :: r)) = rest_holds (e r)).
  { intros x r. unfold rest_holds. rewrite <- !forallb_app.
    assert (I : forall p, In p (flat_map (fun e => [e; scale (-1) e]) bra ++ rest ++ flat_map (entry_conditions A) ent) ->
      closed (free A) V p = true).
    { intros p J. apply Uc. unfold conditions. cbn [u telescoped t brackets ranges entries tl]. rewrite !in_app_iff in *.
      simpl. tauto. }
    revert I. generalize (flat_map (fun e => [e; scale (-1) e]) bra ++ rest ++ flat_map (entry_conditions A) ent).
    induction l0 as [|p l0 IH]; intros I; cbn [forallb]; auto. rewrite (X x r p), IH; auto; intros; apply I; simpl; auto. }
  set (first := fun r => eval (e r) a). set (final := fun r => eval (e r) b).
  set (row := fun r => upto (first r) (Z.to_nat (final r - first r + 1))).
  set (tails := nodup (list_eq_dec Z.eq_dec) (map (@tl Z) l)).
  assert (S1 : forall x r, support A s t (x :: r) <->
    length r = length V /\ first r <= x <= final r /\ rest_holds (e r) = true).
  { intros x r. unfold support. change (bound t) with (v :: V). rewrite Ht, Xv, Hr, !X; auto.
    rewrite !andb_true_iff, !Z.leb_le. unfold first, final. simpl. intuition lia. }
  assert (S2 : forall r, support A s u r <-> length r = length V /\ first r <= final r /\ rest_holds (e r) = true).
  { intros r. unfold support. rewrite Bx, Hu. fold (e r). rewrite andb_true_iff, Z.leb_le. unfold first, final. intuition lia. }
  assert (Mt : forall r, In r tails <-> support A s u r).
  { intro r. unfold tails. rewrite nodup_In, in_map_iff, S2. split.
    - intros [[|x r'] [E I]]; apply M in I; [destruct I as [I _]; discriminate|]. simpl in E. subst r'.
      apply S1 in I. intuition lia.
    - intros [H1 [H2 H3]]. exists (first r :: r). split; auto. apply M, S1. intuition lia. }
  assert (P : Permutation l (flat_map (fun r => map (fun x => x :: r) (row r)) tails)).
  { apply NoDup_Permutation; auto.
    - apply NoDup_flat_map_tails; [apply NoDup_nodup | intro; apply upto_distinct].
    - intro y. rewrite in_flat_map, M. split.
      + destruct y as [|x r]; intro I; [destruct I as [I _]; discriminate|]. exists r. split.
        * apply Mt, S2. apply S1 in I. intuition lia.
        * apply (in_map (fun x => x :: r)). apply upto_in. apply S1 in I. lia.
      + intros [r [I J]]. apply in_map_iff in J. destruct J as [x [E J]]. subst y. apply upto_in in J.
        apply Mt, S2 in I. apply S1. intuition lia. }
  exists tails. split; [apply NoDup_nodup|split; [exact Mt|]].
  rewrite Q, (total_permutation _ _ _ _ P), total_flat_map. apply total_ext. intros r I.
  apply Mt, S2 in I. destruct I as [I1 [I2 I3]]. rewrite total_map. change (bound t) with (v :: V). rewrite Bx.
  set (G := fun x => eval (with_values s (v :: V) (x :: r)) F).
  set (c := inverse (den * D) *r fold_right (fun y w => entry (e r) y *r w) rI ent).
  transitivity (total (fun x => whole (G (x + 1) - G x) *r c) (row r)).
  - apply total_ext. intros x _. unfold value_at, coefficient, c. cbv beta. change (numerator t) with num.
    change (denominator t) with den. change (entries t) with ent.
    assert (E : fold_right (fun y w => entry (with_values s (v :: V) (x :: r)) y *r w) rI ent =
      fold_right (fun y w => entry (e r) y *r w) rI ent).
    { clear - X Ux. cbn [u telescoped t entries] in Ux. induction ent as [|y l IH]; cbn [fold_right]; auto.
      rewrite IH; [|intros; apply Ux; right; auto]. f_equal. unfold entry. f_equal. apply map_ext_in. intros p J. apply X.
      assert (Z : forallb (closed (free A) V) (snd y) = true) by (apply Ux; left; auto).
      rewrite forallb_forall in Z. auto. }
    rewrite E. clear E.
    transitivity (whole (G (x + 1) - G x) *r inverse (den * D) *r fold_right (fun y w => entry (e r) y *r w) rI ent); [|ring].
    f_equal. apply same_fraction. apply (is_zero_eval (with_values s (v :: V) (x :: r))) in C6.
    rewrite !sub_eval, scale_eval, substitute_eval in C6.
    assert (E : eval (fun n => eval (with_values s (v :: V) (x :: r)) (look [v] [add (var v) (const 1)] n)) F = G (x + 1)).
    { unfold G. apply eval_ext. intros n _. rewrite look_eval. cbn [map]. rewrite add_eval, var_eval, const_eval, Xv.
      cbn [with_values]. destruct (Pos.eqb_spec n v); reflexivity. }
    rewrite E in C6. fold (G x) in C6. change (numerator t) with num in C6. rewrite Pos2Z.inj_mul. nia.
  - rewrite total_scale. unfold row. rewrite total_differences. unfold value_at, coefficient, c.
    cbn [u telescoped t numerator denominator entries bound hd]. rewrite sub_eval, !substitute_eval.
    assert (E : forall p, eval (fun n => eval (with_values s V r) (look [v] [p] n)) F = G (eval (e r) p)).
    { intro p. unfold G. apply eval_ext. intros n _. rewrite look_eval. reflexivity. }
    rewrite !E, add_eval, const_eval. fold (first r). fold (final r). fold (e r).
    replace (first r + Z.of_nat (Z.to_nat (final r - first r + 1))) with (final r + 1) by lia. ring.
Qed.

(* -- two terms that are one, split at a condition ------------------------------------------------------------- *)

Lemma unsplit_sound : forall A s t e q r, term_value A s (with_range e t) q -> term_value A s (with_range (opposite e) t) r ->
  term_value A s t (q +r r).
Proof.
  intros A s t e q r [l [N [M E]]] [k [N' [M' E']]].
  assert (X : forall a, (0 <=? eval (with_values s (bound t) a) (opposite e)) = negb (0 <=? eval (with_values s (bound t) a) e)).
  { intro a. unfold opposite. rewrite sub_eval, const_eval. destruct (Z.leb_spec 0 (eval (with_values s (bound t) a) e));
      destruct (Z.leb_spec 0 (-1 - eval (with_values s (bound t) a) e)); simpl; auto; lia. }
  exists (l ++ k). split; [|split].
  - apply NoDup_app_on; auto. intros a I J. apply M in I. apply M' in J. unfold support in *.
    rewrite with_range_holds in *. change (bound (with_range _ t)) with (bound t) in *. rewrite X in J.
    destruct (0 <=? _); simpl in *; intuition discriminate.
  - intro a. rewrite in_app_iff, M, M'. unfold support. rewrite !with_range_holds.
    change (bound (with_range _ t)) with (bound t). rewrite X. destruct (0 <=? _); simpl; intuition discriminate.
  - subst. rewrite total_app. reflexivity.
Qed.

(* -- sums in two stages ------------------------------------------------------------------------------------------ *)

(* Of what is summed, the first n names first: sum_r sum_x f(x, r), where no inner sum is empty. *)
Lemma sums_stages : forall (S P : list Z -> Prop) (Q : list Z -> list Z -> Prop) f g n q,
  (forall a, S a <-> exists x r, a = x ++ r /\ length x = n /\ P r /\ Q r x) ->
  (forall r, P r -> exists x, length x = n /\ Q r x) ->
  (forall r, P r -> sums (fun x => length x = n /\ Q r x) (fun x => f (x ++ r)) (g r)) ->
  sums S f q -> sums P g q.
Proof.
  intros S P Q f g n q HS HN HQ [l [N [M E]]].
  assert (Sk : forall x r : list Z, length x = n -> skipn n (x ++ r) = r).
  { intros x r L. subst n. rewrite skipn_app, skipn_all, Nat.sub_diag. reflexivity. }
  set (tails := nodup (list_eq_dec Z.eq_dec) (map (skipn n) l)).
  assert (Mt : forall r, In r tails <-> P r).
  { intro r. unfold tails. rewrite nodup_In, in_map_iff. split.
    - intros [a [E1 I]]. apply M, HS in I. destruct I as [x [r' [E2 [L [I _]]]]]. subst a. rewrite Sk in E1; auto.
      subst. auto.
    - intro I. destruct (HN r I) as [x [L X]]. exists (x ++ r). split; [apply Sk; auto|]. apply M, HS. eauto 6. }
  exists tails. split; [apply NoDup_nodup|split; [exact Mt|]]. rewrite E.
  assert (Nt : NoDup tails) by apply NoDup_nodup.
  assert (Ml : forall a, In a l <-> exists x r, a = x ++ r /\ length x = n /\ In r tails /\ Q r x).
  { intro a. rewrite M, HS. split; intros [x [r [E1 [L [I J]]]]]; exists x, r; rewrite Mt in *; auto. }
  assert (Pt : forall r, In r tails -> P r) by (intro; apply Mt).
  clear M E Mt. clearbody tails. revert l N Ml. induction tails as [|r tails IH]; intros l N Ml.
  - destruct l as [|a l]; [reflexivity|]. exfalso. destruct (proj1 (Ml a)) as [x [r [_ [_ [[] _]]]]]. left. auto.
  - inversion Nt; subst. destruct (HQ r) as [k [Nk [Mk Ek]]]; [apply Pt; left; auto|].
    set (there := fun a : list Z => if list_eq_dec Z.eq_dec (skipn n a) r then true else false).
    rewrite (total_filter _ f there). cbn [total fold_right]. fold (@total (list Z)). 
    change (fold_right (fun x r0 => g x +r r0) rO tails) with (total g tails). f_equal.
    + rewrite Ek. transitivity (total f (map (fun x => x ++ r) k)); [|apply total_map].
      apply total_permutation. apply NoDup_Permutation.
      * apply NoDup_filter. auto.
      * apply NoDup_map_on with (g := firstn n); auto. intros x I. apply Mk in I. destruct I as [L _]. subst n.
        rewrite firstn_app, firstn_all, Nat.sub_diag. simpl. apply app_nil_r.
      * intro a. rewrite filter_In, Ml, in_map_iff. unfold there. split.
        -- intros [[x [r' [E1 [L [I J]]]]] D]. subst a. destruct (list_eq_dec _ _ _) as [D'|]; [|discriminate].
           rewrite Sk in D'; auto. subst r'. exists x. split; auto. apply Mk. auto.
        -- intros [x [E1 I]]. subst a. apply Mk in I. destruct I as [L J]. split.
           ++ exists x, r. simpl. auto.
           ++ rewrite Sk; auto. destruct (list_eq_dec _ _ _); auto.
    + apply IH; auto.
      * intros; apply Pt; right; auto.
      * apply NoDup_filter. auto.
      * intro a. rewrite filter_In, Ml. unfold there. split.
        -- intros [[x [r' [E1 [L [I J]]]]] D]. subst a. exists x, r'. repeat split; auto. destruct I; auto. subst r'.
           rewrite Sk in D; auto. destruct (list_eq_dec _ _ _); [discriminate | congruence].
        -- intros [x [r' [E1 [L [I J]]]]]. subst a. split; [exists x, r'; simpl; auto|]. rewrite Sk; auto.
           destruct (list_eq_dec _ _ _); auto. subst. contradiction.
Qed.

(* What is 0 need not be summed. *)
Lemma sums_where : forall (P : list Z -> Prop) (d : list Z -> bool) (f g : list Z -> R) q, (forall a, P a -> f a = if d a then g a else rO) ->
  sums P f q -> sums (fun a => P a /\ d a = true) g q.
Proof.
  intros P d f g q H [l [N [M E]]]. exists (filter d l). split; [apply NoDup_filter; auto|split].
  - intro a. rewrite filter_In, M. reflexivity.
  - rewrite E, (total_filter _ f d). rewrite (total_ext (list Z) f g (filter d l)).
    + rewrite (total_ext (list Z) f (fun _ : list Z => rO) (filter (fun x => negb (d x)) l)).
      * assert (Z0 : forall k0 : list (list Z), total (fun _ : list Z => rO) k0 = rO) by (intro k0; induction k0 as [|y k IHk]; simpl; [reflexivity | rewrite IHk; ring]).
        rewrite Z0. ring.
      * intros x I. apply filter_In in I. destruct I as [I J]. rewrite H; [|apply M; auto]. destruct (d x); [discriminate | auto].
    + intros x I. apply filter_In in I. destruct I as [I J]. rewrite H; [|apply M; auto]. rewrite J. auto.
Qed.

(* -- entries taken out of a term ------------------------------------------------------------------------------------ *)

Definition with_entries (l : list (positive * list poly)) (t : term) : term :=
  Term (numerator t) (denominator t) l (brackets t) (ranges t) (bound t).

Definition entry_holds (A : assumptions) (a : positive * list poly) (s : env) : bool :=
  forallb (fun p => 0 <=? eval s p) (entry_conditions A a).

Lemma pick_conditions : forall A s i l a rest, pick i l = Some (a, rest) ->
  forallb (fun p => 0 <=? eval s p) (flat_map (entry_conditions A) l) =
  entry_holds A a s && forallb (fun p => 0 <=? eval s p) (flat_map (entry_conditions A) rest).
Proof.
  unfold entry_holds. induction i as [|i IH]; intros [|b l] a rest E; simpl in E; try discriminate.
  - injection E as E E'. subst. simpl. apply forallb_app.
  - destruct (pick i l) as [[y others]|] eqn:P; [|discriminate]. injection E as E E'. subst.
    simpl. rewrite !forallb_app, (IH _ _ _ P), !andb_assoc. f_equal. apply andb_comm.
Qed.

Lemma taken : forall A t i a rest s, pick i (entries t) = Some (a, rest) ->
  holds A t s = entry_holds A a s && holds A (with_entries rest t) s /\
  value_at s t = entry s a *r value_at s (with_entries rest t).
Proof.
  intros A t i a rest s P. split.
  - unfold holds, conditions. rewrite !forallb_app, (pick_conditions _ _ _ _ _ _ P). simpl.
    destruct (entry_holds A a s); simpl; auto. rewrite !andb_false_r. reflexivity.
  - unfold value_at. rewrite (pick_product _ (entry s) _ _ _ _ P). unfold coefficient. simpl. ring.
Qed.

Definition unbound (n : nat) (t : term) : term :=
  Term (numerator t) (denominator t) (entries t) (brackets t) (ranges t) (skipn n (bound t)).
Definition with_ranges (ps : list poly) (t : term) : term :=
  Term (numerator t) (denominator t) (entries t) (brackets t) (ps ++ ranges t) (bound t).

Lemma with_ranges_holds : forall A ps t s, holds A (with_ranges ps t) s = forallb (fun p => 0 <=? eval s p) ps && holds A t s.
Proof.
  intros. unfold holds, conditions. rewrite !forallb_app. cbn [with_ranges brackets ranges entries]. rewrite forallb_app.
  destruct (forallb (fun p => 0 <=? eval s p) ps); cbn [andb]; auto. apply andb_false_r.
Qed.

Lemma distinct_known : forall k vs V v, above k (vs ++ V) = true -> distinct (vs ++ V) = true -> In v vs ->
  known k V v = false.
Proof.
  induction vs as [|x vs IH]; intros V v B D I; simpl in *; [contradiction|].
  apply andb_true_iff in B, D. destruct B as [B1 B2]. destruct D as [D1 D2]. destruct I as [I|I]; auto. rewrite <- I. clear I.
  apply Pos.ltb_lt in B1. apply negb_true_iff in D1. rewrite existsb_app in D1. apply orb_false_iff in D1.
  destruct D1 as [_ D1]. apply orb_false_iff. split; [apply Pos.leb_gt; auto | exact D1].
Qed.

Lemma values_app : forall k V vs s x r p, length x = length vs ->
  (forall v, In v vs -> known k V v = false) -> closed k V p = true ->
  eval (with_values s (vs ++ V) (x ++ r)) p = eval (with_values s V r) p.
Proof.
  intros k V vs s x r p L N C. eapply closed_eval; eauto. intros n K. revert x L N.
  induction vs as [|v vs IH]; intros [|y x] L N; simpl in *; try discriminate; auto.
  destruct (Pos.eqb_spec n v).
  - subst. rewrite N in K; [discriminate | left; auto].
  - apply IH; [congruence | intros; apply N; right; auto].
Qed.

Lemma rest_conditions : forall A t ps, well_formed A (with_ranges ps t) = true ->
  well_formed A t = true /\ forallb (closed (free A) (bound t)) ps = true.
Proof.
  intros A t ps G. unfold well_formed, conditions in *. cbn [with_ranges numerator entries brackets ranges bound] in G.
  rewrite !forallb_app in *. rewrite !andb_true_iff in *. tauto.
Qed.

(* Both values and conditions of what is left, which has no first names. *)
Lemma unbound_same : forall A s t n x r, above (free A) (bound t) = true -> distinct (bound t) = true ->
  well_formed A (unbound n t) = true -> (n <= length (bound t))%nat -> length x = n ->
  holds A t (with_values s (bound t) (x ++ r)) = holds A t (with_values s (skipn n (bound t)) r) /\
  value_at (with_values s (bound t) (x ++ r)) t = value_at (with_values s (skipn n (bound t)) r) t.
Proof.
  intros A s t n x r B D U Ln L.
  assert (V : forall p, closed (free A) (skipn n (bound t)) p = true ->
    eval (with_values s (bound t) (x ++ r)) p = eval (with_values s (skipn n (bound t)) r) p).
  { intros p C. rewrite <- (firstn_skipn n (bound t)) at 1. eapply values_app; eauto.
    - rewrite firstn_length. lia.
    - intros v I. eapply distinct_known; [| |exact I]; rewrite firstn_skipn; auto. }
  unfold well_formed in U. cbn [unbound numerator entries bound] in U. rewrite !andb_true_iff in U.
  destruct U as [[[[_ _] Un] Ux] Uc]. rewrite forallb_forall in Ux, Uc. split.
  - apply holds_ext. intros p I. apply V. apply Uc. exact I.
  - apply value_at_ext; [apply V; auto|]. intros a e I J. apply V. specialize (Ux _ I). rewrite forallb_forall in Ux. auto.
Qed.

(* -- entries that add up to one ------------------------------------------------------------------------------------------ *)

Fixpoint boxes_but (n : nat) (axes : list nat) (es sizes : list poly) : list poly :=
  match es, sizes with
  | e :: es', z :: sizes' =>
      (if existsb (Nat.eqb n) axes then [] else [e; sub (sub z (const 1)) e]) ++ boxes_but (S n) axes es' sizes'
  | _, _ => []
  end.

(* sum_c T[.., c, ..] g = g where the other indices are inside; c is in no other place. *)
Definition added_up (A : assumptions) (t : term) (w at_ : nat) (cs : list certificate) : option term :=
  match nth_error (laws A) w, pick at_ (entries t) with
  | Some (OneSum tensor axes), Some ((tensor', es), rest) =>
      match shape A tensor with
      | Some sizes =>
          if Pos.eqb tensor tensor' && (length es =? length sizes)%nat &&
            all2 (fun a v => same_poly (nth a es []) (var v)) axes (firstn (length axes) (bound t)) &&
            all2 (fun a c => (a <? length sizes)%nat && implies (facts A) (sub (nth a sizes []) (const 1)) c) axes cs
          then Some (with_ranges (boxes_but 0 axes es sizes) (unbound (length axes) (with_entries rest t)))
          else None
      | None => None
      end
  | _, _ => None
  end.

Definition within (s : env) (x : Z) (n : poly) : Prop := 0 <= x /\ 0 <= eval s n - 1 - x.

Lemma inside_nth : forall s i sizes, inside s i sizes = true <->
  length i = length sizes /\ forall n, (n < length sizes)%nat -> within s (nth n i 0) (nth n sizes []).
Proof.
  unfold within. induction i as [|x i IH]; intros [|z sizes]; cbn [inside length]; try (split; [discriminate | intros [H _]; discriminate]).
  - split; auto. intros _. split; auto. intros n H. lia.
  - rewrite !andb_true_iff, !Z.leb_le, IH. split.
    + intros [[H1 H2] [H3 H4]]. split; [congruence|]. intros [|n] Hn; cbn [nth]; [lia | apply H4; lia].
    + intros [H1 H2]. split; [apply (H2 O); lia|]. split; [congruence|]. intros n Hn. apply (H2 (S n)). lia.
Qed.

Lemma set_at_length : forall n y i, length (set_at n y i) = length i.
Proof. induction n as [|n IH]; intros y [|x i]; simpl; auto. Qed.
Lemma on_axes_length : forall axes x i, length (on_axes axes x i) = length i.
Proof. induction axes as [|a axes IH]; intros [|y x] i; simpl; auto. rewrite set_at_length. auto. Qed.
Lemma set_at_same : forall n y i, (n < length i)%nat -> nth n (set_at n y i) 0 = y.
Proof. induction n as [|n IH]; intros y [|x i] H; simpl in *; try lia; auto. apply IH. lia. Qed.
Lemma set_at_other : forall n m y i, n <> m -> nth n (set_at m y i) 0 = nth n i 0.
Proof. intros n m. revert n. induction m as [|m IH]; intros [|n] y [|x i] H; simpl; auto; try lia. Qed.

Lemma boxes_but_nth : forall A k V s axes es sizes n0, length es = length sizes -> above k V = true ->
  forallb (closed k []) sizes = true -> forall r, k = free A ->
  forallb (fun p => 0 <=? eval (with_values s V r) p) (boxes_but n0 axes es sizes) = true <->
  forall n, (n < length sizes)%nat -> existsb (Nat.eqb (n0 + n)) axes = false ->
    within s (eval (with_values s V r) (nth n es [])) (nth n sizes []).
Proof.
  unfold within. intros A k V s axes. induction es as [|e es IH]; intros [|z sizes] n0 L B C r K; try discriminate.
  - split; [intros _ n H; simpl in H; lia | reflexivity].
  - simpl in C. apply andb_true_iff in C. destruct C as [C1 C2]. cbn [boxes_but]. rewrite forallb_app, andb_true_iff.
    rewrite (IH sizes (S n0)); [|simpl in L; congruence|auto|auto|auto].
    assert (X : forallb (fun p => 0 <=? eval (with_values s V r) p) (if existsb (Nat.eqb n0) axes then [] else [e; sub (sub z (const 1)) e]) = true
      <-> (existsb (Nat.eqb n0) axes = false -> 0 <= eval (with_values s V r) e /\ 0 <= eval s z - 1 - eval (with_values s V r) e)).
    { destruct (existsb (Nat.eqb n0) axes); cbn [forallb]; [split; auto; discriminate|].
      rewrite !andb_true_iff, !Z.leb_le, !sub_eval, const_eval, (free_eval k V s r z) by auto.
      split; [intros [H1 [H2 _]] _; auto | intros H; destruct (H eq_refl); auto]. }
    rewrite X. split.
    + intros [H1 H2] [|n] Hn Hx; cbn [nth] in *; [rewrite Nat.add_0_r in Hx; auto|]. apply H2; [simpl in Hn; lia|].
      rewrite <- Hx. f_equal. f_equal. lia.
    + intros H. split; [intro Hx; apply (H O); [simpl; lia | rewrite Nat.add_0_r; auto]|].
      intros n Hn Hx. apply (H (S n)); [simpl; lia|]. rewrite <- Hx. f_equal. f_equal. lia.
Qed.

(* An entry's indices, where the bound names on the axes have values. *)
Lemma on_axes_eval : forall k V s es r n axes vs x, (n < length es)%nat ->
  length x = length vs -> above k (vs ++ V) = true -> distinct (vs ++ V) = true ->
  all2 (fun a v => same_poly (nth a es []) (var v)) axes vs = true ->
  (existsb (Nat.eqb n) axes = false -> closed k V (nth n es []) = true) ->
  eval (with_values s (vs ++ V) (x ++ r)) (nth n es []) =
  nth n (on_axes axes x (map (eval (with_values s V r)) es)) 0.
Proof.
  intros k V s es r n. induction axes as [|a axes IH]; intros [|v vs] [|y x] Ln L B D C K; try discriminate.
  - simpl. change 0 with (eval (with_values s V r) []) at 1. rewrite map_nth. reflexivity.
  - cbn [all2] in C. apply andb_true_iff in C. destruct C as [C1 C2]. apply same_poly_eq in C1.
    cbn [on_axes]. destruct (Nat.eq_dec n a) as [E|E].
    + subst a. rewrite set_at_same by (rewrite on_axes_length, map_length; auto). rewrite C1, var_eval.
      cbn [app with_values]. rewrite Pos.eqb_refl. reflexivity.
    + rewrite set_at_other by auto. simpl in B, D. apply andb_true_iff in B, D. destruct B as [B1 B2]. destruct D as [D1 D2].
      rewrite <- (IH vs x); auto.
      * apply negb_true_iff in D1. rewrite existsb_app in D1. apply orb_false_iff in D1. destruct D1 as [D1 D3].
        assert (Y : forall m, known k (vs ++ V) m = true ->
          with_values s ((v :: vs) ++ V) ((y :: x) ++ r) m = with_values s (vs ++ V) (x ++ r) m).
        { intros m H. simpl. destruct (Pos.eqb_spec m v); auto. subst m. exfalso. unfold known in H.
          rewrite existsb_app, D1, D3 in H. simpl in H. rewrite orb_false_r in H. apply Pos.leb_le in H.
          apply Pos.ltb_lt in B1. lia. }
        apply (closed_eval k (vs ++ V)); auto.
        destruct (existsb (Nat.eqb n) axes) eqn:X.
        -- apply existsb_exists in X. destruct X as [m [X1 X2]]. apply Nat.eqb_eq in X2. subst m.
           destruct (all2_in _ _ _ _ _ _ C2 X1) as [v' V']. apply same_poly_eq in V'.
           assert (In' : In v' vs).
           { clear - C2 X1 V'. revert vs C2. induction axes as [|b axes IH]; intros [|u vs] C2; simpl in *; try discriminate; [contradiction|].
             apply andb_true_iff in C2. destruct C2 as [C3 C4]. destruct X1 as [X1|X1]; auto. subst b.
             apply same_poly_eq in C3. rewrite V' in C3. injection C3 as C3. auto. }
           rewrite V'. unfold closed, var. simpl. rewrite !andb_true_r. unfold known. apply orb_true_iff. right.
           apply existsb_exists. exists v'. split; [apply in_or_app; auto | apply Pos.eqb_refl].
        -- assert (K' : closed k V (nth n es []) = true).
           { apply K. cbn [existsb]. rewrite X. destruct (Nat.eqb_spec n a); [contradiction | reflexivity]. }
           unfold closed in *. rewrite forallb_forall in *. intros cm I. specialize (K' _ I). rewrite forallb_forall in *.
           intros m J. specialize (K' _ J). unfold known in *. apply orb_true_iff in K'. apply orb_true_iff.
           destruct K' as [K'|K']; [left; exact K' | right]. rewrite existsb_app. apply orb_true_iff. right. exact K'.
      * intros X. apply K. cbn [existsb]. rewrite X. destruct (Nat.eqb_spec n a); [contradiction | reflexivity].
Qed.

Lemma boxes_but_closed : forall k V axes es sizes n0, length es = length sizes ->
  forallb (closed k V) (boxes_but n0 axes es sizes) = true ->
  forall n, (n < length es)%nat -> existsb (Nat.eqb (n0 + n)) axes = false -> closed k V (nth n es []) = true.
Proof.
  induction es as [|e es IH]; intros [|z sizes] n0 L C n Hn X; simpl in Hn, L; try lia. cbn [boxes_but] in C.
  rewrite forallb_app, andb_true_iff in C. destruct C as [C1 C2]. destruct n as [|n]; cbn [nth].
  - rewrite Nat.add_0_r in X. rewrite X in C1. simpl in C1. apply andb_true_iff in C1. tauto.
  - eapply (IH sizes (S n0)); eauto; [lia|]. rewrite <- X. f_equal. f_equal. lia.
Qed.

Lemma in_box_inside : forall k V s z es sizes, length es = length sizes -> above k V = true ->
  forallb (closed k []) sizes = true ->
  forallb (fun p => 0 <=? eval (with_values s V z) p) (in_box es sizes) =
  inside s (map (eval (with_values s V z)) es) sizes.
Proof.
  induction es as [|e es IH]; intros [|n sizes] L B C; try discriminate; [reflexivity|].
  cbn [forallb] in C. apply andb_true_iff in C. destruct C as [C1 C2]. cbn [in_box forallb map inside].
  rewrite <- IH; auto. rewrite !sub_eval, const_eval, (free_eval k V s z n) by auto.
  destruct (0 <=? eval (with_values s V z) e); simpl; auto.
Qed.

Lemma shape_closed : forall A t sizes, well_assumed A = true -> shape A t = Some sizes -> forallb (closed (free A) []) sizes = true.
Proof.
  intros A t sizes W H. unfold well_assumed in W. rewrite !andb_true_iff in W. destruct W as [[[_ _] W] _].
  unfold shape in H. destruct (find _ (shapes A)) as [[n o]|] eqn:E; [|discriminate]. subst o. apply find_some in E.
  destruct E as [E _]. rewrite forallb_forall in W. apply (W _ E).
Qed.

Lemma added_up_sound : forall A s t w i cs u q, well_assumed A = true -> satisfied A s -> lawful A s ->
  well_formed A t = true -> well_formed A u = true -> added_up A t w i cs = Some u -> term_value A s t q -> term_value A s u q.
Proof.
  intros A s t w i cs u q W S Law F G C H. unfold added_up in C.
  destruct (nth_error (laws A) w) as [[tensor axes| |]|] eqn:Lw; try discriminate.
  destruct (pick i (entries t)) as [[[tensor' es] rest]|] eqn:P; [|discriminate].
  destruct (shape A tensor) as [sizes|] eqn:Sh; [|discriminate].
  destruct (Pos.eqb tensor tensor' && _ && _ && _) eqn:K; [|discriminate]. injection C as C.
  rewrite !andb_true_iff in K. destruct K as [[[K1 K2] K3] K4]. apply Pos.eqb_eq in K1. subst tensor'. apply Nat.eqb_eq in K2.
  pose proof (shape_closed _ _ _ W Sh) as Cs.
  unfold lawful in Law. rewrite Forall_forall in Law. specialize (Law _ (nth_error_In _ _ Lw)). simpl in Law.
  set (n := length axes) in *. set (t' := with_entries rest t) in *.
  subst u. destruct (rest_conditions _ _ _ G) as [U Cb]. set (boxes := boxes_but 0 axes es sizes) in *.
  pose proof F as F'. unfold well_formed in F'. rewrite !andb_true_iff in F'. destruct F' as [[[[B D] _] _] _].
  set (vs := firstn n (bound t)) in *. set (V := skipn n (bound t)) in *.
  assert (Bx : bound t = vs ++ V) by (symmetry; apply firstn_skipn).
  assert (Lv : length vs = n).
  { clear - K3. unfold n. revert K3. generalize vs. induction axes as [|a axes IH]; intros [|v ws] K3; simpl in *; try discriminate; auto.
    apply andb_true_iff in K3. f_equal. apply IH. tauto. }
  assert (Ln : (n <= length (bound t))%nat) by (rewrite Bx, app_length; lia).
  assert (BV : above (free A) V = true).
  { clear - B Bx. rewrite Bx in B. unfold above in *. rewrite forallb_app in B. apply andb_true_iff in B. tauto. }
  set (e := fun r => with_values s V r). set (idx := fun r => map (eval (e r)) es).
  assert (Ix : forall x r, length x = n -> map (eval (with_values s (bound t) (x ++ r))) es = on_axes axes x (idx r)).
  { intros x r L. apply nth_ext with (d := 0) (d' := 0); [rewrite on_axes_length; unfold idx; rewrite !map_length; auto|].
    intros m Hm. rewrite map_length in Hm. change 0 with (eval (with_values s (bound t) (x ++ r)) []) at 1. rewrite map_nth.
    rewrite Bx. apply (on_axes_eval (free A)); auto; try rewrite <- Bx; auto; [congruence|].
    intro X. apply (boxes_but_closed _ _ axes es sizes 0 K2 Cb); auto. }
  assert (Hb : forall r, forallb (fun p => 0 <=? eval (e r) p) boxes = true <->
    forall m, (m < length sizes)%nat -> existsb (Nat.eqb m) axes = false -> within s (nth m (idx r) 0) (nth m sizes [])).
  { intro r. unfold boxes, e. rewrite (boxes_but_nth A (free A)); auto. unfold idx, e.
    split; intros Y m Hm X; specialize (Y m Hm X); change 0 with (eval (with_values s V r) []) in *; rewrite map_nth in *; auto. }
  assert (Oth : forall x i0 m, existsb (Nat.eqb m) axes = false -> nth m (on_axes axes x i0) 0 = nth m i0 0).
  { clear. induction axes as [|a axes IH]; intros [|y x] i0 m X; simpl in *; auto. apply orb_false_iff in X. destruct X as [X1 X2].
    apply Nat.eqb_neq in X1. rewrite set_at_other; auto. }
  set (u := with_ranges boxes (unbound n t')) in *.
  assert (Zs : forall r, support A s u r -> inside s (on_axes axes (repeat 0 n) (idx r)) sizes = true).
  { intros r [L' X]. unfold u in X. rewrite with_ranges_holds in X. apply andb_true_iff in X. destruct X as [X _].
    pose proof (proj1 (Hb r) X) as X0. clear X. rename X0 into X.
    apply inside_nth. split; [rewrite on_axes_length; unfold idx; rewrite map_length; auto|].
    intros m Hm. destruct (existsb (Nat.eqb m) axes) eqn:Y; [|rewrite Oth; auto].
    apply existsb_exists in Y. destruct Y as [m' [Y1 Y2]]. apply Nat.eqb_eq in Y2. subst m'.
    assert (Z0 : nth m (on_axes axes (repeat 0 n) (idx r)) 0 = 0).
    { unfold n. assert (Hi : (m < length (idx r))%nat) by (unfold idx; rewrite map_length; lia).
      revert Y1 Hi. generalize (idx r). clear. intros i0 Y1 Hi. induction axes as [|a axes IH]; [contradiction|]. simpl. destruct (Nat.eq_dec m a) as [E|E].
      - subst. rewrite set_at_same; auto. rewrite on_axes_length. auto.
      - rewrite set_at_other; auto. apply IH. destruct Y1; [congruence | auto]. }
    rewrite Z0. destruct (all2_in _ _ _ _ _ _ K4 Y1) as [c K]. apply andb_true_iff in K. destruct K as [_ K].
    destruct S as [S _]. apply (implies_holds s _ _ _ K) in S. rewrite sub_eval, const_eval in S. unfold within. lia. }
  apply (sums_stages (support A s t) _ (fun r x => inside s (on_axes axes x (idx r)) sizes = true)
    (fun a => value_at (with_values s (bound t) a) t) _ n q); [| | |exact H].
  - intro a. unfold support. rewrite (proj1 (taken A t i _ rest _ P)). unfold entry_holds, entry_conditions. cbn [fst snd].
    rewrite Sh. change (bound u) with V. split.
    + intros [L X]. exists (firstn n a), (skipn n a).
      assert (Ea : a = firstn n a ++ skipn n a) by (symmetry; apply firstn_skipn).
      assert (La : length (firstn n a) = n) by (rewrite firstn_length, L; lia).
      rewrite Ea in X. apply andb_true_iff in X. destruct X as [X1 X2].
      rewrite (in_box_inside (free A)), Ix in X1; auto.
      fold t' in X2. change (bound t) with (bound t') in X2. rewrite (proj1 (unbound_same A s t' n _ _ B D U Ln La)) in X2.
      split; [auto|split; [auto|split; [split|auto]]].
      * rewrite skipn_length, L. unfold V. rewrite skipn_length. reflexivity.
      * unfold u. rewrite with_ranges_holds. apply andb_true_iff. split; [|exact X2]. apply Hb. intros m Hm X.
        apply inside_nth in X1. destruct X1 as [_ X1]. specialize (X1 m Hm). rewrite Oth in X1; auto.
    + intros [x [r [Ea [L [[L' X] I]]]]]. subst a. split.
      * rewrite app_length, L, L'. unfold V. rewrite skipn_length. lia.
      * unfold u in X. rewrite with_ranges_holds in X. apply andb_true_iff in X. destruct X as [_ X]. apply andb_true_iff. split.
        -- rewrite (in_box_inside (free A)), Ix; auto.
        -- fold t'. change (bound t) with (bound t'). rewrite (proj1 (unbound_same A s t' n _ _ B D U Ln L)). exact X.
  - intros r X. exists (repeat 0 n). split; [apply repeat_length | auto].
  - intros r X. destruct (Law sizes (idx r) Sh) as [k [Nk [Mk Ek]]].
    { exists (repeat 0 n). split; [apply repeat_length | auto]. }
    exists k. split; [auto|split; [exact Mk|]].
    transitivity (total (fun x => T tensor (on_axes axes x (idx r)) *r value_at (with_values s V r) t') k).
    + rewrite total_scale, <- Ek. change (value_at (with_values s (bound u) r) u) with (value_at (with_values s V r) t'). ring.
    + apply total_ext. intros x I. apply Mk in I. destruct I as [L _].
      rewrite (proj2 (taken A t i _ rest _ P)). fold t'. unfold entry. cbn [fst snd]. rewrite Ix; auto. f_equal.
      symmetry. exact (proj2 (unbound_same A s t' n x r B D U Ln L)).
Qed.

(* -- fixed matrices ------------------------------------------------------------------------------------------------------------ *)

Definition apart (flipped : bool) (i k q : Z) : Z := if flipped then i - k - q else i + k - q.
Definition times_fraction (c d : Z * positive) : Z * positive := (fst c * fst d, (snd c * snd d)%positive).
Definition plus_fractions (c d : Z * positive) : Z * positive :=
  (Zpos (snd d) * fst c + Zpos (snd c) * fst d, (snd c * snd d)%positive).
Definition width (m : matrix) : nat := length (hd [] m).

Definition product_at (c a b : matrix) (i k q : Z) : Z * positive :=
  fold_right (fun l r => plus_fractions (times_fraction (number_at c i l) (times_fraction (number_at a l k) (number_at b l q))) r)
    (0, 1%positive) (upto 0 (length a)).

Definition is_rectangle (m : matrix) : bool := forallb (fun row => (length row =? width m)%nat) m.
Definition products_right (flipped : bool) (c a b : matrix) : bool :=
  is_rectangle c && is_rectangle a && is_rectangle b && (width c =? length a)%nat && (length b =? length a)%nat &&
  forallb (fun i => forallb (fun k => forallb (fun q =>
    let p := product_at c a b i k q in fst p =? (if apart flipped i k q =? 0 then Zpos (snd p) else 0))
  (upto 0 (width b))) (upto 0 (width a))) (upto 0 (length c)).

Definition shape_is (A : assumptions) (t : positive) (n m : poly) : bool :=
  match shape A t with Some sizes => same_polys sizes [n; m] | None => false end.

(* The three matrices of a law, whether its identity is flipped, its period, and the number of products. *)
Definition matrices (A : assumptions) (w : law) : option (positive * positive * positive * bool * option poly * poly) :=
  match w with
  | OneSum _ _ => None
  | Numbers C A' B flipped c a b =>
      let n x := const (Z.of_nat x) in
      if products_right flipped c a b && shape_is A C (n (length c)) (n (length a)) &&
        shape_is A A' (n (length a)) (n (width a)) && shape_is A B (n (length a)) (n (width b))
      then Some (C, A', B, flipped, None, n (length a)) else None
  | Roots C A' B flipped forward order over =>
      if (over <=? 2)%nat then Some (C, A', B, flipped, Some order, order) else None
  end.

Definition with_bracket (e : poly) (t : term) : term :=
  Term (numerator t) (denominator t) (entries t) (e :: brackets t) (ranges t) (bound t).

(* sum_n [e + N n = 0] g: e is a multiple of N. *)
Definition with_multiple (n : name) (e N : poly) (t : term) : term :=
  Term (numerator t) (denominator t) (entries t) (add e (times N (var n)) :: brackets t) (ranges t) (n :: bound t).

(* sum_l C[i, l] A[l, k] B[l, q] g = [q = i + k] g, or so, up to a period; l is in no other place. *)
Definition contracted (A : assumptions) (t : term) (w one two three : nat) (n : name) (why : certificate) : option term :=
  match nth_error (laws A) w with
  | Some lw =>
  match matrices A lw, bound t with
  | Some (C, A', B, flipped, period, L), v :: V =>
  match pick one (entries t) with
  | Some ((C', [i; l1]), r1) =>
  match pick two r1 with
  | Some ((A'', [l2; k]), r2) =>
  match pick three r2 with
  | Some ((B', [l3; q]), rest) =>
  match shape A C, shape A A', shape A B with
  | Some [ni; n1], Some [n2; nk], Some [n3; nq] =>
      if Pos.eqb C C' && Pos.eqb A' A'' && Pos.eqb B B' && same_polys [l1; l2; l3] [var v; var v; var v] &&
        same_polys [n1; n2; n3] [L; L; L] && implies (facts A) (sub L (const 1)) why
      then
        let far := if flipped then sub (sub i k) q else sub (add i k) q in
        let left := with_ranges (in_box [i; k; q] [ni; nk; nq]) (unbound 1 (with_entries rest t)) in
        if well_formed A left && closed (free A) V far then
        match period with
        | None => Some (with_bracket far left)
        | Some N =>
            if negb (known (free A) V n) && closed (free A) [] N
            then Some (with_multiple n far N left) else None
        end
        else None
      else None
  | _, _, _ => None
  end | _ => None end | _ => None end | _ => None end | _, _ => None end | None => None end.

Definition ratio (c : Z * positive) : R := whole (fst c) *r inverse (snd c).

Lemma inverse_mul : forall d e, inverse (d * e) = inverse d *r inverse e.
Proof.
  intros d e. transitivity (inverse (d * e) *r (whole (Zpos d) *r inverse d) *r (whole (Zpos e) *r inverse e)).
  - rewrite !inverse_right. ring.
  - transitivity (whole (Zpos d * Zpos e) *r inverse (d * e) *r inverse d *r inverse e); [rewrite whole_mul; ring|].
    rewrite <- Pos2Z.inj_mul, inverse_right. ring.
Qed.

Lemma ratio_times : forall c d, ratio (times_fraction c d) = ratio c *r ratio d.
Proof. intros [a m] [b n]. unfold ratio, times_fraction. simpl. rewrite whole_mul, inverse_mul. ring. Qed.

Lemma ratio_plus : forall c d, ratio (plus_fractions c d) = ratio c +r ratio d.
Proof.
  intros [a m] [b n]. unfold ratio, plus_fractions. simpl. rewrite whole_add.
  transitivity (whole (Z.pos n * a) *r inverse (m * n) +r whole (Z.pos m * b) *r inverse (m * n)); [ring|].
  f_equal; apply same_fraction; rewrite Pos2Z.inj_mul; ring.
Qed.

Lemma whole_1 : whole 1 = rI.
Proof. apply (morph1 whole_morph). Qed.

Lemma rectangle_row : forall m i, is_rectangle m = true -> 0 <= i < Z.of_nat (length m) ->
  length (nth (Z.to_nat i) m []) = width m.
Proof.
  intros m i H I. unfold is_rectangle in H. rewrite forallb_forall in H. apply Nat.eqb_eq, H, nth_In. lia.
Qed.

Lemma forallb_upto : forall p n i, forallb p (upto 0 n) = true -> 0 <= i < Z.of_nat n -> p i = true.
Proof. intros p n i H I. rewrite forallb_forall in H. apply H, upto_in. lia. Qed.

Definition together (flipped : bool) (period : option Z) (i k q : Z) : bool :=
  match period with None => apart flipped i k q =? 0 | Some N => apart flipped i k q mod N =? 0 end.

Lemma numbers_identity : forall C A B flipped c a b i k q, products_right flipped c a b = true ->
  has_numbers C c -> has_numbers A a -> has_numbers B b ->
  0 <= i < Z.of_nat (length c) -> 0 <= k < Z.of_nat (width a) -> 0 <= q < Z.of_nat (width b) ->
  total (fun l => T C [i; l] *r (T A [l; k] *r T B [l; q])) (upto 0 (length a)) =
  if together flipped None i k q then rI else rO.
Proof.
  intros C A B flipped c a b i k q H HC HA HB Hi Hk Hq. unfold products_right in H. rewrite !andb_true_iff in H.
  destruct H as [[[[[H1 H2] H3] H4] H5] H6]. apply Nat.eqb_eq in H4, H5.
  pose proof (forallb_upto _ _ i H6 Hi) as H7. cbv beta in H7. pose proof (forallb_upto _ _ k H7 Hk) as H8. cbv beta in H8.
  pose proof (forallb_upto _ _ q H8 Hq) as H9. cbv beta zeta in H9. apply Z.eqb_eq in H9.
  transitivity (ratio (product_at c a b i k q)).
  - unfold product_at. assert (I : forall l, In l (upto 0 (length a)) -> 0 <= l < Z.of_nat (length a)).
    { intros l I. apply upto_in in I. lia. }
    induction (upto 0 (length a)) as [|l ls IH]; simpl.
    + unfold ratio. cbn [fst snd]. rewrite whole_0. ring.
    + rewrite ratio_plus, !ratio_times, <- IH by (intros; apply I; right; auto). f_equal. specialize (I l (or_introl eq_refl)).
      rewrite (HC i l), (HA l k), (HB l q); try rewrite (rectangle_row _ _ H1); try rewrite (rectangle_row _ _ H2);
        try rewrite (rectangle_row _ _ H3); try lia. reflexivity.
  - unfold ratio. rewrite H9. unfold together. destruct (apart flipped i k q =? 0).
    + apply inverse_right.
    + rewrite whole_0. ring.
Qed.

Lemma total_ones : forall n, total (fun _ => rI) (upto 0 n) = whole (Z.of_nat n).
Proof.
  intro n. transitivity (total (fun x => whole (x + 1 - x)) (upto 0 n)).
  - apply total_ext. intros x _. replace (x + 1 - x) with 1 by lia. symmetry. apply whole_1.
  - rewrite (total_differences (fun x => x)). f_equal. lia.
Qed.

Lemma roots_identity : forall e N C A B flipped forward over i k q, 1 <= N -> is_root e N -> (over <=? 2)%nat = true ->
  let sign (b : bool) := if b then 1 else -1 in
  let divided_by (at_ : nat) := if Nat.eqb over at_ then inverse (Z.to_pos N) else rI in
  (forall i l, T C [i; l] = e (sign forward * (i * l)) *r divided_by 0%nat /\
    T A [l; i] = e (sign (xorb forward flipped) * (l * i)) *r divided_by 1%nat /\
    T B [l; i] = e (sign (negb forward) * (l * i)) *r divided_by 2%nat) ->
  total (fun l => T C [i; l] *r (T A [l; k] *r T B [l; q])) (upto 0 (Z.to_nat N)) =
  if together flipped (Some N) i k q then rI else rO.
Proof.
  intros e N C A B flipped forward over i k q HN [E0 [Eadd [EN ES]]] Ov sign divided_by HT.
  set (z := sign forward * apart flipped i k q).
  assert (Dv : divided_by 0%nat *r (divided_by 1%nat *r divided_by 2%nat) = inverse (Z.to_pos N)).
  { unfold divided_by. destruct over as [|[|[|o]]]; simpl; try ring. discriminate. }
  transitivity (total (fun l => e (z * l)) (upto 0 (Z.to_nat N)) *r inverse (Z.to_pos N)).
  - rewrite <- total_scale. apply total_ext. intros l _. destruct (HT i l) as [HC _]. destruct (HT k l) as [_ [HA _]].
    destruct (HT q l) as [_ [_ HB]]. rewrite HC, HA, HB, <- Dv.
    replace (z * l) with (sign forward * (i * l) + (sign (xorb forward flipped) * (l * k) + sign (negb forward) * (l * q))).
    + rewrite !Eadd. ring.
    + unfold z, apart, sign. destruct forward, flipped; cbn [xorb negb]; ring.
  - unfold together. destruct (Z.eqb_spec (apart flipped i k q mod N) 0) as [M|M].
    + rewrite (total_ext _ _ (fun _ => rI)).
      * rewrite total_ones, Z2Nat.id by lia. rewrite <- (Z2Pos.id N) at 1 by lia. apply inverse_right.
      * intros l _. replace (z * l) with (N * (sign forward * (apart flipped i k q / N) * l)); [apply EN|].
        unfold z. pose proof (Z.div_mod (apart flipped i k q) N). rewrite M in H.
        rewrite H at 2 by lia. ring.
    + rewrite ES; [ring|]. unfold z, sign. destruct forward.
      * rewrite Z.mul_1_l. auto.
      * intro X. apply M. apply Z.mod_divide in X; [|lia]. apply Z.mod_divide; [lia|].
        destruct X as [y X]. exists (- y). lia.
Qed.

Lemma shape_is_eq : forall A t n m, shape_is A t n m = true -> shape A t = Some [n; m].
Proof.
  intros A t n m H. unfold shape_is in H. destruct (shape A t); [|discriminate]. apply same_polys_eq in H. congruence.
Qed.

Lemma law_identity : forall A s lw C A' B flipped period L ni n1 nk n2 nq n3 i k q,
  law_holds A s lw -> matrices A lw = Some (C, A', B, flipped, period, L) -> 1 <= eval s L ->
  shape A C = Some [ni; n1] -> shape A A' = Some [n2; nk] -> shape A B = Some [n3; nq] ->
  within s i ni -> within s k nk -> within s q nq ->
  (match period with Some N => N = L | None => True end) /\
  total (fun l => T C [i; l] *r (T A' [l; k] *r T B [l; q])) (upto 0 (Z.to_nat (eval s L))) =
  if together flipped (option_map (eval s) period) i k q then rI else rO.
Proof.
  unfold within. intros A s lw C A' B flipped period L ni n1 nk n2 nq n3 i k q H M HL SC SA SB Hi Hk Hq.
  destruct lw as [t axes|C0 A0 B0 f c a b|C0 A0 B0 f forward order over]; cbn [matrices] in M; [discriminate| |].
  - destruct (products_right f c a b && _ && _ && _) eqn:X; [|discriminate]. injection M as M1 M2 M3 M4 M5 M6. subst.
    split; [exact I|]. rewrite !andb_true_iff in X. destruct X as [[[X1 X2] X3] X4].
    apply shape_is_eq in X2, X3, X4. rewrite X2 in SC. rewrite X3 in SA. rewrite X4 in SB.
    injection SC as SC _. injection SA as _ SA. injection SB as _ SB. subst.
    rewrite const_eval in *. rewrite Nat2Z.id. destruct H as [H1 [H2 H3]].
    apply numbers_identity with (c := c) (b := b); auto; lia.
  - destruct (over <=? 2)%nat eqn:X; [|discriminate]. injection M as M1 M2 M3 M4 M5 M6. subst. split; [auto|].
    destruct H as [e [He HT]]. apply (roots_identity e (eval s L) C A' B flipped forward over i k q HL He X HT).
Qed.

Lemma contracted_sound : forall A s t w one two three n why u x, well_assumed A = true -> satisfied A s -> lawful A s ->
  well_formed A t = true -> well_formed A u = true -> contracted A t w one two three n why = Some u ->
  term_value A s t x -> term_value A s u x.
Proof.
  intros A s t w one two three n why u x W S Law F G K H. unfold contracted in K.
  destruct (nth_error (laws A) w) as [lw|] eqn:Lw; [|discriminate].
  destruct (matrices A lw) as [[[[[[C A'] B] flipped] period] L]|] eqn:Mw; [|discriminate].
  destruct (bound t) as [|v V] eqn:Bt; [discriminate|].
  destruct (pick one (entries t)) as [[[C' [|i [|l1 [|]]]] r1]|] eqn:P1; try discriminate.
  destruct (pick two r1) as [[[A'' [|l2 [|k [|]]]] r2]|] eqn:P2; try discriminate.
  destruct (pick three r2) as [[[B' [|l3 [|q [|]]]] rest]|] eqn:P3; try discriminate.
  destruct (shape A C) as [[|ni [|n1 [|]]]|] eqn:SC; try discriminate.
  destruct (shape A A') as [[|n2 [|nk [|]]]|] eqn:SA; try discriminate.
  destruct (shape A B) as [[|n3 [|nq [|]]]|] eqn:SB; try discriminate.
  destruct (Pos.eqb C C' && _ && _ && _ && _ && _) eqn:X; [|discriminate].
  rewrite !andb_true_iff in X. destruct X as [[[[[X1 X2] X3] X4] X5] X6]. apply Pos.eqb_eq in X1, X2, X3. subst C' A'' B'.
  apply same_polys_eq in X4, X5. injection X4 as Y1 Y2 Y3. injection X5 as Z1 Z2 Z3. subst l1 l2 l3 n1 n2 n3.
  unfold lawful in Law. rewrite Forall_forall in Law. specialize (Law _ (nth_error_In _ _ Lw)).
  assert (HL : 1 <= eval s L).
  { destruct S as [S _]. apply (implies_holds s _ _ _ X6) in S. rewrite sub_eval, const_eval in S. lia. }
  pose proof (shape_closed _ _ _ W SC) as CC. pose proof (shape_closed _ _ _ W SA) as CA. pose proof (shape_closed _ _ _ W SB) as CB.
  simpl in CC, CA, CB. rewrite !andb_true_iff in CC, CA, CB.
  set (far := if flipped then sub (sub i k) q else sub (add i k) q) in *.
  set (boxes := in_box [i; k; q] [ni; nk; nq]) in *. set (t' := with_entries rest t) in *.
  set (left := with_ranges boxes (unbound 1 t')) in *. cbv zeta in K.
  pose proof F as F'. unfold well_formed in F'. rewrite !andb_true_iff in F'. destruct F' as [[[[Ba Di] _] _] _].
  rewrite Bt in Ba, Di.
  assert (Bl : bound left = V) by (unfold left, t'; simpl; rewrite Bt; reflexivity).
  assert (Kv : known (free A) V v = false).
  { apply (distinct_known (free A) [v] V v); simpl; auto. }
  assert (BV : above (free A) V = true) by (simpl in Ba; apply andb_true_iff in Ba; tauto).
  destruct (well_formed A left && closed (free A) V far) eqn:Gl; [|discriminate]. apply andb_true_iff in Gl.
  destruct Gl as [Gl Cf].
  destruct (rest_conditions _ _ _ Gl) as [U Cb]. change (bound (unbound 1 t')) with (bound left) in Cb. rewrite Bl in Cb.
  set (e := fun r => with_values s V r).
  assert (Ci : closed (free A) V i = true /\ closed (free A) V k = true /\ closed (free A) V q = true).
  { unfold boxes in Cb. cbn [in_box forallb] in Cb. rewrite !andb_true_iff in Cb. tauto. }
  destruct Ci as [Ci [Ck Cq]].
  assert (Ev : forall y r p, closed (free A) V p = true -> eval (with_values s (bound t) (y :: r)) p = eval (e r) p).
  { intros y r p Cp. rewrite Bt. unfold e. apply (more_values (free A)); auto. }
  assert (Vv : forall y r, with_values s (bound t) (y :: r) v = y) by (intros; rewrite Bt; simpl; rewrite Pos.eqb_refl; auto).
  assert (Fs : forall y r p, closed (free A) [] p = true -> eval (with_values s (bound t) (y :: r)) p = eval s p).
  { intros y r p Cp. rewrite Bt. apply (free_eval (free A)); auto. }
  assert (Fe : forall r p, closed (free A) [] p = true -> eval (e r) p = eval s p).
  { intros r p Cp. unfold e. apply (free_eval (free A)); auto. }
  pose proof (fun z => taken A t one _ _ z P1) as T1.
  pose proof (fun z => taken A (with_entries r1 t) two _ _ z P2) as T2.
  pose proof (fun z => taken A (with_entries r2 t) three _ _ z P3) as T3.
  change (with_entries r2 (with_entries r1 t)) with (with_entries r2 t) in T2.
  change (with_entries rest (with_entries r2 t)) with t' in T3.
  assert (Un : forall y r, holds A t' (with_values s (bound t) (y :: r)) = holds A t' (e r) /\
    value_at (with_values s (bound t) (y :: r)) t' = value_at (e r) t').
  { intros y r. pose proof (unbound_same A s t' 1 [y] r) as Q. unfold e. change (bound t') with (bound t) in Q.
    rewrite Bt in *. apply Q; auto. simpl. lia. }
  assert (Sl : forall r, support A s left r <-> length r = length V /\ holds A t' (e r) = true /\
    within s (eval (e r) i) ni /\ within s (eval (e r) k) nk /\ within s (eval (e r) q) nq).
  { intro r. unfold support. rewrite Bl. fold (e r). unfold left. rewrite with_ranges_holds. unfold boxes, within.
    cbn [in_box forallb]. rewrite !sub_eval, !const_eval, (Fe r ni), (Fe r nk), (Fe r nq) by tauto. rewrite !andb_true_iff, !Z.leb_le.
    change (holds A (unbound 1 t') (e r)) with (holds A t' (e r)). tauto. }
  assert (St : forall a, support A s t a <-> exists x0 r, a = x0 ++ r /\ length x0 = 1%nat /\ support A s left r /\
    (exists y, x0 = [y] /\ 0 <= y < eval s L)).
  { intro a. unfold support at 1. rewrite (proj1 (T1 _)), (proj1 (T2 _)), (proj1 (T3 _)). unfold entry_holds, entry_conditions.
    cbn [fst snd]. rewrite SC, SA, SB. cbn [in_box forallb]. split.
    - intros [La Ha]. destruct a as [|y r]; [rewrite Bt in La; discriminate|].
      rewrite (proj1 (Un y r)) in Ha. rewrite !sub_eval, !var_eval, !const_eval, !Vv, (Ev y r i), (Ev y r k), (Ev y r q), (Fs y r ni), (Fs y r nk), (Fs y r nq), !(Fs y r L) in Ha by tauto.
      rewrite !andb_true_iff, !Z.leb_le in Ha. exists [y], r.
      split; [reflexivity|split; [reflexivity|split; [|exists y; split; [reflexivity | lia]]]].
      apply Sl. unfold within. rewrite Bt in La. simpl in La. injection La as La. intuition lia.
    - intros [x0 [r [Ea [_ [Hs [y [Ey Hy]]]]]]]. subst x0 a. cbn [app]. apply Sl in Hs. unfold within in Hs. split.
      + rewrite Bt. simpl. f_equal. tauto.
      + rewrite (proj1 (Un y r)). rewrite !sub_eval, !var_eval, !const_eval, !Vv, (Ev y r i), (Ev y r k), (Ev y r q), (Fs y r ni), (Fs y r nk), (Fs y r nq), !(Fs y r L) by tauto.
        rewrite !andb_true_iff, !Z.leb_le. intuition lia. }
  set (D := fun r => together flipped (option_map (eval s) period) (eval (e r) i) (eval (e r) k) (eval (e r) q)).
  assert (Id : forall r, support A s left r -> (match period with Some N => N = L | None => True end) /\
    total (fun l => T C [eval (e r) i; l] *r (T A' [l; eval (e r) k] *r T B [l; eval (e r) q])) (upto 0 (Z.to_nat (eval s L))) =
    if D r then rI else rO).
  { intros r Hs. apply Sl in Hs. eapply law_identity; eauto; tauto. }
  assert (Sum : sums (support A s left) (fun r => if D r then value_at (e r) left else rO) x).
  { apply (sums_stages (support A s t) _ (fun r x0 => exists y, x0 = [y] /\ 0 <= y < eval s L)
      (fun a => value_at (with_values s (bound t) a) t) _ 1%nat x); [exact St | | |exact H].
    - intros r _. exists [0]. split; auto. exists 0. split; auto. lia.
    - intros r Hs. exists (map (fun y => [y]) (upto 0 (Z.to_nat (eval s L)))). split; [|split].
      + apply NoDup_map_on with (g := @hd Z 0); auto. apply upto_distinct.
      + intro x0. rewrite in_map_iff. split.
        * intros [y [E I]]. apply upto_in in I. subst. split; auto. exists y. split; auto. lia.
        * intros [_ [y [E I]]]. exists y. split; auto. apply upto_in. lia.
      + rewrite total_map. transitivity ((if D r then rI else rO) *r value_at (e r) t').
        * change (value_at (e r) left) with (value_at (e r) t'). destruct (D r); ring.
        * rewrite <- (proj2 (Id r Hs)), <- total_scale. apply total_ext. intros y _. cbn [app].
          rewrite (proj2 (T1 _)), (proj2 (T2 _)), (proj2 (T3 _)), (proj2 (Un y r)). unfold entry. cbn [fst snd map].
          rewrite !var_eval, !Vv, (Ev y r i), (Ev y r k), (Ev y r q) by auto. ring. }
  apply (sums_where _ D _ (fun r => value_at (e r) left)) in Sum; [|reflexivity].
  assert (Far : forall r, eval (e r) far = apart flipped (eval (e r) i) (eval (e r) k) (eval (e r) q)).
  { intro r. unfold far, apart. destruct flipped; rewrite !sub_eval; rewrite ?add_eval; reflexivity. }
  destruct period as [N|].
  - destruct (negb (known (free A) V n) && closed (free A) [] N) eqn:Kn; [|discriminate]. injection K as K. subst u.
    apply andb_true_iff in Kn. destruct Kn as [Kn CN]. apply negb_true_iff in Kn.
    assert (HN : forall r, support A s left r -> N = L) by (intros r Hs; apply (Id r Hs)).
    pose proof Gl as Gl'. unfold well_formed in Gl'. rewrite !andb_true_iff, Bl in Gl'. destruct Gl' as [[[[_ _] Gn] Ge] Gc].
    rewrite forallb_forall in Ge, Gc.
    assert (Mv : forall y r p, closed (free A) V p = true -> eval (with_values s (n :: V) (y :: r)) p = eval (e r) p).
    { intros y r p Cp. unfold e. apply (more_values (free A)); auto. }
    assert (Bm : bound (with_multiple n far N left) = n :: V) by (change (n :: bound left = n :: V); rewrite Bl; reflexivity).
    assert (An : above (free A) (n :: V) = true).
    { unfold well_formed in G. rewrite Bm, !andb_true_iff in G. tauto. }
    assert (Hn : forall y r, holds A (with_multiple n far N left) (with_values s (n :: V) (y :: r)) =
      (eval (e r) far + eval s N * y =? 0) && holds A left (e r)).
    { intros y r. unfold holds.
      change (conditions A (with_multiple n far N left)) with
        (add far (times N (var n)) :: scale (-1) (add far (times N (var n))) :: conditions A left).
      cbn [forallb]. rewrite scale_eval, add_eval, times_eval, var_eval, (Mv y r far Cf).
      rewrite (free_eval (free A) (n :: V) s (y :: r) N) by auto.
      assert (Yn : with_values s (n :: V) (y :: r) n = y) by (simpl; rewrite Pos.eqb_refl; auto). rewrite Yn.
      pose proof (holds_ext A left (with_values s (n :: V) (y :: r)) (e r) (fun p I => Mv y r p (Gc p I))) as Hx. unfold holds in Hx.
      rewrite Hx. destruct (Z.eqb_spec (eval (e r) far + eval s N * y) 0) as [E|E].
      - rewrite E. reflexivity.
      - destruct (Z.leb_spec 0 (eval (e r) far + eval s N * y)); destruct (Z.leb_spec 0 (-1 * (eval (e r) far + eval s N * y)));
          simpl; auto; lia. }
    assert (Vn : forall y r, value_at (with_values s (n :: V) (y :: r)) (with_multiple n far N left) = value_at (e r) left).
    { intros y r. change (value_at (with_values s (n :: V) (y :: r)) (with_multiple n far N left)) with
        (value_at (with_values s (n :: V) (y :: r)) left).
      apply value_at_ext; [apply Mv; auto|]. intros a p I J. apply Mv. specialize (Ge _ I). rewrite forallb_forall in Ge. auto. }
    revert Sum. unfold term_value. rewrite Bm.
    apply sums_bijection with (there := fun r => - (eval (e r) far / eval s N) :: r) (back := @tl Z).
    + intros r [Hs Hd]. unfold D, together in Hd. cbn [option_map] in Hd. rewrite <- Far in Hd. apply Z.eqb_eq in Hd.
      pose proof (HN r Hs) as En. split; [|split; [reflexivity|apply Vn]].
      unfold support in *. rewrite Bm, Bl in *. fold (e r) in Hs. destruct Hs as [Hl Hs]. split; [simpl; congruence|].
      rewrite Hn, Hs, andb_true_r. apply Z.eqb_eq. subst N. pose proof (Z.div_mod (eval (e r) far) (eval s L)). lia.
    + intros [|y r] [Hl Hs]; rewrite Bm in *; [discriminate|]. rewrite Hn, andb_true_iff in Hs. destruct Hs as [Hz Hs].
      apply Z.eqb_eq in Hz. cbn [tl].
      assert (Hq : support A s left r) by (split; [rewrite Bl; simpl in Hl; congruence | rewrite Bl; exact Hs]).
      pose proof (HN r Hq) as En. subst N.
      assert (Em : eval (e r) far = eval s L * (- y)) by lia.
      split; [split; auto|].
      * unfold D, together. cbn [option_map]. rewrite <- Far, Em. apply Z.eqb_eq. rewrite Z.mul_comm. apply Z.mod_mul. lia.
      * f_equal. rewrite Em, Z.mul_comm, Z.div_mul by lia. lia.
  - injection K as K. subst u. eapply sums_ext; [| |exact Sum].
    + intro r. unfold support. change (bound (with_bracket far left)) with (bound left). rewrite Bl. fold (e r).
      unfold D, together. cbn [option_map]. rewrite <- Far.
      assert (Hb : holds A (with_bracket far left) (e r) = (eval (e r) far =? 0) && holds A left (e r)).
      { unfold holds, conditions. rewrite !forallb_app. cbn [with_bracket brackets ranges entries flat_map app forallb].
        rewrite scale_eval. destruct (Z.eqb_spec (eval (e r) far) 0) as [E|E].
        - rewrite E. reflexivity.
        - destruct (Z.leb_spec 0 (eval (e r) far)); destruct (Z.leb_spec 0 (-1 * eval (e r) far)); simpl; auto; lia. }
      rewrite Hb, andb_true_iff. tauto.
    + intros r _. change (bound (with_bracket far left)) with (bound left). rewrite Bl. reflexivity.
Qed.

(* -- steps ------------------------------------------------------------------------------------------------------------- *)

Inductive rule :=
  | Moved (x : transfer)
  | Empty (c : certificate)                                    (* the conditions contradict each other *)
  | Vanished                                                   (* the coefficient is 0 *)
  | Split (e : poly)                                           (* e >= 0, or -e - 1 >= 0 *)
  | Insert (u : term) (bs : list bounds)                       (* g = g + u - u for a finite sum u *)
  | Apart (c d : poly * positive)                              (* the coefficient is c + d *)
  | Quotient (q : name) (e S : poly) (c : certificate)
  | Unquotient (q : name) (e S : poly) (c : certificate)       (* the other way round *)
  | Telescope (F a b : poly) (D : positive)                    (* the first bound name, from a to b *)
  | Greatest (m : name) (p : poly) (cs : list certificate)     (* m <= p, if p is the greatest *)
  | Ungreatest (m : name) (p : poly) (cs : list certificate)   (* the other way round *)
  | Merge (other : nat)                                        (* like terms are added *)
  | Unsplit (other : nat)                                      (* Split, the other way round, with another term *)
  | AddUp (w entry : nat) (cs : list certificate)              (* entries that add up to 1, over the first bound names *)
  | Contract (w one two three : nat) (q : name) (c : certificate).   (* C A B of a law, over the first bound name *)

Definition step := (nat * rule)%type.

Definition divides (A : assumptions) (q : name) (e S : poly) (c : certificate) (t : term) : bool :=
  well_formed A t && negb (known (free A) (bound t) q) && closed (free A) (bound t) e &&
  closed (free A) (bound t) S && implies (given A t) (sub S (const 1)) c.

Definition becomes (A : assumptions) (r : rule) (t : term) : option form :=
  match r with
  | Moved x => if transfers A t x then Some [result x] else None
  | Empty c => if refutes (given A t) c then Some [] else None
  | Vanished => if is_zero (numerator t) then Some [] else None
  | Split e => Some [with_range e t; with_range (opposite e) t]
  | Insert u bs => if well_formed A u && bounded A u bs then
      Some [t; u; with_coefficient (scale (-1) (numerator u), denominator u) u] else None
  | Apart c d => if same_fractions (fraction_of t) (plus c d) then Some [with_coefficient c t; with_coefficient d t] else None
  | Quotient q e b c => if divides A q e b c t then Some [with_quotient q e b t] else None
  | Unquotient q e b c =>
      let u := Term (numerator t) (denominator t) (entries t) (brackets t) (tl (tl (ranges t))) (tl (bound t)) in
      if divides A q e b c u && same_term t (with_quotient q e b u) then Some [u] else None
  | Telescope F a b D => if telescopes A t F a b D then Some [telescoped t F a b D] else None
  | Greatest m p cs => if is_greatest A t m p cs then Some [with_range (sub p (var m)) t] else None
  | Ungreatest m p cs =>
      let u := Term (numerator t) (denominator t) (entries t) (brackets t) (tl (ranges t)) (bound t) in
      if well_formed A u && is_greatest A u m p cs && same_term t (with_range (sub p (var m)) u) then Some [u] else None
  | AddUp w i cs => match added_up A t w i cs with Some u => Some [u] | None => None end
  | Contract w i j k q c => match contracted A t w i j k q c with Some u => Some [u] | None => None end
  | Merge _ | Unsplit _ => None
  end.

Definition apply (A : assumptions) (s : step) (f : form) : option form :=
  match pick (fst s) f with
  | None => None
  | Some (t, rest) =>
      let new := match snd s with
        | Merge j =>
            match pick j rest with
            | Some (u, others) =>
                if same_key t u then Some (with_coefficient (plus (fraction_of t) (fraction_of u)) t :: others) else None
            | None => None
            end
        | Unsplit j =>
            match ranges t, pick j rest with
            | e :: more, Some (u, others) =>
                let whole := Term (numerator t) (denominator t) (entries t) (brackets t) more (bound t) in
                if same_term u (with_range (opposite e) whole) then Some (whole :: others) else None
            | _, _ => None
            end
        | r => match becomes A r t with Some ts => Some (ts ++ rest) | None => None end
        end in
      match new with Some g => if forallb (well_formed A) g then Some g else None | None => None end
  end.

Lemma becomes_sound : forall A s r t ts q, well_assumed A = true -> satisfied A s -> lawful A s ->
  well_formed A t = true -> becomes A r t = Some ts -> forallb (well_formed A) ts = true -> term_value A s t q -> value A s ts q.
Proof.
  intros A s r t ts q W S Law F B G H.
  destruct r as [x|c| |e|v bs|c d|m e S' c|m e S' c|F' a' b' D'|m p cs|m p cs|j|j|w i cs|w i j k m c]; simpl in B.
  - destruct (transfers A t x) eqn:C; [|discriminate]. injection B as B. subst. simpl in G. rewrite andb_true_r in G.
    apply value_term. apply (transfer_sound A s t x q W S F G C H).
  - destruct (refutes _ c) eqn:C; [|discriminate]. injection B as B. subst. eapply empty_sound; eauto.
  - destruct (is_zero _) eqn:C; [|discriminate]. injection B as B. subst. eapply zero_sound; eauto.
  - injection B as B. subst. apply split_sound; auto.
  - destruct (well_formed A v && _) eqn:C; [|discriminate]. injection B as B. subst ts.
    apply andb_true_iff in C. destruct C as [C1 C2].
    destruct (bounded_sound _ _ _ _ W S C1 C2) as [w Hw].
    replace q with (q +r (w +r (ropp w +r rO))) by ring.
    repeat (constructor; auto). destruct Hw as [l [N [M X]]]. exists l. split; [auto|split; [exact M|]].
    rewrite X, total_opposite. apply total_ext. intros y _. unfold value_at, coefficient. simpl.
    rewrite scale_eval, whole_mul. replace (whole (-1)) with (ropp rI) by reflexivity. ring.
  - destruct (same_fractions _ _) eqn:C; [|discriminate]. injection B as B. subst.
    destruct (coefficient_value A s t q c d) as [a [b [P1 [P2 E]]]]; auto.
    + intro u. rewrite <- plus_fraction. apply same_fractions_hold. exact C.
    + subst. constructor; auto. apply value_term. auto.
  - destruct (divides _ _ _ _ _ _) eqn:C; [|discriminate]. injection B as B. subst. apply value_term.
    unfold divides in C. rewrite !andb_true_iff in C. destruct C as [[[[C1 C2] C3] C4] C5]. apply negb_true_iff in C2.
    apply (quotient_iff A s t m e S' c q W S F C2 C3 C4 C5). exact H.
  - destruct (divides _ _ _ _ _ _ && _) eqn:C; [|discriminate]. injection B as B. subst. apply value_term.
    apply andb_true_iff in C. destruct C as [C C6]. apply same_term_eq in C6. rewrite C6 in H.
    unfold divides in C. rewrite !andb_true_iff in C. destruct C as [[[[C1 C2] C3] C4] C5]. apply negb_true_iff in C2.
    apply (quotient_iff A s _ m e S' c q W S C1 C2 C3 C4 C5). exact H.
  - destruct (telescopes A t F' a' b' D') eqn:C; [|discriminate]. injection B as B. subst. simpl in G.
    rewrite andb_true_r in G. apply value_term. apply telescoped_sound; auto.
  - destruct (is_greatest _ _ _ _ _) eqn:C; [|discriminate]. injection B as B. subst. apply value_term.
    apply (greatest_iff A s t m p cs q W S F C). exact H.
  - destruct (well_formed A _ && _ && _) eqn:C; [|discriminate]. injection B as B. subst. apply value_term.
    rewrite !andb_true_iff in C. destruct C as [[C1 C2] C3]. apply same_term_eq in C3. rewrite C3 in H.
    apply (greatest_iff A s _ m p cs q W S C1 C2). exact H.
  - discriminate.
  - discriminate.
  - destruct (added_up A t w i cs) as [u|] eqn:C; [|discriminate]. injection B as B. subst. simpl in G.
    rewrite andb_true_r in G. apply value_term. apply (added_up_sound A s t w i cs u q); auto.
  - destruct (contracted A t w i j k m c) as [u|] eqn:C; [|discriminate]. injection B as B. subst. simpl in G.
    rewrite andb_true_r in G. apply value_term. apply (contracted_sound A s t w i j k m c u q); auto.
Qed.

Lemma pick_forallb : forall X (p : X -> bool) i l x rest, pick i l = Some (x, rest) -> forallb p l = true ->
  p x = true /\ forallb p rest = true.
Proof.
  induction i as [|i IH]; intros [|y l] x rest E H; simpl in *; try discriminate; apply andb_true_iff in H; destruct H.
  - injection E as E E'. subst. auto.
  - destruct (pick i l) as [[z others]|] eqn:P; [|discriminate]. injection E as E E'. subst.
    destruct (IH _ _ _ P) as [H1 H2]; auto. simpl. rewrite H2. split; auto. apply andb_true_iff. auto.
Qed.

Lemma apply_sound : forall A s st f g q, well_assumed A = true -> satisfied A s -> lawful A s -> forallb (well_formed A) f = true ->
  apply A st f = Some g -> value A s f q -> forallb (well_formed A) g = true /\ value A s g q.
Proof.
  intros A s [i r] f g q W S Law F B H. unfold apply in B. cbn [fst snd] in B.
  destruct (pick i f) as [[t rest]|] eqn:P; [|discriminate].
  destruct (pick_forallb _ _ _ _ _ _ P F) as [Ft Fr].
  destruct (value_pick _ _ _ _ _ _ _ P H) as [a [b [Ha [Hb E]]]].
  assert (X : forall ts, becomes A r t = Some ts ->
    (if forallb (well_formed A) (ts ++ rest) then Some (ts ++ rest) else None) = Some g ->
    forallb (well_formed A) g = true /\ value A s g q).
  { intros ts Y Z. destruct (forallb (well_formed A) (ts ++ rest)) eqn:G; [|discriminate]. injection Z as Z. subst g.
    split; auto. rewrite E. rewrite forallb_app, andb_true_iff in G. destruct G as [G1 G2].
    apply value_app; auto. eapply becomes_sound; eauto. }
  destruct r; try (destruct (becomes A _ t) as [ts|] eqn:Y; [eapply X; eauto | discriminate]).
  - destruct (pick other rest) as [[u others]|] eqn:Q; [|discriminate].
    destruct (same_key t u) eqn:K; [|discriminate].
    destruct (value_pick _ _ _ _ _ _ _ Q Hb) as [c [d [Hc [Hd E']]]].
    match type of B with (if ?c then _ else _) = _ => destruct c eqn:G; [|discriminate] end.
    injection B as B. subst g. split; [exact G|].
    replace q with (a +r c +r d) by (rewrite E, E'; ring).
    constructor; auto. apply merged_value; auto.
  - destruct (ranges t) as [|e more] eqn:M; [discriminate|].
    destruct (pick other rest) as [[u others]|] eqn:Q; [|discriminate].
    set (w := Term (numerator t) (denominator t) (entries t) (brackets t) more (bound t)) in *.
    destruct (same_term u _) eqn:K; [|discriminate]. apply same_term_eq in K.
    destruct (value_pick _ _ _ _ _ _ _ Q Hb) as [c [d [Hc [Hd E']]]]. rewrite K in Hc.
    match type of B with (if ?c then _ else _) = _ => destruct c eqn:G; [|discriminate] end.
    injection B as B. subst g. split; [exact G|].
    replace q with (a +r c +r d) by (rewrite E, E'; ring).
    constructor; auto. apply unsplit_sound with e; auto.
    assert (T' : t = with_range e w). { unfold w, with_range. simpl. rewrite <- M. destruct t; reflexivity. }
    rewrite <- T'. auto.
Qed.

Fixpoint run (A : assumptions) (steps : list step) (f : form) : option form :=
  match steps with
  | [] => Some f
  | st :: rest => match apply A st f with Some g => run A rest g | None => None end
  end.

Lemma run_sound : forall A s steps f g q, well_assumed A = true -> satisfied A s -> lawful A s -> forallb (well_formed A) f = true ->
  run A steps f = Some g -> value A s f q -> value A s g q.
Proof.
  induction steps as [|st steps IH]; intros f g q W S Law F B H; simpl in B.
  - injection B as B. subst. auto.
  - destruct (apply A st f) as [h|] eqn:P; [|discriminate].
    destruct (apply_sound _ _ _ _ _ _ W S Law F P H) as [G V]. eapply IH; eauto.
Qed.

(* -- theorems ---------------------------------------------------------------------------------------------------------- *)

(* Whether two formulas are the same but for the order of their terms. *)
Fixpoint same_form (f g : form) (places : list nat) : bool :=
  match f, places with
  | [], [] => match g with [] => true | _ => false end
  | t :: f', i :: places' =>
      match pick i g with
      | Some (u, rest) => same_key t u && same_fractions (fraction_of t) (fraction_of u) && same_form f' rest places'
      | None => false
      end
  | _, _ => false
  end.

Lemma same_form_value : forall A s places f g q, same_form f g places = true -> value A s g q -> value A s f q.
Proof.
  induction places as [|i places IH]; intros [|t f] g q C K; simpl in C; try discriminate.
  - destruct g; [|discriminate]. auto.
  - destruct (pick i g) as [[u rest]|] eqn:P; [|discriminate]. rewrite !andb_true_iff in C. destruct C as [[C1 C2] C3].
    destruct (value_pick _ _ _ _ _ _ _ P K) as [c [d [K1 [K2 E]]]]. subst.
    constructor; eauto. eapply same_value_back; eauto.
Qed.

Lemma finite_form : forall A s f bs, well_assumed A = true -> satisfied A s -> forallb (well_formed A) f = true ->
  all2 (bounded A) f bs = true -> exists q, value A s f q.
Proof.
  induction f as [|t f IH]; intros [|b bs] W S F C; simpl in *; try discriminate.
  - exists rO. constructor.
  - apply andb_true_iff in F, C. destruct F as [F1 F2]. destruct C as [C1 C2].
    destruct (bounded_sound _ _ _ _ W S F1 C1) as [q Hq]. destruct (IH _ W S F2 C2) as [r Hr].
    exists (q +r r). constructor; auto.
Qed.

End Ring.

(* A proof has, for each formula, the bounds of its terms' sums, the steps, and where the terms of the first formula's last
   line are in its last line. *)
Record proof := Proof { ends : list (list bounds); steps : list step; places : list nat }.

Definition last_line (A : assumptions) (f : form) (p : proof) : option form :=
  if forallb (well_formed A) f then run A (steps p) f else None.

Definition check (A : assumptions) (fs : list form) (ps : list proof) : bool :=
  match fs, ps with
  | f :: _, p :: _ =>
      match last_line A f p with
      | Some g => well_assumed A && all2 (fun f' p' =>
          match last_line A f' p' with Some g' => same_form g g' (places p') | None => false end) fs ps
      | None => false
      end
  | _, _ => false
  end.

Definition finite (A : assumptions) (fs : list form) (ps : list proof) : bool :=
  all2 (fun f p => forallb (well_formed A) f && all2 (bounded A) f (ends p)) fs ps.

(* For every commutative ring in which 1, 2, 3, .. have inverses, all tensors, and all integers that satisfy what is
   assumed: formulas that are finite sums have one value. *)
Definition same_value (A : assumptions) (fs : list form) : Prop :=
  forall (R : Type) (rO rI : R) (radd rmul rsub : R -> R -> R) (ropp : R -> R) (inverse : positive -> R),
  ring_theory rO rI radd rmul rsub ropp (@eq R) ->
  (forall d, rmul (whole R rO rI radd rmul ropp (Zpos d)) (inverse d) = rI) ->
  forall (T : positive -> list Z -> R) (s : env), satisfied A s ->
  lawful R rO rI radd rmul ropp inverse T A s ->
  forall f g q r, In f fs -> In g fs ->
  value R rO rI radd rmul ropp inverse T A s f q -> value R rO rI radd rmul ropp inverse T A s g r -> q = r.

(* And all formulas are finite sums, of one value. *)
Definition one_value (A : assumptions) (fs : list form) : Prop :=
  forall (R : Type) (rO rI : R) (radd rmul rsub : R -> R -> R) (ropp : R -> R) (inverse : positive -> R),
  ring_theory rO rI radd rmul rsub ropp (@eq R) ->
  (forall d, rmul (whole R rO rI radd rmul ropp (Zpos d)) (inverse d) = rI) ->
  forall (T : positive -> list Z -> R) (s : env), satisfied A s ->
  lawful R rO rI radd rmul ropp inverse T A s ->
  exists q, forall f, In f fs -> value R rO rI radd rmul ropp inverse T A s f q.

Lemma check_parts : forall A fs ps, check A fs ps = true -> well_assumed A = true /\ exists g,
  forall f, In f fs -> forallb (well_formed A) f = true /\
    exists p h, run A (steps p) f = Some h /\ same_form g h (places p) = true.
Proof.
  intros A fs ps C. destruct fs as [|f fs]; [discriminate|]. destruct ps as [|p ps]; [discriminate|]. unfold check in C.
  destruct (last_line A f p) as [g|]; [|discriminate]. apply andb_true_iff in C. destruct C as [W C].
  split; [exact W|]. exists g. intros h I. destruct (all2_in _ _ _ _ _ _ C I) as [p' E].
  unfold last_line in E. destruct (forallb (well_formed A) h) eqn:B; [|discriminate].
  destruct (run A (steps p') h) as [k|] eqn:K; [|discriminate]. split; [reflexivity|]. exists p', k. auto.
Qed.

(* The number of the first step that is not right, counted from n; None if all are. *)
Fixpoint refused_from (n : nat) (A : assumptions) (l : list step) (f : form) : option nat :=
  match l with
  | [] => None
  | st :: rest => match apply A st f with Some g => refused_from (S n) A rest g | None => Some n end
  end.

Theorem check_sound : forall A fs ps, check A fs ps = true -> same_value A fs.
Proof.
  intros A fs ps C R rO rI radd rmul rsub ropp inverse is_ring inverse_right T s S Law f h q r I J Q H.
  destruct (check_parts _ _ _ C) as [W [g L]].
  assert (V : forall f q, In f fs -> value R rO rI radd rmul ropp inverse T A s f q ->
    value R rO rI radd rmul ropp inverse T A s g q).
  { clear - is_ring inverse_right W S Law L. intros f q I H. destruct (L f I) as [F [p [h [K E]]]].
    eapply same_form_value; eauto. eapply run_sound; eauto. }
  pose proof (V f q I Q) as V1. pose proof (V h r J H) as V2. eapply value_unique; eauto.
Qed.

Theorem finite_sound : forall A fs ps, check A fs ps && finite A fs ps = true -> one_value A fs.
Proof.
  intros A fs ps C R rO rI radd rmul rsub ropp inverse is_ring inverse_right T s S Law.
  apply andb_true_iff in C. destruct C as [C D]. pose proof (check_parts _ _ _ C) as [W _].
  assert (V : forall f, In f fs -> exists q, value R rO rI radd rmul ropp inverse T A s f q).
  { intros f I. destruct (all2_in _ _ _ _ _ _ D I) as [p E]. apply andb_true_iff in E. destruct E as [E1 E2].
    eapply finite_form; eauto. }
  destruct fs as [|f fs]; [discriminate|]. destruct (V f (or_introl eq_refl)) as [q Q]. exists q. intros g I.
  destruct (V g I) as [r H]. replace q with r; auto.
  eapply (check_sound _ _ _ C R rO rI radd rmul rsub ropp inverse is_ring inverse_right T s S Law g f); simpl; eauto.
Qed.

Print Assumptions finite_sound.
(* -- layers ------------------------------------------------------------------------------------------------------------ *)

(* What a layer is, from its parameters: an output, or a derivative of a loss L by an entry, as a formula.

     output       h[e, g, o, i] = b[g, o] + a sum over c, k, j, r of w[g, o, c, k] X[e, g, c, j] J
     grad_weight  dL/dw[g, o, c, k]     = sum over e, i, j, r of D[e, g, o, i] X[e, g, c, j] J
     grad_input   dL/dX[e, g, c, j]     = sum over o, i, k, r of a D[e, g, o, i] w[g, o, c, k] J
     grad_bias    dL/db[g, o]           = sum over e, i of D[e, g, o, i],      D = dL/dh

   i, j, k and r are one index for each axis; e, g, o and c are left out if there is one. Kinds without weights have w = 1
   for 0 <= k <= K - 1; only an average has a factor a (see ``divisor_of``); a maximum has switches w[e, g, i, k]. *)
Inductive letter := AtE | AtG | AtC | AtO | AtI | AtJ | AtK | AtR.
Inductive tensor := TX | TW | TD | TB | TA.
(* What an average divides by: the size of the kernel, a number that is given, or how many of the elements -a .. n + b - 1
   of each axis a window has. *)
Inductive divisor := OfKernel | Given (p : poly) | Inside (ends : list (poly * poly)).
Inductive kind := Reading | BatchGrouped | Transposed | Average (by_ : divisor) | Maximum | UpSampling.
Inductive padding := Zeros | Circular | Reflect | Replicate.
Inductive quantity := Output | GradWeight | GradInput | GradBias.
Definition role := (letter * nat)%type.

Record axis := Axis { in_size : poly; kernel : poly; out_size : poly; stride : poly; dilation : poly; spread : poly;
  before : poly; after : poly }.
Record layer := Layer {
  kind_of : kind; mode : padding; flipped : bool; axes_of : list axis;
  channels : list (letter * poly);              (* how many there are of e, g, c and o, without those of which there is one *)
  tensors : list (tensor * positive) }.

Definition letter_code (l : letter) : positive :=
  match l with AtE => 1 | AtG => 2 | AtC => 3 | AtO => 4 | AtI => 5 | AtJ => 6 | AtK => 7 | AtR => 8 end.
Definition same_letter (l m : letter) : bool := Pos.eqb (letter_code l) (letter_code m).
Definition same_role (r s : role) : bool := same_letter (fst r) (fst s) && Nat.eqb (snd r) (snd s).
Definition same_tensor (t u : tensor) : bool :=
  match t, u with TX, TX | TW, TW | TD, TD | TB, TB | TA, TA => true | _, _ => false end.

Definition letters_of (k : kind) (t : tensor) : list letter :=
  match t, k with
  | TX, BatchGrouped => [AtG; AtE; AtC; AtJ]
  | TX, _ => [AtE; AtG; AtC; AtJ]
  | TD, _ => [AtE; AtG; AtO; AtI]
  | TB, _ => [AtG; AtO]
  | TW, Transposed => [AtG; AtC; AtO; AtK]
  | TW, Maximum => [AtE; AtG; AtI; AtK]
  | TW, _ => [AtG; AtO; AtC; AtK]
  | TA, Average (Inside _) => [AtI]
  | TA, _ => []
  end.
Definition has_weight (k : kind) : bool := match k with Average _ | UpSampling => false | _ => true end.
Definition has_factor (k : kind) : bool := match k with Average _ => true | _ => false end.
Definition writes (k : kind) : bool := match k with Transposed | UpSampling => true | _ => false end.

Definition on_axis (L : layer) (l : letter) : list role := map (fun a => (l, a)) (seq 0 (length (axes_of L))).
Definition size_of (L : layer) (r : role) : option poly :=
  let on f := option_map f (nth_error (axes_of L) (snd r)) in
  match fst r with
  | AtI => on out_size | AtJ => on in_size | AtK => on kernel | AtR => None
  | l => option_map snd (find (fun c => same_letter l (fst c)) (channels L))
  end.
Definition roles_of (L : layer) (t : tensor) : list role :=
  flat_map (fun l => match l with
    | AtI | AtJ | AtK | AtR => on_axis L l
    | _ => match size_of L (l, O) with Some _ => [(l, O)] | None => [] end
    end) (letters_of (kind_of L) t).

Definition used (q : quantity) : list tensor :=
  match q with Output => [TW; TX] | GradWeight => [TD; TX] | GradInput => [TD; TW] | GradBias => [TD] end.
Definition entry_tensor (q : quantity) : tensor :=
  match q with Output => TD | GradWeight => TW | GradInput => TX | GradBias => TB end.

(* The name of an index: that of the entry, or one that is bound. *)
Definition name_of (A : assumptions) (L : layer) (q : quantity) (entry : list name) (r : role) : name :=
  match find (fun rn => same_role r (fst rn)) (combine (roles_of L (entry_tensor q)) entry) with
  | Some (_, n) => n
  | None => (free A + letter_code (fst r) + 8 * Pos.of_nat (S (snd r)))%positive
  end.

(* Where output i and input j meet through k: brackets and ranges; any of these. *)
Definition meetings (L : layer) (at_ : role -> name) (a : nat) (x : axis) : list (list poly * list poly) :=
  let v l := var (at_ (l, a)) in
  let moved k := sub (times (dilation x) k) (before x) in
  if writes (kind_of L) then [([sub (add (times (stride x) (v AtJ)) (moved (v AtK))) (v AtI)], [])] else
  let k := if flipped L then sub (sub (kernel x) (const 1)) (v AtK) else v AtK in
  let p := add (times (stride x) (v AtI)) (moved k) in
  let last := sub (in_size x) (const 1) in
  let meet q := sub q (times (spread x) (v AtJ)) in
  match mode L with
  | Zeros => [([meet p], [])]
  | Circular => [([meet (add p (times (add (times (spread x) last) (const 1)) (v AtR)))], [])]
  | Reflect => [([meet p], []); ([sub (scale (-1) p) (v AtJ)], [sub (const (-1)) p]);
      ([sub (sub (add last last) p) (v AtJ)], [sub p (in_size x)])]
  | Replicate => [([meet p], []); ([scale (-1) (v AtJ)], [sub (const (-1)) p]); ([sub last (v AtJ)], [sub p (in_size x)])]
  end.

Fixpoint number_from {X} (a : nat) (l : list X) : list (nat * X) :=
  match l with [] => [] | x :: rest => (a, x) :: number_from (S a) rest end.
Definition together_all (l : list (list (list poly * list poly))) : list (list poly * list poly) :=
  fold_right (fun ms r => flat_map (fun m => map (fun n => (fst m ++ fst n, snd m ++ snd n)) r) ms) [([], [])] l.
Fixpoint once (l : list role) : list role :=
  match l with [] => [] | r :: rest => r :: filter (fun s => negb (same_role r s)) (once rest) end.

Definition within_size (p n : poly) : list poly := [p; sub (sub n (const 1)) p].
Definition tensor_number (L : layer) (t : tensor) : option positive :=
  option_map snd (find (fun tn => same_tensor t (fst tn)) (tensors L)).

Definition definition (A : assumptions) (L : layer) (q : quantity) (entry : list name) : form :=
  let at_ := name_of A L q entry in
  let entry_of t := match tensor_number L t with
    | Some n => [(n, map (fun r => var (at_ r)) (roles_of L t))] | None => [] end in
  let loose rs := map at_ (filter (fun r => negb (existsb (same_role r) (roles_of L (entry_tensor q)))) (once rs)) in
  match q with
  | GradBias => [Term (const 1) 1 (entry_of TD) [] [] (loose (roles_of L TD))]
  | _ =>
      let inside_kernel := if has_weight (kind_of L) then [] else
        flat_map (fun rx => within_size (var (at_ (AtK, fst rx))) (kernel (snd rx))) (number_from 0 (axes_of L)) in
      let bound_roles := flat_map (roles_of L) (filter (fun t => has_weight (kind_of L) || negb (same_tensor t TW)) (used q)) ++
        on_axis L AtI ++ on_axis L AtJ ++ on_axis L AtK ++ (match mode L with Circular => on_axis L AtR | _ => [] end) in
      let bias := match q, tensor_number L TB with
        | Output, Some _ => [Term (const 1) 1 (entry_of TB) [] [] []] | _, _ => [] end in
      bias ++ map (fun m => Term (const 1) 1 (flat_map entry_of (used q ++ [TA])) (fst m) (inside_kernel ++ snd m)
        (loose bound_roles)) (together_all (map (fun ax => meetings L at_ (fst ax) (snd ax)) (number_from 0 (axes_of L))))
  end.

(* What the factor of an average is one over, and that it is. *)
Definition divisor_of (L : layer) (at_ : role -> name) : term :=
  let along f := flat_map (fun ax => f (fst ax) (snd ax)) (number_from 0 (axes_of L)) in
  match kind_of L with
  | Average (Given p) => Term p 1 [] [] [] []
  | Average (Inside ends) => Term (const 1) 1 [] []
      (along (fun a x => let k := var (at_ (AtK, a)) in
        let q := sub (add (times (stride x) (var (at_ (AtI, a)))) k) (before x) in
        let ab := nth a ends ([], []) in
        within_size k (kernel x) ++ [add q (fst ab); sub (sub (add (in_size x) (snd ab)) (const 1)) q]))
      (map at_ (on_axis L AtK))
  | _ => Term (fold_right (fun x p => times (kernel x) p) (const 1) (axes_of L)) 1 [] [] [] []
  end.

Definition is_average (R : Type) (rO rI : R) (radd rmul : R -> R -> R) (ropp : R -> R) (inverse : positive -> R)
    (T : positive -> list Z -> R) (A : assumptions) (s : env) (L : layer) (q : quantity) (entry : list name) : Prop :=
  forall a sizes i x, tensor_number L TA = Some a -> shape A a = Some sizes -> inside s i sizes = true ->
  let at_ := name_of A L q entry in
  term_value R rO rI radd rmul ropp inverse T A (with_values s (map at_ (roles_of L TA)) i) (divisor_of L at_) x ->
  rmul (T a i) x = rI.

(* Why there are as many outputs as a layer has: m = floor((l (n - 1) + p + p' - d (K - 1)) / s) + 1; or, with TensorFlow's
   padding, m = floor((n - 1) / s) + 1, where t = p + p' is the greatest of 0 and (m - 1) s + d (K - 1) + 1 - n, and
   p = floor(t / 2). *)
Inductive outputs := Counted (low high : certificate) | Written | Wanted (t : name) (low high first second : certificate).

Definition is_floor (A : assumptions) (m above by_ : poly) (low high : certificate) : bool :=
  let left := sub above (times by_ m) in
  implies (facts A) left low && implies (facts A) (sub (sub by_ (const 1)) left) high.

Definition right_size (A : assumptions) (L : layer) (x : axis) (o : outputs) : bool :=
  let last := sub (in_size x) (const 1) in
  let steps := times (dilation x) (sub (kernel x) (const 1)) in
  let more := sub (out_size x) (const 1) in
  let added := add (before x) (after x) in
  match o with
  | Counted low high => negb (writes (kind_of L)) &&
      is_floor A more (sub (add (times (spread x) last) added) steps) (stride x) low high
  | Written => writes (kind_of L) && is_zero (sub (sub (add (times (stride x) last) steps) added) more)
  | Wanted t low high first second => negb (writes (kind_of L)) && is_floor A more last (stride x) low high &&
      is_zero (sub added (var t)) &&
      existsb (fun nps => Pos.eqb t (fst nps) && all2 (fun p q => is_zero (sub p q)) (snd nps)
        [const 0; sub (add (times more (stride x)) steps) last]) (maxima A) &&
      is_floor A (before x) (var t) (const 2) first second
  end.

Definition fits_kind (L : layer) (x : axis) : bool :=
  let is p n := is_zero (sub p (const n)) in
  match kind_of L, mode L with
  | UpSampling, Zeros => is (spread x) 1 && is_zero (sub (kernel x) (stride x)) && is (dilation x) 1 && is (before x) 0 && is (after x) 0
  | Transposed, Zeros => is (spread x) 1
  | Transposed, _ | UpSampling, _ => false
  | _, Reflect | _, Replicate => is (spread x) 1
  | _, _ => true
  end.

(* The kernel has an element, the stride and the dilations are not 0; what is reflected is inside; and no average divides
   by 0: the first window and the last have elements that count, and no window has gaps. *)
Definition is_right (A : assumptions) (L : layer) (ax : nat * axis) (cs : list certificate) : bool :=
  let x := snd ax in
  let last p := sub (sub (in_size x) (const 1)) p in
  all2 (implies (facts A)) (map (fun p => sub p (const 1)) [kernel x; stride x; dilation x; spread x] ++
    match mode L with Reflect => [last (before x); last (after x)] | _ => [] end ++
    match kind_of L with
    | Average (Given p) => [sub p (const 1)]
    | Average (Inside ends) => let ab := nth (fst ax) ends ([], []) in
        let behind := add (last (const 0)) (snd ab) in
        [add (fst ab) behind; sub (add (fst ab) (sub (kernel x) (const 1))) (before x);
         sub behind (sub (times (stride x) (sub (out_size x) (const 1))) (before x));
         sub (const 1) (dilation x); sub (const 1) (spread x)]
    | _ => []
    end) cs.

Definition mentions (ns : list name) (p : poly) : bool :=
  existsb (fun cm => existsb (fun n => existsb (Pos.eqb n) ns) (snd cm)) p.
Definition numbers_of (L : layer) : list poly :=
  map snd (channels L) ++
  match kind_of L with
  | Average (Given p) => [p] | Average (Inside ends) => flat_map (fun ab => [fst ab; snd ab]) ends | _ => []
  end ++
  flat_map (fun x => [in_size x; kernel x; out_size x; stride x; dilation x; spread x; before x; after x]) (axes_of L).

(* Whether the formula is about that layer: all entries are meant, as nothing is assumed of one but that it is inside; the
   tensors have their sizes, are different, and nothing is assumed of them; and there are as many outputs as the parameters give. *)
Definition well_described (A : assumptions) (L : layer) (q : quantity) (entry : list name)
    (os : list (list certificate * outputs)) : bool :=
  let roles := roles_of L (entry_tensor q) in
  let ends := flat_map (fun rn => match size_of L (fst rn) with Some n => within_size (var (snd rn)) n | None => [] end)
    (combine roles entry) in
  (length roles =? length entry)%nat && distinct entry && forallb (fun n => Pos.leb n (free A)) entry &&
  negb (existsb (mentions entry) (numbers_of L)) && forallb (closed (free A) []) (numbers_of L) &&
  forallb (fun p => negb (mentions entry p) || existsb (fun e => is_zero (sub p e)) ends) (facts A) &&
  forallb (fun nps => negb (existsb (Pos.eqb (fst nps)) entry) && negb (existsb (mentions entry) (snd nps))) (maxima A) &&
  forallb (fun tn => match shape A (snd tn) with
    | Some sizes => all2 (fun p r => match size_of L r with Some n => is_zero (sub p n) | None => false end)
        sizes (roles_of L (fst tn))
    | None => false
    end) (filter (fun tn => existsb (same_tensor (fst tn)) (used q ++ TA :: match q with Output => [TB] | _ => [] end)) (tensors L)) &&
  distinct (map snd (tensors L) ++ flat_map law_tensors (laws A)) &&
  forallb (fun t => match tensor_number L t with Some _ => true | None => false end)
    (filter (fun t => has_weight (kind_of L) || negb (same_tensor t TW)) (used q)) &&
  eqb (has_factor (kind_of L)) (match tensor_number L TA with Some _ => true | None => false end) &&
  negb (flipped L && (writes (kind_of L) || negb (has_weight (kind_of L)))) &&
  forallb (fits_kind L) (axes_of L) &&
  all2 (fun ax o => is_right A L ax (fst o) && right_size A L (snd ax) (snd o)) (number_from 0 (axes_of L)) os &&
  match q, kind_of L with
  | GradWeight, (Average _ | UpSampling | Maximum) | GradBias, (Average _ | UpSampling | Maximum) => false
  | _, _ => true
  end.

(* The formulas are what the layer is, and finite sums of one value, as in ``one_value``. *)
Definition about_layer (A : assumptions) (L : layer) (q : quantity) (entry : list name)
    (os : list (list certificate * outputs)) (fs : list form) : Prop :=
  well_described A L q entry os = true /\
  forall (R : Type) (rO rI : R) (radd rmul rsub : R -> R -> R) (ropp : R -> R) (inverse : positive -> R),
  ring_theory rO rI radd rmul rsub ropp (@eq R) ->
  (forall d, rmul (whole R rO rI radd rmul ropp (Zpos d)) (inverse d) = rI) ->
  forall (T : positive -> list Z -> R) (s : env), satisfied A s ->
  lawful R rO rI radd rmul ropp inverse T A s -> is_average R rO rI radd rmul ropp inverse T A s L q entry ->
  exists x, forall f, In f (definition A L q entry :: fs) -> value R rO rI radd rmul ropp inverse T A s f x.

Theorem layer_sound : forall A L q entry os fs ps,
  well_described A L q entry os && (let gs := definition A L q entry :: fs in check A gs ps && finite A gs ps) = true ->
  about_layer A L q entry os fs.
Proof.
  intros A L q entry os fs ps H. apply andb_true_iff in H. destruct H as [H K]. split; [exact H|].
  intros R rO rI radd rmul rsub ropp inverse is_ring inverse_right T s S Law _.
  exact (finite_sound _ _ _ K R rO rI radd rmul rsub ropp inverse is_ring inverse_right T s S Law).
Qed.

Print Assumptions layer_sound.
