// One question on the screen. Each control is an element with `refresh()`, which brings it into
// step with the answers; `put(value)` takes an answer and keeps the draft.

import { button, h } from "./dom.js";
import { pick, t, unit } from "./words.js";

const PHOTO_SIDE = 1280;
const PHOTO_BYTES = 500e3;
const THUMB_SIDE = 120;
const MISSING = { dk: "dk", refused: "dont_say" };

export const isAnswered = (value) =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

let serial = 0;

/** Everything of a question: its words, its control, its complaint. */
export function question(app, work, field, n) {
  const at = { app, work, field, n, id: `q${(serial += 1)}` };
  at.get = () => work.home(field, n)[field.id];
  at.put = (value) => work.put(field, n, value);
  const inner = (CONTROLS[field.type] || text)(at);
  const complaint = h("p", { className: "fault", id: `${at.id}-fault`, "aria-live": "polite" });
  const words = [pick(field), field.unit && field.type === "integer" && ` (${unit(field.unit)})`];
  const box = inner.isGroup
    ? h("fieldset", { className: "q", id: at.id }, h("legend", null, words), inner.nodes)
    : h("div", { className: "q", id: at.id }, h("label", { htmlFor: `${at.id}-in` }, words), inner.nodes);
  box.append(complaint);
  box.dataset.field = field.id;
  box.refresh = (reading) => {
    const row = work.home(field, n);
    box.hidden = work.interview.isHidden(field, row, reading);
    if (box.hidden) return;
    const found = work.interview.complaint(field, row, reading);
    complaint.textContent = at.fault || (found ? pick(found) : "");
    complaint.className = found && found.severity === "soft" ? "soft" : "fault";
    inner.refresh?.();
  };
  return box;
}

const choice = (at, type, value, label, onchange) => {
  const input = h("input", { type, name: at.id, value, onchange });
  return Object.assign(h("label", { className: "choice" }, input, h("span", null, label)), { input });
};

const codes = (field) => field.allow_missing.map((code) => [code, t(MISSING[code])]);
const options = (field) =>
  [...field.choices.map((one) => [one.value, pick(one)]), ...codes(field)];

function selectOne(at) {
  const nodes = options(at.field).map(([value, label]) =>
    choice(at, "radio", value, label, () => at.put(value)));
  const refresh = () => {
    for (const { input } of nodes) input.checked = at.get() === input.value;
  };
  return { isGroup: true, nodes, refresh };
}

function selectMany(at) {
  const single = new Set(["none", ...at.field.allow_missing]); // each excludes the others
  const change = ({ target: { value, checked } }) => {
    const given = at.get();
    const before = Array.isArray(given) ? given : [];
    if (at.field.allow_missing.includes(value)) return at.put(checked ? value : undefined);
    if (!checked) return at.put(before.filter((one) => one !== value));
    const others = single.has(value) ? [] : before.filter((one) => !single.has(one));
    const wanted = new Set([...others, value]);
    return at.put(at.field.choices.map((one) => one.value).filter((one) => wanted.has(one)));
  };
  const nodes = options(at.field).map(([value, label]) =>
    choice(at, "checkbox", value, label, change));
  const refresh = () => {
    const given = at.get();
    for (const { input } of nodes) {
      input.checked = Array.isArray(given) ? given.includes(input.value) : given === input.value;
    }
  };
  return { isGroup: true, nodes, refresh };
}

/** Buttons for "does not know" and "refuses", beside an open question. */
function missing(at, clear) {
  const nodes = codes(at.field).map(([code, label]) => Object.assign(
    button(label, () => {
      clear();
      at.put(at.get() === code ? undefined : code);
    }, { className: "code" }), { code }));
  const refresh = () => {
    for (const node of nodes) node.setAttribute("aria-pressed", String(at.get() === node.code));
  };
  return { nodes: h("div", { className: "codes" }, nodes), refresh };
}

function typed(at, attributes, tag, read) {
  const oninput = () => {
    const value = read(input.value);
    at.fault = value === null ? t("number_bad") : "";
    at.put(value === null ? undefined : value);
  };
  const input = h(tag, {
    id: `${at.id}-in`, autocomplete: "off", "aria-describedby": `${at.id}-fault`, oninput, ...attributes,
  });
  const given = at.get();
  if (isAnswered(given) && !at.field.allow_missing.includes(given)) input.value = given;
  const more = missing(at, () => {
    input.value = "";
    at.fault = "";
  });
  return { nodes: [input, more.nodes], refresh: more.refresh };
}

const integer = (at) => typed(at, { inputMode: "numeric", maxLength: 15 }, "input", (value) => {
  const trimmed = value.trim();
  if (!trimmed) return undefined;
  return /^-?[0-9]{1,15}$/.test(trimmed) ? Number(trimmed) : null;
});
const words = (value) => value.normalize() || undefined;
const text = (at) => typed(at, { maxLength: 200 }, "input", words);
const longText = (at) => typed(at, { maxLength: 4000, rows: 4 }, "textarea", words);

