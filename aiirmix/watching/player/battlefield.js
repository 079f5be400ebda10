"use strict";

const MARGIN = 2;  // cells around the part of the map where the battle takes place
const MELEE_RANGE = 2;  // cells; weapons of shorter range strike, others shoot
const BODY = 0.85;  // of a unit's radius: drawn a little smaller than they are, so that crowds can be told apart
const HIGHEST = 0.68;  // of the window's height
const FADING = 1.5;  // steps

/** The map with everything on it, drawn on a canvas. */
class Battlefield {
  constructor(canvas, battle, look) {
    Object.assign(this, {canvas, battle, look, context: canvas.getContext("2d")});
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
    this.#drawGround();
    const {battle} = this;
    const units = battle.units.map((_, u) => ({u, ...battle.at(u, time), alive: battle.isAlive(u, time)}));
    units.filter(unit => !unit.alive).forEach(unit => this.#drawDead(unit, time));
    const living = units.filter(unit => unit.alive).sort((a, b) => (a.u === selected) - (b.u === selected));
    living.forEach(unit => this.#drawUnit(unit, unit.u === selected));
    units.forEach(unit => this.#drawShot(unit, units, time));
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

  /** Cells in view: all places where units ever are, at least half as high as wide, but nothing beyond the map. */
  #whereTheBattleIs() {
    const xs = this.battle.x.flat(), ys = this.battle.y.flat();
    const [left, right] = [Math.min(...xs) - MARGIN, Math.max(...xs) + MARGIN];
    const [low, high] = [Math.min(...ys) - MARGIN, Math.max(...ys) + MARGIN];
    const higher = Math.max(0, (0.46 * (right - left) - (high - low)) / 2);
    const rows = [...this.battle.walkable[0].keys()].filter(y => this.battle.walkable.some(column => column[y]));
    const [bottom, top] = [Math.max(low - higher, rows[0] - 0.5), Math.min(high + higher, rows.at(-1) + 1.5)];
    return {left, right, bottom, top};
  }

  #drawGround() {
    const {context, look} = this;
    context.fillStyle = look.rock;
    context.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    this.battle.walkable.forEach((column, x) => column.forEach((isWalkable, y) => {
      if (!isWalkable) return;
      const [left, top] = this.place(x, y + 1).map(Math.round), [right, bottom] = this.place(x + 1, y).map(Math.round);
      context.fillStyle = look.grid;
      context.fillRect(left, top, right - left, bottom - top);
      context.fillStyle = look.ground;
      context.fillRect(left + 1, top + 1, right - left - 1, bottom - top - 1);
    }));
  }

  #drawUnit({u, x, y, facing}, isSelected) {
    const {context, look} = this, radius = this.#radiusOf(u), [px, py] = this.place(x, y);
    const isHostile = this.battle.units[u].hostile;
    if (isSelected) this.#ring(px, py, radius * 1.8, look.text, 2);
    this.#shape(u, px, py, radius, facing);
    context.fillStyle = isHostile ? look.enemies_body : look.agents_body;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = isHostile ? look.enemies : look.ink;
    context.stroke();
  }

  #drawNumber({u, x, y}) {
    const {context, look} = this, [px, py] = this.place(x, y);
    context.fillStyle = this.battle.units[u].hostile ? look.enemies : look.ink;
    context.font = `700 ${Math.max(9, this.#radiusOf(u))}px system-ui, sans-serif`;
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    context.fillText(this.battle.numberOf(u), px, py + 1);
  }

