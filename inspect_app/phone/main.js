// The app as a whole: one tab at work, a screen for every address, contact when there is a network.

import { h } from "./dom.js";
import { Phone } from "./phone.js";
import {
  chooseScreen, contactScreen, ending, enrolScreen, helpScreen, householdScreen, newPinScreen,
  outboxScreen, pinScreen, rosterScreen, stoppedScreen, todayScreen,
} from "./screens.js";
import { register } from "./store.js";
import { Sync } from "./sync.js";
import { language, speak, t } from "./words.js";

const IDLE = 10 * 60e3;
const SCREENS = {
  "": todayScreen,
  h: householdScreen,
  c: contactScreen,
  i: async (...all) => (await import("./interview.js")).interviewScreen(...all),
  r: rosterScreen,
  outbox: outboxScreen,
  help: helpScreen,
};
const MENU = [["#/", "menu_today"], ["#/outbox", "menu_outbox"], ["#/help", "menu_help"]];

class App {
  constructor() {
    this.version = document.querySelector("meta[name=version]").content;
    this.main = document.querySelector("main");
    this.status = document.getElementById("status");
    this.phone = null;
    this.work = null;
    this.entries = [];
    // Words of a page that opens nothing.
    this.ended = null;
  }

  // --- one tab ----------------------------------------------------------------------------------

  /** Work in this tab, unless another does; `steal` takes it over. */
  async takeTurn({ steal = false } = {}) {
    if (!navigator.locks) return this.begin();
    const options = steal ? { steal } : { ifAvailable: true };
    const held = navigator.locks.request("xf-app", options, async (lock) => {
      if (!lock) return this.stepAside();
      await this.begin();
      // Until this tab closes, or another steals it.
      return new Promise(() => {});
    });
    return held.catch(() => this.stepAside());
  }

  stepAside() {
    this.halt();
    const here = () => {
      this.ended = null;
      this.takeTurn({ steal: true });
    };
    this.end(t("other_tab"), h("button", { type: "button", onclick: here }, t("other_tab_here")));
  }

  /** Stop every writer of this tab. */
  halt() {
    clearTimeout(this.timer);
    this.phone?.lock();
    this.phone?.store.close();
    Object.assign(this, { phone: null, sync: null, work: null });
  }

  end(words, more = "") {
    this.ended = [h("h1", null, t("app")), h("p", { className: "warning" }, words), more];
    this.show();
  }

  // --- start ------------------------------------------------------------------------------------

  async begin() {
    const link = /^#e=(.+)$/.exec(location.hash);
    if (link) {
      history.replaceState(null, "", location.pathname);
      this.code = decodeURIComponent(link[1]);
    }
    this.entries = await register.list();
    if (this.entries.length === 1 && !this.code) return this.open(this.entries[0]);
    return this.show();
  }

  async open(entry) {
    this.code = null;
    const closed = () => {
      this.halt();
      this.end(t("closed"));
    };
    this.phone = await Phone.load(entry.db, closed);
    this.sync = new Sync(this.phone, (at) => this.tell(at));
    await this.show();
    this.contactSoon();
  }

  async unlocked() {
    await this.phone.drawReleased();
    await this.show();
    this.contactSoon();
  }

  lock() {
    this.work = null;
    this.phone.lock();
    return this.show();
  }

  // --- contact ----------------------------------------------------------------------------------

  say(words, isBad = false) {
    this.status.textContent = words;
    this.status.className = isBad ? "fault" : "";
  }

  tell({ phase, done, all }) {
    this.say(all ? t(`phase_${phase}`, done, all) : t("phase_hello"));
  }

  /** What decides which of the screens before the work is shown. */
  get standing() {
    const { state, isStale, vault } = this.phone;
    return `${state} ${isStale} ${Boolean(vault)}`;
  }

  contactSoon() {
    clearTimeout(this.timer);
    if (navigator.onLine) this.timer = setTimeout(() => this.contact(), 50);
  }

