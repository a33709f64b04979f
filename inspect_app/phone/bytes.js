// Bytes as text and text as bytes, hashes, and names that follow from them.

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
