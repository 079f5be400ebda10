"use strict";

/** Draws on a canvas, in CSS pixels. */
class Pen {
  constructor(context) {
    this.context = context;
  }

  /** Calls `draw` with an opacity from 0 to 1. */
  faintly(opacity, draw) {
    this.context.globalAlpha = opacity;
    draw();
    this.context.globalAlpha = 1;
  }

  /** Draws a line, curved towards `bend` if it is given. */
  line(from, to, colour, width, bend = to) {
    Object.assign(this.context, {strokeStyle: colour, lineWidth: width, lineCap: "round"});
    this.context.beginPath();
    this.context.moveTo(...from);
    this.context.quadraticCurveTo(...bend, ...to);
    this.context.stroke();
  }

  /** Draws a line that bulges upwards, unlike shots. */
  arch(from, to, colour, width) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
    const bulge = Math.sign(dx || 1) * (0.3 + 20 / length);
    this.line(from, to, colour, width, [from[0] + dx / 2 + bulge * dy, from[1] + dy / 2 - bulge * dx]);
  }

  ring(px, py, radius, colour, width) {
    this.#circle(px, py, radius);
    Object.assign(this.context, {strokeStyle: colour, lineWidth: width});
    this.context.stroke();
  }

  disc(px, py, radius, colour) {
    this.#circle(px, py, radius);
    this.context.fillStyle = colour;
    this.context.fill();
  }

  /** Fills an outline, and draws its edge if that has a colour. */
  shape(points, colour, edge) {
    this.context.beginPath();
    points.forEach(point => this.context.lineTo(...point));
    this.context.closePath();
    this.context.fillStyle = colour;
    this.context.fill();
    if (!edge) return;
    Object.assign(this.context, {strokeStyle: edge, lineWidth: 2, lineJoin: "round"});
    this.context.stroke();
  }

  rectangle(left, top, width, height, colour) {
    this.context.fillStyle = colour;
    this.context.fillRect(left, top, width, height);
  }

  text(px, py, text, colour, size) {
    Object.assign(this.context, {
      fillStyle: colour, font: `700 ${size}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle",
    });
    this.context.fillText(text, px, py + 1);
  }

  #circle(px, py, radius) {
    this.context.beginPath();
    this.context.arc(px, py, radius, 0, 2 * Math.PI);
  }
}
