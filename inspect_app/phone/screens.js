// The screens around an interview: coming in, the day's villages and households, a visit without
// interview, a village's list, the outbox, help.

import { button, field, form, h, link } from "./dom.js";
import { isAlarming, isAwaited, isIn, LEAST_MB, Phone, PIN_TRIES } from "./phone.js";
import { room } from "./store.js";
import { enrol } from "./sync.js";
import { t } from "./words.js";

const PENDING = "xf-pending";

export function ending({ code, slug, status }) {
  return code === "refused" ? t("end_refused", slug || status) : t(`end_${code}`);
}

export function enrolScreen(app, given) {
  if (/MicroMessenger/i.test(navigator.userAgent)) {
    return [h("h1", null, t("enrol_title")), h("p", { className: "warning" }, t("enrol_wechat"))];
  }
  const code = field(t("enrol_code"), { value: given || "", required: true, autocapitalize: "characters", spellcheck: false });
  const work = async () => {
    if (!code.control.value.trim()) return t("required");
    app.say(t("phase_hello"));
    try {
      await navigator.storage?.persist?.();
      // The same key again, should the first answer have been lost on the way.
      const pending = localStorage.getItem(PENDING);
      const kept = pending && (await Phone.load(pending));
      const phone = kept?.device ? kept : await Phone.create();
      localStorage.setItem(PENDING, phone.store.name);
      try {
        await enrol(phone, code.control.value.trim());
      } finally {
        phone.store.close();
      }
      localStorage.removeItem(PENDING);
      await app.open({ campaign: phone.campaign, db: phone.store.name });
      return "";
    } catch (error) {
      if (!error.code) throw error;
      app.say("");
      return t("enrol_failed", ending(error));
    }
  };
  return [
    h("h1", null, t("enrol_title")),
    h("p", null, t("enrol_how")),
    form(t("enrol_go"), work, code),
  ];
}

export function chooseScreen(app, entries) {
  return [
    h("h1", null, t("choose_title")),
    h("ul", { className: "cards" }, entries.map((entry) =>
      h("li", null, button(
        t("choose_one", entry.campaign.slice(0, 8), entry.enrolled_at.slice(0, 10)),
        () => app.open(entry),
      )))),
  ];
}

const pinField = (label) =>
  field(label, { type: "password", inputMode: "numeric", maxLength: 6, autocomplete: "off" });
const isPin = (text) => /^[0-9]{6}$/.test(text);

export function newPinScreen(app) {
  const first = pinField(t("pin"));
  const again = pinField(t("pin_again"));
  const work = async () => {
    if (!isPin(first.control.value)) return t("pin_six");
    if (first.control.value !== again.control.value) return t("pin_differ");
    await app.phone.setPin(first.control.value);
    await app.unlocked();
    return "";
  };
  return [
    h("h1", null, t("pin_new")),
    h("p", null, t("pin_new_how")),
    form(t("pin_set"), work, first, again),
  ];
}

export function pinScreen(app) {
  const { phone } = app;
  if (phone.isBarred) return barredScreen(app);
  const pin = pinField(t("pin"));
  const work = async () => {
    if (!isPin(pin.control.value)) return t("pin_six");
    if (await phone.tryPin(pin.control.value)) {
      await app.unlocked();
      return "";
    }
    pin.control.value = "";
    if (phone.isBarred) await app.show();
    return t("pin_wrong", PIN_TRIES - phone.wrongPins);
  };
  return [
    h("h1", null, t("app")),
    form(t("pin_open"), work, pin),
    sending(app),
  ];
}

function barredScreen(app) {
  const { phone } = app;
  const code = field(t("pin_code"), { inputMode: "numeric", maxLength: 8 });
  const work = async () => {
    if (!(await phone.forgivePins(code.control.value))) return t("pin_code_wrong");
    await app.show();
    return "";
  };
  // Whoever has no code may begin anew, but only in contact: else a finder empties the phone.
  const reset = async () => {
    if (await app.contact()) return;
    await phone.store.empty(["drafts"]);
    await phone.store.write([["facts", undefined, "vault"], ["facts", { counter: phone.pin.counter || 0 }, "pin"]]);
    Object.assign(phone, { vault: undefined, pin: await phone.store.fact("pin") });
    await app.show();
  };
  return [
    h("h1", null, t("app")),
    h("p", { className: "warning" }, t("pin_barred", phone.pin.counter || 0)),
    form(t("pin_open"), work, code),
    h("p", null, t("pin_forgotten")),
    button(t("pin_reset"), reset),
    sending(app),
  ];
}

