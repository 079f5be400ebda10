"""Trained models that travel with the package: small, complete, and as good as their cards say."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml

from aiirmix import load_policy
from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.common.statistics import wilson_interval
from aiirmix.evaluation.fresh_episodes import EPISODES_PER_BATCH, play_batches, play_episodes
from aiirmix.evaluation.pretrained import FOLDER, find_pretrained, pretrained_names, read_card, write_card
from aiirmix.evaluation.strip import strip, unneeded_networks
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.report import pretrain
from aiirmix.report.pretrain import keep_best
from aiirmix.runs.config import settings_digest
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.identity import write_identity
from aiirmix.runs.recorded import find_runs
from tests.answers import Answer
from tests.marks import slow_but
from tests.report.fake_runs import fake_run
from tests.training.toy_runs import train

MODELS = pretrained_names()
PLAYED_BY_DEFAULT = MODELS[:1]
NEARLY = 2
"""Battles of a batch that may end otherwise on another processor, whose sums round differently."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train AIIR-MIX on 2s3z for a short time."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)


@pytest.mark.parametrize("name", slow_but(PLAYED_BY_DEFAULT, MODELS))
def test_the_first_battles_end_as_the_card_says(name):
    card = read_card(find_pretrained(name))
    batch = play_episodes(load_trained(find_pretrained(name)), EPISODES_PER_BATCH, card.battle_seed, lambda count: None)
    assert abs(int(batch.won.sum()) - card.wins[0]) <= NEARLY


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_all_battles_end_as_the_card_says(name):
    card = read_card(find_pretrained(name))
    batches = list(
        play_batches(load_trained(find_pretrained(name)), card.battles, card.battle_seed, lambda count: None)
    )
    assert sum(int(batch.won.sum()) for batch in batches) / card.battles == pytest.approx(card.win_rate, abs=0.02)


@pytest.mark.parametrize("name", MODELS)
def test_cards_agree_with_the_files_beside_them(name):
    directory = find_pretrained(name)
    card, config = read_card(directory), directory.config()
    assert f"{card.model}/{card.map}" == name
    assert (config["seed"], config["env"]["map"]) == (card.seed, card.map)
    assert card.env_steps >= config["env_steps"]
    assert card.win_rate == pytest.approx(sum(card.wins) / card.battles)
    assert (card.low, card.high) == pytest.approx(
        tuple(map(float, wilson_interval(sum(card.wins), card.battles))), abs=1e-6
    )
    provenance = yaml.safe_load(directory.provenance_file.read_text(encoding="utf-8"))
    assert (provenance["commit"], provenance["environment"]) == (card.commit, card.environment)
    assert sum(file.stat().st_size for file in directory.path.rglob("*") if file.is_file()) < 10**6


def test_all_models_together_are_small():
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 15 * 10**6


def test_a_stripped_model_plays_and_is_rewarded_as_before(run, tmp_path):
    left_out = strip(load_trained(run), tmp_path)
    assert {"agent_critic", "agent_normaliser", "extrinsic_critic"} <= set(left_out)
    assert not {"actor", "intrinsic", "mixer"} & set(left_out)
    whole, stripped = load_trained(run), load_trained(RunDirectory(tmp_path))
    played = [play_episodes(one, 2, 7, lambda count: None) for one in (whole, stripped)]
    assert torch.equal(played[0].actions, played[1].actions)
    assert torch.equal(played[0].returns, played[1].returns)
    rewards = [one.learner.shaped_rewards(batch) for one, batch in zip((whole, stripped), played, strict=True)]
    for one, other in zip(*rewards, strict=True):
        assert one is not None
        torch.testing.assert_close(other, one, rtol=1e-2, atol=1e-3 * float(one.abs().max()))
    size = (tmp_path / "checkpoints" / "last.ckpt").stat().st_size
    assert size < run.checkpoint_file.stat().st_size / 5


def test_a_stripped_model_outlives_settings_of_learning(run, tmp_path, caplog):
    strip(load_trained(run), tmp_path)
    directory = RunDirectory(tmp_path)
    former = directory.config()
    former["model"]["meta"]["gone"] = True
    checkpoint = torch.load(directory.checkpoint_file, weights_only=True)
    torch.save({**checkpoint, "hyper_parameters": former}, directory.checkpoint_file)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(former), encoding="utf-8")
    identity = directory.identity
    assert identity is not None
    write_identity(tmp_path, identity._replace(settings=settings_digest(former)))
    assert load_trained(directory).learner.policy is not None
    assert f"{tmp_path} is built with this version's settings, as its own cannot be used: " in caplog.text


def test_what_acts_is_kept_in_full_and_what_only_rewards_in_half_precision(run, tmp_path):
    strip(load_trained(run), tmp_path)
    kept, whole = (torch.load(one.checkpoint_file)["state_dict"] for one in (RunDirectory(tmp_path), run))
    kinds = {name.partition(".")[0]: value.dtype for name, value in kept.items() if value.is_floating_point()}
    assert {name: kinds[name] for name in ("actor", "intrinsic", "mixer")} == {
        "actor": torch.float32,
        "intrinsic": torch.float16,
        "mixer": torch.float16,
    }
    assert all(torch.equal(value, whole[name]) for name, value in kept.items() if name.startswith("actor"))


def test_looking_for_unneeded_networks_changes_none(run):
    trained = load_trained(run)
    before = {name: value.clone() for name, value in trained.learner.state_dict().items()}
    unneeded_networks(trained)
    assert all(torch.equal(value, before[name]) for name, value in trained.learner.state_dict().items())


