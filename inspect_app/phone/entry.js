// Before the work: enrol, choose a campaign, set or enter the PIN; and what is left when locked.

import { button, field, form, h, link } from "./dom.js";
import { Phone, PIN_TRIES } from "./phone.js";
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
  const busy = h("p", { role: "status" });
  const work = async () => {
    if (!code.control.value.trim()) return t("required");
    busy.textContent = t("enrol_busy");
    try {
      await navigator.storage?.persist?.();
      // The same key again, should the first answer have been lost on the way.
      const pending = localStorage.getItem(PENDING);
      const phone = pending ? await Phone.load(pending) : await Phone.create();
      localStorage.setItem(PENDING, phone.store.name);
      try {
        if (!phone.device) Object.assign(phone, await Phone.create());
        await enrol(phone, code.control.value.trim());
      } finally {
        phone.store.close();
      }
      localStorage.removeItem(PENDING);
      await app.open({ campaign: phone.campaign, db: phone.store.name });
      return "";
    } catch (error) {
      if (!error.code) throw error;
      return t("enrol_failed", ending(error));
    } finally {
      busy.textContent = "";
    }
  };
  return [
    h("h1", null, t("enrol_title")),
    h("p", null, t("enrol_how")),
    form(t("enrol_go"), work, code),
    busy,
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
