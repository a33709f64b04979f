// A contact with the server: hello → token → push → files → pull. Everything may be repeated, so
// whatever tears is simply done again; docs/sync-protocol.md is the other half.

import { sha256, sign } from "./seal.js";
import { dropDatabase, register } from "./store.js";
import { APP, deviceNow, isIn } from "./phone.js";

const API = "/api/v1";
const SERVICE = "exit-inspection-sync";
const BATCH = 20;
const BATCH_BYTES = 1200e3;
const CHUNK = 256 * 1024;
const EQUAL_FAILURES = 3;
const LONGEST = 300e3;
const ORDERED = ["locked", "draining", "wiped"];

/** Why a contact ended early: `code` names the words to show. */
export class Ended extends Error {
  constructor(code, { status = 0, wait = null, slug = "" } = {}) {
    super(code);
    Object.assign(this, { code, status, wait, slug });
  }
}

async function ask(method, path, { body, headers = {}, token } = {}) {
  const told = { Accept: "application/json", ...headers };
  if (token) told.Authorization = `Bearer ${token}`;
  let content = body;
  if (body && !(body instanceof Blob)) {
    told["Content-Type"] = "application/json";
    content = JSON.stringify(body);
    if (content.length > 1000 && typeof CompressionStream !== "undefined") {
      const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
      content = await new Response(packed).blob();
      told["Content-Encoding"] = "gzip";
    }
  }
  let answer;
  try {
    answer = await fetch(API + path, {
      method, headers: told, body: content, redirect: "error", cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new Ended("offline");
  }
  if (answer.status === 429 || answer.status >= 500) {
    const seconds = Number(answer.headers.get("Retry-After"));
    throw new Ended("busy", { status: answer.status, wait: seconds > 0 ? seconds * 1000 : null });
  }
  return answer;
}

async function json(answer) {
  try {
    return await answer.json();
  } catch {
    throw new Ended("portal"); // 200 with a page: not our server
  }
}

async function expect(answer) {
  if (answer.ok) return json(answer);
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    // a page of somebody else's
  }
  const slug = String(problem.type || "").replace("/problems/", "");
  throw new Ended("refused", { status: answer.status, slug });
}

export async function greet() {
  const answer = await ask("GET", "/hello");
  const hello = answer.ok ? await json(answer) : {};
  if (hello.service !== SERVICE) throw new Ended("portal");
  return hello;
}

/** Come in with a one-time code; a phone that is half in may ask again. */
export async function enrol(phone, code) {
  const hello = await greet();
  if (!hello.features.includes("sealed-ops")) throw new Ended("unsealed");
  const answer = await ask("POST", "/devices/enrol", {
    body: { code, device_id: phone.device.device_id, public_key: phone.device.public, app: APP },
  });
  const { access_token: access, expires_at: until, ...welcome } = await expect(answer);
  if (!welcome.seal_keys.length) throw new Ended("unsealed");
  await phone.welcomed(welcome, { access, until }, hello.server_time);
}

export class Sync {
  /** `tell(progress)` is called as things move: {phase, done, all}. */
  constructor(phone, tell = () => {}) {
    this.phone = phone;
    this.tell = tell;
    this.failures = [];
    this.attempt = 0;
    this.running = null;
  }

  /** One contact; a second caller waits for the first. Returns null, or how it ended. */
  contact(options = {}) {
    this.running ||= this.#contact(options).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async #contact({ evenFiles = false } = {}) {
    try {
      this.tell({ phase: "hello" });
      this.hello = await greet();
      await this.#note();
      await this.#push();
      if (evenFiles || this.#mayUpload()) await this.#upload();
      await this.#pull();
      await this.#obey();
      this.failures = [];
      this.attempt = 0;
      return null;
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      this.attempt += 1;
      this.failures.push(error.status);
      const last = this.failures.slice(-EQUAL_FAILURES);
      if (error.status >= 500 && last.length === EQUAL_FAILURES && new Set(last).size === 1) {
        error.code = "stopped";
      }
      return error;
    }
  }

  /** Milliseconds to wait before the next try by itself. */
  waitFor({ wait }) {
    const share = Math.random();
    return wait ? wait * (1 + share) : share * Math.min(LONGEST, 2000 * 2 ** this.attempt);
  }

  async #note() {
    const server = this.hello.server_time;
    const contact = { server, offset_ms: Date.parse(server) - Date.now() };
    await this.phone.keep("contact", contact);
  }

  async #authorised(method, path, options = {}) {
    const { phone } = this;
    if (!phone.token) await this.#renew();
    let answer = await ask(method, path, { ...options, token: phone.token.access });
    if (answer.status === 401) {
      await this.#renew();
      answer = await ask(method, path, { ...options, token: phone.token.access });
    }
    return answer;
  }

  /** Sign the server's nonce: a phone's clock cannot prove that it is fresh. */
  async #renew() {
    const { device } = this.phone;
    const { nonce } = await greet();
    const signature = await sign(device.private, nonce);
    const answer = await ask("POST", "/devices/token", {
      body: { device_id: device.device_id, nonce, signature },
    });
    const { access_token: access, expires_at: until, seal_keys: keys } = await expect(answer);
    await this.phone.keep("token", { access, until });
    if (keys) await this.phone.keep("welcome", { ...this.phone.welcome, seal_keys: keys });
  }

  // --- push -------------------------------------------------------------------------------------

  async #push() {
    const waiting = await this.phone.unsent();
    let done = 0;
    do {
      const part = this.#batch(waiting, done);
      this.tell({ phase: "push", done, all: waiting.length });
      await this.#pushOnce(part);
      done += part.length;
    } while (done < waiting.length);
  }

  #batch(waiting, from) {
    const part = [];
    let bytes = 0;
    for (const op of waiting.slice(from, from + BATCH)) {
      bytes += op.bytes;
      if (part.length && bytes > BATCH_BYTES) break;
      part.push(op);
    }
    return part;
  }

  async #pushOnce(ops) {
    const { phone } = this;
    const extra = {};
    if (ORDERED.includes(phone.state) && this.hello.features.includes("device-state")) {
      extra.state = phone.state;
    }
    const body = await phone.envelope(ops, extra);
    const { results } = await expect(await this.#authorised("POST", "/sync/push", { body }));
    await takeResults(phone, ops, results);
  }

  // --- files ------------------------------------------------------------------------------------

  #mayUpload() {
    const { type } = navigator.connection || {};
    return !(this.phone.policy.blobs_on_wifi_only && type === "cellular");
  }

  async #upload() {
    const { store } = this.phone;
    const waiting = (await this.phone.ops()).filter((op) => isIn(op) && op.needs.length);
    const hashes = [...new Set(waiting.flatMap((op) => op.needs))];
    for (const [done, hash] of hashes.entries()) {
      this.tell({ phase: "files", done, all: hashes.length });
      const file = await store.get("files", hash);
      // One file that is not taken holds up nothing else.
      try {
        if (file) await this.#send(file);
      } catch (error) {
        if (![404, 413].includes(error.status)) throw error;
        // Not awaited: what became of the answers that name it, the next push says.
        const naming = waiting.filter((op) => error.status === 404 && op.needs.includes(hash));
        await store.write(naming.map((op) => ["ops", { ...op, status: null }]));
      }
    }
  }

  async #send(file) {
    const { store } = this.phone;
    const path = `/blobs/${file.sha256}`;
    const told = { "Content-Type": "application/offset+octet-stream" };
    let { offset } = file;
    if (offset === null) {
      // Where this is refused, the chunk is too, and hears why.
      const { headers } = await this.#authorised("HEAD", path);
      offset = Number(headers.get("Upload-Offset"));
    }
    for (let restarts = 0; ; ) {
      if (offset < file.bytes) await store.write([["files", { ...file, offset: null }]]);
      const answer = await this.#authorised("PATCH", path, {
        headers: { ...told, "Upload-Offset": `${offset}`, "Upload-Length": `${file.bytes}` },
        body: file.data.slice(offset, offset + CHUNK),
      });
      const reached = answer.headers.get("Upload-Offset");
      if (![204, 409, 422].includes(answer.status) || reached === null) await expect(answer);
      if (answer.status === 422 && (restarts += 1) > EQUAL_FAILURES) await expect(answer);
      offset = Number(reached);
      if (answer.status === 204 && offset === file.bytes) break;
      await store.write([["files", { ...file, offset }]]);
    }
    await fileArrived(this.phone, file.sha256);
  }

  // --- pull -------------------------------------------------------------------------------------

  async #pull() {
    const { phone } = this;
    for (let more = true; more; ) {
      this.tell({ phase: "pull" });
      const query = phone.cursor ? `?cursor=${encodeURIComponent(phone.cursor)}` : "";
      const headers = { "X-Sync-Protocol": "1", "X-Device-Now": deviceNow() };
      const page = await expect(await this.#authorised("GET", `/sync/pull${query}`, { headers }));
      await takePage(phone, page);
      more = page.more;
    }
    await this.#fetchForms();
    await phone.drawReleased();
  }

  async #fetchForms() {
    const { store } = this.phone;
    const wanted = [...(await store.all("tasks")), ...(await store.all("draws"))]
      .filter((one) => one.form_id);
    const names = new Set(wanted.map(({ form_id: id, version }) => `${id}/${version}`));
    for (const key of names) {
      if (await store.get("forms", key)) continue;
      const answer = await this.#authorised("GET", `/questionnaires/${key}`);
      if (!answer.ok) await expect(answer);
      const text = await answer.text();
      const digest = (answer.headers.get("ETag") || "").replace(/^W\//, "").replace(/"/g, "");
      if (digest && digest !== (await sha256(text))) throw new Ended("portal");
      await store.write([["forms", { key, form: JSON.parse(text) }]]);
    }
  }

  /** Become what was ordered: send what is left, or forget everything and say so. */
  async #obey() {
    const { phone } = this;
    if (phone.state === "draining") {
      await this.#push();
      await this.#upload();
      await this.#pushOnce([]);
    }
    if (phone.state === "wiped") await wipe(phone, () => this.#pushOnce([]));
  }
}

