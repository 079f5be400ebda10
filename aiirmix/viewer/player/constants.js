"use strict";

/** What the page shares with Python: `style.json`, and the names behind the numbers of a recording. */
const CONSTANTS = JSON.parse(document.getElementById("constants").textContent);
const {
  colours: COLOURS, sizes: SIZES, effects: EFFECTS, ground: GROUND, shapes: SHAPES, grounds: GROUNDS, orders: ORDERS,
} = CONSTANTS;
const [ROCK, FLOOR, , PLATEAU, CLIFF] = GROUNDS.keys();
