// compare.mjs FILE: when each rule of the file comes true, by the library rrule.
import { readFileSync } from "node:fs";
import rrule from "rrule";

const { RRule } = rrule;
const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const text = (date) => date.toISOString().slice(0, 10);

const textOf = (parts) => Object.entries(parts).map(([name, value]) => `${name}=${value}`).join(";");

// The rule in other words: rrule, as dateutil, takes plain weekdays beside numbered ones for a further condition, and fails on numbers that
// no month reaches; and it tells the days of a set in the order in which their positions are named.
function speltOut(rule) {
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const days = (parts.BYDAY ?? "").split(",");
  const positions = (parts.BYSETPOS ?? "").split(",").map(Number);
  if (parts.BYSETPOS) parts.BYSETPOS = positions.sort((a, b) => Math.sign(b) - Math.sign(a) || a - b).join(",");
  if (days.every((day) => day === "" || weekdays.includes(day))) return textOf(parts);
  const most = parts.FREQ === "YEARLY" && !parts.BYMONTH ? 53 : 5;
  const numbered = days.filter((day) => !weekdays.includes(day) && Math.abs(Number(day.slice(0, -2))) <= most);
  for (const day of days.filter((day) => weekdays.includes(day))) {
    for (let number = 1; number <= most; ++number) numbered.push(`${number}${day}`);
  }
  parts.BYDAY = [...new Set(numbered)].join(",");
  return textOf(parts);
}

// rrule counts a position from the end that a set does not have once more from its end, so that only the last one is sure to be right; and
// a day that two positions name twice, so that COUNT comes too early.
const errs = (rule) => /BYSETPOS=[^;]*-(?!1(,|;|$))/.test(rule) || (/BYSETPOS=[^;]*,/.test(rule) && /COUNT=/.test(rule));

function daysOf(rule, start, until, most) {
  const options = RRule.parseString(speltOut(rule));
  options.dtstart = new Date(`${start}T12:00:00Z`);
  if (options.until) options.until = new Date(`${text(options.until)}T23:00:00Z`);
  const days = new Set();
  new RRule(options).between(options.dtstart, new Date(`${until}T23:00:00Z`), true, (date) => days.add(text(date)).size < most);
  return [...days];
}

let compared = 0, left = 0, wrong = 0;
for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const { rule, first, until, most, days } = JSON.parse(line);
  if (!first) continue;
  if (errs(rule)) {
    ++left;
    continue;
  }
  const told = daysOf(rule, first, until, most);
  ++compared;
  if (told.join() === days.join()) continue;
  if (++wrong <= 10) console.log(`${rule} from ${first}: ${told.join(" ")}\n  here ${days.join(" ")}`);
}
console.log(`rrule: ${compared} rules, ${wrong} differ; ${left} not asked`);
process.exit(wrong > 0 || compared === 0 ? 1 : 0);
