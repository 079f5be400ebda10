"use strict";

const MAX_HEIGHT = 0.68;  // as a fraction of the window's height

/** The map with units and effects, drawn on a canvas. */
class Battlefield {
  constructor(canvas, battle) {
    Object.assign(this, {canvas, battle, context: canvas.getContext("2d")});
    this.pen = new Pen(this.context);
    this.outlines = battle.units.map(unit => outline(unit.kind));
    this.box = this.#whereTheBattleIs();
  }

  /** Fits the canvas to its width on the page; a window must also have room for the controls. */
  resize() {
    const {left, right, bottom, top} = this.box, sharpness = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    this.cell = Math.min(width / (right - left), MAX_HEIGHT * innerHeight / (top - bottom));
    this.left = (left + right - width / this.cell) / 2;
    const height = this.cell * (top - bottom);
    this.canvas.style.height = `${height}px`;
    [this.canvas.width, this.canvas.height] = [width * sharpness, height * sharpness];
    this.context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  }

  /** Draws the battle at a time, with the attention of the selected agent, if any. */
  draw(time, selected) {
    drawGround(this);
    const {battle} = this;
    const units = battle.units.map((_, u) => ({u, ...battle.at(u, time), alive: battle.isAlive(u, time)}));
    units.filter(unit => !unit.alive).forEach(unit => drawDead(this, unit, time));
    const living = units.filter(unit => unit.alive).sort((a, b) => (a.u === selected) - (b.u === selected));
    living.forEach(unit => this.#drawUnit(unit, unit.u === selected));
    units.forEach(unit => drawBurst(this, unit, time));
    units.forEach(unit => drawShot(this, unit, units, time));
    if (selected !== null) this.#drawAttention(units, selected, time);
    living.forEach(unit => { this.#drawNumber(unit); this.#drawBars(unit); });
  }

  /** The living unit at a point of the canvas (in CSS pixels) at a time, or null. */
  unitAt(px, py, time) {
    const distance = u => {
      const {x, y} = this.battle.at(u, time), [ux, uy] = this.place(x, y);
      return Math.hypot(px - ux, py - uy) / this.cell - this.battle.units[u].radius;
    };
    const near = this.battle.units.map((_, u) => u).filter(u => this.battle.isAlive(u, time) && distance(u) < 0.3);
    return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
  }

  /** Converts cells to CSS pixels. */
  place(x, y) {
    return [(x - this.left) * this.cell, (this.box.top - y) * this.cell];
  }

  colourOf(u) {
    return this.battle.units[u].hostile ? COLOURS.enemies : COLOURS.agents;
  }

  radiusOf(u) {
    return Math.max(SIZES.least_radius, SIZES.body * this.battle.units[u].radius * this.cell);
  }

  /** Points of a unit's outline on the canvas. */
  outlineOf(u, px, py, radius, facing) {
    const [cos, sin] = [Math.cos(facing) * radius, Math.sin(facing) * radius];
    return this.outlines[u].map(([x, y]) => [px + x * cos - y * sin, py - x * sin - y * cos]);
  }

  /** The cells in view: all positions of units, not too flat, and nothing beyond the map. */
  #whereTheBattleIs() {
    const xs = this.battle.x.flat(), ys = this.battle.y.flat();
    const [left, right] = [Math.min(...xs) - SIZES.margin, Math.max(...xs) + SIZES.margin];
    const [low, high] = [Math.min(...ys) - SIZES.margin, Math.max(...ys) + SIZES.margin];
    const padding = Math.max(0, (SIZES.flatness * (right - left) - (high - low)) / 2);
    const rows = [...this.battle.ground[0].keys()].filter(y => this.battle.ground.some(column => column[y] !== ROCK));
    const [bottom, top] = [Math.max(low - padding, rows[0] - 0.5), Math.min(high + padding, rows.at(-1) + 1.5)];
    return {left, right, bottom, top};
  }

  #drawUnit({u, x, y, facing}, isSelected) {
    const {pen} = this, radius = this.radiusOf(u), [px, py] = this.place(x, y);
    const isHostile = this.battle.units[u].hostile;
    if (isSelected) pen.ring(px, py, radius * 1.8, COLOURS.text, 2);
    const [colour, edge] = isHostile ? [COLOURS.enemies_body, COLOURS.enemies] : [COLOURS.agents_body, COLOURS.ink];
    pen.shape(this.outlineOf(u, px, py, radius, facing), colour, edge);
  }

  #drawNumber({u, x, y}) {
    const radius = this.radiusOf(u), colour = this.battle.units[u].hostile ? COLOURS.enemies : COLOURS.ink;
    const size = Math.max(SIZES.least_number, radius);
    if (radius >= SIZES.numbered_radius) this.pen.text(...this.place(x, y), this.battle.numberOf(u), colour, size);
  }

  /** Draws lines from the selected agent to the others, as wide and opaque as its attention to them. */
  #drawAttention(units, selected, time) {
    const attention = this.battle.insight?.attention;
    if (!attention || !units[selected].alive) return;
    const weights = attention[this.battle.stepAt(time)][selected];
    const from = this.place(units[selected].x, units[selected].y);
    units.slice(0, this.battle.agentCount).filter(other => other.alive && other.u !== selected).forEach(other => {
      this.pen.faintly(Math.min(1, 0.35 + weights[other.u]), () => {
        this.pen.arch(from, this.place(other.x, other.y), COLOURS.attention, 1 + 18 * weights[other.u]);
      });
    });
  }

  #drawBars({u, x, y, health, shield}) {
    const unit = this.battle.units[u], radius = this.radiusOf(u), [px, py] = this.place(x, y);
    const isWhole = health >= unit.health_max && shield >= unit.shield_max;
    if (isWhole && this.battle.units.length > SIZES.crowd) return;
    const width = Math.max(SIZES.least_bar_width, SIZES.bar_width * radius), top = py - radius * 1.2 - 5;
    this.#bar(px - width / 2, top, width, health / unit.health_max, COLOURS.health);
    if (unit.shield_max > 0) this.#bar(px - width / 2, top - 4, width, shield / unit.shield_max, COLOURS.shield);
  }

  #bar(left, top, width, fraction, colour) {
    this.pen.rectangle(left - 1, top - 1, width + 2, 5, COLOURS.empty);
    this.pen.rectangle(left, top, width * fraction, 3, colour);
  }
}