/** A phone that may not be opened still sends. */
export function stoppedScreen(app, words) {
  return [h("h1", null, t("app")), h("p", { className: "warning" }, words), sending(app)];
}

const sending = (app) => [
  h("p", null, button(t("pin_send"), () => app.contact({ evenFiles: true }))),
  h("p", null, link(t("menu_help"), "#/help")),
];

// --- the day ----------------------------------------------------------------------------------

const NAG_UNSENT = 10;
const NAG_HOURS = 24;

/** Three lights of an op: sealed, answers in, photos in. */
function lights(op) {
  const lamp = (on) => t(on ? "light_on" : "light_off");
  return t("lights", lamp(true), lamp(isIn(op)), lamp(isIn(op) && op.complete));
}

export async function todayScreen(app) {
  const villages = await app.phone.villages();
  const drafts = new Set((await app.phone.store.all("drafts")).map((one) => one.key));
  return [
    h("h1", null, t("today_title")),
    await nag(app),
    villages.length ? villages.map((village) => villageCard(app, village, drafts))
      : h("p", null, t("today_none")),
    h("p", null, button(t("today_contact"), () => app.contact())),
  ];
}

async function nag(app) {
  const waiting = (await app.phone.ops()).filter(isAwaited);
  const { persisted } = await room();
  const oldest = Math.min(...waiting.map((op) => Date.parse(op.captured_at)));
  const hours = waiting.length ? Math.max(0, Math.floor((Date.now() - oldest) / 3600e3)) : 0;
  return [
    (waiting.length > NAG_UNSENT || hours >= NAG_HOURS) &&
      h("p", { className: "warning" }, link(t("nag", waiting.length, hours), "#/outbox")),
    !persisted && h("p", { className: "note" }, t("not_persistent")),
  ];
}

function villageCard(app, { code, draw, locked, households }, drafts) {
  return h("section", { className: "village" },
    h("h2", null, t("village", code)),
    draw && rosterLine(app, draw),
    h("ul", { className: "cards" }, households.map((one) => h("li", null, householdLink(one, drafts)))),
    locked ? h("p", { className: "note" }, t("reserves_locked", locked)) : null);
}

function rosterLine(app, draw) {
  if (!draw.listed) {
    return h("p", null, link(t("roster_todo", t(`class_${draw.household_class}`)), `#/r/${draw.village_code}`, { className: "button" }));
  }
  if (draw.drawn) return h("p", { className: "note" }, t("roster_done", draw.listed));
  const code = field(t("roster_code", draw.counter || 0), { inputMode: "numeric", maxLength: 8 });
  const release = async () => {
    if (!(await app.phone.releaseByCode(draw, code.control.value))) return t("pin_code_wrong");
    await app.show();
    return "";
  };
  return [
    h("p", { className: "warning" }, t("roster_waits", draw.expected)),
    app.phone.policy.release_key && form(t("roster_release"), release, code),
  ];
}

function householdState(one, drafts) {
  if (one.returned) return t("state_returned", one.returned.reason);
  if (drafts.has(one.interview_id)) return t("state_draft");
  if (one.op) return lights(one.op);
  return one.outcome ? t(`d_${one.outcome.disposition}`) : t("state_todo");
}

function householdLink(one, drafts) {
  const what = [t(`class_${one.household_class}`), t("order", one.order), one.is_reserve && t("reserve")];
  return link([
    h("strong", null, one.unit_id),
    h("span", null, what.filter(Boolean).join(" · ")),
    h("span", { className: "state" }, householdState(one, drafts)),
  ], `#/h/${one.interview_id}`, { className: "card" });
}

async function find(app, interviewId) {
  const villages = await app.phone.villages();
  return villages.flatMap((village) => village.households)
    .find((one) => one.interview_id === interviewId);
}

