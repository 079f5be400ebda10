"""Two sources on disjoint halves of the episodes, and the gate that compares them."""

from dataclasses import replace

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.learners.balance import Balance, SplitHalfGate
from aiirmix.learners.deviations import draw_other_actions
from aiirmix.maths.halves import own_of_halves
from aiirmix.maths.masked import correlation
from tests.learners.models import CELLS, assert_same_parameters, make_learner, parameters_of, printed, with_sgd
from tests.marks import slow, slow_but
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
ZERO = ("model/balance=gated",)
GATED = (*ZERO, "model.source_start=random")


def make_batch(seed=0, lengths=(6, 4, 4, 2)):
    return as_double(random_batch(SPEC, lengths=lengths, seed=seed))


def make(model, *overrides):
    return make_learner(printed(model), SPEC, *overrides).double()


def gate(decay=0.8, power=1.0):
    return SplitHalfGate(decay, power)


def test_the_gate_follows_the_agreement_of_the_batches():
    """0.2·0.5 = 0.1, then 0.8·0.1 + 0.2·1 = 0.28."""
    one = gate()
    openings = []
    for agreed in (0.5, 1.0):
        one.observe(torch.tensor(agreed))
        openings.append(one.opening())
    assert openings == pytest.approx([0.1, 0.28])


@pytest.mark.parametrize(("agreed", "power", "kappa"), [(-0.5, 1.0, 0.0), (0.5, 1.0, 0.35), (0.5, 2.0, 0.175)])
def test_kappa_is_that_fraction_of_its_maximum(agreed, power, kappa):
    one = gate(decay=0.0, power=power)
    one.observe(torch.tensor(agreed))
    balance = Balance(0.7, lambda: one, None)
    assert balance.kappa() == pytest.approx(kappa)


def test_without_a_gate_kappa_is_its_maximum_and_without_a_balance_there_is_none():
    assert Balance(0.7, None, None).kappa() == 0.7
    assert Balance(None, gate, None).kappa() is None


UNFIT = ["model.sources=1", "model/meta_data=same", "model/meta_data=cross", "model.balance.kappa_max=null"]


@pytest.mark.parametrize("override", slow_but(UNFIT[:2], UNFIT))
def test_a_gate_needs_two_sources_that_learn_apart_and_a_balance(override):
    with pytest.raises(ConfigError, match=r"^a gate compares two sources that learn apart, and lowers κ: it needs"):
        make("liir", *GATED, override)


def test_a_balance_needs_advantages_in_units_of_deviation():
    with pytest.raises(ConfigError, match=r"^a balance .* it needs model\.standardise_advantages=true$"):
        make("liir", *GATED, "model.standardise_advantages=false")


def test_a_discount_of_its_own_needs_a_balance():
    with pytest.raises(ConfigError, match=r"^model\.balance\.gamma needs a balance: "):
        Balance(None, None, 0.0)


@pytest.mark.parametrize("model", ["none", "random"])
def test_two_sources_must_be_able_to_learn(model):
    with pytest.raises(
        ConfigError, match=r"the source does not learn by the meta-gradient, so model\.sources must be 1"
    ):
        make(model, "model.sources=2")


def test_each_row_is_that_of_its_halfs_estimate():
    each = torch.tensor([[[1.0], [2.0], [3.0]], [[5.0], [6.0], [7.0]]])
    assert own_of_halves(each, torch.tensor([0, 1, 0])).flatten().tolist() == [1.0, 6.0, 3.0]


@pytest.mark.parametrize("rule", ["exact", "regress_c"])
def test_a_source_does_not_fill_the_gaps_of_the_other(rule):
    """What one source says changes nothing for the other, or the two would part for no reason."""
    found = []
    for scale in (1.0, 5.0):
        learner = with_sgd(make("liir", *GATED, f"model/meta={rule}"), actor=0.0)
        with torch.no_grad():
            for parameter in learner.sources.each[1].parameters():
                parameter.mul_(scale)
        found.append(gradients_of_sources(learner, make_batch()))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-9, atol=1e-12)
    assert not all(map(torch.equal, found[0][1], found[1][1]))


def gradients_of_sources(learner, batch):
    learner.learn(batch)
    return [[p.grad.clone() for p in source.parameters()] for source in learner.sources.each]


@pytest.mark.parametrize("model", ["aiir", "liir"])
def test_a_source_learns_nothing_from_the_other_half(model):
    """What the odd episodes' agents saw and did reaches the second source only; the actors stay where they are."""
    batch = make_batch()
    odd = torch.arange(4)[:, None] % 2 == 1
    changed = replace(
        batch,
        obs=torch.where(odd[..., None], make_batch(1).obs * batch.alive[..., None], batch.obs),
        actions=torch.where(odd, batch.avail[:-1].float().argmax(-1), batch.actions),
    )
    assert not torch.equal(batch.actions, changed.actions)
    overrides = (*GATED, "model.intrinsic.inputs=[obs,action]")
    found = [gradients_of_sources(with_sgd(make(model, *overrides), actor=0.0), one) for one in (batch, changed)]
    (first, second), (first_changed, second_changed) = found
    assert any(gradient.any() for gradient in first)
    torch.testing.assert_close(first, first_changed, rtol=1e-9, atol=1e-12)
    assert not all(map(torch.equal, second, second_changed))


