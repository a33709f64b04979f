// Keys: who the phone is, what only the server can open, and what the PIN opens.
// docs/sealed-format.md gives every byte.

// --- bytes as text, hashes, and names that follow from them -----------------------------------

export const utf8 = (text) => new TextEncoder().encode(text);

export const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const sha256 = async (data) =>
  hex(await crypto.subtle.digest("SHA-256", typeof data === "string" ? utf8(data) : data));

export const random = (n) => crypto.getRandomValues(new Uint8Array(n));

export function base64url(buffer) {
  let text = "";
  const bytes = new Uint8Array(buffer);
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part.buffer || part, part.byteOffset || 0, part.byteLength), at);
    at += part.byteLength;
  }
  return all;
}

function uuid(bytes, version) {
  bytes[6] = (bytes[6] & 15) | (version << 4);
  bytes[8] = (bytes[8] & 63) | 128;
  return hex(bytes.slice(0, 16)).replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export const uuid4 = () => uuid(random(16), 4);

export async function uuid5(namespace, name) {
  const space = Uint8Array.from(namespace.replace(/-/g, "").match(/../g), (two) => parseInt(two, 16));
  const digest = await crypto.subtle.digest("SHA-1", joined(space, utf8(name)));
  return uuid(new Uint8Array(digest), 5);
}

// --- the device -------------------------------------------------------------------------------

const EC = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", namedCurve: "P-256" };
const SIGNED = { name: "ECDSA", hash: "SHA-256" };
export const PIN_ROUNDS = 600000;

/** A key pair whose private half cannot leave the browser. */
export async function newDeviceKey() {
  const pair = await crypto.subtle.generateKey(SIGNING, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { private: pair.privateKey, public: { kty, crv, x, y } };
}

export const sign = async (key, text) =>
  base64url(await crypto.subtle.sign(SIGNED, key, utf8(text)));

// --- closed to the server -------------------------------------------------------------------

const raw = async (key) => new Uint8Array(await crypto.subtle.exportKey("raw", key));

/** Close bytes to the server's key; `fixed` gives a test its ephemeral key and iv. */
async function close(plain, additional, { kid, p256 }, fixed = {}) {
  const own = fixed.pair || (await crypto.subtle.generateKey(EC, false, ["deriveBits"]));
  const theirs = fromBase64url(p256);
  const server = await crypto.subtle.importKey("raw", theirs, EC, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, own.privateKey, 256);
  const epk = await raw(own.publicKey);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: joined(epk, theirs), info: utf8(`xf-seal/1${kid}`) },
    secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"],
  );
  const iv = fixed.iv || random(12);
  const ct = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8(additional) }, key, plain,
  );
  return { epk, iv, ct };
}

const told = (op, { campaign, device_id: device }) =>
  ["xf-op/1", campaign, device, op.op_id, op.kind, op.body_sha256].join("\n");

/** The text that `sig` is made over: the additional data, the hash of ct, and the envelope. */
export function signedText(op, who, ctSha256) {
  const facts = ["interview_id", "base_rev", "return_id", "form_id", "version", "captured_at",
    "boot_id", "mono_ms"].map((name) => op[name] ?? "");
  const files = op.blobs.map((one) => `${one.sha256} ${one.bytes} ${one.type}`);
  return [told(op, who), ctSha256, ...facts, ...files].join("\n");
}

/** An op with `sealed` and `sig` in place of its body. `who` is {campaign, device_id, key}. */
export async function sealOp({ body, ...op }, who, sealKey, fixed) {
  const { epk, iv, ct } = await close(utf8(body), told(op, who), sealKey, fixed);
  const sig = await sign(who.key, signedText(op, who, await sha256(ct)));
  const sealed = { kid: sealKey.kid, epk: base64url(epk), iv: base64url(iv), ct: base64url(ct) };
  return { ...op, sealed, sig };
}

/** A file as it travels and lies on the phone. */
export async function sealFile(plain, { campaign, device_id: device }, sealKey, fixed) {
  const additional = ["xf-blob/1", campaign, device].join("\n");
  const { epk, iv, ct } = await close(plain, additional, sealKey, fixed);
  const kid = utf8(sealKey.kid);
  return joined(utf8("xf-blob/1\n"), new Uint8Array([kid.length]), kid, epk, iv, ct);
}

// --- closed by the PIN ------------------------------------------------------------------------

async function pinKey(pin, { salt, rounds }) {
  const secret = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
    secret, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"],
  );
}

/** A new key of drafts under a PIN: what is stored, and the key for this session. */
export async function newVault(pin) {
  const vault = { salt: random(16), iv: random(12), rounds: PIN_ROUNDS };
  const algorithm = { name: "AES-GCM", length: 256 };
  const key = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  const wrapped = await crypto.subtle.wrapKey(
    "raw", key, await pinKey(pin, vault), { name: "AES-GCM", iv: vault.iv },
  );
  return { ...vault, wrapped };
}

/** The key of drafts, or null for a wrong PIN. */
export async function openVault(pin, vault) {
  try {
    return await crypto.subtle.unwrapKey(
      "raw", vault.wrapped, await pinKey(pin, vault), { name: "AES-GCM", iv: vault.iv },
      { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"],
    );
  } catch {
    return null;
  }
}

export async function lockUp(key, value) {
  const iv = random(12);
  const plain = utf8(JSON.stringify(value));
  return { iv, ct: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain) };
}

export async function unlock(key, { iv, ct }) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, ct);
  return JSON.parse(new TextDecoder().decode(plain));
}

// --- receipts and codes -------------------------------------------------------------------------

/** Whether a receipt is the server's: true, false, or null where this browser cannot tell. */
export async function receiptHolds(op, result, deviceId, keys) {
  const { receipt } = result;
  const found = keys.find((one) => one.kid === receipt?.kid);
  if (!found) return false;
  const status = result.status === "duplicate" ? result.first_status : result.status;
  const line = [result.seq, "op", op.op_id, op.kind, op.interview_id, result.rev ?? "",
    op.body_sha256, deviceId, receipt.received_at, status].map((one) => one ?? "").join("\n");
  try {
    const key = await crypto.subtle.importKey(
      "raw", fromBase64url(found.ed25519), { name: "Ed25519" }, false, ["verify"],
    );
    const text = utf8(`xf-receipt/1\n${line}\n${receipt.h}`);
    return await crypto.subtle.verify("Ed25519", key, fromBase64url(receipt.sig), text);
  } catch {
    return null;
  }
}

/** The code that a supervisor reads out for a purpose and a counter. */
export async function spokenCode(releaseKey, purpose, counter) {
  const key = await crypto.subtle.importKey(
    "raw", fromBase64url(releaseKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"],
  );
  const text = utf8(`xf-code/1\n${purpose}\n${counter}`);
  const view = new DataView(await crypto.subtle.sign("HMAC", key, text));
  const number = view.getUint32(view.getUint8(31) & 15) & 0x7fffffff;
  return String(number % 1e8).padStart(8, "0");
}
