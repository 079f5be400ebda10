"use strict";

const CHART = {width: 312, height: 78};

/** Creates an element of HTML or SVG. */
function element(name, attributes = {}, ...children) {
  const isSvg = ["svg", "path", "line", "text"].includes(name);
  const made = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
}

/** Formats a number with three decimals and a proper minus sign. */
function format(value) {
  return value.toFixed(3).replace("-", "−");
}

/** A chart over the steps of a battle: lines, one of them in front, and a cursor at the time shown. */
class Chart {
  /** `lines` hold a number or null (no value) per step; `onSeek` is called with the time that is clicked. */
  constructor(title, lines, colour, onSeek) {
    Object.assign(this, {lines, colour, front: 0});
    // The last step may hold the bonus of a win, which would flatten everything else: it may leave the chart.
    const known = lines.flatMap(line => line.slice(0, -1)).filter(value => value !== null);
    [this.low, this.high] = [Math.min(0, ...known), Math.max(0, ...known)];
    this.high += this.high === this.low;
    this.value = element("b");
    this.cursor = element("line", {y1: 0, y2: CHART.height, stroke: "currentColor", opacity: 0.7});
    this.paths = element("svg", {viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none"});
    const [high, low] = [["high", this.high], ["low", this.low]].map(
      ([name, value]) => element("small", {class: name}, value ? format(value) : "0"));
    this.figure = element("figure", {}, element("figcaption", {}, title, this.value), this.paths, high, low);
    this.paths.addEventListener("click", event => {
      const {left, width} = this.paths.getBoundingClientRect();
      onSeek((event.clientX - left) / width * lines[0].length);
    });
    this.bringToFront(0);
  }

  /** Draws one line in front of the others, or none with null. */
  bringToFront(front) {
    this.front = front;
    const zero = this.#height(0);
    const axis = element("line", {x2: CHART.width, y1: zero, y2: zero, stroke: COLOURS.grid});
    const behind = this.lines.filter((_, index) => index !== front).map(line => this.#path(line, 1, 0.22));
    const leading = front === null ? [] : [this.#path(this.lines[front], 2, 1)];
    this.paths.replaceChildren(axis, ...behind, ...leading, this.cursor);
  }

  /** Moves the cursor. */
  showTime(time, step) {
    const x = time / this.lines[0].length * CHART.width;
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const value = this.front === null ? null : this.lines[this.front][step];
    this.value.textContent = value === null ? "–" : format(value);
  }

  #height(value) {
    return CHART.height - 6 - (value - this.low) / (this.high - this.low) * (CHART.height - 12);
  }

  /** The path of a line as stairs: a value holds for its whole step. */
  #path(line, width, opacity) {
    const wide = CHART.width / line.length;
    const stair = (value, t) => `${t ? "L" : "M"}${t * wide},${this.#height(value)}h${wide}`;
    const d = line.map((value, t) => value === null ? "" : stair(value, t)).join("");
    return element("path", {d, stroke: this.colour, "stroke-width": width, opacity});
  }
}
