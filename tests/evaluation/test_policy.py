"""A trained model acts in other programs as it does in its own test episodes."""

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import torch

from aiirmix import load_policy
from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from aiirmix.evaluation.trained_run import load_trained
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train AIIR-MIX on 2s3z for a short time."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)


def test_a_policy_plays_batches_as_the_collector_does(run):
    seeds = np.array([3, 8, 21])
    episodes = Collector(Skirmish("2s3z")).collect(load_trained(run).learner.policy, seeds)
    policy, env = load_policy(run.path), Skirmish("2s3z")
    policy.reset(battles=3)
    frame, won, returns = env.reset(seeds), np.zeros(3, bool), np.zeros(3)
    over = np.zeros(3, bool)
    while not over.all():
        frame, outcome = env.step(policy.act(frame.obs, frame.avail | over[:, None, None]))
        won, returns = won | outcome.won, returns + np.where(over, 0, outcome.reward)
        over |= outcome.terminated | outcome.truncated
    assert sorted(returns) == pytest.approx(sorted(episodes.returns.tolist()), rel=1e-5)
    assert won.sum() == episodes.won.sum()


def test_a_policy_plays_through_smacs_own_class(run):
    game, policy = StarCraft2Env("2s3z", seed=4), load_policy(run.path)
    game.reset()
    policy.reset(battles=1)
    over, steps = False, 0
    while not over:
        [actions] = policy.act([game.get_obs()], [game.get_avail_actions()])
        _, over, _ = game.step(list(actions))
        steps += 1
    assert 1 < steps <= game.get_env_info()["episode_limit"]


def test_reset_clears_hidden_states(run):
    frame = Skirmish("2s3z").reset(np.array([1]))
    policy = load_policy(run.path)
    first = [policy.act(frame.obs, frame.avail) for _ in range(3)]
    policy.reset()
    np.testing.assert_array_equal(first, [policy.act(frame.obs, frame.avail) for _ in range(3)])


@pytest.fixture
def policy(run):
    """Load the trained policy."""
    return load_policy(run.path)


@pytest.fixture(scope="module")
def frame():
    """Return the first frame of a battle."""
    return Skirmish("2s3z").reset(np.array([1]))


FORMS = {
    "float64": lambda x: x.astype(np.float64),
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "negative strides": lambda x: x[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "Fortran order": np.asfortranarray,
    "lists": lambda x: x.tolist(),
    "tensor": torch.tensor,
}


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("form", [*FORMS.values(), read_only], ids=[*FORMS, "read-only"])
def test_arrays_may_have_any_form(policy, frame, form):
    expected = policy.copy().act(frame.obs, frame.avail)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        actions = policy.act(form(frame.obs), form(frame.avail.astype(np.int64)))
    np.testing.assert_array_equal(actions, expected)


def changed(array, value, where=(0, 2, 5)):
    """Return a copy of an array with one other value."""
    array = array.astype(float)
    array[where] = value
    return array


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda obs, avail: (np.zeros((5, 3)), avail), r"obs must have shape \(1, 5, \d+\), not \(5, 3\)"),
        (lambda obs, avail: (obs, avail[0]), r"avail must have shape \(1, 5, 11\), not \(5, 11\)"),
        (lambda obs, avail: ([[[1.0], [1.0, 2.0]]], avail), "obs must have shape .* its rows differ in length"),
        (lambda obs, avail: (obs.astype(str), avail), "obs must hold numbers, not <U"),
        (lambda obs, avail: (obs.astype(complex), avail), "obs must hold numbers, not complex128"),
        (lambda obs, avail: (changed(obs, np.nan), avail), "obs must be finite .* battle 0, agent 2 has nan at 5"),
        (lambda obs, avail: (changed(obs, -np.inf), avail), "obs must be finite .* battle 0, agent 2 has -inf at 5"),
        (lambda obs, avail: (changed(obs, 1e200), avail), r"obs must be finite .* agent 2 has 1e\+200 at 5"),
        (lambda obs, avail: (obs, changed(avail, np.nan)), "avail must be finite .* battle 0, agent 2 has nan at 5"),
        (lambda obs, avail: (obs, changed(avail, 0, (0, 3))), "avail: battle 0, agent 3 has no available action"),
    ],
)
def test_what_is_no_frame_is_refused_in_one_line_and_changes_nothing(policy, frame, change, message):
    before = policy.hidden
    with pytest.raises(ValueError, match=message) as error:
        policy.act(*change(frame.obs, frame.avail))
    assert "\n" not in str(error.value)
    assert policy.hidden is before


