// A CSV file → Rollbook → one JSON object on stdout, by the .proto files alone.
//
//   node import.js --proto DIR --address HOST:PORT --token-file FILE [--directory main]
//     [--manner while-sending|after-sending] [--results ALL] [--unknown-location REJECT]
//     [--import-id UUID] [--chunk BYTES] [--pause] FILE
//
// `while-sending` reads answers while it sends, as every client should. `after-sending` reads none
// before the last byte and `end` are out: allowed where few answers come, as with WITH_ISSUES.
// `--pause` sends one chunk, and the rest once a row of it has been answered.
// Exit code 0 where the call ended with the status OK, else 1; the JSON says which it was.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const { Readable } = require('node:stream');
const { parseArgs } = require('node:util');

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const { values: option, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: {
    proto: { type: 'string' },
    address: { type: 'string' },
    'token-file': { type: 'string' },
    directory: { type: 'string', default: 'main' },
    manner: { type: 'string', default: 'while-sending' },
    results: { type: 'string', default: 'ALL' },
    'unknown-location': { type: 'string', default: 'REJECT' },
    'import-id': { type: 'string', default: crypto.randomUUID() },
    chunk: { type: 'string', default: String(256 * 1024) },
    pause: { type: 'boolean', default: false },
  },
});

// The two messages of google.rpc that carry a reason; everybody else has them from a package.
const rpc = protobuf.parse(`
  syntax = "proto3"; package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`, { keepCase: true }).root.lookup('google.rpc');

function openCall() {
  const definition = loader.loadSync('rollbook/v1/imports.proto', {
    includeDirs: [option.proto], keepCase: true, defaults: true, enums: String, longs: Number,
    oneofs: true,
  });
  const { ImportService } = grpc.loadPackageDefinition(definition).rollbook.v1;
  const client = new ImportService(option.address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${fs.readFileSync(option['token-file'], 'utf8').trim()}`);
  return { client, call: client.ImportUsers(metadata) };
}

// What is sent: `start`, the file as it is read, `end` with what must have arrived.
async function* messages(answered) {
  yield {
    start: {
      import_id: option['import-id'],
      directory: option.directory,
      options: {
        results: `RESULTS_${option.results}`,
        unknown_location: `UNKNOWN_LOCATION_${option['unknown-location']}`,
      },
    },
  };
  const sha256 = crypto.createHash('sha256');
  let total_bytes = 0;
  for await (const csv of fs.createReadStream(file, { highWaterMark: Number(option.chunk) })) {
    sha256.update(csv);
    total_bytes += csv.length;
    yield { csv };
    if (option.pause) await answered;
  }
  yield { end: { total_bytes, sha256: sha256.digest() } };
}

// Collects every answer, in the shape that is printed.
function read(call, answers, onResults) {
  call.on('data', (answer) => {
    if (answer.part === 'results') {
      answers.results.push(...answer.results.results);
      onResults();
    } else {
      answers[answer.part] = answer[answer.part];
    }
  });
}

// What a status means, for a program: the reason and the facts of its google.rpc.ErrorInfo.
function meaningOf({ code, details, metadata }) {
  const said = { code: grpc.status[code], message: details };
  const [packed] = metadata.get('grpc-status-details-bin');
  if (!packed) return said;
  const info = rpc.Status.decode(packed).details
    .find((detail) => detail.type_url.endsWith('/google.rpc.ErrorInfo'));
  return { ...said, ...(info && rpc.ErrorInfo.toObject(rpc.ErrorInfo.decode(info.value))) };
}

async function main() {
  const { client, call } = openCall();
  const answers = { manner: option.manner, results: [] };
  const sent = new Promise((resolve) => { call.once('finish', resolve); });
  const status = new Promise((resolve) => { call.once('status', resolve); });
  const end = new Promise((resolve) => { call.once('end', resolve); });
  call.on('error', () => {}); // said again as the status

  let onResults;
  const answered = new Promise((resolve) => { onResults = resolve; });

  if (option.manner === 'while-sending') read(call, answers, onResults);
  Readable.from(messages(answered)).pipe(call); // never faster than the server takes it
  await Promise.race([sent, status]);
  answers.results_before_all_was_sent = answers.results.length;
  if (option.manner === 'after-sending') read(call, answers, onResults);

  answers.status = meaningOf(await status);
  await end; // the last answers may still be on their way to us
  client.close();
  const bytesAsHex = (_, value) => (value?.type === 'Buffer'
    ? Buffer.from(value.data).toString('hex') : value);
  console.log(JSON.stringify(answers, bytesAsHex, 2));
  process.exitCode = answers.status.code === 'OK' ? 0 : 1;
}

main();
