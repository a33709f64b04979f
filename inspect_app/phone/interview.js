// The interview: a questionnaire ready to run, and its pages: contents, one block a page, one
// member a page, the check before sealing. What is shown, missing or contradicts is decided as
// inspect_app/rules/interviews.py does when the interview arrives.

import { compile, typeOf, TYPES } from "./dialect.js";
import { button, h, link } from "./dom.js";
import { isAnswered, question } from "./fields.js";
import { deviceNow } from "./phone.js";
import { pick, t } from "./words.js";

const CONTEXT = {
  household_class: { type: TYPES.select_one },
  round_kind: { type: TYPES.select_one },
  reference_date: { type: TYPES.date },
  max_visits: { type: TYPES.integer },
};

/** Answers that break the conditions of a fair interview: it cannot be a completed one. */
const BROKEN = {
  official_absent: "no",
  room_cleared: "no",
  interpreter_used: "official",
};

export function prepare(raw) {
  const scope = { fields: {}, context: CONTEXT };
  for (const block of raw.blocks) {
    for (const field of block.fields) {
      scope.fields[field.id] = {
        type: typeOf(field.type),
        missing: field.allow_missing,
        block: block.repeat ? block.id : undefined,
      };
    }
  }
  const fields = {};
  const build = (source, own) => (source === null ? null : compile(source, scope, own));
  const blocks = raw.blocks.map((block) => ({
    ...block,
    relevance: build(block.relevance),
    fields: block.fields.map((field) => {
      const made = {
        ...field,
        block: block.id,
        in_rows: Boolean(block.repeat),
        relevance: build(field.relevance),
        rule: build(field.constraint && field.constraint.expr, scope.fields[field.id]),
      };
      fields[field.id] = made;
      return made;
    }),
  }));
  return { ...raw, blocks, fields };
}

/** One household's answers to a form; `context` is what the campaign says of the visit. */
export class Interview {
  constructor(form, context, answers = {}) {
    this.form = form;
    this.context = context;
    this.answers = answers;
  }

  get reading() {
    const rows = {};
    for (const block of this.form.blocks) if (block.repeat) rows[block.id] = this.rows(block.id);
    return { answers: this.answers, rows, context: this.context };
  }

  rows(block) {
    return this.answers[block] || [];
  }

  /** Where the answers of a block stand: in a row of it, or among the household's own. */
  home(block, row) {
    return block.repeat ? this.rows(block.id)[row] : this.answers;
  }

  set(field, row, value) {
    const home = field.in_rows ? this.answers[field.block][row] : this.answers;
    if (isAnswered(value)) home[field.id] = value;
    else delete home[field.id];
  }

  isShown(block) {
    return !block.relevance || block.relevance.run(this.reading) !== false;
  }

  /** Hidden: not for this class, made irrelevant, or hanging on a question hidden itself. */
  isHidden(field, row, reading = this.reading) {
    if (!field.asked_of.includes(this.context.household_class)) return true;
    if (!field.relevance) return false;
    const relevance = field.relevance.run(reading, row);
    if (relevance !== null) return relevance === false;
    return [...field.relevance.names].some((name) => {
      const leading = this.form.fields[name];
      return this.isHidden(leading, leading.in_rows ? row : this.answers, reading);
    });
  }

  /** null, or {severity, zh, en} where an answer breaks its constraint. */
  complaint(field, row, reading = this.reading) {
    const value = (row || {})[field.id];
    if (!field.rule || !isAnswered(value)) return null;
    if (field.rule.run(reading, row, value) !== false) return null;
    const { severity, message_zh: zh, message_en: en } = field.constraint;
    return { severity, zh, en };
  }

  /** Calls `each(block, field, row, n)` for every question shown; n counts rows from 0. */
  visit(each, reading = this.reading) {
    for (const block of this.form.blocks) {
      if (!this.isShown(block)) continue;
      const homes = block.repeat ? this.rows(block.id) : [this.answers];
      homes.forEach((row, n) => {
        for (const field of block.fields) {
          if (!this.isHidden(field, row, reading)) each(block, field, row, n);
        }
      });
    }
  }

  /** What stands in the way of sealing: lists of {block, field, n}, and broken conditions. */
  review() {
    const found = { missing: [], hard: [], soft: [], broken: [] };
    const reading = this.reading;
    this.visit((block, field, row, n) => {
      const complaint = this.complaint(field, row, reading);
      const where = { block, field, n, complaint };
      if (complaint) found[complaint.severity].push(where);
      if (field.required && !isAnswered(row[field.id])) found.missing.push(where);
      if (BROKEN[field.id] !== undefined && row[field.id] === BROKEN[field.id]) {
        found.broken.push(where);
      }
    }, reading);
    for (const block of this.form.blocks) {
      if (block.repeat && this.isShown(block) && !this.rows(block.id).length) {
        found.missing.push({ block, field: null, n: null, complaint: null });
      }
    }
    return found;
  }

