// Which households are visited: the draw from a village's list, and the order of its reserves.
// The same bytes as sampling/tickets.py and the same counting as inspect_app/rules/reserves.py.

import { hex, sha256, utf8, uuid5 } from "./seal.js";

const SEPARATOR = "\x1f";
const CHINA = 8 * 3600e3;
const ABSENT_DAYS = 2;

export const ticket = (seed, unitId) => sha256(seed + SEPARATOR + unitId);

/** The n smallest tickets, and the next ones as reserve; ties go by the bytes of the id. */
export async function drawUnits(seed, unitIds, n, reserve) {
  const keyed = await Promise.all(
    unitIds.map(async (id) => [(await ticket(seed, id)) + hex(utf8(id)), id]),
  );
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const ids = keyed.map(([, id]) => id);
  return { sample: ids.slice(0, n), reserve: ids.slice(n, n + reserve) };
}

export const interviewId = (campaign, unitId, round) => uuid5(campaign, `${unitId}/${round}`);
export const rosterId = (campaign, villageCode) => uuid5(campaign, `${villageCode}/roster`);

const ofClass = (told, households) =>
  households.filter((row) => row.household_class === told.household_class);

/** Whether the count of a list is so far from the register's that a supervisor must release it. */
export function isFar(told, households) {
  if (told.may_differ === undefined || told.may_differ === null) return false;
  return Math.abs(ofClass(told, households).length - told.expected) > told.may_differ;
}

/** The tasks that follow from a sealed list, as the server will draw them again. */
export async function drawTasks(told, households, campaign) {
  const own = ofClass(told, households).map((row) => row.unit_id);
  const { sample, reserve } = await drawUnits(told.seed, own, told.n, told.reserve);
  return Promise.all(
    [...sample, ...reserve].map(async (unitId, at) => ({
      interview_id: await interviewId(campaign, unitId, told.round),
      unit_id: unitId,
      village_code: told.village_code,
      household_class: told.household_class,
      round: told.round,
      order: at + 1,
      is_reserve: at >= sample.length,
      form_id: told.form_id,
      version: told.version,
      round_kind: told.round_kind,
      reference_date: told.reference_date,
    })),
  );
}

const day = (at) => Math.floor((Date.parse(at) + CHINA) / 86400e3);

/** What came of the visits to a household so far: {disposition, visits, days}, or null. */
export function outcome(visits) {
  if (!visits.length) return null;
  const ordered = [...visits].sort((a, b) => a.n - b.n);
  const numbers = new Map(ordered.map((visit) => [visit.visit_no, visit.at]));
  return {
    disposition: ordered[ordered.length - 1].disposition,
    visits: numbers.size,
    days: new Set([...numbers.values()].map(day)).size,
  };
}

function isLost(found, maxVisits, replaceable) {
  if (!found) return false;
  if (found.disposition !== "absent") return replaceable.includes(found.disposition);
  return found.visits >= maxVisits && found.days >= Math.min(ABSENT_DAYS, maxVisits);
}

export const REPLACEABLE = ["refused", "absent", "moved_out", "dissolved", "dead", "not_found"];

/**
 * The tasks of a village that may be visited: the sample, and in each class one more reserve, in
 * ticket order, for every open household that is lost. `outcomes` is by interview id.
 */
export function openTasks(tasks, outcomes, maxVisits) {
  const open = [];
  const lost = {};
  for (const task of [...tasks].sort((a, b) => a.is_reserve - b.is_reserve || a.order - b.order)) {
    const cell = `${task.household_class}/${task.round}`;
    if (task.is_reserve && !(lost[cell] > 0)) continue;
    open.push(task);
    const gone = isLost(outcomes[task.interview_id], maxVisits, REPLACEABLE) ? 1 : 0;
    lost[cell] = (lost[cell] || 0) + gone - (task.is_reserve ? 1 : 0);
  }
  return open;
}
