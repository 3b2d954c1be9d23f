// node publish.mjs AMQP_URL FILE.ndjson [--wait SECONDS]: sends a department's CloudEvents, one a line, by RabbitMQ and
// prints every answer. What is not answered is sent again: Mohor knows an event by its source and id and acts on it
// once. Exit code: 0 all accepted, 1 some refused, 2 some not answered (then run it again with the same file).
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import amqp from 'amqplib';
const [url, file, , wait = 10] = process.argv.slice(2), user = decodeURIComponent(new URL(url).username);
const [WINDOW, ROUNDS, source] = [200, 4, events(await open(file))]; // events on their way; times each is sent
const tally = { accepted: 0, refused: 0, other: 0 }, unanswered = new Map(); // from the broker; on its way, by its id

async function* events(handle, department, number = 0) { // of one department; latin1 keeps the bytes as they stand
  for await (const line of handle.readLines({ encoding: 'latin1' })) {
    if (!line.trim()) continue;
    const body = Buffer.from(line, 'latin1'), problem = `event ${number += 1}, not sent: it is no CloudEvent`;
    try {
      const { id, type, data } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
      const key = [department ??= data.department, ...type.split('.').slice(4, -1)].join('.'); // BCW.appeal.filed
      while (unanswered.has(id)) yield null; // one id twice: the second waits for the answer to the first
      yield { name: id.match(/^[!-~]{1,128}$/)[0], key, body, rounds: 0, due: 0 }; // its answer will be known by it
    } catch { unanswered.set(problem, { rounds: ROUNDS, due: 0 }); }
  }
}

function read({ type, data: { event_id, code = null, pointer = null } }) {
  const word = type.split('.').at(-2), result = word in tally && unanswered.delete(event_id) ? word : 'other';
  tally[result] += 1; // other: an answer once more, or news; a real system would keep the UIN of certificate.issued
  if (result !== 'other') console.log(JSON.stringify({ event_id, result, code, pointer }));
}

async function session(connection, broken, count) { // ends when every event is answered, or was sent often enough
  for (const sent of unanswered.values()) sent.due = 0; // what was on its way when the last connection broke
  const fail = (error) => { broken ??= error ?? new Error('closed, or no queue'); };
  const channel = await connection.on('error', fail).on('close', fail).createConfirmChannel();
  await channel.on('error', fail).on('return', () => fail()).prefetch(WINDOW);
  const take = (message) => message ? channel.ack(message, read(JSON.parse(message.content))) : fail();
  await channel.consume(`answers.${user}`, take); // the administrator declares it; a department declares nothing
  while (count !== (count = tally.other)) await sleep(1000); // answers from before this file
  for (; !broken; await sleep(20)) {
    for (let sent; unanswered.size < WINDOW && (sent = (await source.next()).value);) unanswered.set(sent.name, sent);
    const now = Date.now(), left = [...unanswered.values()].filter((sent) => sent.rounds < ROUNDS || sent.due > now);
    if (!left.length) return Promise.race([connection.close(), sleep(5000)]);
    for (const sent of left.filter((sent) => sent.due <= now)) {
      const about = { contentType: 'application/cloudevents+json', deliveryMode: 2, userId: user, mandatory: true };
      const kept = (no) => no ? fail(no) : Object.assign(sent, { due: Date.now() + wait * 1000 * 2 ** sent.rounds++ });
      sent.due = Infinity; // until the broker has it safe
      channel.publish('applications', sent.key, sent.body, { ...about, messageId: sent.name }, kept);
    }
  }
  throw connection.close().catch(() => {}) && broken; // perhaps only the channel is broken
}

for (const pause of [1, 2, 4, 8, 16, 32, 64]) {
  const error = await amqp.connect(url, { timeout: 10_000 }).then(session).catch((error) => error);
  if (!error) break;
  console.error(`the broker: ${error.message}; again in ${pause} s`);
  await sleep(pause * 1000);
}
console.error(tally, 'not answered:', ...unanswered.size ? unanswered.keys() : ['none']);
process.exit(unanswered.size || (await source.next()).value ? 2 : tally.refused ? 1 : 0);