  /** The answers as they are sealed: those of questions that are shown. */
  kept() {
    const answers = {};
    const rows = {};
    this.visit((block, field, row, n) => {
      if (!isAnswered(row[field.id])) return;
      const home = block.repeat ? ((rows[block.id] ||= [])[n] ||= {}) : answers;
      home[field.id] = row[field.id];
    });
    for (const block of this.form.blocks) {
      if (!block.repeat || !this.isShown(block) || !this.rows(block.id).length) continue;
      answers[block.id] = this.rows(block.id).map((_, n) => (rows[block.id] || [])[n] || {});
    }
    return answers;
  }
}

// --- its pages --------------------------------------------------------------------------------

const SET_BY_SEALING = "disposition";

/** The interview that is open: its draft, written ahead with every change. */
export class Work {
  static async open(app, task) {
    const { phone } = app;
    const key = task.interview_id;
    const visits = await phone.visitsOf(key);
    const draft = (await phone.draft(key)) || {
      form_id: task.form_id,
      version: task.version,
      answers: {
        household_id: task.unit_id,
        started_at: deviceNow(),
        visit_no: 1 + Math.max(0, ...visits.map((visit) => visit.visit_no)),
        disposition: "completed",
      },
    };
    const kept = await phone.store.get("forms", `${draft.form_id}/${draft.version}`);
    if (!kept) return null;
    const work = new Work();
    const context = {
      household_class: task.household_class,
      round_kind: task.round_kind,
      reference_date: task.reference_date,
      max_visits: phone.policy.max_visits,
    };
    const form = prepare(kept.form);
    Object.assign(work, { app, task, key, draft, form, pages: [] });
    work.interview = new Interview(form, context, draft.answers);
    return work;
  }

  home(field, n) {
    return field.in_rows ? this.interview.rows(field.block)[n] : this.interview.answers;
  }

  put(field, n, value) {
    this.interview.set(field, n, value);
    this.refresh();
    return this.keep();
  }

  refresh() {
    const { reading } = this.interview;
    for (const page of this.pages) page.refresh(reading);
  }

  /** Write the draft; while one write is under way, the next waits with the newest answers. */
  keep() {
    this.dirty = true;
    this.writing ||= this.#write().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  async #write() {
    while (this.dirty) {
      this.dirty = false;
      try {
        await this.app.phone.saveDraft(this.key, this.draft);
      } catch (error) {
        this.app.say(t("draft_failed", error.name), true);
        throw error;
      }
    }
  }
}

async function opened(app, interviewId) {
  if (app.work?.key === interviewId) return app.work;
  const task = await app.phone.store.get("tasks", interviewId);
  app.work = task ? await Work.open(app, task) : null;
  app.phone.open = app.work ? interviewId : null;
  return app.work;
}

const blockHref = (work, block, n) =>
  `#/i/${work.key}/${block.id}${n === null || n === undefined ? "" : `/${n}`}`;

/** Questions of a block that a person sees; the outcome is what the last button says. */
const asked = (block) => block.fields.filter((field) => field.id !== SET_BY_SEALING);

export async function interviewScreen(app, [interviewId, blockId, n]) {
  const work = await opened(app, interviewId);
  if (!work) return app.go("#/");
  work.pages = [];
  if (!blockId) return contents(work);
  if (blockId === "review") return reviewPage(app, work);
  const block = work.form.blocks.find((one) => one.id === blockId);
  if (!block) return app.go(`#/i/${interviewId}`);
  if (!block.repeat) return blockPage(app, work, block, null);
  if (n === undefined) return membersPage(app, work, block);
  return work.interview.rows(blockId)[n] ? blockPage(app, work, block, Number(n)) : app.go(blockHref(work, block));
}

function shownBlocks(work) {
  return work.form.blocks.filter((block) => work.interview.isShown(block));
}

function contents(work) {
  const { missing, hard } = work.interview.review();
  const count = (block) => [...missing, ...hard].filter((one) => one.block === block && one.field?.id !== "ended_at").length;
  return [
    h("h1", null, t("household", work.task.unit_id)),
    h("ol", { className: "cards" }, shownBlocks(work).map((block) => {
      const left = count(block);
      return h("li", null, link([
        h("strong", null, pick(block)),
        h("span", { className: left ? "state" : "state good" }, left ? t("left_out", left) : t("all_there")),
      ], blockHref(work, block), { className: "card" }));
    })),
    h("p", null, link(t("review"), `#/i/${work.key}/review`, { className: "button main" })),
  ];
}

