"""`aiirmix watch` writes files, or answers in one line what is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from aiirmix.cli.main import main
from aiirmix.viewer.recording import Recording
from tests.answers import Answer
from tests.viewer.sample_battles import AMBUSH


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a recording in it."""
    monkeypatch.chdir(tmp_path)
    AMBUSH.save(tmp_path / "battle.json.gz")
    return tmp_path


@pytest.fixture
def type_in(folder, capsys):
    return lambda line: Answer(main(["watch", *line.split()]), *capsys.readouterr())


WRONG = [
    ("", "give either a run or recording, or a --policy, or a --pretrained model"),
    ("battle.json.gz --policy random", "give either a run or recording, or a --policy"),
    ("nothing --seed 3", "there is no file or directory nothing"),
    (".", ". is not a run: it has no config.yaml"),
    ("battle.json.gz --map 8m", "--map goes with --policy"),
    ("battle.json.gz --seed 3", "--seed selects a battle to play"),
    ("--policy scripted --map 8n", "unknown map 8n; did you mean 8m?"),
    ("--policy scriptd", "argument --policy: invalid choice: 'scriptd'"),
    ("--policy random --seed -1", "--seed must be at least 0, not -1"),
    ("--policy random --seed x", "argument --seed: invalid int value: 'x'"),
    ("--policy random --out battle.avi", "--out battle.avi: the name must end in .html, .gif, .mp4 or .json.gz"),
    ("--policy random --out battle.json.gz/x.gif", "cannot write in"),
    ("battle.json.gz --agent 1", "--agent goes with --out FILE.gif or FILE.mp4; the page shows any agent at a click"),
    ("battle.json.gz --agent 3 --out b.gif", "--agent must be from 1 to 2, not 3"),
    ("battle.json.gz --sed", "unknown option --sed; did you mean --seed?"),
]


@pytest.mark.parametrize(("line", "message"), WRONG, ids=[line for line, _ in WRONG])
def test_a_wrong_command_is_answered_in_one_line(type_in, folder, line, message):
    answer = type_in(line)
    assert answer.code == 2
    assert answer.err.startswith(f"error: {message}")
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert [file.name for file in folder.iterdir()] == ["battle.json.gz"]


def test_a_recording_is_shown_as_a_page_beside_it(type_in, folder):
    assert type_in("battle.json.gz") == (0, "battle.html\n", "")
    assert "hand &lt;made&gt;" in (folder / "battle.html").read_text()
    assert sorted(file.name for file in folder.iterdir()) == ["battle.html", "battle.json.gz"]


def test_every_kind_of_file_can_be_written(type_in, folder):
    answer = type_in("battle.json.gz --out a/b.gif c.html d.json.gz")
    assert answer == (0, "a/b.gif\nc.html\nd.json.gz\n", "")
    assert (folder / "a/b.gif").read_bytes().startswith(b"GIF89a")
    assert (folder / "c.html").read_text().startswith("<!doctype html>")
    assert Recording.load(folder / "d.json.gz").to_dict() == AMBUSH.to_dict()


def test_a_missing_encoder_is_reported_before_a_battle_is_played(type_in, folder, monkeypatch):
    monkeypatch.setattr("aiirmix.viewer.mp4.find_spec", lambda name: None)
    answer = type_in("battle.json.gz --out battle.mp4")
    assert answer.code == 2
    assert answer.err.startswith('error: videos need the extra `video`: pip install "aiirmix[video]"')
    assert [file.name for file in folder.iterdir()] == ["battle.json.gz"]


def test_a_policy_plays_the_battle_of_the_seed(type_in, folder, random_mmm):
    answer = type_in("--policy random --map MMM --seed 1")
    assert answer == (0, "MMM_random_1.json.gz\nMMM_random_1.html\n", "")
    assert Recording.load(folder / "MMM_random_1.json.gz").to_dict() == random_mmm.to_dict()


def test_a_policy_plays_on_a_map_file(type_in, folder):
    own_map = Path(__file__).parents[2] / "docs" / "examples" / "my_maps" / "ambush.yaml"
    assert type_in(f"--policy random --map {own_map}") == (0, "ambush_random_0.json.gz\nambush_random_0.html\n", "")
    assert "<title>ambush: random policy</title>" in (folder / "ambush_random_0.html").read_text()


def test_a_run_plays_with_its_model(type_in, run):
    answer = type_in(f"{run.path} --seed 2")
    assert answer == (0, f"{run.path}/battle_2.json.gz\n{run.path}/battle_2.html\n", "")
    recording = Recording.load(run.path / "battle_2.json.gz")
    assert recording.seed == 2
    assert recording.insight is not None


def test_the_last_file_is_opened(type_in, folder, monkeypatch):
    opened = []

    def browse(address):
        opened.append(address)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", browse)
    assert type_in("battle.json.gz --open").code == 0
    assert opened == [(folder / "battle.html").as_uri()]
    assert type_in("battle.json.gz --open").err == "error: found no program to open battle.html with\n"


def test_errors_are_answered_without_importing_heavy_packages(folder):
    check = (
        "import sys; from aiirmix.cli.main import main; main(['watch', 'nothing']);"
        "print(*{'torch', 'numba', 'pytorch_lightning', 'matplotlib', 'PIL'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True).strip() == ""
