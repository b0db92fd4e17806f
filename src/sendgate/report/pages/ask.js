// The search of a report: type a person, choose with arrows and Enter, and read why. Everything that came from files is
// set as text, never as HTML.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const said = (place) => data.words[place];
  const input = document.getElementById("who-is-it");
  const list = document.getElementById("found");
  const answer = document.getElementById("answer");
  const ask = input.parentElement;
  const SHOWN = 30;
  const SIGNS = { passes: "\u2713", blocks: "\u2717", observes: "\u25cc", exempt: "\u2013" };
  let matches = [];
  let active = -1;

  for (const person of data.people) {
    const words = [said(person.person), `row ${person.row}`, person.outcome, person.gate, said(person.offer), ...person.blocks];
    person.found = words.join(" ").toLowerCase().replaceAll("_", " ");
  }

  // make("p", "note", "text", child …): an element with a class and what is in it
  function make(kind, name, ...inside) {
    const element = document.createElement(kind);
    if (name) element.className = name;
    element.append(...inside.filter((part) => part !== null && part !== undefined && part !== ""));
    return element;
  }
  const number = (value) => value.toLocaleString("en");
  const spoken = (name) => name.replaceAll("_", " ");
  const chip = (outcome) => make("span", `chip ${outcome}`, outcome);

  function search(text) {
    const wanted = text.toLowerCase().replaceAll("_", " ").split(/\s+/).filter(Boolean);
    const exact = text.trim().toLowerCase();
    const ranked = data.people.filter((person) => wanted.every((word) => person.found.includes(word)));
    const rank = (person) => {
      const id = said(person.person).toLowerCase();
      if (id.includes(exact)) return id === exact ? 0 : id.startsWith(exact) ? 1 : 2;
      return spoken(person.gate) === exact || person.outcome === exact ? 3 : 4;
    };
    return exact ? ranked.sort((a, b) => rank(a) - rank(b)) : ranked;
  }

  function offer() {
    matches = search(input.value).slice(0, SHOWN);
    active = matches.length && input.value.trim() ? 0 : -1;
    list.replaceChildren(...matches.map(option));
    if (!matches.length) list.append(nobody());
    open(true);
    mark();
    if (list.getBoundingClientRect().bottom > window.innerHeight) ahead();
  }

  // Put the question on top of the screen, so that there is room below for what it finds; at once, because a browser
  // that is asked to show what is typed stops halfway
  function ahead() {
    ask.scrollIntoView({ block: "start", behavior: "instant" });
  }

  function option(person, place) {
    const why = person.gate ? `${spoken(person.gate)}: ${said(person.detail)}` : said(person.detail);
    const item = make("li", "", chip(person.outcome), make("span", "id", said(person.person)), make("span", "why", why));
    item.id = `found-${place}`;
    item.setAttribute("role", "option");
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(place));
    return item;
  }

  function nobody() {
    const item = make("li", "none", `Not among the ${number(data.people.length)} of ${number(data.rows)} recipients on this page. Ask: `,
      make("code", "", `${data.ask} ${input.value.trim()} …`));
    item.setAttribute("role", "option");
    item.setAttribute("aria-disabled", "true");
    return item;
  }

  function open(shown) {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) input.removeAttribute("aria-activedescendant");
  }

  function mark() {
    matches.forEach((_, place) => list.children[place].setAttribute("aria-selected", String(place === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `found-${active}`);
    list.children[active].scrollIntoView({ block: "nearest" });
  }

  function choose(place) {
    const person = matches[place];
    if (!person) return;
    input.value = said(person.person);
    open(false);
    show(person);
    ahead();
  }

  function show(person) {
    answer.replaceChildren(...explained(person));
  }

  function head(person) {
    const heading = make("h3", "", chip(person.outcome), " ", said(person.person));
    const why = person.gate ? make("p", "verdict", make("b", "", spoken(person.gate)), `: ${said(person.detail)}`)
      : make("p", "verdict", make("b", "", said(person.offer)), `: ${said(person.detail)}`);
    const others = person.blocks.filter((gate) => gate !== person.gate).map(spoken);
    const parts = [heading, why];
    if (said(person.until)) parts.push(make("p", "", make("b", "", "Until "), said(person.until)));
    if (others.length) parts.push(make("p", "note", `Also in the way: ${others.join(", ")}`));
    return parts;
  }

  function explained(person) {
    const unknown = person.known ? null : make("p", "note", "Nobody knows this person: decided on an empty profile.");
    const clock = make("p", "note", `Row ${number(person.row)} of the list, decided ${said(person.clock)}`);
    return [
      ...head(person), unknown, clock,
      make("h4", "", "About the person"), gates(person.gates),
      make("h4", "", person.offers.length > 1 ? "The offers, side by side" : "The offer"),
      make("div", "offers", ...person.offers.map(standing)),
      make("h4", "", "What is known"), background(person),
    ].filter(Boolean);
  }

  function gates(verdicts) {
    const caption = make("caption", "unseen", "Gates about the person");
    const heads = ["", "gate", "saw", "limit", "why"].map((text) => {
      const cell = make("th", text === "saw" || text === "limit" ? "number value" : "", text || make("span", "unseen", "mark"));
      cell.scope = "col";
      return cell;
    });
    const rows = verdicts.map(([mark, gate, observed, limit, sentence]) => {
      const name = make("th", "", spoken(said(gate)));
      name.scope = "row";
      return make("tr", mark, sign(mark, "td"), name, make("td", "number value", said(observed)),
        make("td", "number value", said(limit)), make("td", "", would(mark), said(sentence)));
    });
    return make("table", "", caption, make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...rows));
  }

  function sign(mark, kind) {
    const shown = make("span", "", SIGNS[mark]);
    shown.setAttribute("aria-hidden", "true");
    return make(kind, "sign", shown, make("span", "unseen", mark));
  }
  const would = (mark) => (mark === "observes" ? "would block: " : "");

  function standing(offer) {
    const facts = [["evidence", said(offer.evidence)], ["relevance", offer.relevance],
      ...offer.scores.map(([score, made]) => [`${said(score)} is`, said(made)]), ["incentive", said(offer.incentive)],
      ["rank", `${offer.rank} = relevance \u00d7 fit`]];
    const verdicts = offer.gates.map(([mark, gate, , , sentence]) =>
      make("li", mark, sign(mark, "span"), make("span", "", make("b", "", spoken(said(gate))), " ", would(mark), said(sentence))));
    return make("div", offer.standing === "chosen" ? "chosen-offer" : "",
      make("p", "", make("b", "", said(offer.name)), " ", make("span", "note", offer.standing)), pairs("", facts),
      make("ul", "", ...verdicts));
  }

  function background(person) {
    const brands = person.history.map(([brand, counts, last]) => [said(brand), `${said(counts)}; last: ${said(last)}`]);
    const since = said(person.since) || "never bought anything that this brand knows of";
    const withheld = said(person.withheld) ? [["withheld", said(person.withheld)]] : [];
    return pairs("background", [["customer since", since], ["risk of leaving", said(person.risk)], ...withheld, ...brands]);
  }

  const pairs = (name, all) => make("dl", name, ...all.map(([term, text]) =>
    make("div", "", make("dt", "", term), make("dd", "", text))));

  const keys = {
    ArrowDown: () => { if (list.hidden) offer(); active = Math.min(active + 1, matches.length - 1); mark(); },
    ArrowUp: () => { active = Math.max(active - 1, 0); mark(); },
    Enter: () => { if (!list.hidden) choose(Math.max(active, 0)); },
    Escape: () => { if (list.hidden) input.value = ""; open(false); },
  };
  input.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("input", offer);
  input.addEventListener("blur", () => open(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea")) return;
    event.preventDefault();
    input.focus({ preventScroll: true });
    ahead();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-row]");
    const person = link && data.people.find((one) => one.row === Number(link.dataset.row));
    if (!person) return;
    event.preventDefault();
    input.value = said(person.person);
    show(person);
    answer.focus({ preventScroll: true });
    ahead();
  });
})();