def acts(policy, obs, avail, steps=20):
    """Return the actions of some timesteps with the same frame."""
    policy.reset(len(obs))
    return np.stack([policy.act(obs, avail) for _ in range(steps)])


def test_copies_act_in_threads_as_one_policy_alone(policy):
    frames = [Skirmish("2s3z").reset(np.arange(3) + 10 * i) for i in range(8)]
    expected = [acts(policy, frame.obs, frame.avail) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(acts, policy.copy(), frame.obs, frame.avail) for frame in frames]
    for thread, alone in zip(threads, expected, strict=True):
        np.testing.assert_array_equal(thread.result(), alone)


def test_a_copy_has_hidden_states_of_its_own(policy, frame):
    policy.act(frame.obs, frame.avail)
    before, copy = policy.hidden, policy.copy()
    copy.act(frame.obs, frame.avail)
    assert policy.hidden is before
    assert copy.policy is policy.policy


FORK = """
import os, sys, warnings, numpy as np
from aiirmix import load_policy
from aiirmix.envs.skirmish.env import Skirmish
warnings.simplefilter("ignore")
policy, frame = load_policy(sys.argv[1]), Skirmish("2s3z").reset(np.arange(400))
policy.reset(400)
expected = policy.act(frame.obs, frame.avail)
policy.reset(400)
child = os.fork()
if child == 0:
    os._exit(int((policy.act(frame.obs, frame.avail) != expected).any()))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_policy_acts_in_a_forked_process(run):
    """The batch is large enough for several threads, which a child does not inherit."""
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", FORK, str(run.path)], check=True, timeout=300, env=environment)


def test_a_policy_of_a_gpu_is_loaded_onto_the_processor(run):
    """Checkpoints are read with `map_location="cpu"`, without which tensors of an absent GPU cannot be read."""
    with patch.object(torch, "load", wraps=torch.load) as load:
        assert load_policy(run.path).hidden.device.type == "cpu"
    assert [call.kwargs["map_location"] for call in load.call_args_list] == ["cpu"]


def test_a_policy_knows_the_environment_that_it_was_trained_in(policy):
    assert policy.trained_in == policy.spec.name == Skirmish("2s3z").spec.name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy.check(Skirmish("2s3z").spec)


def test_a_policy_of_another_version_warns(run, policy):
    provenance = run.provenance_file.read_text()
    run.provenance_file.write_text(provenance.replace(policy.spec.name, "skirmish-1/2s3z"))
    try:
        with pytest.warns(UserWarning, match=f"was trained in skirmish-1/2s3z, not in {policy.spec.name}"):
            assert load_policy(run.path).trained_in == "skirmish-1/2s3z"
    finally:
        run.provenance_file.write_text(provenance)


def test_an_environment_of_another_version_or_size_is_noticed(policy):
    with pytest.warns(UserWarning, match="not in skirmish-99/2s3z: results do not compare"):
        policy.check(replace(policy.spec, name="skirmish-99/2s3z"))
    with pytest.raises(ValueError, match=r"the policy has n_agents 5, but .*8m has 8"):
        policy.check(Skirmish("8m").spec)


def test_a_missing_run_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="there is no directory"):
        load_policy(tmp_path / "nothing")


def test_importing_the_package_does_not_import_torch_or_numpy():
    script = "import sys, aiirmix; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
