"""Finds the definition of a dotted name in the source code, without importing it (torch takes seconds to import)."""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path

from aiirmix.common.errors import ConfigError, first_line


@dataclass(frozen=True)
class Module:
    """A parsed source file."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Definition:
    """A function, a class or an assigned expression, and the module in which its names are defined."""

    node: ast.FunctionDef | ast.ClassDef | ast.expr
    module: Module


def find(target: str) -> Definition | None:
    """Find `package.module.Name` or `package.module.Class.method`; None if no source has it."""
    parts = target.split(".")
    for end in range(len(parts) - 1, 0, -1):
        module = find_module(".".join(parts[:end]))
        if module is not None:
            return _attribute(module, parts[end:])
    return None


def resolve(module: Module, name: str) -> Definition | None:
    """Find the definition of a name at the top level of a module, followed through its imports."""
    for statement in _statements(module.tree.body):
        match statement:
            case ast.FunctionDef() | ast.ClassDef() if statement.name == name:
                return Definition(statement, module)
            case ast.Assign(targets=[ast.Name(id=assigned)], value=value) if assigned == name:
                return Definition(value, module)
            case ast.AnnAssign(target=ast.Name(id=assigned), value=ast.expr() as value) if assigned == name:
                return Definition(value, module)
            case ast.ImportFrom():
                for alias in statement.names:
                    if (alias.asname or alias.name) == name:
                        return find(f"{_source(module, statement)}.{alias.name}")
    return None


@cache
def find_module(name: str) -> Module | None:
    """Parse the module of this name; None if there is no source file for it.

    Raises:
        ConfigError: the file is no Python.
    """
    top, *below = name.split(".")
    spec = find_package(top)
    if spec is None:
        return None
    for root in spec.submodule_search_locations or []:
        folder = Path(root, *below)
        for path in (folder / "__init__.py", folder.with_suffix(".py")):
            if path.is_file():
                return Module(name, path, _parse(path))
    return None


def find_package(name: str) -> ModuleSpec | None:
    """Find a module at the top level; None if there is none, or if the name is none."""
    try:
        return importlib.util.find_spec(name) if name else None
    except (ImportError, ValueError):
        return None


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {first_line(error)}") from error


def _attribute(module: Module, names: list[str]) -> Definition | None:
    found = resolve(module, names[0])
    for name in names[1:]:
        if found is None or not isinstance(found.node, ast.ClassDef):
            return None
        methods = (node for node in found.node.body if isinstance(node, ast.FunctionDef) and node.name == name)
        method = next(methods, None)
        found = Definition(method, found.module) if method else None
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, with those under `if` and `try` (imports for type checkers, fallbacks)."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _statements(statement.body)
            yield from _statements(statement.orelse)


def _source(module: Module, statement: ast.ImportFrom) -> str:
    """Return the absolute name of the module that a `from … import` reads."""
    if not statement.level:
        return statement.module or ""
    above = module.package.split(".")
    above = above[: len(above) - statement.level + 1]
    return ".".join([*above, *([statement.module] if statement.module else [])])
