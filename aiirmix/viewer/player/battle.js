"use strict";

/** A recorded battle in continuous time. A time is in environment steps, from 0 to `steps`. */
class Battle {
  constructor(recording) {
    Object.assign(this, recording);
    this.steps = this.reward.length;
    this.agentCount = this.units.filter(unit => !unit.hostile).length;
    /** The first timestep at which each unit is dead, or Infinity. */
    this.deaths = this.units.map((_, u) => {
      const step = this.alive.findIndex(alive => !alive[u]);
      return step < 0 ? Infinity : step;
    });
    this.facings = this.units.map((unit, u) => this.#facingsOf(unit, u));
  }

  /** The step in progress at a time. */
  stepAt(time) {
    return Math.min(Math.floor(time), this.steps - 1);
  }

  /** The number of a unit within its side, from 1. */
  numberOf(u) {
    return (u < this.agentCount ? u : u - this.agentCount) + 1;
  }

  isAlive(u, time) {
    return time < this.deaths[u];
  }

  /** Position, health, shield and facing of a unit at a time. */
  at(u, time) {
    const step = this.stepAt(time), progress = time - step;
    const between = series => series[step][u] + progress * (series[step + 1][u] - series[step][u]);
    const before = this.facings[u][Math.max(step - 1, 0)];
    const turn = Math.min(1, progress * 3) * angleBetween(before, this.facings[u][step]);
    const [x, y, health, shield] = [this.x, this.y, this.health, this.shield].map(between);
    return {x, y, health, shield, facing: before + turn};
  }

  /** The fraction of a side's health and shields that remains at a time. */
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

  /** The number of living units of a side at a time. */
  count(hostile, time) {
    return this.units.filter((unit, u) => unit.hostile === hostile && this.isAlive(u, time)).length;
  }

  /** A unit's facing in each step: towards its target, else where it walks, else as before. */
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

/** The smallest turn from one angle to another. */
function angleBetween(from, to) {
  return Math.atan2(Math.sin(to - from), Math.cos(to - from));
}

/** The outline of a kind of unit with radius 1 that faces east: points [x, y]. Half of it is mirrored. */
function outline(kind) {
  const half = SHAPES[kind] ?? SHAPES.other;
  const other = half.slice(1, -1).reverse().map(([degrees, radius]) => [-degrees, radius]);
  return [...half, ...other].map(([degrees, radius]) => {
    const angle = degrees * Math.PI / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
