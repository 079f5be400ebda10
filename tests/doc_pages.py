"""Helpers that execute the examples of a page of docs/: Python blocks, files and command lines."""

import argparse
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

from aiirmix.cli.main import load_command, main
from aiirmix.cli.parser import Parser

ROOT = Path(__file__).parents[1]
HARMLESS = ("export", "echo")
"""Shell commands that need no check."""


class Page:
    """A page of docs/, by the name of its file."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """Return the code blocks in a language."""
        return re.findall(rf"```{language}\n(.*?)```", self.text, flags=re.DOTALL)

    def files(self) -> dict[str, str]:
        """Return the blocks whose first line is a comment that names their file, by that name."""
        blocks = [block.partition("\n") for language in ("python", "yaml") for block in self.blocks(language)]
        return {first[2:]: rest for first, _, rest in blocks if re.fullmatch(r"# \S+\.(py|yaml)", first)}

    def write_files(self, folder: Path) -> list[Path]:
        """Write the files into the folder."""
        paths = [folder / name for name in self.files()]
        for path, text in zip(paths, self.files().values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return paths

    def run_python(self) -> dict[str, Any]:
        """Execute the Python blocks that are no files, one after another; return the names that they define."""
        names: dict[str, Any] = {}
        for block in self.blocks("python"):
            if block.partition("\n")[2] not in self.files().values():
                exec(block, names)
        return names

    def commands(self) -> list[str]:
        """Return the command lines, continued lines joined."""
        lines = "\n".join(self.blocks("bash")).replace("\\\n", " ").splitlines()
        return [line for line in lines if shlex.split(line, comments=True)]


def check_command(line: str) -> None:
    """Check that a command line is valid, without the effects of running it.

    Raises:
        AssertionError, ConfigError: it is not, or this function does not know such commands.
    """
    words = shlex.split(line, comments=True)
    while re.match(r"[A-Z]\w*=", words[0]):
        del words[0]
    match words:
        case ["python", "run.py", *arguments] | ["aiirmix", "train", *arguments]:
            assert main(["train", *arguments, "--cfg", "job"]) == 0
        case ["aiirmix", command, *arguments]:
            parse(command, arguments)
        case ["make", *targets]:
            assert set(targets) <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
        case ["pip", "install", package] if package.startswith("aiirmix["):
            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            assert package[len("aiirmix[") : -1] in project["optional-dependencies"]
        case [command, *_]:
            assert command in HARMLESS, f"nobody checks {line}"


def parse(command: str, arguments: list[str]) -> argparse.Namespace:
    """Parse the arguments of a sub-command of `aiirmix`."""
    parser = Parser(f"aiirmix {command}")
    load_command(command).add_arguments(parser)
    return parser.parse_args(arguments)