/** Where the button at the foot leads: the next block shown, at last the check. */
function following(work, block) {
  const blocks = shownBlocks(work);
  const next = blocks[blocks.indexOf(block) + 1];
  return next ? blockHref(work, next) : `#/i/${work.key}/review`;
}

function blockPage(app, work, block, n) {
  const questions = asked(block).map((field) => question(app, work, field, n));
  const page = { refresh: (reading) => questions.forEach((one) => one.refresh(reading)) };
  work.pages.push(page);
  work.refresh();
  const back = n === null ? `#/i/${work.key}` : blockHref(work, block);
  const remove = async () => {
    work.interview.rows(block.id).splice(n, 1);
    await work.keep();
    app.go(back);
  };
  return [
    h("h1", null, n === null ? pick(block) : t("member", n + 1)),
    questions,
    n === null ? null : button(t("remove_member"), remove, { className: "quiet" }),
    h("div", { className: "row foot" },
      link(t(n === null ? "blocks" : "back"), back, { className: "button" }),
      n === null
        ? button(t("next"), () => app.go(following(work, block)), { className: "main" })
        : link(t("back"), back, { className: "button main" })),
  ];
}

function membersPage(app, work, block) {
  const rows = work.interview.rows(block.id);
  const { missing, hard } = work.interview.review();
  const add = async () => {
    work.interview.answers[block.id] = [...rows, {}];
    await work.keep();
    app.go(blockHref(work, block, rows.length));
  };
  return [
    h("h1", null, pick(block)),
    h("ol", { className: "cards" }, rows.map((_, n) => {
      const left = [...missing, ...hard].filter((one) => one.block === block && one.n === n).length;
      return h("li", null, link([
        h("strong", null, t("member", n + 1)),
        h("span", { className: left ? "state" : "state good" }, left ? t("left_out", left) : t("all_there")),
      ], blockHref(work, block, n), { className: "card" }));
    })),
    h("p", null, button(t("add_member"), add)),
    h("div", { className: "row foot" },
      link(t("blocks"), `#/i/${work.key}`, { className: "button" }),
      link(t("next"), following(work, block), { className: "button main" })),
  ];
}

function listed(work, title, found, className) {
  if (!found.length) return null;
  const name = ({ block, field, n, complaint }) => [
    n !== null && block.repeat ? `${t("member", n + 1)} · ` : "",
    field ? pick(field) : pick(block),
    complaint ? ` – ${pick(complaint)}` : "",
  ].join("");
  return h("section", { className },
    h("h2", null, title),
    h("ul", null, found.map((one) =>
      h("li", null, link(name(one), blockHref(work, one.block, one.block.repeat ? one.n : null))))));
}

/** The check before sealing. What is missing or broken allows only "partly done". */
function reviewPage(app, work) {
  const { interview } = work;
  interview.answers.ended_at = deviceNow();
  const { missing, hard, soft, broken } = interview.review();
  const refused = interview.answers.consent === "no";
  const isWhole = !missing.length && !hard.length && !broken.length && !refused;
  const seal = async ({ target }, disposition) => {
    if (work.isSealing) return;
    work.isSealing = true;
    target.disabled = true;
    try {
      await work.writing;
      interview.answers.ended_at = deviceNow();
      interview.answers.disposition = disposition;
      await app.phone.sealInterview(work.task, work.draft, interview.kept());
      Object.assign(app, { work: null });
      app.phone.open = null;
      app.say(t("sealed"));
      app.contactSoon();
      app.go("#/");
    } catch (error) {
      interview.answers.disposition = "completed";
      app.say(t("draft_failed", error.name), true);
      target.disabled = false;
    } finally {
      work.isSealing = false;
    }
  };
  return [
    h("h1", null, t("review")),
    listed(work, t("problems_hard"), hard, "fault"),
    listed(work, t("problems_missing"), missing, "left"),
    listed(work, t("problems_soft"), soft, "soft"),
    broken.length ? h("p", { className: "warning" }, t("problems_broken")) : null,
    refused ? h("p", { className: "warning" }, link(t("problems_consent"), `#/c/${work.key}/refused`)) : null,
    h("p", { className: "note" }, t("seal_how")),
    isWhole ? button(t("seal"), (event) => seal(event, "completed"), { className: "main" }) : null,
    !isWhole && !hard.length && !refused && isAnswered(interview.answers.class_found)
      ? button(t("seal_partial"), (event) => seal(event, "partial")) : null,
    h("p", null, link(t("blocks"), `#/i/${work.key}`, { className: "button" })),
  ];
}