def test_two_sources_start_differently_and_their_mean_is_the_intrinsic_reward():
    learner, batch = make("liir", *GATED), make_batch()
    one, other = (source(batch.transitions) for source in learner.sources.each)
    assert not torch.equal(one, other)
    torch.testing.assert_close(learner.shaped_rewards(batch).r_in, (one + other).detach() / 2)


def test_the_attention_shown_is_the_mean_of_the_sources():
    learner, transitions = make("aiir", *GATED), make_batch().transitions
    expected = sum(source.attention(transitions) for source in learner.sources.each) / 2
    torch.testing.assert_close(learner.intrinsic.attention(transitions), expected)
    assert make("liir", *GATED).shaped_rewards(make_batch()).attention is None


@pytest.mark.parametrize("update", ["model/update=single", "model/update=clipped", "model/base=proximal"])
@pytest.mark.parametrize("model", slow_but(["aiir_mix", "liir"], CELLS))
def test_behind_a_closed_gate_the_actors_learn_from_the_extrinsic_advantage_and_the_sources_learn(model, update):
    batch = make_batch()
    gated = make(model, *GATED, update)
    critic = f"model/extrinsic_critic={'agent' if 'base' in update else 'team'}"
    control = make("none", "model.balance.kappa_max=0.8", "model.agent_critic.start=zero", critic, update)
    before = parameters_of(gated, "intrinsic")
    gated.balance.gate.observe(torch.tensor(-10.0))
    gated.update(batch)
    control.update(batch)
    assert gated.interval.updates[0]["balance/kappa"] == 0.0
    assert_same_parameters(parameters_of(gated, "actor"), parameters_of(control, "actor"), rtol=1e-7, atol=1e-9)
    after = parameters_of(gated, "intrinsic")
    assert any(not torch.equal(before[name], after[name]) for name in before)


class Table:
    """A reward for each of an agent's actions, the same everywhere."""

    def __init__(self, *rewards):
        self.rewards = torch.tensor(rewards, dtype=torch.float64)

    def __call__(self, timesteps):
        return self.rewards[timesteps.actions]


@pytest.mark.parametrize(
    ("second", "expected"),
    [((1.0, 2.0, 4.0, 8.0), 1.0), ((-1.0, -2.0, -4.0, -8.0), -1.0), ((0.0, 5.0, -2.0, 1.0), None)],
)
def test_the_agreement_is_the_correlation_of_centred_rewards_under_the_policy(second, expected):
    lengths = (9,) * 400
    batch = replace(make_batch(lengths=lengths), avail=torch.ones(10, 400, 3, 4, dtype=torch.bool))
    logits = torch.randn(4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    transitions = batch.transitions
    logits_each = logits.expand(*transitions.avail.shape)
    transitions = draw_other_actions(transitions, logits_each, seed=5).resampled
    first = (1.0, 2.0, 4.0, 8.0)
    others = draw_other_actions(transitions, logits_each, seed=6)
    got = correlation(others.deviation(Table(*first)), others.deviation(Table(*second)))
    p = logits.softmax(0)
    x, y = (torch.tensor(r, dtype=torch.float64) - (p * torch.tensor(r)).sum() for r in (first, second))
    exact = float((p * x * y).sum() / ((p * x * x).sum() * (p * y * y).sum()).sqrt())
    assert expected is None or exact == pytest.approx(expected)
    assert float(got) == pytest.approx(exact, abs=0.03)


def test_agents_without_a_choice_do_not_enter_the_agreement():
    batch = make_batch()
    forced = replace(batch, avail=torch.nn.functional.one_hot(batch.actions[[0, *range(6)]], 4).bool())
    others = draw_other_actions(forced.transitions, torch.zeros(16, 3, 4), seed=0)
    assert others.chosen.sum() == 0
    deviation = others.deviation(Table(0.0, 1.0, 2.0, 3.0))
    assert correlation(deviation, deviation) == 0.0


def test_sources_at_zero_agree_on_nothing():
    metrics = make("aiir", *ZERO).learn(make_batch())
    assert (metrics["balance/agreement"], metrics["balance/kappa"]) == (0.0, 0.0)


def test_the_gate_is_restored_with_the_learner():
    learner, restored = make("liir", *GATED), make("liir", *GATED)
    learner.update(make_batch())
    restored.load_state_dict(learner.state_dict())
    assert learner.balance.gate.agreement == restored.balance.gate.agreement != 0.0


@pytest.mark.parametrize(("rate", "coherent"), [(0.3, False), *slow([(0.0, True)])])
def test_coherence_compares_the_source_with_itself_twenty_steps_ago(rate, coherent):
    learner = with_sgd(make("liir"), actor=0.1, rewards=rate * 1e4)
    found = [learner.learn(make_batch(seed)).get("rewards/coherence") for seed in range(40)]
    assert [number for number, one in enumerate(found, start=1) if one is not None] == [20, 40]
    assert (float(found[-1]) == pytest.approx(1.0)) == coherent
