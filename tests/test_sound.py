"""Models that once had wrong answers, each with the right one. Why it is right is said in the model's own file.

Those about certificates, events, rows of `compare` and exit codes are in test_certificates.py, test_grounds.py, test_rows.py
and test_exits.py; where many more of a kind are made is said beside each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Ask

SOUND = Path(__file__).parent / "sound"
HOLDS, REFUSED, USAGE, VIOLATED, UNKNOWN, BAD_FILE = 0, 1, 2, 12, 20, 65
BMC = ("--engine", "bmc", "--max-depth", "7")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        # more names in tests/hostile_names.py
        (("check", "collide.py"), VIOLATED, "A counterexample of 6 steps"),
        (("check", "collide.py", *BMC), VIOLATED, "A counterexample of 6 steps"),
        (("prove", "collide.py", "n-is-0"), VIOLATED, "A counterexample of 6 steps"),
        (("check", "inject.py"), BAD_FILE, "signs that can be seen"),
        (("check", "two_sorts.py"), HOLDS, ""),
        (("check", "two_sorts.py", *BMC), UNKNOWN, "up to depth 7"),
        (("prove", "two_sorts.py", "not-3"), HOLDS, "Proved for 32-bit numbers"),
        # more claims in tests/random_claims.py
        (("check", "idle_step.py", "each-step-sends-or-receives"), VIOLATED, "A counterexample of 2 steps"),
        (("check", "idle_step.py"), VIOLATED, "A counterexample of 2 steps"),
        (("check", "idle_step.py", "each-step-sends-or-receives", *BMC), VIOLATED, "A counterexample of 2 steps"),
        (("prove", "idle_step.py", "each-step-sends-or-receives"), VIOLATED, "A counterexample of 2 steps"),
        # more numbers in tests/random_renamings.py
        (("check", "from_behind.py:upwards"), VIOLATED, "A counterexample of 3 steps"),
        (("check", "from_behind.py:downwards"), VIOLATED, "A counterexample of 3 steps"),
        (("check", "from_behind.py:upwards", "--symmetry"), USAGE, "tells its ISN from others"),
        (("check", "from_behind.py:downwards", "--symmetry"), USAGE, "tells its ISN from others"),
        # more choices in test_faults.py
        (("check", "great_choice.py", "--memory", "64M"), VIOLATED, "A counterexample of 3 steps"),
        (("check", "great_choice.py", *BMC), VIOLATED, "A counterexample of 3 steps"),
        (("check", "slow_clock.py", "--timeout", "1"), UNKNOWN, "the time limit of 1 s was reached"),
        # more sorts in tests/extreme_systems.py
        (("check", "wide_counter.py", "not-6"), VIOLATED, "A counterexample of 4 steps"),
        (("check", "wide_counter.py", "not-6", *BMC), VIOLATED, "A counterexample of 4 steps"),
        (("check", "wide_counter.py", "not-77"), HOLDS, ""),
        (("check", "wide_counter.py", "not-77", *BMC), UNKNOWN, "up to depth"),
        (("check", "empty_enum.py"), BAD_FILE, "has no members"),
        (("check", "no_columns.py"), BAD_FILE, "column"),
        (("check", "seen_network.py"), VIOLATED, "A counterexample of 3 steps"),
        (("check", "seen_network.py", "two"), HOLDS, "A witness of 2 steps"),
        (("check", "seen_network.py", "small", *BMC), VIOLATED, "A counterexample of 3 steps"),
        (("check", "add_and_remove.py"), HOLDS, ""),
        (("prove", "add_and_remove.py", "still-none"), HOLDS, "Proved for 32-bit numbers"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else None,
)
def test_each_is_answered_rightly(words: tuple[str, ...], code: int, says: str, ask: Ask) -> None:
    command, file, *rest = words
    answer = ask(command, f"{SOUND}/{file}", *rest)
    said = " ".join((answer.out + answer.err).split())
    assert (answer.code, says in said) == (code, True), said


def test_a_formula_with_another_digit_is_answered_in_a_sentence(ask: Ask, tmp_path: Path) -> None:
    """``²`` is a digit to Python, and no number."""
    given = tmp_path / "invariant.txt"
    given.write_text("n == ²\n", encoding="utf-8")
    answer = ask("prove", f"{SOUND}/collide.py", "n-is-0", "--invariant", str(given))
    assert (answer.code, answer.err.count("\n")) == (REFUSED, 1)
