// Loads the export of rows (lines of JSON, as GET /v1/rows:export sends them) from standard input into a DuckDB: an example of a loader.
//
//   node duckdb.mjs FILE          applies what it reads, a message and its cursor in one transaction
//   node duckdb.mjs FILE cursor   prints the cursor to go on with, or nothing
//
// A loop around it follows the service, and holds the rows that the service holds (deploy/export/follow). Needs npm's @duckdb/node-api.
import readline from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    producer VARCHAR, sequence BIGINT, position INTEGER, event_name VARCHAR, measurement_name VARCHAR, occur_time TIMESTAMPTZ, date DATE,
    user_ordinal BIGINT, activity VARCHAR, dimensions JSON, properties JSON, value_minor BIGINT, value DOUBLE, currency_code VARCHAR,
    event_id VARCHAR, PRIMARY KEY (producer, sequence, position));
  CREATE TABLE IF NOT EXISTS export_cursor (id INTEGER PRIMARY KEY, cursor VARCHAR)`;

const dateOf = (date) => `${String(date.year).padStart(4, '0')}-${String(date.month).padStart(2, '0')}-${String(date.day).padStart(2, '0')}`;

// Rows go in as JSON text and are cast by the database: one statement for all rows of a change.
async function insert(connection, { producer, sequence, rows = [] }) {
  const texts = rows.map((row) => ({
    producer,
    sequence,
    position: row.position ?? 0,
    event_name: row.eventName ?? '',
    measurement_name: row.measurementName ?? '',
    occur_time: row.occurTime,
    date: dateOf(row.date),
    user_ordinal: row.eventName ? (row.userOrdinal ?? '0') : null,
    activity: row.activity ?? '',
    dimensions: JSON.stringify(row.dimensions ?? {}),
    properties: JSON.stringify(row.properties ?? {}),
    value_minor: row.valueMinor ?? null,
    value: row.value ?? null,
    currency_code: row.currencyCode ?? '',
    event_id: row.eventId ?? '',
  }));
  await connection.run(
    `INSERT OR REPLACE INTO rows SELECT unnest(from_json($1::JSON, '[{"producer": "VARCHAR", "sequence": "BIGINT", "position": "INTEGER",
     "event_name": "VARCHAR", "measurement_name": "VARCHAR", "occur_time": "TIMESTAMPTZ", "date": "DATE", "user_ordinal": "BIGINT",
     "activity": "VARCHAR", "dimensions": "VARCHAR", "properties": "VARCHAR", "value_minor": "BIGINT", "value": "DOUBLE",
     "currency_code": "VARCHAR", "event_id": "VARCHAR"}]'), recursive := true)`,
    [JSON.stringify(texts)],
  );
}

async function apply(connection, change) {
  if (change.rows) {
    await insert(connection, change.rows);
  } else if (change.withdrawal) {
    const { producer, firstSequence, lastSequence } = change.withdrawal;
    await connection.run('DELETE FROM rows WHERE producer = $1 AND sequence BETWEEN $2::BIGINT AND $3::BIGINT', [
      producer,
      firstSequence,
      lastSequence,
    ]);
  } else if (change.erasure) {
    await connection.run('DELETE FROM rows WHERE user_ordinal = $1::BIGINT', [change.erasure.userOrdinal ?? '0']);
  } else if (change.expiry) {
    const { eventName = '', measurementName = '', firstKeptDate } = change.expiry;
    await connection.run('DELETE FROM rows WHERE event_name = $1 AND measurement_name = $2 AND date < $3::DATE', [
      eventName,
      measurementName,
      dateOf(firstKeptDate),
    ]);
  } else {
    throw new Error(`a change that this loader does not know: ${Object.keys(change)}`);
  }
}

const [file, command] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(file)).connect();
await connection.run(SCHEMA);
if (command === 'cursor') {
  const reader = await connection.runAndReadAll('SELECT cursor FROM export_cursor');
  for (const [cursor] of reader.getRows()) console.log(cursor);
} else {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === '') continue;
    const { result: message, error } = JSON.parse(line);
    // A stream ends by its deadline, or because the service restarts: the next one goes on from the cursor.
    if (error) {
      console.error(`${error.status}: ${error.message}`);
      if (error.status !== 'DEADLINE_EXCEEDED' && error.status !== 'UNAVAILABLE') process.exitCode = 1;
      break;
    }
    await connection.run('BEGIN');
    for (const change of message.changes ?? []) await apply(connection, change);
    await connection.run('INSERT OR REPLACE INTO export_cursor VALUES (1, $1)', [message.cursor]);
    await connection.run('COMMIT');
  }
}
connection.closeSync();
