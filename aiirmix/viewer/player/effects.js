"use strict";

const MELEE_RANGE = 2;  // cells; weapons of shorter range strike, others shoot
const FADING = 1.5;  // steps in which the dead vanish
const BURST = 1;  // steps that an explosion lasts
const EARLIER = 0.35;  // steps: an explosion begins before the moment that shows the dead

/** A dead unit dissolves and leaves a mark. */
function drawDead(field, {u, x, y, facing}, time) {
  const {pen} = field, [px, py] = field.place(x, y), radius = field.radiusOf(u), colour = field.colourOf(u);
  const faded = Math.min(1, (time - field.battle.deaths[u]) / FADING), arm = radius * 0.4;
  pen.faintly(0.35, () => {
    pen.line([px - arm, py - arm], [px + arm, py + arm], colour, 2);
    pen.line([px - arm, py + arm], [px + arm, py - arm], colour, 2);
  });
  pen.faintly(0.8 * (1 - faded), () => {
    pen.shape(field.outlineOf(u, px, py, radius * (1 - 0.5 * faded), facing), colour);
    pen.ring(px, py, radius * (1 + 1.5 * faded), colour, 2);
  });
}

/** What bursts in its death reaches as far as its splash. */
function drawBurst(field, {u, x, y}, time) {
  const {pen, look, battle} = field, since = (time - battle.deaths[u] + EARLIER) / BURST;
  if (battle.units[u].splash === 0 || since < 0 || since >= 1) return;
  const [px, py] = field.place(x, y), radius = battle.units[u].splash * field.cell * Math.min(1, 0.3 + 2 * since);
  pen.faintly(0.3 * (1 - since), () => pen.disc(px, py, radius, look.burst));
  pen.faintly(1 - since, () => pen.ring(px, py, radius, look.burst, 2.5));
}

/** What a unit fires in the step that is going on: a shot flies, a blow flashes, beams sweep, healing flows. */
function drawShot(field, unit, units, time) {
  const {battle} = field, step = battle.stepAt(time), part = time - step;
  const target = units[battle.fired_at[step][unit.u]];
  if (!target) return;
  const {hostile, sweep, range} = battle.units[unit.u];
  if (battle.units[target.u].hostile === hostile) drawHealing(field, unit, target, part);
  else if (sweep > 0) drawBeams(field, unit, target, part);
  else drawMissile(field, unit, target, part, range < MELEE_RANGE);
}

function drawHealing(field, from, to, part) {
  const {pen} = field;
  pen.context.setLineDash([6, 5]);
  pen.context.lineDashOffset = -40 * part;
  pen.line(field.place(from.x, from.y), field.place(to.x, to.y), field.look.heal, 3);
  pen.context.setLineDash([]);
}

function drawMissile(field, unit, target, part, isBlow) {
  const {pen, look} = field, from = field.place(unit.x, unit.y), to = field.place(target.x, target.y);
  const along = share => [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
  const flight = Math.min(1, part * 1.7);
  const [tail, head] = isBlow ? [along(0.3), along(0.8)] : [along(Math.max(0, flight - 0.3)), along(flight)];
  pen.faintly(Math.min(1, 2.5 * (1 - part)), () => {
    pen.line(tail, head, field.colourOf(unit.u), isBlow ? 5 : 4);
    pen.line(tail, head, "#FFFFFF", 1.5);
    if (flight === 1) pen.ring(...to, field.radiusOf(target.u) * (0.4 + part), look.text, 1.5);
  });
}

/** Two beams sweep a line across the target, from its ends past each other. */
function drawBeams(field, unit, target, part) {
  const {pen, look} = field, reach = field.battle.units[unit.u].sweep;
  const [dx, dy] = [target.x - unit.x, target.y - unit.y], length = Math.hypot(dx, dy) || 1;
  const across = along => field.place(target.x - along * dy / length, target.y + along * dx / length);
  const eye = field.place(unit.x, unit.y), done = Math.min(1, 1.3 * part), fade = Math.min(1, 3 * (1 - part));
  [-reach, reach].forEach(end => {
    const point = across(end * (1 - 2 * done));
    pen.faintly(0.6 * fade, () => pen.line(across(end), point, look.burst, 5));
    if (done < 1) {
      pen.faintly(0.55, () => pen.line(eye, point, field.colourOf(unit.u), 6));
      pen.line(eye, point, "#FFFFFF", 1.5);
    }
  });
}