/** Note what came of ops: results and receipts together, and drop what may be dropped. */
export async function takeResults(phone, ops, results) {
  const changes = [];
  for (const [at, op] of ops.entries()) {
    const result = results[at];
    if (!result || result.op_id !== op.op_id) throw new Ended("refused", { status: 200 });
    // Not what was sealed: send again.
    if (result.body_sha256 !== op.body_sha256) continue;
    const { status, receipt, rev, seq, first_status: first, need_blobs: needs, faults } = result;
    const known = { status: first || status, receipt, rev, seq, faults, needs: needs || [] };
    changes.push(...settled({ ...op, ...known }, !needs?.length && Boolean(receipt)));
  }
  await phone.store.write(changes);
}

/** The record of an op once more is known; without its content where nobody needs it. */
function settled(op, complete) {
  const known = { ...op, complete: op.complete || complete };
  if (!isIn(known) || !known.complete) return [["ops", known]];
  const { envelope, ...kept } = known;
  return [["ops", { ...kept, needs: [] }], ...op.files.map((hash) => ["files", undefined, hash])];
}

async function fileArrived(phone, hash) {
  const changes = [["files", undefined, hash]];
  for (const op of await phone.ops()) {
    if (!op.needs.includes(hash)) continue;
    const needs = op.needs.filter((one) => one !== hash);
    changes.push(...settled({ ...op, needs }, !needs.length && isIn(op)));
  }
  await phone.store.write(changes);
}

