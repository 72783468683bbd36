"""What a blind attacker has to guess, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.decide import Setting
from checker.studies.guessing import Guesses
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.composition import CLIENT_SERVER
from properties.specification import Specification
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.text import usual_setting
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)


def listed(
    found: Mapping[Specification, Sequence[Guesses]], setting: Setting, spoken: Language = _ENGLISH, *, verbose: bool = False
) -> str:
    """Return, of each handshake, which forged segments its server takes, of how many numbers."""
    tell, width = spoken.tell, line_width()
    lines = wrapped(tell("synproof: of how many numbers in 2^32 a server takes a forged segment"), width)
    for spec, counts in found.items():
        lines += ["", spec.reference]
        for one in counts:
            lines += wrapped(tell(one.forgery.says), width, "  ", 2)
            lines += wrapped(tell(_counted(one)), width, "      ", 2)
    own = next(spec.assumed(setting.assumptions) for spec in found)
    unusual = tuple(own) if verbose else next(spec.unusual(own) for spec in found)
    return "\n".join([*lines, "", *usual_setting(setting.scope.within(CLIENT_SERVER), own, unusual, width, spoken)])


def _counted(one: Guesses) -> str:
    if not one.taken:
        return "none is taken"
    if one.needed is None:
        return said("{taken} are taken, and they do not lie together", taken=f"{one.taken:,}")
    numbers = {"taken": f"{one.taken:,}", "needed": f"{one.needed:,}"}
    if one.interval < MODULUS:
        numbers["interval"] = f"{one.interval:,}"
        if one.needed == 1:
            return said("{taken} of 2^32: 1 guess never fails in an interval of {interval}", **numbers)
        return said("{taken} of 2^32: {needed} guesses never fail in an interval of {interval}", **numbers)
    return said("{taken} of 2^32: {needed} guesses never fail", **numbers)