def test_a_network_that_is_missing_and_not_left_out_is_noticed(run, tmp_path):
    strip(load_trained(run), tmp_path)
    directory = RunDirectory(tmp_path)
    checkpoint = torch.load(directory.checkpoint_file, weights_only=True)
    torch.save({**checkpoint, "left_out": checkpoint["left_out"][1:]}, directory.checkpoint_file)
    with pytest.raises(ConfigError, match="this version cannot load"):
        load_trained(directory)


def copy_as(run, path, seed, win_rate):
    """Copy a run, with another seed and another win rate at all evaluations."""
    shutil.copytree(run.path, path)
    directory = RunDirectory(path)
    (path / "identity.json").unlink()
    config = directory.config_file.read_text(encoding="utf-8").replace("seed: 0", f"seed: {seed}")
    directory.config_file.write_text(config, encoding="utf-8")
    directory.restore(directory.config())
    state = torch.load(directory.checkpoint_file, weights_only=True)
    state["hyper_parameters"]["seed"] = seed
    torch.save(state, directory.checkpoint_file)
    rows = [row.split(",") for row in directory.metrics_file.read_text(encoding="utf-8").splitlines()]
    at = rows[0].index("test/win_rate")
    for row in rows[1:]:
        row[at] = win_rate
    directory.metrics_file.write_text("".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")


def test_the_best_run_is_kept_and_its_card_counts_fresh_battles(run, tmp_path, capsys):
    for seed, win_rate in enumerate(("0.1", "0.9", "0.5")):
        copy_as(run, tmp_path / "name" / "aiir_mix" / "2s3z" / f"seed={seed}", seed, win_rate)
    card = keep_best(find_runs(tmp_path / "name"), tmp_path / "kept", battles=40)
    assert (card.seed, card.chosen_from, card.battles, len(card.wins)) == (1, [0, 1, 2], 40, 2)
    kept = RunDirectory(tmp_path / "kept" / card.model / card.map)
    assert read_card(kept) == card
    assert pretrained_names(tmp_path / "kept") == [f"{card.model}/{card.map}"]
    assert capsys.readouterr().out.startswith(f"{card.model}/{card.map}: {card.win_rate:.3f} [")


def test_a_kept_model_is_replaced_only_by_a_finished_one(run, tmp_path, monkeypatch):
    copy_as(run, tmp_path / "name" / "aiir_mix" / "2s3z" / "seed=0", 0, "0.1")
    runs = find_runs(tmp_path / "name")
    first = keep_best(runs, tmp_path / "kept", battles=4)
    with monkeypatch.context() as patch:
        patch.setattr(pretrain, "play_batches", raising(ConfigError("the checkpoint is damaged")))
        with pytest.raises(ConfigError, match="damaged"):
            keep_best(runs, tmp_path / "kept", battles=4)
    assert read_card(RunDirectory(tmp_path / "kept" / "aiir_mix" / "2s3z")) == first
    assert keep_best(runs, tmp_path / "kept", battles=4) == first
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["aiir_mix"]


def raising(error):
    def fail(*anything):
        raise error

    return fail


def test_a_model_with_changed_settings_is_not_kept(tmp_path):
    fake_run(tmp_path, [0.5], model="aiir_mix,gamma=0.9")
    with pytest.raises(ConfigError, match=r"aiir_mix,gamma=0.9 on 2s3z has changed settings"):
        keep_best(find_runs(tmp_path), tmp_path / "kept")


def test_a_card_is_read_as_it_was_written(tmp_path):
    card = replace(read_card(find_pretrained(MODELS[0])), map="8m")
    write_card(RunDirectory(tmp_path), card)
    assert read_card(RunDirectory(tmp_path)) == card


def test_a_policy_is_loaded_by_its_name():
    policy = load_policy(MODELS[0])
    policy.reset(battles=1)
    n, a, o = policy.spec.n_agents, policy.spec.n_actions, policy.spec.obs_dim
    assert policy.act(np.zeros((1, n, o)), np.ones((1, n, a))).shape == (1, n)


def test_an_unknown_model_is_answered_with_the_nearest_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    wrong = MODELS[0][:-1] + "9"
    with pytest.raises(ConfigError, match=f"there is no directory .*; did you mean {MODELS[0]}?"):
        load_policy(wrong)
    answer = Answer(main(["watch", "--pretrained", wrong]), *capsys.readouterr())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: unknown trained model {wrong}; did you mean {MODELS[0]}?")
    assert list(tmp_path.iterdir()) == []


def test_a_trained_model_is_watched_in_the_current_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    stem = MODELS[0].replace("/", "_")
    assert main(["watch", "--pretrained", MODELS[0], "--seed", "3"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{stem}_3.json.gz", f"{stem}_3.html"]


def test_the_table_has_a_row_for_each_model(capsys):
    assert main(["pretrain", "--list"]) == 0
    _, _, *rows = capsys.readouterr().out.splitlines()
    assert [row.split(" | ")[0] for row in rows] == [f"| `{name}`" for name in MODELS]


def test_pretrain_lists_its_runs_and_refuses_what_is_no_setting(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["pretrain", "model=aiir_mix", "env.map=2s3z", "--dry"]) == 0
    assert "aiir_mix on 2s3z: 1 of 1 run to do" in capsys.readouterr().out
    (tmp_path / "file").touch()
    assert main(["pretrain", "model=aiir_mix", "env.map=2s3z", "--out", "file/models"]) == 2
    assert "not a folder" in capsys.readouterr().err
    assert main(["pretrain", "aiir_mix"]) == 2
    assert capsys.readouterr().err.startswith("error: aiir_mix is no setting; write key=value")
