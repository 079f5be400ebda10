"""The example components of CONTRIBUTING.md train after nothing but their two files is added."""

import re
import sys
from pathlib import Path

import pytest

from aiirmix.cli.main import main
from aiirmix.viewer.recording import Recording

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
SHORT = "evaluation.every=100 evaluation.episodes=2 env_steps=100 trainer.enable_progress_bar=false"


@pytest.fixture
def type_in(tmp_path, monkeypatch):
    """Type a command in an empty folder, with the examples on the path of Python."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["aiirmix"])
    monkeypatch.syspath_prepend(EXAMPLES)
    return lambda line: main(line.split())


@pytest.mark.parametrize(
    "settings",
    [
        "model/similarity=negative_distance model/mixer=gated env=lights",
        "model=reinforce env=lights env.switches=3",
    ],
)
def test_components_train_from_a_folder_of_ones_own(type_in, settings):
    assert type_in(f"train --config-dir {EXAMPLES}/my_conf {SHORT} {settings}") == 0


def test_an_attention_source_and_a_map_of_ones_own_reach_the_viewer(type_in):
    settings = f"name=own model/intrinsic=bilinear env.map={EXAMPLES}/my_maps/ambush.yaml"
    assert type_in(f"train --config-dir {EXAMPLES}/my_conf {SHORT} {settings}") == 0
    [directory] = Path("runs/own").rglob("seed=0")
    assert type_in(f"watch {directory} --out battle.json.gz") == 0
    recording = Recording.load(Path("battle.json.gz"))
    assert [unit.kind for unit in recording.units] == 3 * ["stalker"] + 5 * ["zealot"]
    assert recording.insight is not None
    assert recording.insight.attention is not None
    assert recording.insight.attention.shape == (recording.steps, 3, 3)


def test_a_wrong_value_of_a_component_is_refused(type_in, capsys):
    assert type_in(f"train --config-dir {EXAMPLES}/my_conf env=lights env.switches=four") == 2
    assert "env.switches" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("component", "files"),
    [
        ("similarity", ["my_lab/negative_distance.py", "my_conf/model/similarity/negative_distance.yaml"]),
        ("intrinsic source", ["my_lab/bilinear_reward.py", "my_conf/model/intrinsic/bilinear.yaml"]),
        ("reward mixer", ["my_lab/gated_mixer.py", "my_conf/model/mixer/gated.yaml"]),
        ("algorithm", ["my_lab/reinforce.py", "my_conf/model/reinforce.yaml"]),
        ("environment", ["my_lab/lights.py", "my_conf/env/lights.yaml"]),
        ("map", ["my_maps/ambush.yaml"]),
    ],
)
def test_the_guide_states_the_size_of_each_example(component, files):
    [row] = re.findall(rf"^\| {component} \|.*$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    sizes = [len((EXAMPLES / file).read_text(encoding="utf-8").splitlines()) for file in files]
    assert row.split("|")[-2].strip() == " + ".join(map(str, sizes))
    assert all(f"docs/examples/{file}" in row for file in files)
