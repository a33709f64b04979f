// What is sealed: its lights and receipts, sending, the sealed file, and help.

import { button, h } from "./dom.js";
import { isAlarming, isAwaited, isIn } from "./phone.js";
import { lights } from "./today.js";
import { room } from "./store.js";
import { t } from "./words.js";

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
  const topics = ["offline", "lights", "reserve", "official", "clock", "pin"];
  return [
    h("h1", null, t("help_title")),
    topics.map((topic) => h("p", null, t(`help_${topic}`))),
    app.phone && [
      h("p", { className: "note" }, t("help_device", app.phone.device.device_id, app.version)),
      h("p", { className: "note" }, t("help_room", free, t(persisted ? "granted" : "denied"))),
      app.phone.key && button(t("lock_now"), () => app.lock()),
    ],
  ];
}
