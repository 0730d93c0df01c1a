// duckdb.mjs FILE: answers the questions of FILE (tests/load/metrics.cc writes it) with DuckDB, which makes the same events itself by the same
// formulas and holds them in a table. Prints a list of {seconds, numbers}.
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';

const spec = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRows();

// Numbers of 32 bits that look random: a macro, one step after the other.
await connection.run(`CREATE MACRO cut(z) AS z & 4294967295`);
await connection.run(`CREATE MACRO one(z) AS xor(z, z >> 16)`);
await connection.run(`CREATE MACRO two(z) AS xor(z, z >> 13)`);
await connection.run(`CREATE MACRO mix(n, salt) AS
  one(cut(two(cut(one(cut((n + salt)::UBIGINT * 2654435769::UBIGINT)) * 2246822519::UBIGINT)) * 3266489917::UBIGINT))`);
await connection.run(`CREATE TABLE events AS
  SELECT CASE WHEN kind < 12 THEN 'view' WHEN kind < 17 THEN 'cart' ELSE 'purchase' END AS name,
         'user-' || (slot * ${spec.users_of_slot} + mix(day * ${spec.slots} + slot, 7) % ${spec.users_of_slot}) AS user,
         day::INTEGER AS day, day * 86400 + (mix(n, 11) % 86400)::BIGINT AS time
  FROM (SELECT range AS n, (range % ${spec.pass}) * ${spec.days} // ${spec.pass} AS day,
               (mix(range, 1000000007) % ${spec.slots})::BIGINT AS slot, (mix(range, 1) >> 8) % 20 AS kind
        FROM range(${spec.events}))`);

const WINDOW = 7 * 86400;
const questions = {
  dau: async ({ first, last }) => {
    const found = await rows(`SELECT day, count(DISTINCT user) FROM events WHERE name = 'view' AND day BETWEEN ${first} AND ${last} GROUP BY day`);
    const users = new Map(found.map(([day, count]) => [day, Number(count)]));
    return Array.from({ length: last - first + 1 }, (_, i) => users.get(first + i) ?? 0);
  },
  mau: async ({ first, last }) =>
    (await rows(`SELECT count(DISTINCT user) FROM events WHERE name = 'view' AND day BETWEEN ${first} AND ${last}`)).map(([count]) => Number(count)),
  retention: async ({ first, last }) => {
    const found = await rows(`
      WITH active AS (SELECT DISTINCT user, day FROM events WHERE name = 'view'),
           begun AS (SELECT user, min(day) AS cohort FROM active GROUP BY user)
      SELECT cohort, day - cohort AS later, count(*) FROM active JOIN begun USING (user)
      WHERE cohort BETWEEN ${first} AND ${last} AND day - cohort <= 7 GROUP BY ALL`);
    const cells = new Map(found.map(([cohort, later, count]) => [`${cohort} ${later}`, Number(count)]));
    const numbers = [];
    for (let cohort = first; cohort <= last; ++cohort) {
      const row = Array.from({ length: 8 }, (_, later) => cells.get(`${cohort} ${later}`) ?? 0);
      numbers.push(row[0], ...row);
    }
    return numbers;
  },
  funnel: async ({ first, last }) => {
    const [counts] = await rows(`
      WITH bought AS (SELECT user, name, day, time,
                             min(CASE WHEN name = 'purchase' THEN time END) OVER later AS purchase,
                             min(CASE WHEN name = 'cart' THEN time END) OVER later AS cart
                      FROM events WHERE day BETWEEN ${first} AND ${last + 7}
                      WINDOW later AS (PARTITION BY user ORDER BY time RANGE BETWEEN 1 FOLLOWING AND ${WINDOW} FOLLOWING)),
           through AS (SELECT *, min(CASE WHEN name = 'cart' THEN purchase END) OVER later AS cart_purchase FROM bought
                       WINDOW later AS (PARTITION BY user ORDER BY time RANGE BETWEEN 1 FOLLOWING AND ${WINDOW} FOLLOWING)),
           users AS (SELECT user, bool_or(cart IS NOT NULL) AS two, bool_or(cart_purchase <= time + ${WINDOW}) AS three
                     FROM through WHERE name = 'view' AND day BETWEEN ${first} AND ${last} GROUP BY user)
      SELECT count(*), count(*) FILTER (two), count(*) FILTER (three) FROM users`);
    return counts.map(Number);
  },
};

const answers = [];
for (const question of spec.questions) {
  const begin = process.hrtime.bigint();
  const numbers = await questions[question.kind](question);
  answers.push({ seconds: Number(process.hrtime.bigint() - begin) / 1e9, numbers });
}
console.log(JSON.stringify(answers));
