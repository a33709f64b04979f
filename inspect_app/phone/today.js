// The day's villages and households in order, one household, and a visit without interview.

import { button, field, form, h, link } from "./dom.js";
import { isIn, isAwaited, LEAST_MB } from "./phone.js";
import { room } from "./store.js";
import { t } from "./words.js";

const NAG_UNSENT = 10;
const NAG_HOURS = 24;

/** Three lights of an op: sealed, answers in, photos in. */
export function lights(op) {
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
    if (!chosen) return t("contact_need");
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
