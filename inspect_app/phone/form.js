// A questionnaire ready to run: what is shown, what is missing, what contradicts.
// Decides as inspect_app/rules/interviews.py does when the interview arrives.

import { compile, typeOf, TYPES } from "./dialect.js";

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

export const isAnswered = (value) =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

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
