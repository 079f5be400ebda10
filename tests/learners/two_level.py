"""The two-level objective J(θ'(η)) written out from its definition, in padded loops and with torch's own derivatives.

It shares no equation with the project: it uses only the reward networks and the critics' values of the learner.
"""

import torch
from torch.func import functional_call
from torch.nn.functional import linear


def networks_of(theta):
    """Return the parameters of each actor network, by their names within it."""
    networks: dict[int, dict[str, torch.Tensor]] = {}
    for name, parameter in theta.items():
        _, index, inner = name.split(".", 2)
        networks.setdefault(int(index), {})[inner] = parameter
    return networks


def gru_step(net, x, hidden):
    """Apply torch's equations of a GRU (documentation of `torch.nn.GRUCell`), twice differentiable."""
    reset_x, update_x, new_x = linear(x, net["cell.weight_ih"], net["cell.bias_ih"]).chunk(3, -1)
    reset_h, update_h, new_h = linear(hidden, net["cell.weight_hh"], net["cell.bias_hh"]).chunk(3, -1)
    update = torch.sigmoid(update_x + update_h)
    new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
    return (1 - update) * new + update * hidden


def logits_of(theta, batch, n_actions):
    """Compute logits [T, B, N, A], one timestep and one agent at a time."""
    steps, episodes, agents = batch.actions.shape
    networks = networks_of(theta)
    width = networks[0]["cell.weight_hh"].shape[1]
    hidden = [batch.obs.new_zeros(episodes, width) for _ in range(agents)]
    rows = []
    for t in range(steps):
        for i in range(agents):
            net = networks.get(i, networks[0])
            last, identity = batch.obs.new_zeros(episodes, n_actions), batch.obs.new_zeros(episodes, agents)
            identity[:, i] = 1.0
            if t:
                last[torch.arange(episodes), batch.actions[t - 1, :, i]] = 1.0
            x = torch.cat([batch.obs[t, :, i], last, identity], -1)
            hidden[i] = gru_step(net, torch.relu(linear(x, net["encode.weight"], net["encode.bias"])), hidden[i])
            rows.append(linear(hidden[i], net["decode.weight"], net["decode.bias"]))
    return torch.stack(rows).view(steps, agents, episodes, n_actions).transpose(1, 2)


def softmax_over_available(logits, avail):
    weights = torch.where(avail, logits, -torch.inf).exp()
    return weights / weights.sum(-1, keepdim=True).clamp_min(1e-300)


class TwoLevel:
    """Everything about a learner and a batch that does not depend on η.

    Args:
        learner: gives θ, the critics' values and the reward networks.
        batch: its `lengths` say which cells are real.
        alpha: step size of the actors' single step.
    """

    def __init__(self, learner, batch, alpha):
        self.learner, self.batch, self.alpha = learner, batch, alpha
        self.theta = {name: p.detach().clone().requires_grad_() for name, p in learner.actor.named_parameters()}
        time = torch.arange(len(batch.actions))[:, None]
        self.real = time < batch.lengths
        self.mask, self.avail = self.real[..., None] & batch.alive[:-1], batch.avail[:-1]
        timesteps = batch.timesteps
        with torch.no_grad():
            networks = (learner.agent_critic, learner.agent_target, learner.extrinsic_critic, learner.extrinsic_target)
            self.values = [timesteps.packing.unpack(net(timesteps)) for net in networks]

    def eta(self):
        """Return the reward parameters as new leaves."""
        parts = {"intrinsic": self.learner.intrinsic, "mixer": self.learner.mixer}
        return {
            f"{k}.{n}": p.detach().clone().requires_grad_() for k, m in parts.items() for n, p in m.named_parameters()
        }

    def softmax(self, theta):
        """Return the softmax over the available actions, without exploration, [T, B, N, A]."""
        return softmax_over_available(logits_of(theta, self.batch, self.learner.spec.n_actions), self.avail)

    def log_probability(self, theta):
        """Return log π_θ of the actions taken, [T, B, N]; 0 in padding and for dead agents."""
        epsilon, count = self.batch.epsilon, self.avail.sum(-1).double()
        taken = self.softmax(theta).gather(-1, self.batch.actions[..., None])[..., 0]
        return torch.where(self.mask, (1 - epsilon) * taken + epsilon / count, 1.0).log()

    def entropy(self, theta):
        """Return the entropy, [T, B, N]."""
        return torch.special.entr(self.softmax(theta).clamp_min(1e-300)).sum(-1)

    def mean(self, x):
        return torch.where(self.mask, x, 0.0).sum() / self.mask.sum()

    def standardised(self, x):
        if not self.learner.standardise_advantages:
            return x
        mean = self.mean(x)
        return (x - mean) / (self.mean((x - mean) ** 2) + 1e-10).sqrt()

    def returns(self, rewards, values):
        """Compute λ-returns, [T, B, ...], episode by episode from its end."""
        gamma, lambda_ = self.learner.gamma, self.learner.advantages.traces.lambda_
        columns = []
        for b, length in enumerate(self.batch.lengths.tolist()):
            bootstraps = not self.batch.terminated[b] and self.learner.advantages.traces.bootstrap_on_truncation
            column = [torch.zeros_like(rewards[0, b])] * len(rewards)
            column[length - 1] = rewards[length - 1, b] + gamma * values[length, b] * float(bootstraps)
            for t in reversed(range(length - 1)):
                ahead = (1 - lambda_) * values[t + 1, b] + lambda_ * column[t + 1]
                column[t] = rewards[t, b] + gamma * ahead
            columns.append(torch.stack(column))
        return torch.stack(columns, 1)

    def total_returns(self, eta):
        steps = self.batch.transitions
        parts = [{n.split(".", 1)[1]: p for n, p in eta.items() if n.startswith(k)} for k in ("intrinsic", "mixer")]
        r_in = functional_call(self.learner.intrinsic, parts[0], (steps,))
        r_total = functional_call(self.learner.mixer, parts[1], (r_in, steps.packing.pack(self.batch.reward)))
        return self.returns(steps.packing.unpack(r_total), self.values[1])

    def advantage(self, eta):
        return self.standardised(self.total_returns(eta) - self.values[0][:-1])

    def extrinsic_advantage(self):
        advantage = self.returns(self.batch.reward, self.values[3]) - self.values[2][:-1]
        return self.standardised(advantage[..., None].expand(self.mask.shape))

    def updated_theta(self, eta, create_graph=True):
        """Return θ'(η): one ascent step on the actors' objective."""
        gain = self.mean(self.advantage(eta) * self.log_probability(self.theta))
        gain = gain + self.learner.entropy_coef * self.mean(self.entropy(self.theta))
        gradients = torch.autograd.grad(gain, list(self.theta.values()), create_graph=create_graph)
        return {name: p + self.alpha * g for (name, p), g in zip(self.theta.items(), gradients, strict=True)}

    def objective(self, eta, create_graph=True):
        """Return J(θ'(η))."""
        log_new = self.log_probability(self.updated_theta(eta, create_graph))
        ratio = (log_new - self.log_probability(self.theta).detach()).exp()
        return self.mean(ratio * self.extrinsic_advantage())

    def gradient(self):
        """Return the derivative of J(θ'(η)) by autograd through the unrolled step."""
        eta = self.eta()
        gradients = torch.autograd.grad(self.objective(eta), list(eta.values()), materialize_grads=True)
        return dict(zip(eta, gradients, strict=True))