  /** One contact with progress in words; returns how it ended, null when all went well. */
  async contact(options) {
    clearTimeout(this.timer);
    const { sync, phone } = this;
    const before = this.standing;
    const ended = await sync.contact(options);
    // Another tab took over meanwhile.
    if (this.phone !== phone) return ended;
    if (phone.state === "wiped") {
      Object.assign(this, { phone: null, sync: null, work: null });
      this.end(t("state_wiped"));
      return ended;
    }
    this.say(ended ? ending(ended) : t("contact_done"), Boolean(ended));
    if (ended && ended.code === "busy") {
      this.timer = setTimeout(() => this.contact(), sync.waitFor(ended));
    }
    if (phone.state !== "active") {
      this.work = null;
      phone.lock();
    }
    // A list is brought up to date; nobody's typing is swept away, unless the phone is stopped.
    const isList = phone.key && !/^#\/[icr]\//.test(location.hash) && !this.main.querySelector("input:focus");
    if (isList || this.standing !== before) await this.show();
    return ended;
  }

  // --- screens ----------------------------------------------------------------------------------

  go(address) {
    if (location.hash === address || (address === "#/" && !location.hash)) return this.show();
    location.hash = address;
    return null;
  }

  async screen() {
    const { phone } = this;
    const [name = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    if (this.ended) return this.ended;
    if (!phone) {
      if (name === "help") return SCREENS.help(this);
      return this.entries.length && !this.code
        ? chooseScreen(this, this.entries) : enrolScreen(this, this.code);
    }
    if (name === "help") return SCREENS.help(this, rest);
    if (phone.state === "superseded") return stoppedScreen(this, t("state_superseded"));
    if (phone.state !== "active") return stoppedScreen(this, t("state_locked"));
    if (phone.isStale) {
      await phone.forget();
      return stoppedScreen(this, t("state_stale", phone.policy.pin_days));
    }
    if (!phone.vault) return newPinScreen(this);
    if (!phone.key) return pinScreen(this);
    return (SCREENS[name] || todayScreen)(this, rest);
  }

  async show() {
    const turn = (this.turn = (this.turn || 0) + 1);
    let nodes;
    try {
      nodes = await this.screen();
    } catch (error) {
      nodes = [h("h1", null, t("app")), h("p", { className: "fault" }, t("failed", error.message))];
      console.error(error);
    }
    // Led elsewhere meanwhile.
    if (!nodes || turn !== this.turn) return;
    this.main.replaceChildren(...nodes.flat(9).filter(Boolean));
    this.frame();
    const title = this.main.querySelector("h1");
    document.title = `${title.textContent} · ${t("app")}`;
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  frame() {
    const isSimulated = this.phone?.welcome?.policy.simulated;
    document.querySelector("header span").textContent = isSimulated ? `${t("app")} · ${t("simulated")}` : t("app");
    document.getElementById("language").textContent = t("language");
    const nav = document.querySelector("nav");
    nav.hidden = !this.phone?.key;
    const here = location.hash || "#/";
    nav.replaceChildren(...MENU.map(([href, words]) =>
      h("a", { href, "aria-current": href === here ? "page" : null }, t(words))));
  }
}

function keepShell(app) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.register("/app/sw.js", { scope: "/app/" }).then((registration) => {
    const offer = () => {
      if (!registration.waiting || !serviceWorker.controller) return;
      const update = document.getElementById("update");
      update.textContent = t("update");
      update.hidden = false;
      update.onclick = () => registration.waiting.postMessage("take over");
    };
    offer();
    registration.addEventListener("updatefound", () =>
      registration.installing.addEventListener("statechange", offer));
  }, () => {});
  let had = Boolean(serviceWorker.controller);
  serviceWorker.addEventListener("controllerchange", () => {
    if (had && !app.ended) location.reload();
    had = true;
  });
}

const app = new App();
globalThis.xf = app;
speak(localStorage.getItem("xf-language") || (/^zh/i.test(navigator.language) ? "zh" : "en"));
document.getElementById("language").addEventListener("click", () => {
  speak(language() === "zh" ? "en" : "zh");
  localStorage.setItem("xf-language", language());
  app.show();
});
addEventListener("hashchange", () => (/^#e=/.test(location.hash) ? location.reload() : app.show()));
addEventListener("online", () => app.sync && app.contactSoon());
let left = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) left = Date.now();
  else if (app.phone?.key && Date.now() - left > IDLE) app.lock();
});
keepShell(app);
app.takeTurn();