export async function householdScreen(app, [interviewId]) {
  const one = await find(app, interviewId);
  if (!one) return app.go("#/");
  const { phone } = app;
  const labels = (await phone.draft(`labels/${one.village_code}`)) || {};
  const visits = await phone.visitsOf(interviewId);
  const hasDraft = Boolean(await phone.store.get("drafts", interviewId));
  const { free_mb: free } = await room();
  const isRoomy = hasDraft || free >= LEAST_MB;
  const may = hasDraft || one.returned || !one.op;
  const words = one.returned ? "again" : hasDraft ? "resume" : "begin";
  return [
    h("h1", null, t("household", one.unit_id)),
    h("p", null, [t(`class_${one.household_class}`), t("order", one.order), labels[one.unit_id]].filter(Boolean).join(" · ")),
    one.returned && h("p", { className: "warning" }, t("state_returned", one.returned.reason)),
    visits.length ? h("p", null, t("visits_so_far", visits.length,
      visits.map((visit) => t(`d_${visit.disposition}`)).join(", "))) : null,
    one.op && h("p", { className: "state" }, lights(one.op)),
    may && [
      h("p", { className: "note" }, t("purpose")),
      isRoomy ? h("p", null, link(t(words), `#/i/${interviewId}`, { className: "button main" }))
        : h("p", { className: "warning" }, t("no_room")),
      h("p", null, link(t("no_interview"), `#/c/${interviewId}`, { className: "button" })),
    ],
  ];
}

const OUTCOMES = ["partial", "refused", "absent", "moved_out", "dissolved", "dead", "not_found", "not_visited"];

export async function contactScreen(app, [interviewId, preset]) {
  const one = await find(app, interviewId);
  if (!one) return app.go("#/");
  const note = field(t("contact_note"), { rows: 3, maxLength: 2000 }, "textarea");
  const choices = h("fieldset", null,
    h("legend", null, t("contact_what")),
    OUTCOMES.map((value) => h("label", { className: "choice" },
      h("input", { type: "radio", name: "disposition", value, checked: value === preset }),
      h("span", null, t(`d_${value}`)))));
  const work = async () => {
    const chosen = choices.querySelector("input:checked");
    if (!chosen) return t("required");
    await app.phone.sealContact(one, {
      disposition: chosen.value, note: note.control.value.normalize(),
    });
    app.say(t("sealed"));
    app.contactSoon();
    app.go("#/");
    return "";
  };
  return [
    h("h1", null, t("contact_title")),
    h("p", null, t("household", one.unit_id)),
    form(t("contact_seal"), work, choices, note),
  ];
}

// --- a village's list, sealed before the draw ------------------------------------------------

const SHOWN = 30;

export async function rosterScreen(app, [village]) {
  const { phone } = app;
  const told = await phone.store.get("draws", village);
  if (!told || told.listed) return app.go("#/");
  const key = `roster/${village}`;
  const rows = (await phone.draft(key)) || [];
  const table = h("tbody");
  const counted = h("p", { role: "status" });
  const sealing = h("p");

  const show = () => {
    const own = rows.filter((row) => row.household_class === told.household_class).length;
    counted.textContent =
      t("roster_count", rows.length, t(`class_${told.household_class}`), own, told.expected);
    table.replaceChildren(...rows.slice(-SHOWN).reverse().map((row) => h("tr", null,
      h("td", null, row.unit_id.replace(`${village}-`, "")), h("td", null, t(`class_${row.household_class}`)),
      h("td", null, row.persons), h("td", null, row.label))));
    sealing.hidden = !rows.length;
  };

  const classes = h("fieldset", null, h("legend", null, t("roster_class")), h("div", { className: "row" },
    ["E", "P", "N"].map((value) => h("label", { className: "choice" },
      h("input", { type: "radio", name: "class", value, checked: value === told.household_class, onchange: () => swap() }),
      h("span", null, t(`class_${value}`))))));
  const persons = field(t("roster_persons"), { inputMode: "numeric", maxLength: 2 });
  const unit = field(t("roster_unit"), { value: `${village}-`, maxLength: 60 });
  const label = field(t("roster_label"), { maxLength: 40 });
  const chosen = () => classes.querySelector("input:checked").value;
  const swap = () => {
    unit.hidden = chosen() === "N"; // has no register code, and is numbered as listed
  };

  const add = async () => {
    const count = Number(persons.control.value);
    if (!(Number.isInteger(count) && count >= 1 && count <= 99)) return t("number_bad");
    const isNumbered = chosen() === "N";
    const unitId = isNumbered
      ? `${village}-n${String(rows.length + 1).padStart(4, "0")}`
      : unit.control.value.trim().normalize();
    if (!unitId || unitId === `${village}-`) return t("required");
    // Only class N is numbered so, as in inspect_app/rules/rosters.py.
    if (!isNumbered && /-n\d{4,}$/.test(unitId)) return t("roster_numbered");
    if (rows.some((row) => row.unit_id === unitId)) return t("roster_twice");
    rows.push({ unit_id: unitId, household_class: chosen(), persons: count, label: label.control.value.trim() });
    await phone.saveDraft(key, rows);
    persons.control.value = label.control.value = "";
    unit.control.value = `${village}-`;
    show();
    persons.control.focus();
    return "";
  };
  const drop = async () => {
    rows.pop();
    await phone.saveDraft(key, rows);
    show();
  };
  const seal = async ({ target }) => {
    target.disabled = true;
    try {
      await phone.sealRoster(told, rows);
      app.say(t("sealed"));
      app.contactSoon();
      app.go("#/");
    } catch (error) {
      app.say(t("draft_failed", error.name), true);
      target.disabled = false;
    }
  };
  sealing.append(button(t("roster_seal"), seal, { className: "main" }));
  show();
  swap();
  return [
    h("h1", null, t("roster_title", village)),
    h("p", { className: "note" }, t("roster_how")),
    counted,
    form(t("roster_add"), add, classes, persons, unit, label),
    h("table", null, table),
    h("p", null, button(t("roster_drop"), drop, { className: "quiet" })),
    sealing,
  ];
}

