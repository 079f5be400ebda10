"use strict";

const GROUNDS = ["rock", "floor", "ramp", "plateau", "cliff"];  // what the numbers of a recording's ground mean
const [ROCK, FLOOR, , PLATEAU, CLIFF] = GROUNDS.keys();

/** Where nobody can be is dark, with a wall around where somebody can; higher ground is lighter, cliffs are hatched. */
function drawGround(field) {
  const {pen, look, battle: {ground}} = field, at = (x, y) => ground[x]?.[y] ?? ROCK;
  const {clientWidth, clientHeight} = field.canvas;
  pen.rectangle(0, 0, clientWidth, clientHeight, look.rock);
  ground.forEach((column, x) => column.forEach((kind, y) => {
    const [left, top] = field.place(x, y + 1).map(Math.round), [right, bottom] = field.place(x + 1, y).map(Math.round);
    const [width, height] = [right - left, bottom - top];
    if (kind === ROCK) {
      if (isWall(at, x, y)) pen.rectangle(left, top, width, height, look.wall);
      return;
    }
    pen.rectangle(left, top, width, height, look.grid);
    pen.rectangle(left + 1, top + 1, width - 1, height - 1, look[GROUNDS[kind]]);
    if (kind === CLIFF) hatch(pen, left, top, width, height, look.wall);
    // The southern edge of what is higher casts a shadow, as if light came from the north.
    const isHigh = at(x, y + 1) === ROCK ? isWall(at, x, y + 1) : at(x, y + 1) === PLATEAU && kind < PLATEAU;
    if (isHigh) pen.faintly(0.4, () => pen.rectangle(left, top, width, 0.22 * height, "#000000"));
  }));
}

/** Rock beside a cell where somebody can be. */
function isWall(at, x, y) {
  return [-1, 0, 1].some(dx => [-1, 0, 1].some(dy => at(x + dx, y + dy) !== ROCK));
}

function hatch(pen, left, top, width, height, colour) {
  [0.2, 0.5, 0.8].forEach(share => {
    const x = left + share * width;
    pen.line([x + 0.1 * width, top + 0.15 * height], [x - 0.1 * width, top + 0.85 * height], colour, 1.5);
  });
}
