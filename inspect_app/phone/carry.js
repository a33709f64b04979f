// The sealed file for a courier, and the receipts that come back. docs/sealed-format.md.

import { h } from "./dom.js";
import { APP, deviceNow, isAwaited, isIn } from "./phone.js";
import { joined, receiptHolds, utf8 } from "./seal.js";
import { takeResults } from "./sync.js";
import { t } from "./words.js";

const OPS_A_LINE = 20;

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) sum = CRC[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Numbers of 2 or 4 bytes, little end first, as [value, bytes] pairs. */
function numbers(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of pairs) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return view;
}

/** A ZIP archive, stored; entries are [name, Blob], of which one at a time is in memory. */
export async function zip(entries) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, blob] of entries) {
    const sum = crc32(new Uint8Array(await blob.arrayBuffer()));
    const label = utf8(name);
    const common = [[20, 2], [0, 2], [0, 2], [0, 2], [33, 2], [sum, 4], [blob.size, 4], [blob.size, 4],
      [label.length, 2], [0, 2]];
    const head = joined(numbers([0x04034b50, 4], ...common), label);
    parts.push(head, blob);
    directory.push(joined(
      numbers([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), label,
    ));
    at += head.length + blob.size;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [directory.length, 2], [directory.length, 2],
    [size, 4], [at, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Everything that is not acknowledged, sealed, as a file. */
export async function sealedFile(phone) {
  const ops = (await phone.ops()).filter((op) => isAwaited(op) && op.envelope);
  const lines = [];
  for (let from = 0; from < ops.length; from += OPS_A_LINE) {
    const envelope = await phone.envelope(ops.slice(from, from + OPS_A_LINE), {
      device_id: phone.device.device_id,
    });
    lines.push(JSON.stringify(envelope));
  }
  const manifest = {
    format: "xfz/1", campaign: phone.campaign, device_id: phone.device.device_id, app: APP,
    made_at: deviceNow(), ...(await phone.manifest(ops)),
  };
  const files = await Promise.all([...new Set(ops.flatMap((op) => op.needs))]
    .map((hash) => phone.store.get("files", hash)));
  return zip([
    ["manifest.json", new Blob([JSON.stringify(manifest)])],
    ["ops.ndjson", new Blob([lines.map((line) => `${line}\n`).join("")])],
    ...files.filter(Boolean).map((file) => [`blobs/${file.sha256}`, file.data]),
  ]);
}

export async function exportFile(phone) {
  const address = URL.createObjectURL(await sealedFile(phone));
  const when = deviceNow().slice(0, 16).replace(/[-:]/g, "");
  const name = `${phone.campaign.slice(0, 8)}-${phone.device.device_id.slice(0, 8)}-${when}.xfz`;
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60e3);
}

/** Take what a courier brought back, where the server's own signature proves it. */
export async function importReceipts(phone, file) {
  let given;
  try {
    given = JSON.parse(await file.text());
  } catch {
    return t("import_failed");
  }
  const { device_id: deviceId } = phone.device;
  if (given.format !== "xfz-receipts/1" || given.device_id !== deviceId) return t("import_failed");
  const ops = new Map((await phone.ops()).map((op) => [op.op_id, op]));
  let proved = 0;
  for (const result of given.results) {
    const op = ops.get(result.op_id);
    if (!op || isIn(op)) continue;
    if ((await receiptHolds(op, result, deviceId, phone.welcome.receipt_keys)) !== true) continue;
    await takeResults(phone, [op], [result]);
    proved += 1;
  }
  return t("imported", given.results.length, proved);
}
