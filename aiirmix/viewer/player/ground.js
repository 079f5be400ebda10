"use strict";

/** Draws all cells: rock dark, with a wall where it borders on open ground; higher ground lighter, cliffs hatched. */
function drawGround(field) {
  const {pen, battle: {ground}} = field, at = (x, y) => ground[x]?.[y] ?? ROCK;
  const {clientWidth, clientHeight} = field.canvas;
  pen.rectangle(0, 0, clientWidth, clientHeight, COLOURS.rock);
  ground.forEach((column, x) => column.forEach((kind, y) => {
    const [left, top] = field.place(x, y + 1).map(Math.round), [right, bottom] = field.place(x + 1, y).map(Math.round);
    const [width, height] = [right - left, bottom - top];
    if (kind === ROCK) {
      if (isWall(at, x, y)) pen.rectangle(left, top, width, height, COLOURS.wall);
      return;
    }
    pen.rectangle(left, top, width, height, COLOURS.grid);
    pen.rectangle(left + 1, top + 1, width - 1, height - 1, COLOURS[GROUNDS[kind]]);
    if (kind === CLIFF) hatch(pen, left, top, width, height);
    const isShaded = at(x, y + 1) === ROCK ? isWall(at, x, y + 1) : at(x, y + 1) === PLATEAU && kind < PLATEAU;
    if (isShaded) pen.faintly(GROUND.shadow_opacity, () => {
      pen.rectangle(left, top, width, GROUND.shadow_depth * height, COLOURS.shadow);
    });
  }));
}

/** Whether a cell of rock borders on open ground. */
function isWall(at, x, y) {
  return [-1, 0, 1].some(dx => [-1, 0, 1].some(dy => at(x + dx, y + dy) !== ROCK));
}

function hatch(pen, left, top, width, height) {
  GROUND.hatches.forEach(fraction => {
    const x = left + fraction * width;
    pen.line([x + 0.1 * width, top + 0.15 * height], [x - 0.1 * width, top + 0.85 * height], COLOURS.wall, 1.5);
  });
}
