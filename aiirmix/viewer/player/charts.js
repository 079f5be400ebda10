"use strict";

const CHART = {width: 312, height: 78};

/** An element of a page or, with the namespace of SVG, of a picture. */
function element(name, attributes = {}, ...children) {
  const isPicture = ["svg", "path", "line", "text"].includes(name);
  const made = isPicture ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
}

/** A number with three digits behind the point and a real minus. */
function shortly(value) {
  return value.toFixed(3).replace("-", "−");
}

/** Numbers over the steps of a battle: one line in front of others, and a cursor at the time that is shown. */
class Chart {
  /** `lines` are arrays of numbers or null (nothing to show), one per step; `onSeek` is told where it is clicked. */
  constructor(title, lines, colour, onSeek) {
    Object.assign(this, {lines, colour, front: 0});
    // The last step may bring the bonus of a win, beside which nothing else could be seen: it may leave the chart.
    const known = lines.flatMap(line => line.slice(0, -1)).filter(value => value !== null);
    [this.low, this.high] = [Math.min(0, ...known), Math.max(0, ...known)];
    this.high += this.high === this.low;
    this.value = element("b");
    this.cursor = element("line", {y1: 0, y2: CHART.height, stroke: "currentColor", opacity: 0.7});
    this.paths = element("svg", {viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none"});
    const [high, low] = [["high", this.high], ["low", this.low]].map(
      ([name, value]) => element("small", {class: name}, value ? shortly(value) : "0"));
    this.figure = element("figure", {}, element("figcaption", {}, title, this.value), this.paths, high, low);
    this.paths.addEventListener("click", event => {
      const {left, width} = this.paths.getBoundingClientRect();
      onSeek((event.clientX - left) / width * lines[0].length);
    });
    this.bringToFront(0);
  }

  /** Draws one line in front of the others; null: none. */
  bringToFront(front) {
    this.front = front;
    const zero = this.#height(0);
    const axis = element("line", {x2: CHART.width, y1: zero, y2: zero, stroke: "#263248"});
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
    this.value.textContent = value === null ? "–" : shortly(value);
  }

  #height(value) {
    return CHART.height - 6 - (value - this.low) / (this.high - this.low) * (CHART.height - 12);
  }

  /** What a step brings is drawn across it, so the line is one of stairs. */
  #path(line, width, opacity) {
    const wide = CHART.width / line.length;
    const stair = (value, t) => `${t ? "L" : "M"}${t * wide},${this.#height(value)}h${wide}`;
    const d = line.map((value, t) => value === null ? "" : stair(value, t)).join("");
    return element("path", {d, stroke: this.colour, "stroke-width": width, opacity});
  }
}
