"use strict";
// Shows the maps and tables of a report. Texts come from archives: they only ever become text nodes and attributes that
// are no code (`textContent`, `setAttribute` with fixed names), never markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const live = document.getElementById("live");
  const SVG = "http://www.w3.org/2000/svg";
  const numbers = new Intl.NumberFormat("en");
  const say = (text) => { live.textContent = text; };
  let printing = false;

  /** Return a new element with a class and a text. */
  function make(name, className, text) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function draw(name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }
  function button(className, text, action) {
    const element = make("button", className, text);
    element.type = "button";
    element.addEventListener("click", action);
    return element;
  }
  function size(bytes) {
    if (bytes < 1000) return `${bytes} B`;
    let value = bytes;
    for (const unit of ["kB", "MB", "GB", "TB"]) {
      value /= 1000;
      if (value < 999.5 || unit === "TB") return `${value < 99.95 ? value.toFixed(1) : numbers.format(Math.round(value))} ${unit}`;
    }
    return "";
  }
  const plural = (count, noun) => `${numbers.format(count)} ${noun}${count === 1 ? "" : "s"}`;

  // Copying.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = make("textarea", "unseen");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  async function copyFrom(element, text) {
    const label = element.textContent;
    const done = await copy(text);
    say(done ? "Copied" : "The browser does not let this page copy");
    element.textContent = done ? "Copied" : "Failed";
    element.classList.toggle("done", done);
    setTimeout(() => { element.textContent = label; element.classList.remove("done"); }, 1600);
  }
  function commandBox(text) {
    const box = make("div", "command");
    const code = make("code", "", text);
    code.tabIndex = 0;
    const own = button("copy", "Copy", () => copyFrom(own, text));
    own.setAttribute("aria-label", "Copy the command");
    box.append(code, own);
    return box;
  }
  for (const element of document.querySelectorAll("button.copy")) {
    const text = element.previousElementSibling.textContent;
    element.hidden = false;
    element.addEventListener("click", () => copyFrom(element, text));
  }
  const addressOf = (fragment) => `${location.href.split("#")[0]}#${fragment}`;
  const remember = (fragment) => { try { history.replaceState(null, "", `#${fragment}`); } catch { /* a sandbox */ } };

  // Tables. A row is [id, cells, tone, tile, command, details]; only rows in view are in the document.
  class DataTable {
    constructor(section, table) {
      this.section = section;
      this.table = table;
      this.rows = table.rows;
      this.rows.forEach((row, at) => { row.at = at; });
      this.shown = this.rows;
      this.sorted = null;
      this.active = 0;
      this.chosen = null;
      this.present = new Map();
      this.texts = [];
      if (this.rows.length) this.build();
    }
    build() {
      const { id, title, columns } = this.table;
      const tools = make("div", "tools");
      this.input = make("input");
      this.input.type = "search";
      this.input.placeholder = `Search ${title.toLowerCase()}`;
      this.input.setAttribute("aria-label", `Search ${title.toLowerCase()}`);
      this.input.setAttribute("aria-describedby", `${id}-count`);
      this.input.spellcheck = false;
      this.input.addEventListener("input", () => this.filter());
      tools.append(this.input);
      this.toneColumn = columns.findIndex((column) => column.k === "tone");
      if (this.toneColumn >= 0) tools.append(this.buildChoice(columns[this.toneColumn].t));
      this.count = make("span", "count");
      this.count.id = `${id}-count`;
      this.count.setAttribute("role", "status");
      tools.append(this.count);
      this.scroller = make("div", "scroller");
      this.scroller.tabIndex = -1;
      this.grid = make("table", "grid");
      this.grid.setAttribute("role", "grid");
      this.grid.setAttribute("aria-labelledby", `${id}-title`);
      this.grid.setAttribute("aria-colcount", columns.length);
      const total = columns.reduce((sum, column) => sum + column.w, 0);
      const group = make("colgroup");
      const head = make("thead");
      head.setAttribute("role", "rowgroup");
      const line = make("tr");
      line.setAttribute("role", "row");
      line.setAttribute("aria-rowindex", 1);
      this.heads = columns.map((column, number) => {
        const col = make("col");
        col.style.width = `${(100 * column.w) / total}%`;
        group.append(col);
        const cell = make("th", column.k);
        cell.setAttribute("role", "columnheader");
        cell.setAttribute("scope", "col");
        cell.setAttribute("aria-sort", "none");
        cell.append(button("", column.t, () => this.sort(number)));
        line.append(cell);
        return cell;
      });
      head.append(line);
      this.body = make("tbody");
      this.body.setAttribute("role", "rowgroup");
      this.above = this.spacer();
      this.below = this.spacer();
      this.body.append(this.above, this.below);
      this.grid.append(group, head, this.body);
      this.scroller.append(this.grid);
      this.panel = make("aside", "panel");
      this.panel.setAttribute("aria-label", `${title}: the chosen row`);
      this.panel.append(make("p", "hint", "Choose a row to see all of it."));
      const split = make("div", "split");
      split.append(this.scroller, this.panel);
      this.section.append(tools, split);
      this.scroller.addEventListener("scroll", () => requestAnimationFrame(() => this.render()), { passive: true });
      this.scroller.addEventListener("keydown", (event) => this.key(event));
      this.body.addEventListener("click", (event) => {
        const row = event.target.closest("tr.row");
        if (row) { this.choose(Number(row.dataset.at)); row.focus({ preventScroll: true }); }
      });
      new ResizeObserver(() => { this.height = 0; this.render(); }).observe(this.scroller);
      this.update();
    }
    buildChoice(title) {
      this.select = make("select");
      this.select.setAttribute("aria-label", `Show ${title}`);
      const counts = new Map();
      for (const row of this.rows) counts.set(row[1][this.toneColumn], (counts.get(row[1][this.toneColumn]) || 0) + 1);
      const all = make("option", "", `every ${title}`);
      all.value = "";
      this.select.append(all);
      for (const [word, count] of counts) {
        const option = make("option", "", `${word} (${numbers.format(count)})`);
        option.value = word;
        this.select.append(option);
      }
      this.select.addEventListener("change", () => this.filter());
      return this.select;
    }
    spacer() {
      const row = make("tr", "space");
      row.setAttribute("aria-hidden", "true");
      const cell = make("td");
      cell.colSpan = this.table.columns.length;
      row.append(cell);
      return row;
    }
    textOf(row) {
      return this.texts[row.at] || (this.texts[row.at] = row[1].filter((cell) => cell !== null).join(" ").toLowerCase());
    }
    filter() {
      const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const tone = this.select ? this.select.value : "";
      this.shown = this.rows.filter((row) => (!tone || row[1][this.toneColumn] === tone)
        && (!words.length || words.every((word) => this.textOf(row).includes(word))));
      if (this.sorted) this.order();
      this.active = 0;
      this.scroller.scrollTop = 0;
      this.update();
    }
    sort(number) {
      const again = this.sorted && this.sorted.number === number;
      this.sorted = again && this.sorted.descending ? null : { number, descending: Boolean(again) };
      this.heads.forEach((head, at) => head.setAttribute("aria-sort", this.sorted && at === number
        ? (this.sorted.descending ? "descending" : "ascending") : "none"));
      this.filter();
      const title = this.table.columns[number].t;
      say(this.sorted ? `Sorted by ${title}, ${this.sorted.descending ? "descending" : "ascending"}` : "In the order of the report");
    }
    order() {
      const { number, descending } = this.sorted;
      const collator = new Intl.Collator("en", { numeric: true });
      const compare = (one, other) => {
        if (one === other) return 0;
        if (one === null || one === "") return 1;
        if (other === null || other === "") return -1;
        const result = typeof one === "number" && typeof other === "number" ? one - other : collator.compare(String(one), String(other));
        return descending ? -result : result;
      };
      this.shown = [...this.shown].sort((one, other) => compare(one[1][number], other[1][number]));
    }
    update() {
      for (const row of this.present.values()) row.remove();
      this.present.clear();
      this.grid.setAttribute("aria-rowcount", this.shown.length + 1);
      const all = numbers.format(this.rows.length);
      this.count.textContent = this.shown.length === this.rows.length ? `${all} rows` : `${numbers.format(this.shown.length)} of ${all} rows`;
      if (this.rows.length === 1 && this.shown.length === 1) this.count.textContent = "1 row";
      if (this.empty) this.empty.remove();
      this.empty = null;
      if (!this.shown.length) {
        this.empty = make("tr", "empty");
        const cell = make("td", "", "Nothing matches.");
        cell.colSpan = this.table.columns.length;
        this.empty.append(cell);
        this.body.append(this.empty);
      }
      this.render();
    }
    measure() {
      if (!this.height) {
        const probe = make("div");
        probe.style.cssText = "position:absolute;visibility:hidden;height:var(--row)";
        this.scroller.append(probe);
        this.height = probe.getBoundingClientRect().height || 36;
        probe.remove();
      }
      return this.height;
    }
    render() {
      if (!this.rows.length) return;
      const count = this.shown.length;
      let first = 0;
      let last = count;
      let height = 0;
      if (printing) {
        last = Math.min(count, 2000);
      } else {
        height = this.measure();
        first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - 8);
        last = Math.min(count, first + Math.ceil((this.scroller.clientHeight || 600) / height) + 20);
      }
      for (const [at, row] of this.present) {
        if (at < first || at >= last) {
          if (row === document.activeElement) this.scroller.focus({ preventScroll: true });
          row.remove();
          this.present.delete(at);
        }
      }
      this.above.firstChild.style.height = `${first * height}px`;
      this.below.firstChild.style.height = `${printing ? 0 : (count - last) * height}px`;
      let before = this.above;
      for (let at = first; at < last; at += 1) {
        let row = this.present.get(at);
        if (!row) {
          row = this.row(at);
          this.present.set(at, row);
          before.after(row);
        }
        before = row;
      }
      this.mark();
    }
    row(at) {
      const [id, cells, tone] = this.shown[at];
      const row = make("tr", "row");
      row.dataset.at = at;
      row.dataset.id = id;
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", at + 2);
      this.table.columns.forEach((column, number) => {
        const value = cells[number];
        const cell = make("td", column.k);
        cell.setAttribute("role", "gridcell");
        if (column.k === "tone") cell.append(make("span", `tag ${tone || "neutral"}`, value));
        else if (value !== null && value !== "") cell.textContent = column.k === "number" ? numbers.format(value) : column.k === "size" ? size(value) : value;
        row.append(cell);
      });
      return row;
    }
    mark() {
      for (const [at, row] of this.present) {
        row.tabIndex = at === this.active ? 0 : -1;
        row.setAttribute("aria-selected", this.chosen !== null && this.shown[at] === this.chosen);
      }
      this.scroller.tabIndex = this.present.has(this.active) ? -1 : 0;
    }
    key(event) {
      if (event.target.closest("thead") || event.altKey || event.ctrlKey || event.metaKey) return;
      const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.measure()) - 1);
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
      if (event.key in steps) {
        event.preventDefault();
        this.go(Math.min(this.shown.length - 1, Math.max(0, this.active + steps[event.key])));
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.choose(this.active);
      }
    }
    go(at) {
      if (at < 0) return;
      this.active = at;
      const height = this.measure();
      const head = this.grid.tHead.getBoundingClientRect().height;
      const top = at * height;
      if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
      else if (top + height + head > this.scroller.scrollTop + this.scroller.clientHeight) this.scroller.scrollTop = top + height + head - this.scroller.clientHeight;
      this.render();
      const row = this.present.get(at);
      if (row) row.focus({ preventScroll: true });
    }
    choose(at) {
      const row = this.shown[at];
      if (!row) return;
      this.active = at;
      this.chosen = row;
      this.mark();
      remember(`${this.table.id}/${row[0]}`);
      this.describe(row);
    }
    describe(row) {
      const [id, cells, , tile, command, details] = row;
      const list = make("dl");
      const add = (title, text, className) => {
        if (text === null || text === undefined || text === "") return;
        list.append(make("dt", "", title), make("dd", className || "", text));
      };
      this.table.columns.forEach((column, number) => {
        const value = cells[number];
        const text = typeof value === "number" ? (column.k === "size" ? `${size(value)} (${numbers.format(value)} bytes)` : numbers.format(value)) : value;
        add(column.t, text, column.k === "name" ? "mono" : "");
      });
      for (const [title, text] of details || []) add(title, text);
      const links = make("div", "links");
      const link = button("plainbutton", "Copy link", () => copyFrom(link, addressOf(`${this.table.id}/${id}`)));
      links.append(link);
      if (typeof tile === "number" && maps.length) links.append(button("plainbutton", "Show in the map", () => maps[0].choose(tile, true)));
      this.panel.replaceChildren(list);
      if (command) this.panel.append(commandBox(command));
      this.panel.append(links);
      say(cells.filter((cell) => cell !== null && cell !== "").join(", "));
    }
    /** Lead to a row by its id, or to rows by a search. */
    lead(id, search) {
      if (!this.rows.length) return false;
      const at = id ? this.rows.findIndex((row) => row[0] === id) : -1;
      this.input.value = search || "";
      if (this.select) this.select.value = "";
      if (id) {
        this.sorted = null;
        this.heads.forEach((head) => head.setAttribute("aria-sort", "none"));
      }
      this.filter();
      this.section.scrollIntoView({ block: "start", behavior: "instant" });
      if (at < 0) {
        if (id) { say("This report has no such row"); return false; }
        this.input.focus({ preventScroll: true });
        return true;
      }
      this.choose(at);
      this.go(at);
      return true;
    }
  }

  // Maps. A tile is [group, name, size, mark, facts]; a pull is [user, giver, count, symbols...].
  /** Lay out areas as rectangles that are close to squares. Source: Bruls, Huizing, van Wijk, "Squarified Treemaps". */
  function squarify(items, box) {
    const result = [];
    const total = items.reduce((sum, item) => sum + item.area, 0);
    if (!total || box.w <= 0 || box.h <= 0) return result;
    const scale = (box.w * box.h) / total;
    const queue = items.map((item) => ({ item, area: item.area * scale }));
    let { x, y, w, h } = box;
    let start = 0;
    while (start < queue.length) {
      const side = Math.min(w, h);
      let sum = 0;
      let end = start;
      let least = Infinity;
      let most = 0;
      let worst = Infinity;
      while (end < queue.length) {
        const area = queue[end].area;
        const [smallest, largest, all] = [Math.min(least, area), Math.max(most, area), sum + area];
        const ratio = Math.max((side * side * largest) / (all * all), (all * all) / (side * side * smallest));
        if (ratio > worst) break;
        [least, most, sum, worst] = [smallest, largest, all, ratio];
        end += 1;
      }
      if (end === start) { sum = queue[start].area; end += 1; }
      const depth = side ? sum / side : 0;
      let along = 0;
      for (let at = start; at < end; at += 1) {
        const length = depth ? queue[at].area / depth : 0;
        result.push(w >= h
          ? { item: queue[at].item, x, y: y + along, w: depth, h: length }
          : { item: queue[at].item, x: x + along, y, w: length, h: depth });
        along += length;
      }
      if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
      start = end;
    }
    return result;
  }

  class MemberMap {
    constructor(section, map, number) {
      this.map = map;
      this.section = section;
      this.number = number;
      this.chosen = null;
      this.gives = new Map();
      this.takes = new Map();
      for (const pull of map.pulls) {
        if (!this.takes.has(pull[0])) this.takes.set(pull[0], []);
        this.takes.get(pull[0]).push(pull);
        if (pull[1] >= 0) {
          if (!this.gives.has(pull[1])) this.gives.set(pull[1], []);
          this.gives.get(pull[1]).push(pull);
        }
      }
      for (const list of [...this.takes.values(), ...this.gives.values()]) list.sort((one, other) => other[2] - one[2]);
      this.total = map.tiles.reduce((sum, tile) => sum + tile[2], 0);
      if (map.tiles.length) this.build();
    }
    build() {
      const { id, title, marks, tiles } = this.map;
      const map = this.map;
      const tools = make("div", "tools");
      this.input = make("input");
      this.input.type = "search";
      this.input.spellcheck = false;
      this.input.placeholder = `Find ${map.noun === "archive" ? "an" : "a"} ${map.noun}`;
      this.input.setAttribute("aria-label", `Find a ${map.noun} in the map: ${title}`);
      const list = make("datalist");
      list.id = `${id}-names`;
      for (const tile of tiles.slice(0, 5000)) {
        const option = make("option");
        option.value = tile[1];
        list.append(option);
      }
      this.input.setAttribute("list", list.id);
      const find = (only) => {
        const text = this.input.value.toLowerCase();
        let at = tiles.findIndex((tile) => tile[1].toLowerCase() === text);
        if (at < 0 && !only && text) at = tiles.findIndex((tile) => tile[1].toLowerCase().includes(text));
        if (at >= 0) this.choose(at);
        else if (!only && text) say("Nothing has this name");
      };
      this.input.addEventListener("input", () => find(true));
      this.input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); find(false); } });
      const count = make("span", "count", `${plural(tiles.length, map.noun)}, ${size(this.total)}`);
      tools.append(this.input, list, count);
      const legend = make("ul", "legend");
      for (const [mark, label] of marks) {
        const all = tiles.filter((tile) => tile[3] === mark);
        const entry = make("li");
        const svg = draw("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" });
        svg.append(draw("rect", { width: 14, height: 14, rx: 2, class: `box m-${mark}` }));
        if (mark === "dead") svg.append(draw("path", { d: "M0 14 14 0M-3 7 7-3M7 17 17 7", class: "stripe" }));
        entry.append(svg, `${label} (${numbers.format(all.length)}, ${size(all.reduce((sum, tile) => sum + tile[2], 0))})`);
        legend.append(entry);
      }
      this.canvas = make("div", "canvas");
      this.panel = make("aside", "panel");
      this.panel.setAttribute("aria-label", `${title}: the chosen tile`);
      this.panel.append(make("p", "hint", "Choose a tile of the map, or find it by name."));
      const split = make("div", "split");
      split.append(this.canvas, this.panel);
      this.section.append(tools, legend, split);
      this.width = 0;
      new ResizeObserver(() => {
        const width = Math.floor(this.canvas.clientWidth);
        if (width && width !== this.width) { this.width = width; this.paint(); }
      }).observe(this.canvas);
    }
    paint() {
      const width = this.width;
      const height = Math.round(Math.max(280, Math.min(560, width * 0.56)));
      const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": `${this.map.title}: ${plural(this.map.tiles.length, this.map.noun)}, by size. Arrow keys move, Enter chooses.` });
      const defs = draw("defs", {});
      const pattern = draw("pattern", { id: `stripes-${this.number}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" });
      pattern.append(draw("path", { d: "M-2 2 2-2M0 8 8 0M6 10 10 6", class: "stripe" }));
      defs.append(pattern);
      svg.append(defs);
      this.tiles = new Map();
      this.order = [];
      const floor = this.total / 1e5 + 0.001;
      const groups = this.map.groups.map((name, number) => ({ number, name, area: 0, members: [] }));
      this.map.tiles.forEach((tile, at) => {
        const area = Math.max(tile[2], floor);
        groups[tile[0]].members.push({ at, area });
        groups[tile[0]].area += area;
      });
      const filled = groups.filter((group) => group.members.length).sort((one, other) => other.area - one.area);
      for (const place of squarify(filled, { x: 0, y: 0, w: width, h: height })) {
        let box = { x: place.x, y: place.y, w: place.w, h: place.h };
        if (filled.length > 1) {
          const frame = draw("g", { class: "group", "aria-hidden": "true" });
          frame.append(draw("rect", { x: box.x + 0.5, y: box.y + 0.5, width: Math.max(0, box.w - 1), height: Math.max(0, box.h - 1), rx: 3 }));
          const named = box.h > 44 && box.w > 60;
          if (named) {
            const name = place.item.name.replace(/.*[\\/]/, "");
            const text = draw("text", { x: box.x + 6, y: box.y + 13 });
            text.textContent = this.cut(name, box.w - 12);
            frame.append(text);
          }
          svg.append(frame);
          const top = named ? 18 : 2;
          box = { x: box.x + 2, y: box.y + top, w: box.w - 4, h: box.h - top - 2 };
        }
        this.paintGroup(svg, place.item, box);
      }
      this.canvas.replaceChildren(svg);
      this.active = this.chosen !== null && this.tiles.has(this.chosen) ? this.chosen : this.order[0];
      if (this.tiles.has(this.active)) this.tiles.get(this.active).setAttribute("tabindex", 0);
      svg.addEventListener("click", (event) => {
        const tile = event.target.closest(".tile");
        if (tile) this.choose(Number(tile.dataset.at));
      });
      svg.addEventListener("keydown", (event) => this.key(event));
      this.highlight();
    }
    paintGroup(svg, group, box) {
      const members = [...group.members].sort((one, other) => other.area - one.area);
      const shared = this.prefix(group.members);
      const short = (name) => (name.startsWith(shared) ? name.slice(shared.length) : name);
      for (const { item, x, y, w, h } of squarify(members, box)) {
        const [, name, bytes, mark] = this.map.tiles[item.at];
        const label = this.map.marks.find((one) => one[0] === mark);
        const tile = draw("g", { class: `tile m-${mark}`, role: "button", tabindex: -1, "aria-label": `${name}, ${size(bytes)}, ${label ? label[1] : mark}` });
        tile.dataset.at = item.at;
        const title = draw("title", {});
        title.textContent = `${name}\n${size(bytes)}`;
        const inset = w > 6 && h > 6 ? 0.5 : 0;
        const shape = { x: x + inset, y: y + inset, width: Math.max(0.5, w - 2 * inset), height: Math.max(0.5, h - 2 * inset) };
        tile.append(title, draw("rect", { ...shape, rx: w > 12 && h > 12 ? 2 : 0, class: "box" }));
        if (mark === "dead") tile.append(draw("rect", { ...shape, fill: `url(#stripes-${this.number})`, class: "hatch" }));
        if (w > 42 && h > 16) {
          const text = draw("text", { x: x + 5, y: y + 13 });
          text.textContent = this.cut(short(name), w - 10);
          tile.append(text);
          if (h > 32 && w > 50) {
            const second = draw("text", { x: x + 5, y: y + 26, opacity: 0.75 });
            second.textContent = size(bytes);
            tile.append(second);
          }
        }
        svg.append(tile);
        this.tiles.set(item.at, tile);
        this.order.push(item.at);
      }
    }
    /** Return the prefix that all names have (`libcurl_la-`) and that tells no tiles apart. */
    prefix(members) {
      const names = members.map((member) => this.map.tiles[member.at]).filter((tile) => tile[3] !== "out").map((tile) => tile[1]);
      if (names.length < 4) return "";
      let length = names[0].length;
      for (const name of names) while (!name.startsWith(names[0].slice(0, length))) length -= 1;
      const all = names[0].slice(0, length);
      return all.slice(0, Math.max(...["-", "_", "/", "("].map((end) => all.lastIndexOf(end) + 1)));
    }
    cut(text, width) {
      const fits = Math.floor(width / 6.7);
      // What libtool and OpenSSL put in front of every name says the least.
      const short = text.length <= fits ? text : text.replace(/^lib\w+?(_la|-lib|-shlib)-/, "");
      return short.length <= fits ? short : fits < 3 ? "" : `${short.slice(0, fits - 1)}…`;
    }
    key(event) {
      const tile = event.target.closest(".tile");
      if (!tile || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.choose(Number(tile.dataset.at));
        return;
      }
      const here = tile.querySelector(".box").getBBox();
      const next = event.key === "Home" ? this.order[0] : event.key === "End" ? this.order[this.order.length - 1] : this.nearest(here, event.key);
      if (next === undefined) return;
      event.preventDefault();
      this.focus(next);
    }
    nearest(here, key) {
      const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
      if (!way) return undefined;
      let best;
      let least = Infinity;
      for (const [at, tile] of this.tiles) {
        const box = tile.querySelector(".box");
        const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
        const across = x + w / 2 - (here.x + here.width / 2);
        const down = y + h / 2 - (here.y + here.height / 2);
        const ahead = across * way[0] + down * way[1];
        const aside = Math.abs(across * way[1] + down * way[0]);
        const edge = way[0] > 0 ? x - here.x - here.width : way[0] < 0 ? here.x - x - w : way[1] > 0 ? y - here.y - here.height : here.y - y - h;
        if (ahead <= 0.01 || edge < -1) continue;
        const distance = ahead + 3 * aside;
        if (distance < least) { least = distance; best = at; }
      }
      return best;
    }
    focus(at) {
      const old = this.tiles.get(this.active);
      if (old) old.setAttribute("tabindex", -1);
      this.active = at;
      const tile = this.tiles.get(at);
      if (tile) { tile.setAttribute("tabindex", 0); tile.focus({ preventScroll: true }); }
    }
    choose(at, scroll) {
      this.chosen = at;
      remember(`${this.map.id}/${at}`);
      if (scroll) this.section.scrollIntoView({ block: "start", behavior: "instant" });
      this.highlight();
      if (this.tiles && this.tiles.has(at)) {
        this.tiles.get(at).parentNode.append(this.tiles.get(at));
        this.focus(at);
      }
      this.describe(at);
    }
    highlight() {
      if (!this.tiles) return;
      const givers = new Set((this.takes.get(this.chosen) || []).map((pull) => pull[1]));
      const users = new Set((this.gives.get(this.chosen) || []).map((pull) => pull[0]));
      for (const [at, tile] of this.tiles) {
        tile.classList.toggle("chosen", at === this.chosen);
        tile.classList.toggle("giver", givers.has(at));
        tile.classList.toggle("user", users.has(at));
        tile.setAttribute("aria-pressed", at === this.chosen);
      }
    }
    describe(at) {
      const [group, name, bytes, mark, facts] = this.map.tiles[at];
      const list = make("dl");
      list.append(make("dt", "", "Archive"), make("dd", "mono", this.map.groups[group]));
      for (const [title, text] of facts) list.append(make("dt", "", title), make("dd", "", text));
      const heading = make("h3", "mono", name);
      this.panel.replaceChildren(heading, list);
      if (this.map.pulls.length) {
        this.panel.append(make("h4", "", "Needed by"), this.tree(at, this.gives, 0, 1, new Set([at])));
        this.panel.append(make("h4", "", "Needs"), this.tree(at, this.takes, 1, 1, new Set([at])));
      }
      const links = make("div", "links");
      const link = button("plainbutton", "Copy link", () => copyFrom(link, addressOf(`${this.map.id}/${at}`)));
      links.append(link);
      const findings = tables.find((table) => table.table.id === "findings");
      if (findings && (mark === "error" || mark === "warning" || mark === "rejected")) links.append(button("plainbutton", "Show its findings", () => findings.lead("", name)));
      this.panel.append(links);
      const takes = (this.takes.get(at) || []).length;
      const gives = (this.gives.get(at) || []).length;
      say(`${name}, ${size(bytes)}: needed by ${plural(gives, "member")}, needs symbols of ${takes}`);
    }
    /** Return the members on the other side of the pulls, two levels deep. */
    tree(at, pulls, side, level, path) {
      const found = pulls.get(at) || [];
      if (!found.length) return make("p", "hint", side ? "Nothing." : "No member.");
      const list = make("ul", "tree");
      const shown = level === 1 ? 12 : 6;
      const add = (pull) => list.append(this.branch(pull, pulls, side, level, path));
      found.slice(0, shown).forEach(add);
      if (found.length > shown) {
        const rest = make("li");
        rest.append(button("linkbutton", `${numbers.format(found.length - shown)} more`, () => {
          rest.remove();
          found.slice(shown, 300).forEach(add);
          if (found.length > 300) list.append(make("li", "hint", `and ${numbers.format(found.length - 300)} more`));
        }));
        list.append(rest);
      }
      return list;
    }
    branch(pull, pulls, side, level, path) {
      const [, , count, ...symbols] = pull;
      const other = pull[side];
      const item = make("li");
      if (other >= 0) item.append(button("linkbutton", this.map.tiles[other][1], () => this.choose(other)));
      else item.append(make("span", "mono", this.map.outside[-1 - other]));
      const more = count > symbols.length ? ` and ${numbers.format(count - symbols.length)} more` : "";
      item.append(make("span", "symbols", symbols.join(", ") + more));
      if (level === 1 && other >= 0 && !path.has(other) && (pulls.get(other) || []).length) {
        const deeper = make("details");
        const summary = make("summary", "", side ? "what that needs" : "what needs that");
        deeper.append(summary);
        deeper.addEventListener("toggle", () => {
          if (deeper.open && deeper.childElementCount === 1) deeper.append(this.tree(other, pulls, side, 2, new Set([...path, other])));
        });
        item.append(deeper);
      }
      return item;
    }
  }

  const maps = [...document.querySelectorAll("[data-map]")].map((section, at) => new MemberMap(section, data.maps[at], at));
  const tables = [...document.querySelectorAll("[data-table]")].map((section, at) => new DataTable(section, data.tables[at]));

  function follow() {
    let fragment = location.hash.slice(1);
    try { fragment = decodeURIComponent(fragment); } catch { return; }
    const [where, search] = fragment.split("?q=", 2);
    const [name, id] = where.split("/", 2);
    const table = tables.find((one) => one.table.id === name);
    if (table && (id || search !== undefined)) table.lead(id || "", search || "");
    const map = maps.find((one) => one.map.id === name);
    if (map && id && Number(id) < map.map.tiles.length) map.choose(Number(id), true);
  }
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    printing = true;
    for (const one of document.querySelectorAll("main > section details")) one.open = true;
    for (const table of tables) if (table.rows.length) table.update();
  });
  addEventListener("afterprint", () => {
    printing = false;
    for (const table of tables) if (table.rows.length) table.update();
  });
  if (location.hash) {
    history.scrollRestoration = "manual";
    follow();
  }
})();
