"use strict";

const OUTCOMES = {won: "battle won", lost: "battle lost", "timed out": "out of time"};

const get = id => document.getElementById(id);

const percent = fraction => `${(100 * fraction).toFixed(1)} %`;

/** The controls and the panel around the battlefield. */
class Player {
  constructor(recording) {
    this.battle = new Battle(recording);
    this.field = new Battlefield(get("battlefield"), this.battle);
    this.time = 0;
    this.selected = null;
    const style = document.documentElement.style;
    Object.entries(COLOURS).forEach(([name, colour]) => style.setProperty(`--${name}`, colour));
    this.#describe();
    this.#makePanel();
    this.#listen();
    this.field.resize();
    const asked = new URLSearchParams(location.hash.slice(1));
    this.select(asked.has("agent") ? Number(asked.get("agent")) - 1 : recording.insight ? 0 : null);
    this.seek(Number(asked.get("step") ?? 0));
  }

  get playing() {
    return document.body.classList.contains("playing");
  }

  /** Shows a time. */
  seek(time) {
    this.time = Math.max(0, Math.min(this.battle.steps, time));
    this.#show();
  }

  /** Selects an agent by its index, or none with null. */
  select(agent) {
    this.selected = agent !== null && agent < this.battle.agentCount ? agent : null;
    this.charts.forEach(chart => chart.bringToFront(chart.lines.length > 1 ? this.selected : 0));
    this.#show();
  }

  /** Starts or stops; from the end, it starts again. */
  toggle() {
    if (!this.playing && this.time >= this.battle.steps) this.seek(0);
    document.body.classList.toggle("playing");
    if (this.playing) this.#play(performance.now());
  }

  /** Stops, and moves by a number of whole steps. */
  step(steps) {
    document.body.classList.remove("playing");
    this.seek((steps > 0 ? Math.floor(this.time) : Math.ceil(this.time)) + steps);
  }

