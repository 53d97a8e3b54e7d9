// import-users.js: ADDRESS=127.0.0.1:50051 TOKEN=… node import-users.js users.csv
//
// Imports a CSV file, prints one line for each row, and resumes when the call breaks. Also read:
// DIRECTORY (main), and IMPORT_ID, of an import that an earlier run gave up. It needs this
// folder's `rollbook` beside it as `proto`, @grpc/grpc-js, @grpc/proto-loader and protobufjs.
'use strict';

const { createHash, randomUUID } = require('node:crypto');
const { open } = require('node:fs/promises');
const { Readable } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const { loadSync } = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

// Reasons after which the same import may be sent again, and what gRPC says of a lost connection;
// of these, OK is a call that ended without its summary.
const AGAIN = new Set([
  'TRUNCATED_STREAM', 'STORAGE_FULL', 'SERVER_DRAINING', 'PLUGIN_UNAVAILABLE', 'STREAM_IDLE',
  'IMPORT_ALREADY_RUNNING', 'QUOTA_EXCEEDED', 'RATE_LIMITED',
]);
const CONNECTION_LOST = new Set(['OK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'ABORTED']);
const TRIES = 8; // in a row without a new answer: together some 40 s

// Of google/rpc/status.proto and error_details.proto, what is read here.
const google = protobuf.parse(`
  syntax = "proto3"; package google.rpc;
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
`, { keepCase: true }).root.lookup('google.rpc');

if (process.argv.length !== 3 || !process.env.ADDRESS || !process.env.TOKEN) {
  console.error('usage: ADDRESS=HOST:PORT TOKEN=... node import-users.js FILE');
  process.exit(1);
}

const { ImportService } = grpc.loadPackageDefinition(loadSync('rollbook/v1/imports.proto', {
  includeDirs: ['proto'], keepCase: true, defaults: true, enums: String, longs: Number,
  oneofs: true,
})).rollbook.v1;
const client = new ImportService(process.env.ADDRESS, grpc.credentials.createInsecure(), {
  'grpc.max_reconnect_backoff_ms': 4000, // the default is 120 s, longer than all our tries
});
const metadata = new grpc.Metadata();
metadata.set('authorization', `Bearer ${process.env.TOKEN}`);

async function* messages(importId, content) {
  yield { start: { import_id: importId, directory: process.env.DIRECTORY || 'main' } };
  const sha256 = createHash('sha256');
  let total_bytes = 0;
  for await (const csv of content) {
    sha256.update(csv);
    total_bytes += csv.length;
    yield { csv };
  }
  yield { end: { total_bytes, sha256: sha256.digest() } };
}

// One call, from the first byte of the file; resolves to its status once all answers were read.
async function attempt(file, importId, onAnswer) {
  const content = (await open(file)).createReadStream();
  const call = client.ImportUsers(metadata);
  const ended = new Promise((resolve) => { call.once('end', resolve); });
  const status = new Promise((resolve) => { call.once('status', resolve); });
  call.on('error', () => {}); // the status says it again
  call.on('data', onAnswer);
  const sending = Readable.from(messages(importId, content));
  let unreadable;
  sending.on('error', (error) => { unreadable = error; call.cancel(); });
  sending.pipe(call); // sends while the answers come in
  await Promise.all([ended, status]);
  sending.destroy();
  content.destroy();
  if (unreadable) throw unreadable;
  return status;
}

// The reason of a status, and the seconds to wait that the server asks for.
function meaningOf({ code, metadata: trailer }) {
  const meaning = { reason: grpc.status[code], facts: {}, wait: 0, again: false };
  const [packed] = trailer.get('grpc-status-details-bin');
  if (!packed) return { ...meaning, again: CONNECTION_LOST.has(meaning.reason) };
  for (const { type_url: type, value } of google.lookupType('Status').decode(packed).details) {
    if (type.endsWith('/google.rpc.ErrorInfo')) {
      const info = google.lookupType('ErrorInfo').decode(value);
      if (info.domain === 'rollbook') {
        meaning.reason = info.reason;
        meaning.facts = info.metadata;
      }
    } else if (type.endsWith('/google.rpc.RetryInfo')) {
      const { retry_delay: delay } = google.lookupType('RetryInfo').decode(value);
      meaning.wait = Number(delay.seconds) + delay.nanos / 1e9;
    }
  }
  return { ...meaning, again: AGAIN.has(meaning.reason) };
}

async function main(file) {
  const importId = process.env.IMPORT_ID || randomUUID(); // one id for all calls: it resumes
  const seen = new Set();
  let tries = 0;
  let summary;
  const onAnswer = (answer) => {
    if (answer.part === 'summary') summary = answer.summary;
    if (answer.part !== 'results') return;
    for (const { row, line, employee_number: number, outcome, issues } of answer.results.results) {
      const key = row || number; // a user whom a full sync suspends has no row
      if (seen.has(key)) continue; // answered by an earlier call, and sent again
      seen.add(key);
      tries = 0;
      console.log(line, outcome, ...issues.map(({ code, field }) => `${code} ${field}`));
    }
  };
  for (;;) {
    summary = undefined;
    const status = await attempt(file, importId, onAnswer);
    const { reason, wait, again } = meaningOf(status);
    if (status.code === grpc.status.OK && summary) break;
    tries += 1;
    if (!again || tries > TRIES) {
      console.error(`${reason}: ${status.details}`);
      if (again) console.error(`to go on later: IMPORT_ID=${importId}`);
      process.exitCode = 1;
      break;
    }
    const pause = wait || Math.min(0.5 * 2 ** (tries - 1), 8) * (0.5 + Math.random() / 2);
    console.error(`${reason}: ${status.details}; again in ${pause.toFixed(1)} s`);
    await sleep(pause * 1000);
  }
  if (summary) {
    const { created, updated, unchanged, failed } = summary;
    console.log(`${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed`);
  }
  client.close();
}

main(process.argv[2]).catch((wrong) => {
  console.error(wrong.message); // the file cannot be read
  process.exitCode = 1;
});
