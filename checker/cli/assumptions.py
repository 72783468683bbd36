"""The command that asks which assumptions a claim needs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from checker.cli import answers, progress, request, values
from checker.cli.exits import INTERRUPTED, OK, UNKNOWN
from checker.decide import InterruptedSearchError
from checker.studies.lattice import lattice
from properties.claim import Kind
from properties.specification import Specification
from reports.language.catalogue import language
from reports.sufficiency import sufficiency

SCOPE = "default,data=0"
"""The smallest scope that shows what the textbook's claims need: two attempts, two answers."""


def assumptions(arguments: argparse.Namespace) -> int:
    """Decide a claim under every set of assumptions, and show the smallest that suffice."""
    spec: Specification = arguments.model
    if not spec.scoped:
        raise values.UsageError(f"assumptions are for handshakes: {spec.name} has its own in its file")
    for name in ("isn", "seq_check"):
        if hasattr(arguments, name):
            option = name.replace("_", "-")
            raise values.UsageError(f"--{option} is what is varied here: leave it out, or ask check or trace")
    if not hasattr(arguments, "scope"):
        arguments.scope = SCOPE
    claim = request.claim(arguments.claim, spec)
    if claim.kind is Kind.LIVENESS:
        raise values.UsageError(
            f"{claim.name} is a claim of liveness: that it holds under an assumption says nothing of others"
        )
    setting = request.setting(arguments, spec)
    try:
        with progress.shown(log=arguments.log) as show:
            limits = replace(setting.limits, progress=show)
            found = lattice(spec, claim, replace(setting, limits=limits))
    except InterruptedSearchError:
        print("synproof: interrupted", file=sys.stderr)
        return INTERRUPTED
    if arguments.json:
        answers.show(answers.signed(found.as_record(), arguments, spec))
    else:
        print(sufficiency(found, language(arguments.lang), verbose=arguments.verbose))
    return UNKNOWN if found.unsettled else OK
