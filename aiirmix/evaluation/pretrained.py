"""The trained models that travel with the package: run directories with only what playing needs, and a card each."""

from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.common.files import atomic_write
from aiirmix.common.resources import PACKAGE
from aiirmix.runs.directory import RunDirectory

FOLDER = PACKAGE / "pretrained"
CARD = "card.yaml"


@dataclass(frozen=True)
class Card:
    """Where a trained model comes from, and how well it plays."""

    model: str
    map: str
    environment: str
    """With its version."""
    seed: int
    """Of the run."""
    chosen_from: list[int]
    """The seeds of all runs that it was chosen from, by the final win rate of their evaluations."""
    env_steps: int
    commit: str
    """Of the code that trained it."""
    battles: int
    """Fresh ones, which no evaluation has played, with greedy actions."""
    battle_seed: int
    """Of `aiirmix evaluate --seed`."""
    win_rate: float
    low: float
    high: float
    """The ends of the win rate's 95 % interval over battles (`wilson_interval`)."""
    wins: list[int]
    """In each of the batches that the battles are played in, one after the other."""
    left_out: list[str]
    """Networks that the file lacks, as playing does not need them."""


def pretrained_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the trained models, `<model>/<map>`."""
    return sorted(card.parent.relative_to(folder).as_posix() for card in folder.glob(f"*/*/{CARD}"))


def find_pretrained(name: str, folder: Path = FOLDER) -> RunDirectory:
    """Return the directory of a trained model.

    Raises:
        ConfigError: there is no such model; the message has the nearest name.
    """
    if name not in pretrained_names(folder):
        raise ConfigError(unknown("trained model", name, pretrained_names(folder)))
    return RunDirectory(folder / name)


def read_card(directory: RunDirectory) -> Card:
    """Read the card of a trained model."""
    return Card(**yaml.safe_load((directory.path / CARD).read_text(encoding="utf-8")))


def write_card(directory: RunDirectory, card: Card) -> None:
    """Write the card of a trained model."""
    atomic_write(directory.path / CARD, yaml.safe_dump(asdict(card), sort_keys=False, width=120))


def cards_table(folder: Path = FOLDER) -> str:
    """Return the cards as a Markdown table."""
    lines = [
        "| model | win rate [95 %] | battles | trained for | seed | environment | commit |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    for name in pretrained_names(folder):
        card = read_card(RunDirectory(folder / name))
        won = f"{card.win_rate:.3f} [{card.low:.3f}, {card.high:.3f}]"
        origin = f"{card.env_steps:,} steps | {card.seed} | {card.environment} | `{card.commit}`"
        lines.append(f"| `{name}` | {won} | {card.battles} | {origin} |")
    return "\n".join(lines)