  #play(before) {
    requestAnimationFrame(now => {
      if (!this.playing) return;
      this.seek(this.time + (now - before) / 1000 * CONSTANTS.steps_per_second * Number(get("speed").value));
      if (this.time >= this.battle.steps) document.body.classList.remove("playing");
      this.#play(now);
    });
  }

  #fit() {
    this.field.resize();
    this.#show();
  }

  #show() {
    const {battle, time} = this;
    this.field.draw(time, this.selected);
    get("scrubber").value = time;
    get("clock").textContent = `step ${Math.floor(time)} of ${battle.steps}`;
    for (const [side, hostile] of [["agents", false], ["enemies", true]]) {
      get(`${side}-alive`).textContent = battle.count(hostile, time);
      get(`${side}-strength`).style.width = `${100 * battle.strength(hostile, time)}%`;
    }
    [...get("agents").children].forEach((button, u) => {
      button.setAttribute("aria-pressed", u === this.selected);
      button.classList.toggle("dead", !battle.isAlive(u, time));
    });
    this.charts.forEach(chart => chart.showTime(time, battle.stepAt(time)));
    this.#showSelected();
  }

  /** Shows the selected agent, its activity and its attention. */
  #showSelected() {
    const {battle, selected, time} = this;
    get("who").textContent = selected === null ? "The team" : this.#name(selected);
    get("state").textContent = selected === null ? "Select an agent on the map or above." : this.#activity(selected);
    const weights = battle.insight?.attention?.[battle.stepAt(time)][selected];
    get("attention").replaceChildren();
    if (!weights || !battle.isAlive(selected, time)) return;
    const even = 1 / battle.count(false, time);
    const most = Math.max(...battle.insight.attention.flatMap(step => step[selected]));
    get("attention").append(element("h3", {}, `attention to each agent (| : even, ${percent(even)})`));
    get("attention").append(...weights.map((weight, other) => {
      const bar = element("i", {style: `width:${100 * weight / most}%`});
      const mark = element("u", {style: `left:${100 * even / most}%`});
      const name = other === selected ? "itself" : this.#name(other);
      return element("div", {class: "weight"}, name, element("i", {}, bar, mark), element("b", {}, percent(weight)));
    }));
  }

  #name(u) {
    const unit = this.battle.units[u];
    return `${unit.hostile ? "enemy " : ""}${unit.kind.replace("_", " ")} ${this.battle.numberOf(u)}`;
  }

  #activity(u) {
    const {battle, time} = this, step = battle.stepAt(time);
    if (!battle.isAlive(u, time)) return `dead since step ${battle.deaths[u]}`;
    const target = battle.target[step][u];
    const does = {
      stop: () => "stands", move: () => "walks", attack: () => `attacks ${this.#name(target)}`,
      heal: () => `heals ${this.#name(target)}`,
    }[ORDERS[battle.order[step][u]]]();
    const {health, shield} = battle.at(u, time), {health_max: most, shield_max: mostShield} = battle.units[u];
    const shields = mostShield ? `, shield ${shield.toFixed(0)}/${mostShield}` : "";
    return `${does} · health ${health.toFixed(0)}/${most}${shields}`;
  }

  #describe() {
    const {battle} = this;
    get("map").textContent = battle.settings.map.replace(/^.*[/\\]|\.ya?ml$/g, "");
    const team = hostile => {
      const kinds = battle.units.filter(unit => unit.hostile === hostile).map(unit => unit.kind);
      return [...new Set(kinds)].sort().map(kind => `${kinds.filter(other => other === kind).length} ${kind}`).join(", ");
    };
    get("about").textContent = `${battle.played_by} · ${OUTCOMES[battle.outcome]} · seed ${battle.seed}`;
    get("teams").textContent = `${team(false)} against ${team(true)}`;
    get("scrubber").max = battle.steps;
    get("legend").append(...[...new Set(battle.units.map(unit => unit.kind))].map(kind => this.#key(kind)));
    const line = (colour, name) => element("li", {}, element("hr", {style: `color:${COLOURS[colour]}`}), name);
    get("legend").append(...[...new Set(battle.ground.flat())].filter(kind => kind > FLOOR).map(kind => element(
      "li", {}, element("i", {style: `background:${COLOURS[GROUNDS[kind]]}`}), GROUNDS[kind])));
    if (battle.order.flat().includes(ORDERS.indexOf("heal"))) get("legend").append(line("heal", "healing"));
    if (battle.insight?.attention) get("legend").append(line("attention", "attention of the selected agent"));
    get("deaths").setAttribute("viewBox", `0 0 ${battle.steps} 1`);
    get("deaths").append(...battle.units.flatMap((unit, u) => Number.isFinite(battle.deaths[u]) ? [element("line", {
      x1: battle.deaths[u], x2: battle.deaths[u], y1: 0, y2: 1, "vector-effect": "non-scaling-stroke",
      "stroke-width": 3, stroke: this.field.colourOf(u),
    })] : []));
  }

  /** The entry of a kind of unit in the legend. */
  #key(kind) {
    const points = outline(kind).map(([x, y]) => `${x},${-y}`).join("L");
    const picture = element("svg", {viewBox: "-1.7 -1.7 3.4 3.4"}, element("path", {d: `M${points}Z`}));
    return element("li", {}, picture, kind.replace("_", " "));
  }

  #makePanel() {
    const {battle} = this, {insight, reward} = battle;
    const seek = time => this.seek(time);
    const whileAlive = rows => [...Array(battle.agentCount).keys()].map(
      u => rows.map((row, t) => battle.isAlive(u, t) ? row[u] : null));
    let sum = 0;
    const returns = reward.map(value => sum += value);
    this.charts = [new Chart("extrinsic reward of the team, r_ex", [reward], COLOURS.text, seek)];
    if (insight) this.charts.push(
      new Chart("intrinsic reward of the agent, r_in", whileAlive(insight.r_in), COLOURS.agents, seek),
      new Chart("total reward of the agent, r_total", whileAlive(insight.r_total), COLOURS.heal, seek));
    else this.charts.push(new Chart("return so far", [returns], COLOURS.heal, seek));
    get("charts").append(...this.charts.map(chart => chart.figure));
    get("agents").append(...Array.from({length: battle.agentCount}, (_, u) => {
      const button = element("button", {title: this.#name(u)}, u + 1);
      button.addEventListener("click", () => this.select(u === this.selected ? null : u));
      return button;
    }));
  }

  #listen() {
    const actions = {
      first: () => this.seek(0), last: () => this.seek(this.battle.steps), play: () => this.toggle(),
      back: () => this.step(-1), forward: () => this.step(1),
    };
    Object.entries(actions).forEach(([id, act]) => get(id).addEventListener("click", act));
    get("scrubber").addEventListener("input", event => this.seek(Number(event.target.value)));
    get("battlefield").addEventListener("click", event => {
      this.select(this.field.unitAt(event.offsetX, event.offsetY, this.time));
    });
    // Fitting changes the observed size, so it waits for the next frame.
    new ResizeObserver(() => requestAnimationFrame(() => this.#fit())).observe(get("battlefield").parentElement);
    addEventListener("keydown", event => this.#press(event, actions));
  }

  #press(event, actions) {
    const speed = get("speed");
    const keys = {
      " ": actions.play, ArrowLeft: actions.back, ArrowRight: actions.forward, Home: actions.first, End: actions.last,
      Escape: () => this.select(null),
      "+": () => { speed.selectedIndex = Math.min(speed.selectedIndex + 1, speed.length - 1); },
      "-": () => { speed.selectedIndex = Math.max(speed.selectedIndex - 1, 0); },
    };
    const act = keys[event.key] ?? (/^[1-9]$/.test(event.key) ? () => this.select(Number(event.key) - 1) : null);
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}

const player = new Player(JSON.parse(get("recording").textContent));
