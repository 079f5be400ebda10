"use strict";

/** A recorded battle at any time, between its moments too. A time is in environment steps, from 0 to `steps`. */
class Battle {
  constructor(recording) {
    Object.assign(this, recording);
    this.steps = this.reward.length;
    this.agentCount = this.units.filter(unit => !unit.hostile).length;
    /** The first moment at which a unit is dead, or Infinity. */
    this.deaths = this.units.map((_, u) => {
      const moment = this.alive.findIndex(alive => !alive[u]);
      return moment < 0 ? Infinity : moment;
    });
    this.facings = this.units.map((unit, u) => this.#facingsOf(unit, u));
  }

  /** The step that is going on at a time. */
  stepAt(time) {
    return Math.min(Math.floor(time), this.steps - 1);
  }

  /** The number that the team's members are told apart by, from 1. */
  numberOf(u) {
    return (u < this.agentCount ? u : u - this.agentCount) + 1;
  }

  isAlive(u, time) {
    return time < this.deaths[u];
  }

  /** Where a unit is, how it does and where it looks at a time. */
  at(u, time) {
    const step = this.stepAt(time), part = time - step;
    const between = series => series[step][u] + part * (series[step + 1][u] - series[step][u]);
    const before = this.facings[u][Math.max(step - 1, 0)];
    const turn = Math.min(1, part * 3) * angleBetween(before, this.facings[u][step]);
    const [x, y, health, shield] = [this.x, this.y, this.health, this.shield].map(between);
    return {x, y, health, shield, facing: before + turn};
  }

  /** What remains of a side's health and shields at a time, from 0 to 1. */
  strength(hostile, time) {
    let left = 0, full = 0;
    this.units.forEach((unit, u) => {
      if (unit.hostile !== hostile) return;
      const {health, shield} = this.at(u, time);
      left += health + shield;
      full += unit.health_max + unit.shield_max;
    });
    return left / full;
  }

  /** How many of a side are alive at a time. */
  count(hostile, time) {
    return this.units.filter((unit, u) => unit.hostile === hostile && this.isAlive(u, time)).length;
  }

  /** Towards its target, else where it walks, else where it looked before: an angle for each step. */
  #facingsOf(unit, u) {
    let facing = unit.hostile ? Math.PI : 0;
    return this.reward.map((_, t) => {
      const target = this.target[t][u];
      const [x, y] = [this.x[t + 1][u], this.y[t + 1][u]];
      const [dx, dy] = target >= 0
        ? [this.x[t + 1][target] - x, this.y[t + 1][target] - y]
        : [x - this.x[t][u], y - this.y[t][u]];
      if (Math.hypot(dx, dy) > 0.05) facing = Math.atan2(dy, dx);
      return facing;
    });
  }
}

/** How far to turn from one angle to another, the short way round. */
function angleBetween(from, to) {
  return Math.atan2(Math.sin(to - from), Math.cos(to - from));
}

/** The outline of a kind of unit of radius 1 that looks to the east: points [x, y]. Half is given, half mirrored. */
function outline(look, kind) {
  const half = look.shapes[kind] ?? look.shapes.other;
  const other = half.slice(1, -1).reverse().map(([degrees, radius]) => [-degrees, radius]);
  return [...half, ...other].map(([degrees, radius]) => {
    const angle = degrees * Math.PI / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
