"""The plugin for pytest: a fixture ``synproof``, a marker of that name, and ``synproof.toml`` as tests.

pytest loads it by its entry point, and nothing of the model before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from checker.api import Model
    from checker.cli.wanted import Judgement
    from checker.files.expectations import Expectation

_FILES = ("synproof.toml", "pyproject.toml")
_GIVEN = "models", "claims"


class Synproof:
    """What a test asks of models. Each method fails the test with the run that shows why, as the terminal shows it.

    Models are what :func:`checker.read` takes, files named from where pytest was started. Options are ``scope``, ``assume``
    and the others of :func:`checker.check`.
    """

    def holds(self, model: Model, *claims: str, **options: Any) -> None:  # noqa: ANN401  # those of the command line
        """Fail unless the claims hold, and were put to the test. Without any, all that the model asserts are meant."""
        self._expect("holds", (model,), claims, None, options)

    def violates(self, model: Model, claim: str, *, steps: int | None = None, **options: Any) -> None:  # noqa: ANN401
        """Fail unless the claim is violated, in a shortest run of so many ``steps`` where that is given."""
        self._expect("violates", (model,), (claim,), steps, options)

    def same_verdicts(self, one: Model, other: Model, *claims: str, **options: Any) -> None:  # noqa: ANN401
        """Fail where a claim holds of one of two models and not of the other. Without ``claims``, all about both are meant."""
        self._expect("same-verdicts", (one, other), claims, None, options)

    @staticmethod
    def _expect(
        kind: str, models: Iterable[Model], claims: tuple[str, ...], steps: int | None, options: Mapping[str, Any]
    ) -> None:
        from checker.api import Options, read
        from checker.cli.wanted import judged
        from checker.files.expectations import Expectation, Kind

        unknown = [name for name in options if name not in {*Options.__annotations__, "assume"}]
        if unknown:
            raise TypeError(f"{unknown[0]!r} is no option: known are assume, {', '.join(Options.__annotations__)}")
        try:
            expected = Expectation(Kind(kind), tuple(map(read, models)), claims, steps, options)
            found = judged(expected)
        except _mistakes() as error:
            pytest.fail(str(error), pytrace=False)
        missed = [one for one in found if not one.met]
        if missed:
            pytest.fail("\n\n".join(map(_told, missed)), pytrace=False)


def _mistakes() -> tuple[type[Exception], ...]:
    from checker.cli.answering import codes

    return tuple(codes())


def _told(one: Judgement) -> str:
    return f"{'not known' if one.met is None else 'not so'}: {one.title}\n\n{one.why}"


@pytest.fixture(scope="session")
def synproof() -> Synproof:
    """What asks models, as in ``synproof.holds("mine.py", "agreement")``."""
    return Synproof()


# -- the marker --------------------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a test with the marker for each model and each claim that the marker names, as ``model`` and ``claim``."""
    marker = metafunc.definition.get_closest_marker("synproof")
    if marker is None:
        return
    unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in _GIVEN)]
    if unknown:
        raise pytest.UsageError(f"the marker synproof takes models=[...] and claims=[...], and not {unknown[0]}")
    for plural, values in marker.kwargs.items():
        name = plural.removesuffix("s")
        if name not in metafunc.fixturenames:
            raise pytest.UsageError(f"{metafunc.definition.name} has the marker synproof({plural}=...) and takes no {name!r}")
        metafunc.parametrize(name, list(values), ids=str)


# -- synproof.toml -----------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Say what the marker is, and let ``pytest`` without arguments ask what the file at the root expects."""
    config.addinivalue_line("markers", "synproof(models, claims): ask for each of these models and claims")
    asked = (pytest.Config.ArgsSource.TESTPATHS, pytest.Config.ArgsSource.INVOCATION_DIR)
    if config.args_source in asked and (path := _there(config.rootpath)) is not None:
        config.args.append(str(path))


def _there(folder: Path) -> Path | None:
    """Return the file with expectations in a folder, or None. A ``pyproject.toml`` that may have some is one."""
    own, table = (folder / name for name in _FILES)
    if own.is_file():
        return own
    return table if table.is_file() and b"[tool.synproof" in table.read_bytes() else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file with expectations as tests."""
    if file_path.name in _FILES and _there(file_path.parent) == file_path:
        return Expectations.from_parent(parent, path=file_path)
    return None


class Expectations(pytest.File):
    """A file with expectations; each about each claim is a test."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield them. Models are read when they are asked, and not before."""
        from checker.files.expectations import read
        from checker.files.mistakes import ModelFileError

        try:
            found = read(self.path)
        except ModelFileError as error:
            raise self.CollectError(str(error)) from error
        for expected in found:
            asked = cache(_asks(expected))
            for claim in expected.claims or ("",):
                item: Asked = Asked.from_parent(self, name=" ".join(_name(expected, claim)))
                item.asked, item.claim = asked, claim
                yield item


def _name(expected: Expectation, claim: str) -> list[str]:
    steps = [] if expected.steps is None else [f"in {expected.steps}"]
    return [expected.kind.value, *(Path(str(model)).name for model in expected.models), *filter(None, [claim]), *steps]


def _asks(expected: Expectation) -> Any:  # noqa: ANN401  # a function without arguments, that is asked once
    def ask() -> tuple[Judgement, ...]:
        from checker.cli.wanted import judged

        return judged(expected)

    return ask


class Asked(pytest.Item):
    """One expectation about one claim, or about all."""

    asked: Any
    claim: str

    def runtest(self) -> None:
        """Ask it; those that are expected together are decided together."""
        found = [one for one in self.asked() if self.claim in {"", one.claim}]
        missed = [one for one in found if not one.met]
        if missed:
            raise _NotMetError("\n\n".join(map(_told, missed)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  # pytest's
        """Return the run, or the sentence, without a traceback where it is no fault of synproof's."""
        if isinstance(excinfo.value, (_NotMetError, *_mistakes())):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it stands."""
        return self.path, None, f"{self.path.name}: {self.name}"


class _NotMetError(AssertionError):
    """What was expected is not so; the message shows why."""
