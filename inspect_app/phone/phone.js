// One enrolled phone: what it was told, what is being filled in, what is sealed and not yet there.

import { drawTasks, isFar, openTasks, outcome, rosterId } from "./draw.js";
import {
  base64url, lockUp, newDeviceKey, newVault, openVault, random, sealFile, sealOp, sha256,
  spokenCode, unlock, utf8, uuid4,
} from "./seal.js";
import { dropDatabase, register, room, Store } from "./store.js";

export const APP = "phone/0.1";
export const PIN_TRIES = 10;
export const LEAST_MB = 200;
const DAY = 86400e3;
const BOOT_ID = uuid4();

/** Statuses after which an op has to stay; any other it may leave once its receipt is here. */
const KEPT = ["hash_mismatch", "failed", "op_id_reused", "bad_seal"];
const FINAL = ["accepted", "duplicate", "conflict", "stale_form", "not_assigned",
  "superseded_device", "invalid"];

export const isIn = (op) => FINAL.includes(op.status) && Boolean(op.receipt);
export const isAlarming = (op) => Boolean(op.status) && KEPT.includes(op.status) &&
  op.status !== "hash_mismatch" && op.status !== "failed";
export const isAwaited = (op) => !isIn(op) || !op.complete;

export const monoMs = () => Math.floor(performance.now());

