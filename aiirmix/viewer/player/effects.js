"use strict";

/** Draws a dead unit, which dissolves and leaves a cross. */
function drawDead(field, {u, x, y, facing}, time) {
  const {pen} = field, [px, py] = field.place(x, y), radius = field.radiusOf(u), colour = field.colourOf(u);
  const faded = Math.min(1, (time - field.battle.deaths[u]) / EFFECTS.death_steps), arm = radius * EFFECTS.cross_size;
  pen.faintly(EFFECTS.cross_opacity, () => {
    pen.line([px - arm, py - arm], [px + arm, py + arm], colour, 2);
    pen.line([px - arm, py + arm], [px + arm, py - arm], colour, 2);
  });
  pen.faintly(EFFECTS.death_opacity * (1 - faded), () => {
    pen.shape(field.outlineOf(u, px, py, radius * (1 - EFFECTS.death_shrinkage * faded), facing), colour);
    pen.ring(px, py, radius * (1 + EFFECTS.death_ring * faded), colour, 2);
  });
}

/** Draws the explosion in which a unit dies, as large as its splash. */
function drawBurst(field, {u, x, y}, time) {
  const {pen, battle} = field, {splash} = battle.units[u];
  const age = (time - battle.deaths[u] + EFFECTS.burst_lead) / EFFECTS.burst_steps;
  if (splash === 0 || age < 0 || age >= 1) return;
  const [px, py] = field.place(x, y);
  const radius = splash * field.cell * Math.min(1, EFFECTS.burst_start + EFFECTS.burst_growth * age);
  pen.faintly(EFFECTS.burst_opacity * (1 - age), () => pen.disc(px, py, radius, COLOURS.burst));
  pen.faintly(1 - age, () => pen.ring(px, py, radius, COLOURS.burst, 2.5));
}

/** Draws what a unit fires in the step in progress: a missile, a blow, beams or healing. */
function drawShot(field, unit, units, time) {
  const {battle} = field, step = battle.stepAt(time), progress = time - step;
  const target = units[battle.fired_at[step][unit.u]];
  if (!target) return;
  const {hostile, sweep, range} = battle.units[unit.u];
  if (battle.units[target.u].hostile === hostile) drawHealing(field, unit, target, progress);
  else if (sweep > 0) drawBeams(field, unit, target, progress);
  else drawMissile(field, unit, target, progress, range < EFFECTS.melee_range);
}

function drawHealing(field, from, to, progress) {
  const {pen} = field;
  pen.context.setLineDash([6, 5]);
  pen.context.lineDashOffset = -40 * progress;
  pen.line(field.place(from.x, from.y), field.place(to.x, to.y), COLOURS.heal, 3);
  pen.context.setLineDash([]);
}

function drawMissile(field, unit, target, progress, isBlow) {
  const {pen} = field, from = field.place(unit.x, unit.y), to = field.place(target.x, target.y);
  const along = fraction => [from[0] + fraction * (to[0] - from[0]), from[1] + fraction * (to[1] - from[1])];
  const flight = Math.min(1, EFFECTS.missile_speed * progress);
  const [tail, head] = isBlow
    ? [along(EFFECTS.blow_tail), along(EFFECTS.blow_head)]
    : [along(Math.max(0, flight - EFFECTS.missile_length)), along(flight)];
  pen.faintly(Math.min(1, EFFECTS.shot_fade * (1 - progress)), () => {
    pen.line(tail, head, field.colourOf(unit.u), isBlow ? 5 : 4);
    pen.line(tail, head, COLOURS.core, 1.5);
    if (flight === 1) pen.ring(...to, field.radiusOf(target.u) * (0.4 + progress), COLOURS.text, 1.5);
  });
}

/** Draws two beams that sweep a line across the target, starting at its two ends. */
function drawBeams(field, unit, target, progress) {
  const {pen} = field, reach = field.battle.units[unit.u].sweep;
  const [dx, dy] = [target.x - unit.x, target.y - unit.y], length = Math.hypot(dx, dy) || 1;
  const across = along => field.place(target.x - along * dy / length, target.y + along * dx / length);
  const eye = field.place(unit.x, unit.y), swept = Math.min(1, EFFECTS.beam_speed * progress);
  const fade = Math.min(1, EFFECTS.beam_fade * (1 - progress));
  [-reach, reach].forEach(end => {
    const point = across(end * (1 - 2 * swept));
    pen.faintly(EFFECTS.glow_opacity * fade, () => pen.line(across(end), point, COLOURS.burst, 5));
    if (swept < 1) {
      pen.faintly(EFFECTS.beam_opacity, () => pen.line(eye, point, field.colourOf(unit.u), 6));
      pen.line(eye, point, COLOURS.core, 1.5);
    }
  });
}
