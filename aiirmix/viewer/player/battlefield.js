"use strict";

const MARGIN = 2;  // cells around the part of the map where the battle takes place
const BODY = 0.85;  // of a unit's radius: drawn a little smaller than they are, so that crowds can be told apart
const HIGHEST = 0.68;  // of the window's height
const CROWD = 24;  // units; if there are more, only the hurt have bars
const LEGIBLE = 8.5;  // pixels of radius, from which on units bear their numbers

/** The map with everything on it, drawn on a canvas. */
class Battlefield {
  constructor(canvas, battle, look) {
    Object.assign(this, {canvas, battle, look, context: canvas.getContext("2d")});
    this.pen = new Pen(this.context);
    this.outlines = battle.units.map(unit => outline(look, unit.kind));
    this.box = this.#whereTheBattleIs();
  }

  /** Fits the canvas to its width on the page, and not higher than a window shows together with the controls. */
  resize() {
    const {left, right, bottom, top} = this.box, sharpness = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    this.cell = Math.min(width / (right - left), HIGHEST * innerHeight / (top - bottom));
    this.left = (left + right - width / this.cell) / 2;
    const height = this.cell * (top - bottom);
    this.canvas.style.height = `${height}px`;
    [this.canvas.width, this.canvas.height] = [width * sharpness, height * sharpness];
    this.context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  }

  /** Draws a time of the battle, with the attention of the selected agent (or null). */
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

  /** The living unit at a place of the canvas (in CSS pixels) at a time, or null. */
  unitAt(px, py, time) {
    const distance = u => {
      const {x, y} = this.battle.at(u, time), [ux, uy] = this.place(x, y);
      return Math.hypot(px - ux, py - uy) / this.cell - this.battle.units[u].radius;
    };
    const near = this.battle.units.map((_, u) => u).filter(u => this.battle.isAlive(u, time) && distance(u) < 0.3);
    return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
  }

  /** Cells to CSS pixels. */
  place(x, y) {
    return [(x - this.left) * this.cell, (this.box.top - y) * this.cell];
  }

  colourOf(u) {
    return this.battle.units[u].hostile ? this.look.enemies : this.look.agents;
  }

  radiusOf(u) {
    return Math.max(7, BODY * this.battle.units[u].radius * this.cell);
  }

  /** Points of a unit's outline on the canvas. */
  outlineOf(u, px, py, radius, facing) {
    const [cos, sin] = [Math.cos(facing) * radius, Math.sin(facing) * radius];
    return this.outlines[u].map(([x, y]) => [px + x * cos - y * sin, py - x * sin - y * cos]);
  }

  /** Cells in view: all places where units ever are, at least half as high as wide, but nothing beyond the map. */
  #whereTheBattleIs() {
    const xs = this.battle.x.flat(), ys = this.battle.y.flat();
    const [left, right] = [Math.min(...xs) - MARGIN, Math.max(...xs) + MARGIN];
    const [low, high] = [Math.min(...ys) - MARGIN, Math.max(...ys) + MARGIN];
    const higher = Math.max(0, (0.46 * (right - left) - (high - low)) / 2);
    const rows = [...this.battle.ground[0].keys()].filter(y => this.battle.ground.some(column => column[y] !== ROCK));
    const [bottom, top] = [Math.max(low - higher, rows[0] - 0.5), Math.min(high + higher, rows.at(-1) + 1.5)];
    return {left, right, bottom, top};
  }

  #drawUnit({u, x, y, facing}, isSelected) {
    const {pen, look} = this, radius = this.radiusOf(u), [px, py] = this.place(x, y);
    const isHostile = this.battle.units[u].hostile;
    if (isSelected) pen.ring(px, py, radius * 1.8, look.text, 2);
    const [colour, edge] = isHostile ? [look.enemies_body, look.enemies] : [look.agents_body, look.ink];
    pen.shape(this.outlineOf(u, px, py, radius, facing), colour, edge);
  }

  #drawNumber({u, x, y}) {
    const radius = this.radiusOf(u), colour = this.battle.units[u].hostile ? this.look.enemies : this.look.ink;
    if (radius >= LEGIBLE) this.pen.text(...this.place(x, y), this.battle.numberOf(u), colour, Math.max(9, radius));
  }

  /** Lines from the selected agent to the others, as wide and as strong as its attention to them. */
  #drawAttention(units, selected, time) {
    const attention = this.battle.insight?.attention;
    if (!attention || !units[selected].alive) return;
    const weights = attention[this.battle.stepAt(time)][selected];
    const from = this.place(units[selected].x, units[selected].y);
    units.slice(0, this.battle.agentCount).filter(other => other.alive && other.u !== selected).forEach(other => {
      this.pen.faintly(Math.min(1, 0.35 + weights[other.u]), () => {
        this.pen.arch(from, this.place(other.x, other.y), this.look.attention, 1 + 18 * weights[other.u]);
      });
    });
  }

  #drawBars({u, x, y, health, shield}) {
    const unit = this.battle.units[u], radius = this.radiusOf(u), [px, py] = this.place(x, y);
    const isWhole = health >= unit.health_max && shield >= unit.shield_max;
    if (isWhole && this.battle.units.length > CROWD) return;
    const width = Math.max(20, radius * 1.8), top = py - radius * 1.2 - 5;
    this.#bar(px - width / 2, top, width, health / unit.health_max, this.look.health);
    if (unit.shield_max > 0) this.#bar(px - width / 2, top - 4, width, shield / unit.shield_max, this.look.shield);
  }

  #bar(left, top, width, share, colour) {
    this.pen.rectangle(left - 1, top - 1, width + 2, 5, this.look.empty);
    this.pen.rectangle(left, top, width * share, 3, colour);
  }
}