/** The phone's own clock, as it is set, with its offset. */
export function deviceNow(date = new Date()) {
  const minutes = -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + minutes * 60e3).toISOString().slice(0, -1);
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const offset = Math.abs(minutes);
  return `${shifted}${minutes < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

export class Phone {
  /** Load what a database holds; `onclosed` is called when another tab takes it away. */
  static async load(name, onclosed) {
    const store = await Store.open(name, onclosed);
    const phone = new Phone();
    phone.store = store;
    phone.key = null;
    for (const fact of ["device", "welcome", "token", "cursor", "state", "vault", "pin", "contact",
      "counter"]) {
      phone[fact] = await store.fact(fact);
    }
    return phone;
  }

  /** Make a phone that has a key and an id and is known to nobody yet. */
  static async create(onclosed) {
    const device = { ...(await newDeviceKey()), device_id: uuid4() };
    const name = `xf-${device.device_id}`;
    const store = await Store.open(name, onclosed);
    await store.write([["facts", device, "device"], ["facts", "new", "state"]]);
    store.close();
    return Phone.load(name, onclosed);
  }

  async keep(name, value) {
    await this.store.keep(name, value);
    this[name] = value;
  }

  get campaign() {
    return this.welcome.campaign;
  }

  get who() {
    return {
      campaign: this.campaign, device_id: this.device.device_id, key: this.device.private,
    };
  }

  get policy() {
    return this.welcome.policy;
  }

  get sealKey() {
    return this.welcome.seal_keys[0];
  }

  async welcomed(welcome, bearer, serverTime) {
    const contact = { server: serverTime, offset_ms: 0 };
    await this.store.write([
      ["facts", welcome, "welcome"], ["facts", bearer, "token"], ["facts", "active", "state"],
      ["facts", contact, "contact"],
    ]);
    Object.assign(this, { welcome, token: bearer, state: "active", contact });
    const entry = { campaign: welcome.campaign, db: this.store.name, enrolled_at: deviceNow() };
    await register.add(entry);
    await this.#succeed();
  }

  /** Take the place of older phones of this campaign; one that still holds something stays. */
  async #succeed() {
    for (const { campaign, db } of await register.list()) {
      if (campaign !== this.campaign || db === this.store.name) continue;
      const old = await Phone.load(db);
      const holds = (await old.ops()).some(isAwaited);
      old.store.close();
      if (holds) continue;
      await register.remove(db);
      await dropDatabase(db);
    }
  }

  // --- PIN ------------------------------------------------------------------------------------

  get wrongPins() {
    return this.pin?.wrong || 0;
  }

  get isBarred() {
    return this.wrongPins >= PIN_TRIES;
  }

  async setPin(pin) {
    const vault = await newVault(pin);
    await this.store.write([["facts", vault, "vault"], ["facts", { wrong: 0, counter: this.pin?.counter || 0 }, "pin"]]);
    Object.assign(this, { vault, pin: await this.store.fact("pin") });
    this.key = await openVault(pin, vault);
  }

  /** Whether the PIN was right; a try is counted before it is made, so that a kill costs one. */
  async tryPin(pin) {
    if (this.isBarred) return false;
    await this.keep("pin", { ...this.pin, wrong: this.wrongPins + 1 });
    const key = await openVault(pin, this.vault);
    if (!key) return false;
    this.key = key;
    await this.keep("pin", { ...this.pin, wrong: 0 });
    return true;
  }

  /** Take the supervisor's code that gives ten more tries. */
  async forgivePins(code) {
    const counter = this.pin?.counter || 0;
    if (!(await this.#isCode("pin", counter, code))) return false;
    await this.keep("pin", { wrong: 0, counter: counter + 1 });
    return true;
  }

  async #isCode(purpose, counter, code) {
    const secret = this.policy.release_key;
    return Boolean(secret) && (await spokenCode(secret, purpose, counter)) === code.trim();
  }

  lock() {
    this.key = null;
  }

  /** Days since the server was last heard: by the clock as it stands, or as it stood, the fewer. */
  get silentDays() {
    if (!this.contact) return 0;
    const since = Date.now() - Date.parse(this.contact.server);
    return Math.max(0, Math.min(since, since + this.contact.offset_ms)) / DAY;
  }

  get isStale() {
    return this.silentDays > this.policy.pin_days;
  }

  /** After too long without contact no order arrives, so the phone forgets by itself. */
  async forget() {
    if (!this.vault) return;
    await this.store.empty(["drafts", "tasks", "draws", "returns"]);
    await this.store.write([["facts", undefined, "vault"], ["facts", undefined, "cursor"]]);
    Object.assign(this, { vault: undefined, cursor: undefined, key: null });
  }

  // --- drafts -----------------------------------------------------------------------------------

  async draft(key) {
    const kept = await this.store.get("drafts", key);
    return kept && this.key ? unlock(this.key, kept.closed) : null;
  }

  async saveDraft(key, content) {
    await this.store.write([["drafts", { key, closed: await lockUp(this.key, content) }]]);
  }

  // --- files ------------------------------------------------------------------------------------

  /** Keep a photo or drawing, closed to the server; the hash of its plain bytes. */
  async keepFile(owner, blob) {
    const plain = await blob.arrayBuffer();
    const plainSha256 = await sha256(plain);
    const closed = await sealFile(plain, this.who, this.sealKey);
    await this.store.write([["files", {
      sha256: await sha256(closed),
      plain_sha256: plainSha256,
      owner,
      type: blob.type,
      bytes: closed.byteLength,
      data: new Blob([closed]),
      offset: 0,
    }]]);
    return plainSha256;
  }

  // --- sealing ----------------------------------------------------------------------------------

  /** Seal an op: one strict transaction with everything that changes by it. */
  async seal(kind, content, envelope = {}, { files = [], changes = [], note = {} } = {}) {
    const body = JSON.stringify({ salt: base64url(random(16)), ...content });
    const op = {
      op_id: uuid4(),
      kind,
      interview_id: null,
      base_rev: kind === "interview" ? 0 : null,
      return_id: null,
      form_id: null,
      version: null,
      captured_at: deviceNow(),
      boot_id: BOOT_ID,
      mono_ms: monoMs(),
      body_sha256: await sha256(body),
      blobs: files.map(({ sha256: hash, bytes, type }) => ({ sha256: hash, bytes, type })),
      ...envelope,
    };
    const n = (this.counter || 0) + 1;
    const record = {
      ...note,
      envelope: await sealOp({ ...op, body }, this.who, this.sealKey),
      op_id: op.op_id,
      n,
      kind,
      interview_id: op.interview_id,
      captured_at: op.captured_at,
      body_sha256: op.body_sha256,
      bytes: utf8(body).length,
      files: op.blobs.map((one) => one.sha256),
      needs: op.blobs.map((one) => one.sha256),
      complete: false,
    };
    const more = typeof changes === "function" ? changes(record) : changes;
    await this.store.write([["ops", record], ["facts", n, "counter"], ...more]);
    this.counter = n;
    return record;
  }

  async sealInterview(task, draft, answers) {
    const asked = await this.store.get("returns", task.interview_id);
    const owner = task.interview_id;
    const named = new Set(JSON.stringify(answers).match(/[0-9a-f]{64}/g) || []);
    const own = (await this.store.all("files")).filter((file) => file.owner === owner);
    const files = own.filter((file) => named.has(file.plain_sha256));
    const dropped = own.filter((file) => !named.has(file.plain_sha256));
    const disposition = answers.disposition;
    return this.seal(
      "interview",
      { unit_id: task.unit_id, round: task.round, answers },
      {
        interview_id: task.interview_id,
        base_rev: asked ? asked.base_rev : 0,
        return_id: asked ? asked.return_id : null,
        form_id: draft.form_id,
        version: draft.version,
      },
      {
        files,
        note: { unit_id: task.unit_id, disposition },
        changes: (record) => [
          ...files.map((file) => ["files", { ...file, owner: record.op_id }]),
          ...dropped.map((file) => ["files", undefined, file.sha256]),
          ["drafts", undefined, owner],
          ["returns", undefined, owner],
          ["visits", this.#visit(record, 0, disposition)],
        ],
      },
    );
  }

  async sealContact(task, { disposition, note }) {
    const visits = await this.visitsOf(task.interview_id);
    const visitNo = 1 + Math.max(0, ...visits.map((visit) => visit.visit_no));
    const at = deviceNow();
    return this.seal(
      "contact",
      { unit_id: task.unit_id, round: task.round, visit_no: visitNo, disposition, at, note },
      { interview_id: task.interview_id },
      {
        note: { unit_id: task.unit_id, disposition },
        changes: (record) => [["visits", this.#visit(record, visitNo, disposition)]],
      },
    );
  }

  #visit(record, visitNo, disposition) {
    return {
      op_id: record.op_id, n: record.n, interview_id: record.interview_id,
      visit_no: visitNo, disposition, at: record.captured_at,
    };
  }

  async visitsOf(interviewId) {
    const all = await this.store.all("visits");
    return all.filter((visit) => visit.interview_id === interviewId);
  }

  // --- a village's list -------------------------------------------------------------------------

  /** Seal a list; draw from it at once, or keep it until a supervisor releases the draw. */
  async sealRoster(told, listed) {
    const village = told.village_code;
    const households = listed.map((row, at) => ({
      unit_id: row.unit_id, village_code: village, household_class: row.household_class,
      persons: row.persons, line: at + 1,
    }));
    const labels = Object.fromEntries(listed.map((row) => [row.unit_id, row.label || ""]));
    const far = isFar(told, households);
    const tasks = far ? [] : await drawTasks(told, households, this.campaign);
    const former = (await this.store.all("tasks")).filter((task) =>
      task.village_code === village && task.household_class === told.household_class
        && task.round === told.round);
    const waiting = { key: `waiting/${village}`, closed: await lockUp(this.key, households) };
    const named = { key: `labels/${village}`, closed: await lockUp(this.key, labels) };
    return this.seal(
      "roster",
      { village_code: village, household_class: told.household_class, households },
      { interview_id: await rosterId(this.campaign, village) },
      {
        note: { village_code: village },
        changes: [
          ["drafts", undefined, `roster/${village}`],
          ["drafts", named],
          ["draws", { ...told, listed: households.length, drawn: !far }],
          ...(far ? [["drafts", waiting]] : []),
          ...former.map((task) => ["tasks", undefined, task.interview_id]), // of a list dismissed
          ...tasks.map((task) => ["tasks", task]),
        ],
      },
    );
  }

  /** Draw from the lists that waited and are released by now; needs the key of drafts. */
  async drawReleased() {
    for (const told of await this.store.all("draws")) {
      if (!told.released || told.drawn || !told.listed || !this.key) continue;
      const households = await this.draft(`waiting/${told.village_code}`);
      if (!households) continue;
      const tasks = await drawTasks(told, households, this.campaign);
      await this.store.write([
        ["draws", { ...told, drawn: true }],
        ["drafts", undefined, `waiting/${told.village_code}`],
        ...tasks.map((task) => ["tasks", task]),
      ]);
    }
  }

  async releaseByCode(told, code) {
    const counter = told.counter || 0;
    if (!(await this.#isCode(`roster/${told.village_code}`, counter, code))) return false;
    await this.store.write([["draws", { ...told, released: true, counter: counter + 1 }]]);
    await this.drawReleased();
    return true;
  }

  // --- what there is to do ------------------------------------------------------------------------

  /** Villages with their lists to make and their households that may be visited, with outcomes. */
  async villages() {
    const [tasks, draws, visits, ops, returns] = await Promise.all(
      ["tasks", "draws", "visits", "ops", "returns"].map((name) => this.store.all(name)),
    );
    const byInterview = new Map();
    for (const visit of visits) {
      const known = byInterview.get(visit.interview_id) || [];
      byInterview.set(visit.interview_id, [...known, visit]);
    }
    const outcomes = {};
    for (const task of tasks) {
      outcomes[task.interview_id] = outcome(byInterview.get(task.interview_id) || []);
    }
    const codes = [...new Set([...tasks, ...draws].map((one) => one.village_code))].sort();
    return codes.map((code) => {
      const here = tasks.filter((task) => task.village_code === code);
      const open = openTasks(here, outcomes, this.policy.max_visits);
      return {
        code,
        draw: draws.find((one) => one.village_code === code) || null,
        locked: here.length - open.length,
        households: open.map((task) => ({
          ...task,
          outcome: outcomes[task.interview_id],
          returned: returns.find((one) => one.interview_id === task.interview_id) || null,
          op: ops.filter((op) => op.interview_id === task.interview_id && op.kind === "interview")
            .sort((a, b) => b.n - a.n)[0] || null,
        })),
      };
    });
  }

  async ops() {
    return (await this.store.all("ops")).sort((a, b) => a.n - b.n);
  }

  async unsent() {
    return (await this.ops()).filter((op) => !isIn(op));
  }

  /** What every push says is still here. */
  async manifest(awaited = null) {
    const ops = awaited || (await this.ops()).filter(isAwaited);
    const unsent = ops.map(({ op_id, body_sha256, bytes, captured_at }) => ({
      op_id, body_sha256, bytes, captured_at,
    }));
    return { unsent, ...(await room()) };
  }

  /** The envelope of a push. */
  async envelope(ops, extra = {}) {
    return {
      device_now: deviceNow(), boot_id: BOOT_ID, mono_ms: monoMs(), app: APP,
      manifest: await this.manifest(), ops: ops.map((op) => op.envelope), ...extra,
    };
  }
}
