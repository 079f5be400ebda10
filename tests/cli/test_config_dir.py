"""A folder of one's own components works in every command that composes runs, as it does in `aiirmix train`."""

import pytest

from aiirmix.cli.main import main
from aiirmix.common.resources import CONF

COMMANDS = {
    "train": "train model=mine --cfg job --package model.intrinsic",
    "figure": "figure ablation_gamma model=mine --dry",
    "tune": "tune mine space=intrinsic --dry",
    "sensitivity": "sensitivity mine space=intrinsic --dry",
    "bench": "bench --environment env=mine --seconds 0.01",
}
SAYS = {
    "train": "- 7",
    "figure": "mine,",
    "tune": "mine: 12 of 12 trials",
    "sensitivity": "mine: 6 of 6 trials",
    "bench": "matrix_game",
}


@pytest.fixture
def own(folder):
    """A folder with a model and an environment; its name is one that Hydra's grammar must quote."""
    path = folder / "it's [mine]"
    for group, text in {
        "model": "defaults: [liir, _self_]\nintrinsic: {hidden: [7]}\n",
        "env": "defaults: [matrix_game]\n",
    }.items():
        (path / group).mkdir(parents=True)
        (path / group / "mine.yaml").write_text(text)
    return path.name


@pytest.mark.parametrize("command", COMMANDS)
def test_components_are_found(own, capsys, command):
    assert main([*COMMANDS[command].split(), "--config-dir", own]) == 0
    assert SAYS[command] in capsys.readouterr().out


def test_a_model_from_another_folder_is_not_kept_in_conf(own, capsys):
    assert main(["tune", "mine", "space=intrinsic", "--trials", "1", "--keep", "--config-dir", own]) == 2
    assert "--keep writes into conf/" in capsys.readouterr().err
    assert not (CONF / "model" / "tuned" / "mine.yaml").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_missing_is_named(own, capsys, command):
    assert main([*COMMANDS[command].split(), "--config-dir", "nowhere"]) == 2
    assert f"there is no folder {CONF.parent.anchor}" in capsys.readouterr().err
