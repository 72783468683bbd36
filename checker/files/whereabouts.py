"""Where a name of synproof's own is imported from, for a file that looks for it somewhere else, as where it once was."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import checker
import model
import properties

_PACKAGES = (model, properties, checker)


def is_own(module: str) -> bool:
    """Return whether a module is called as one of synproof's own would be."""
    return module.partition(".")[0] in {package.__name__ for package in _PACKAGES}


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the names of all modules and packages that a model file may import, with their files."""
    for package in _PACKAGES:
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            if (path.parent / "__init__.py").exists():
                parts = path.relative_to(root.parent).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(names: Iterable[str], asked: str) -> str:
    """Return the imports that give these names, in quotation marks, or nothing if one of them has no place, or several.

    Of several places the one inside of the module that was ``asked`` is meant.
    """
    placed: dict[str, list[str]] = {}
    for name in names:
        home = _home(name, asked)
        if home is None:
            return ""
        placed.setdefault(home, []).append(name)
    return " and ".join(f"'from {home} import {', '.join(those)}'" for home, those in placed.items())


def imported(path: str, line: int) -> tuple[str, ...]:
    """Return the names that a statement ``from ... import`` on a line of a file asks for; none if there is none."""
    tree = ast.parse(Path(path).read_bytes())
    return tuple(
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.lineno == line
        for alias in node.names
    )


def _home(name: str, asked: str) -> str | None:
    """Return the package that lists a name, the outermost of several, or else the one module that has it, or is called so."""
    listing, defining, called = [], [], []
    for module, path in modules():
        package, _, last = module.rpartition(".")
        if last == name:
            called.append(package)
        source = path.read_text(encoding="utf-8")
        if name in source:
            tree = ast.parse(source)
            if name in _listed(tree):
                listing.append(module)
            if name in _defined(tree):
                defining.append(module)
    if listing:
        return min(listing, key=lambda module: module.count("."))
    found = [module for module in defining or called if module.partition(".")[0] == asked.partition(".")[0]]
    inside = [module for module in found if module.startswith(f"{asked}.")]
    return next((some[0] for some in (found, inside) if len(some) == 1), None)


def _listed(tree: ast.Module) -> set[object]:
    lists = (n.value for n in tree.body if isinstance(n, ast.Assign) and "__all__" in map(ast.unparse, n.targets))
    return {node.value for given in lists for node in ast.walk(given) if isinstance(node, ast.Constant)}


def _defined(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found