  /** A dead unit dissolves and leaves a mark. */
  #drawDead({u, x, y, facing}, time) {
    const {context} = this, [px, py] = this.place(x, y), radius = this.#radiusOf(u);
    const faded = Math.min(1, (time - this.battle.deaths[u]) / FADING);
    context.globalAlpha = 0.35;
    const arm = radius * 0.4;
    this.#line([px - arm, py - arm], [px + arm, py + arm], this.colourOf(u), 2);
    this.#line([px - arm, py + arm], [px + arm, py - arm], this.colourOf(u), 2);
    context.globalAlpha = 0.8 * (1 - faded);
    this.#shape(u, px, py, radius * (1 - 0.5 * faded), facing);
    context.fillStyle = this.colourOf(u);
    context.fill();
    this.#ring(px, py, radius * (1 + 1.5 * faded), this.colourOf(u), 2);
    context.globalAlpha = 1;
  }

  /** What a unit fires in the step that is going on: a shot flies, a blow flashes, healing flows. */
  #drawShot({u, x, y}, units, time) {
    const {battle, look, context} = this, step = battle.stepAt(time), part = time - step;
    const target = battle.fired_at[step][u];
    if (target < 0) return;
    const from = this.place(x, y), to = this.place(units[target].x, units[target].y);
    const along = share => [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    if (battle.units[target].hostile === battle.units[u].hostile) {
      context.setLineDash([6, 5]);
      context.lineDashOffset = -40 * part;
      this.#line(from, to, look.heal, 3);
      context.setLineDash([]);
      return;
    }
    const flight = Math.min(1, part * 1.7), fade = Math.min(1, 2.5 * (1 - part));
    const isBlow = battle.units[u].range < MELEE_RANGE;
    context.globalAlpha = fade;
    const [tail, head] = isBlow ? [along(0.3), along(0.8)] : [along(Math.max(0, flight - 0.3)), along(flight)];
    this.#line(tail, head, this.colourOf(u), isBlow ? 5 : 4);
    this.#line(tail, head, "#FFFFFF", 1.5);
    if (flight === 1) this.#ring(...to, this.#radiusOf(target) * (0.4 + part), look.text, 1.5);
    context.globalAlpha = 1;
  }

  /** Lines from the selected agent to the others, as wide and as strong as its attention to them. */
  #drawAttention(units, selected, time) {
    const attention = this.battle.insight?.attention;
    if (!attention || !units[selected].alive) return;
    const weights = attention[this.battle.stepAt(time)][selected];
    const from = this.place(units[selected].x, units[selected].y);
    units.slice(0, this.battle.agentCount).filter(other => other.alive && other.u !== selected).forEach(other => {
      this.context.globalAlpha = Math.min(1, 0.35 + weights[other.u]);
      this.#arch(from, this.place(other.x, other.y), this.look.attention, 1 + 18 * weights[other.u]);
    });
    this.context.globalAlpha = 1;
  }

  #drawBars({u, x, y, health, shield}) {
    const unit = this.battle.units[u], radius = this.#radiusOf(u), [px, py] = this.place(x, y);
    const width = Math.max(20, radius * 1.8), top = py - radius * 1.2 - 5;
    this.#bar(px - width / 2, top, width, health / unit.health_max, this.look.health);
    if (unit.shield_max > 0) this.#bar(px - width / 2, top - 4, width, shield / unit.shield_max, this.look.shield);
  }

  #bar(left, top, width, share, colour) {
    this.context.fillStyle = this.look.empty;
    this.context.fillRect(left - 1, top - 1, width + 2, 5);
    this.context.fillStyle = colour;
    this.context.fillRect(left, top, width * share, 3);
  }

  #radiusOf(u) {
    return Math.max(7, BODY * this.battle.units[u].radius * this.cell);
  }

  #shape(u, px, py, radius, facing) {
    const {context} = this, [cos, sin] = [Math.cos(facing) * radius, Math.sin(facing) * radius];
    context.beginPath();
    this.outlines[u].forEach(([x, y]) => context.lineTo(px + x * cos - y * sin, py - x * sin - y * cos));
    context.closePath();
  }

  /** A line, curved towards `bend` if there is one. */
  #line(from, to, colour, width, bend = to) {
    Object.assign(this.context, {strokeStyle: colour, lineWidth: width, lineCap: "round"});
    this.context.beginPath();
    this.context.moveTo(...from);
    this.context.quadraticCurveTo(...bend, ...to);
    this.context.stroke();
  }

  /** A line that bulges upwards, to be told from shots. */
  #arch(from, to, colour, width) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
    const bulge = Math.sign(dx || 1) * (0.3 + 20 / length);
    this.#line(from, to, colour, width, [from[0] + dx / 2 + bulge * dy, from[1] + dy / 2 - bulge * dx]);
  }

  #ring(px, py, radius, colour, width) {
    Object.assign(this.context, {strokeStyle: colour, lineWidth: width});
    this.context.beginPath();
    this.context.arc(px, py, radius, 0, 2 * Math.PI);
    this.context.stroke();
  }
}