// --- the outbox -------------------------------------------------------------------------------

const QUARANTINED = ["not_assigned", "superseded_device", "invalid"];

function standing(op) {
  if (!op.status) return t("s_waiting");
  if (isAlarming(op)) return t("s_alarm");
  if (QUARANTINED.includes(op.status)) return t("s_quarantined");
  if (isIn(op)) return t(`s_${op.status}`);
  return t("s_again");
}

export async function outboxScreen(app) {
  const ops = (await app.phone.ops()).reverse();
  const waits = ops.some((op) => isIn(op) && op.needs.length);
  const imported = h("p", { role: "status" });
  const take = async ({ target }) => {
    const { importReceipts } = await import("./carry.js");
    imported.textContent = await importReceipts(app.phone, target.files[0]);
    target.value = "";
  };
  const give = async () => {
    const { exportFile } = await import("./carry.js");
    await exportFile(app.phone);
  };
  return [
    h("h1", null, t("outbox_title")),
    h("div", { className: "row" },
      button(t("send_now"), () => app.contact(), { className: "main" }),
      waits && button(t("send_photos"), () => app.contact({ evenFiles: true }))),
    ops.length ? h("ul", { className: "cards" }, ops.map((op) => h("li", { className: "card" },
      h("strong", null, `${t(`kind_${op.kind}`)} ${op.unit_id || op.village_code || ""}`),
      h("span", null, op.captured_at.slice(0, 16).replace("T", " ")),
      h("span", { className: "state" }, lights(op)),
      h("span", { className: isAlarming(op) ? "fault" : "" }, standing(op)),
      op.receipt && h("small", null, t("receipt", op.seq, op.receipt.h.slice(0, 16))))))
      : h("p", null, t("outbox_none")),
    h("section", null,
      h("h2", null, t("export")),
      h("p", { className: "note" }, t("export_how")),
      button(t("export"), give, { disabled: !ops.some(isAwaited) }),
      h("label", { className: "field" }, h("span", null, t("import_receipts")),
        h("input", { type: "file", accept: ".json,application/json", onchange: take })),
      imported),
  ];
}

export async function helpScreen(app) {
  const { free_mb: free, persisted } = await room();
    return [
    h("h1", null, t("help_title")),
    ["offline", "lights", "reserve"].map((topic) => h("p", null, t(`help_${topic}`))),
    !app.phone?.key && h("p", null, link(t("back"), "#/", { className: "button" })),
    app.phone && [
      h("p", { className: "note" }, t("help_device", app.phone.device.device_id, app.version)),
      h("p", { className: "note" }, t("help_room", free, t(persisted ? "light_on" : "light_off"))),
      app.phone.key && button(t("lock_now"), () => app.lock()),
    ],
  ];
}
