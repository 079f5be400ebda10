"""Make the trained models that travel with the package.

Trains the runs of experiments/pretrained.yaml that are missing, keeps the best run of each model on each map without
what playing does not need, plays 320 fresh battles with it, and writes it with a card. Settings are those of
`aiirmix train`; they replace what the file says.

Examples:
  aiirmix pretrain --list
  aiirmix pretrain --dry
  aiirmix pretrain model=aiir_mix env.map=2s3z env_steps=300000 seed=0-2
"""

import argparse
from pathlib import Path

from aiirmix.common.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the settings, the folder, and whether to list only."""
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="settings of the runs")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: where the package looks for them")
    parser.add_argument("--list", action="store_true", help="only print the cards of the models that are there")
    parser.add_argument("--dry", action="store_true", help="only list what would run, and how long it will take")


def run(options: argparse.Namespace) -> int:
    """Train and keep the models; return 1 if a run failed."""
    for word in options.settings:
        if "=" not in word:
            raise ConfigError(f"{word} is no setting; write key=value, such as model={word} or env.map={word}")
    from aiirmix.evaluation.pretrained import FOLDER, cards_table

    if options.list:
        print(cards_table(options.out or FOLDER))
        return 0
    from aiirmix.report.pretrain import pretrain

    changes = dict(word.split("=", 1) for word in options.settings)
    return pretrain(changes, options.dry, options.out or FOLDER)