/** Take a page of the feed: its items and its cursor in one transaction. */
async function takePage(phone, page) {
  const { store } = phone;
  const changes = [];
  let { state } = page;
  for (const item of page.items) {
    if (item.type === "assign") {
      const { type, ...task } = item;
      changes.push(["tasks", task]);
    } else if (item.type === "roster_draw") {
      const known = await store.get("draws", item.village_code);
      // A list that was dismissed is made again; the leader's codes go on from their counter.
      const again = item.instead_of && item.instead_of !== known?.instead_of;
      changes.push(["draws", { ...(again ? { counter: known?.counter } : known), ...item }]);
    } else if (item.type === "return") {
      changes.push(["returns", item]);
    } else if (item.type === "revoke") {
      changes.push(...(await revoked(phone, item, changes)));
    } else if (item.type === "roster_release") {
      const known = await store.get("draws", item.village_code);
      if (known) changes.push(["draws", { ...known, released: true }]);
    } else if (item.type === "ack" && item.complete) {
      const op = await store.get("ops", item.op_id);
      if (op && isIn(op)) changes.push(...settled(op, true));
    } else if (item.type === "command") {
      ({ state } = item);
    }
  }
  changes.push(["facts", page.next_cursor, "cursor"], ["facts", state, "state"]);
  await store.write(changes);
  Object.assign(phone, { cursor: page.next_cursor, state });
}

async function revoked(phone, item, before) {
  const { store } = phone;
  const earlier = before.filter(([name, value]) => name === "tasks" && value).map(([, task]) => task);
  const tasks = [...(await store.all("tasks")), ...earlier];
  const gone = tasks.filter((task) => task.unit_id === item.unit_id);
  const left = tasks.some((task) =>
    task.village_code === item.village_code && !gone.includes(task));
  return [
    ...gone.map((task) => ["tasks", undefined, task.interview_id]),
    ...gone.filter((task) => task.interview_id !== phone.open)
      .map((task) => ["drafts", undefined, task.interview_id]),
    ...(item.unit_id === null || !left ? [["draws", undefined, item.village_code]] : []),
  ];
}

/** Forget everything, say so once, and leave nothing that opens. */
async function wipe(phone, confirm) {
  await phone.store.empty(["tasks", "draws", "returns", "forms", "drafts", "ops", "files", "visits"]);
  await phone.store.write([["facts", undefined, "vault"], ["facts", undefined, "cursor"]]);
  phone.lock();
  await confirm();
  const { name } = phone.store;
  await register.remove(name);
  phone.store.close();
  await dropDatabase(name);
  if ((await register.list()).length) return;
  for (const cache of await caches.keys()) await caches.delete(cache);
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.unregister();
}
