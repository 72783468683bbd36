"""The covering search: of the states that a network can be in, only those are explored that matter.

Where the network may keep every segment (:mod:`model.notation.network`), a search of all states still visits every *set* of
segments that the other variables can be reached with. Nearly all of that cannot matter, since a state with more segments can
do all that one with fewer can. Such a system is *monotone*, a well-structured transition system [1, 2], and one richest network
for each value of the other variables is enough: the antichain of the largest [3] forwards, and of the smallest backwards.

What is searched
----------------
A state is a pair (c, P): the *control* c is the values of all variables but the network, the *pool* P is the set of segments in
it. Each step belongs to a control: it needs a set N of at most one segment, adds a set A, and leads to a control c'. It is
possible in (c, P) exactly if N is a part of P, and then leads to (c', P + A), where P + A is the union.
A step that empties the network leads to (c', A) instead. What is said of P + A below is true of A in its place as well, and
backwards such a step leads to (c', R) only where R is a part of A.

So it is by these conditions, each of which is looked at:

1. The network keeps everything. Why a system may be searched so is said in :mod:`model.notation.network`, whose
   :func:`~model.notation.network.why_not_kept` knows when not: no network, duplication switched off, an action, a claim or a
   view that reads the network, a segment looked at without being received. A constraint is a part of the guards: one that reads
   the network is an action that does; any other is a condition on c, which a step does not go on from, forwards or backwards.
2. P is the network and no other relation, no formula reads it but to draw the segment received, and no action does more to it
   than add rows, or empty it (:func:`checker.covering.engine.why_not_covered`): an action that *assigns* the network otherwise
   passes 1, since both networks are then equal. It is asserted of each step computed as well.
3. What claims ask of a step, whether it decides them and whether it is their trigger, depends on c and the step alone. So it
   does where 1 and 2 hold of their formulas, and of those of the events that they go by. Claims of liveness ask for runs that
   go on for ever, and comparing systems asks what a state cannot do: neither is asked here.
4. Whatever is concluded from what was *not* found is concluded when the search forwards has come to its end.

What is decided by the initial state is no step and is not looked for here (:mod:`checker.decide`). Several initial states are
one, and a first step to each of them (:mod:`model.notation.system`), so there is one to begin at and to come back to.

Forwards (:mod:`checker.covering.forwards`)
-------------------------------------------
*A state with more segments can do as much.* If (c, P) has a step to (c', P + A) and P is a part of Q, then (c, Q) has that
step, to (c', Q + A), and P + A is a part of Q + A. By induction over a run, whatever run (c, P) has, (c, Q) has with the same
steps.

Say that (c, Q) *covers* (c, P) if P is a part of Q. The search keeps a set of states; it takes in the initial state; from each
it takes every step; what it comes to it *completes*, by all steps that lead to the same control, which only send; and it drops
what a state of the set covers, and from the set what the new one covers. It ends when all that are left were gone on from.

*Each state that can be reached is covered by one of the set, which can be reached itself.* The latter is so because to complete
is to take steps. The former by induction over a run: the initial state is covered by its completion. If (c, P) is covered by
(c, Q) of the set, its step leads to (c', P + A), covered by (c', Q + A), and that by its completion, which was taken in, or
dropped for what covers it. What is later dropped from the set is covered by what takes its place, and covering is transitive.

From it follows what is answered:

- *Safety, reachability, triggers.* A step of c that needs N is taken in some run exactly if some state of the set has N: then
  the state can be reached and has it; and if a state that can be reached has it, what covers that has it. So steps that decide
  a claim, steps that are its trigger (``exercised``) and actions that are ever taken (``never_taken``, when the search has
  ended) are exactly those of a search of every state, and so are faults of declared events, which are looked for as a claim is.
- *That a claim holds.* No state of the set has a step that decides it, and the search has ended.

Where it does not end, or late, the plain search has turns, each longer than the one before (:mod:`checker.covering.search`):
what it finds is a shortest run as well, and where it comes to its end its answer is the answer.

The search does end if there are finitely many controls and segments, as within a scope: each pool taken in is not covered by
those before.

Backwards (:mod:`checker.covering.backwards`)
---------------------------------------------
Let (c, R) stand for *all* states (c, P) such that R is a part of P. Those from which a step that needs N decides a claim are
those of (c, N). Those from which a step, needing N and adding A, leads to one of (c', R) are those of (c, (R - A) + N). The
search begins with the steps that decide, breadth first, and asks at each level whether the initial state is among those that it
stands for. Without the two prunings that follow, level n stands for exactly the states from which some run of n steps decides,
so the first level that has the initial state gives the length of a shortest run, to the step.

- (c, R) is dropped where (c, S) was found, on the same or an earlier level, and S is a part of R: the states of (c, R) are
  among those of (c, S), so a run from one of them that decides is known that is no longer, and whatever is found through (c,
  R), is found through (c, S) no later.
- (c, R) is dropped where no state of the set covers (c, R). Then no state that it stands for can be reached: what covers that
  would have R. On a run from the initial state all states can be reached, so none of those is lost. This needs 4.

Going back from the initial state to the end by what was found gives the run: in a state of (c, R) on level n, some step leads
to one of level n - 1. It is always the first such step, in an order that depends on the system alone, so the run is the same
everywhere.

What is not asked here
----------------------
``--max-depth``, ``--symmetry`` and ``--hash-compaction`` speak of states one by one: a completed state is several steps at once
and has no depth; so the plain search answers. So it does where 1 or 2 does not hold. The verdict then names it, and says why. A
``--max-states`` counts all states explored, one by one at the beginning, forwards and backwards. It, ``--timeout``,
``--memory`` and Ctrl-C leave what was decided until then: every run that is reported is a shortest one, and what is not decided
is unknown.

References
----------
.. [1] Abdulla, Cerans, Jonsson, Tsay, "General decidability theorems for infinite-state systems", LICS 1996.
.. [2] Finkel, Schnoebelen, "Well-structured transition systems everywhere!", Theoretical Computer Science 256, 2001.
.. [3] De Wulf, Doyen, Henzinger, Raskin, "Antichains: a new algorithm for checking universality of finite automata", CAV 2006.
"""