/** What the phone itself answers, shown and not asked. */
function shown(at) {
  const out = h("output", { id: `${at.id}-in` });
  return { nodes: [out], refresh: () => (out.textContent = at.get() || "–") };
}

function location(at) {
  const out = h("p", { role: "status" });
  const refresh = () => {
    const found = at.get();
    if (found) out.textContent = t("located", found.lat, found.lon, found.accuracy);
  };
  const short = (number) => number.toFixed(7).replace(/\.?0+$/, "");
  const found = ({ coords }) => at.put({
    lat: short(coords.latitude), lon: short(coords.longitude), accuracy: short(coords.accuracy),
  });
  const locate = () => {
    out.textContent = t("locating");
    const failed = (error) => (out.textContent = t("not_located", error.message || error.code));
    navigator.geolocation.getCurrentPosition(found, failed, {
      enableHighAccuracy: true, timeout: 60e3, maximumAge: 0,
    });
  };
  return { nodes: [button(t("locate"), locate, { id: `${at.id}-in` }), out], refresh };
}

const asBlob = (canvas, type, quality) =>
  new Promise((resolve) => canvas.toBlob(resolve, type, quality));

function canvasOf(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = h("canvas", {
    width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale),
  });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** At most 1280 pixels and half a megabyte: about a ninth of what the camera gives. */
export async function shrink(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = canvasOf(bitmap, PHOTO_SIDE);
  const thumb = canvasOf(bitmap, THUMB_SIDE);
  bitmap.close();
  for (let quality = 0.8; ; quality -= 0.15) {
    const blob = await asBlob(canvas, "image/jpeg", quality);
    if (blob.size <= PHOTO_BYTES || quality < 0.3) return { blob, thumb };
  }
}

/** Keeps a drawing or a photo as the answer; whether there was room for it. */
async function keep(at, blob, out) {
  try {
    await at.put(await at.app.phone.keepFile(at.work.key, blob));
    out.textContent = t("kept");
    return true;
  } catch (error) {
    const why = error.name === "QuotaExceededError" ? t("no_space") : error.name;
    out.textContent = t("photo_failed", why);
    return false;
  }
}

function photo(at) {
  const out = h("p", { role: "status" });
  const seen = h("div");
  const take = async ({ target }) => {
    if (!target.files[0]) return;
    const { blob, thumb } = await shrink(target.files[0]);
    target.value = "";
    if (await keep(at, blob, out)) seen.replaceChildren(thumb);
  };
  const input = h("input", {
    type: "file", accept: "image/*", id: `${at.id}-in`, onchange: take, capture: "environment",
    "aria-describedby": `${at.id}-fault`,
  });
  return { nodes: [input, seen, out], refresh: () => isKept(at, out) };
}

const isKept = (at, out) => {
  if (at.get() && !out.textContent) out.textContent = t("kept");
};

function signature(at) {
  const pad = h("canvas", { className: "pad", width: 600, height: 200, role: "img", "aria-label": pick(at.field) });
  const out = h("p", { role: "status" });
  const name = h("input", { maxLength: 40, autocomplete: "off", id: `${at.id}-in`, placeholder: t("sign_name") });
  const pen = pad.getContext("2d");
  let inked = false;
  const blank = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, pad.width, pad.height);
    Object.assign(pen, { fillStyle: "#000", lineWidth: 4, lineCap: "round", font: "72px sans-serif" });
    inked = false;
  };
  const spot = (event) => {
    const box = pad.getBoundingClientRect();
    const scale = pad.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  blank();
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...spot(event));
    inked = true;
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(...spot(event));
    pen.stroke();
  });
  name.addEventListener("input", () => {
    blank();
    pen.fillText(name.value, 20, 125, 560);
    inked = Boolean(name.value.trim());
  });
  const clear = () => {
    blank();
    name.value = "";
    out.textContent = "";
    at.put(undefined);
  };
  const store = async () => {
    if (!inked) return (out.textContent = t("sign_here"));
    return keep(at, await asBlob(pad, "image/png"), out);
  };
  return {
    nodes: [h("p", { className: "note" }, t("sign_here")), pad, name,
      h("div", { className: "row" }, button(t("sign_keep"), store), button(t("sign_clear"), clear)), out],
    refresh: () => isKept(at, out),
  };
}

const CONTROLS = {
  select_one: selectOne,
  select_many: selectMany,
  integer,
  text: longText,
  string: (at) => (at.field.source === "prefilled" ? shown(at) : text(at)),
  datetime: shown,
  geopoint: location,
  photo,
  signature,
};
