// Keys: who the phone is, what only the server can open, and what the PIN opens.
// docs/sealed-format.md gives every byte.

import { base64url, fromBase64url, joined, random, sha256, utf8 } from "./bytes.js";

const EC = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", namedCurve: "P-256" };
const SIGNED = { name: "ECDSA", hash: "SHA-256" };
export const PIN_ROUNDS = 600000;

// --- the device -----------------------------------------------------------------------------

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
