// A village's list: household by household in the order met, sealed before the draw.

import { button, field, form, h } from "./dom.js";
import { t } from "./words.js";

const SHOWN = 30;

export async function rosterScreen(app, [village]) {
  const { phone } = app;
  const told = await phone.store.get("draws", village);
  if (!told || told.listed) return app.go("#/");
  const key = `roster/${village}`;
  const rows = (await phone.draft(key)) || [];
  const table = h("tbody");
  const counted = h("p", { role: "status" });
  const sealing = h("p");

  const show = () => {
    const own = rows.filter((row) => row.household_class === told.household_class).length;
    counted.textContent =
      t("roster_count", rows.length, t(`class_${told.household_class}`), own, told.expected);
    table.replaceChildren(...rows.slice(-SHOWN).reverse().map((row) => h("tr", null,
      h("td", null, row.unit_id.replace(`${village}-`, "")), h("td", null, t(`class_${row.household_class}`)),
      h("td", null, row.persons), h("td", null, row.label))));
    sealing.hidden = !rows.length;
  };

  const classes = h("fieldset", null, h("legend", null, t("roster_class")), h("div", { className: "row" },
    ["E", "P", "N"].map((value) => h("label", { className: "choice" },
      h("input", { type: "radio", name: "class", value, checked: value === told.household_class, onchange: () => swap() }),
      h("span", null, t(`class_${value}`))))));
  const persons = field(t("roster_persons"), { inputMode: "numeric", maxLength: 2 });
  const unit = field(t("roster_unit"), { value: `${village}-`, maxLength: 60 });
  const label = field(t("roster_label"), { maxLength: 40 });
  const chosen = () => classes.querySelector("input:checked").value;
  const swap = () => {
    unit.hidden = chosen() === "N"; // has no register code, and is numbered as listed
  };

  const add = async () => {
    const count = Number(persons.control.value);
    if (!(Number.isInteger(count) && count >= 1 && count <= 99)) return t("roster_persons_bad");
    const isNumbered = chosen() === "N";
    const unitId = isNumbered
      ? `${village}-n${String(rows.length + 1).padStart(4, "0")}`
      : unit.control.value.trim().normalize();
    if (!unitId || unitId === `${village}-`) return t("required");
    if (rows.some((row) => row.unit_id === unitId)) return t("roster_twice");
    rows.push({ unit_id: unitId, household_class: chosen(), persons: count, label: label.control.value.trim() });
    await phone.saveDraft(key, rows);
    persons.control.value = label.control.value = "";
    unit.control.value = `${village}-`;
    show();
    persons.control.focus();
    return "";
  };
  const drop = async () => {
    rows.pop();
    await phone.saveDraft(key, rows);
    show();
  };
  const seal = async ({ target }) => {
    target.disabled = true;
    try {
      await phone.sealRoster(told, rows);
      app.say(t("sealed"));
      app.contactSoon();
      app.go("#/");
    } catch (error) {
      app.say(t("draft_failed", error.name), true);
      target.disabled = false;
    }
  };
  sealing.append(button(t("roster_seal"), seal, { className: "main" }));
  show();
  swap();
  return [
    h("h1", null, t("roster_title", village)),
    h("p", { className: "note" }, t("roster_how")),
    counted,
    form(t("roster_add"), add, classes, persons, unit, label),
    h("table", null, table),
    h("p", null, button(t("roster_drop"), drop, { className: "quiet" })),
    sealing,
  ];
}
