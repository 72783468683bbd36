"""Clients under a flood, by random runs: what arithmetic says must come out, and what the command prints."""

from __future__ import annotations

import json
from math import sqrt

import pytest

from checker.studies.siege import DELIVERY, besiege
from tests.command_line import Ask

CLIENTS = 200
SIGMAS = 4
"""How far from what is expected a share may lie: so far it lies by chance once in 16,000."""


def survives(entries: int, rate: float) -> float:
    """Return the probability that fewer SYNs arrive than there are entries while two segments do, one after the other.

    While one segment is under way the next event is a SYN of the flood with probability q: the number of SYNs before the
    second delivery has the negative binomial distribution.
    """
    p = DELIVERY / (DELIVERY + rate)
    return sum((k + 1) * p**2 * (1 - p) ** k for k in range(entries))


@pytest.mark.parametrize(
    ("defence", "entries", "places", "rate"),
    [("drop-oldest", 2, 2, 1.0), ("drop-oldest", 8, 8, 10.0), ("syn-cache", 4, 2, 5.0)],
)
def test_the_oldest_gets_in_as_often_as_arithmetic_says(defence: str, entries: int, places: int, rate: float) -> None:
    siege = besiege(defence, places, rate, runs=CLIENTS)
    assert siege is not None
    expected = survives(entries, rate)
    assert abs(siege.entered / CLIENTS - expected) < SIGMAS * sqrt(expected * (1 - expected) / CLIENTS)


def test_who_keeps_nothing_lets_everybody_in_and_who_keeps_for_ever_nobody() -> None:
    cookies, two_way = besiege("cookies", 2, 10.0, runs=40), besiege("two-way", 2, 10.0, runs=40)
    assert cookies is not None
    assert two_way is not None
    assert (cookies.held, two_way.entered, two_way.held) == (0, 0, 2)
    assert cookies.entered > 36  # an ACK that overtakes another draws a RST, now and then


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    drawn = [besiege("drop-random", 2, 1.0, runs=30, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_who_wants_no_more_is_told_nothing() -> None:
    assert besiege("cookies", 2, 1.0, runs=30, goes_on=lambda: False) is None


def test_the_command_has_a_row_for_each_size_and_a_record(ask: Ask) -> None:
    answer = ask("waste", "--defence", "cookies", "--runs", "5")
    assert [line.split("  ")[0] for line in answer.out.splitlines() if line.startswith("cookies")] == [
        "cookies, 2 places",
        "cookies, 8 places",
    ]
    sieges = json.loads(ask("waste", "--defence", "cookies", "--runs", "5", "--json").out)["sieges"]
    assert {(siege["places"], siege["rate"]) for siege in sieges} == {(n, rate) for n in (2, 8) for rate in (0.1, 1.0, 10.0)}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--defence", "cooky"), "did you mean 'cookies'?"),
        (("two-way", "--defence", "cookies"), "leave out the model"),
        (("--defence", "cookies", "--trace"), "leave out --trace"),
    ],
)
def test_what_does_not_go_with_a_defence_is_refused(ask: Ask, words: tuple[str, ...], says: str) -> None:
    answer = ask("waste", *words)
    assert answer.code == 2  # that of a mistake in what was typed
    assert says in answer.err
