import { createHash, randomBytes } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { openLog } from './log.ts';
import { scrub } from './scrub.ts';

/** What a log says of something. */
function logged(write: (log: ReturnType<typeof openLog>) => void): string {
  let text = '';
  write(openLog({ write: (bytes) => { text += Buffer.from(bytes).toString(); return bytes.length; } }));
  for (const line of text.trim().split('\n')) JSON.parse(line);
  return text;
}

const JWT = await new AccessToken('key', 'x'.repeat(32), { identity: '@anna:comune.example:ABCDEF' }).toJwt();
const OPENID = 'tZbqpNWjRcLhsUEyKdFg';
const SYT = 'syt_YW5uYQ_kHbQpZrTnVxWcYdAfGhJ_1a2B3c';
const OURS = randomBytes(32).toString('hex');
const ROOM = '!AbCdEfGhIjKlMnOpQr:comune.example';
const EVENT = `$${createHash('sha256').update('event').digest('base64url')}`;

test.each([
  ['a call token in an address', `connect ECONNREFUSED ws://127.0.0.1:7880/rtc?access_token=${JWT}&auto_subscribe=1`, [JWT]],
  ['a call token in a sentence', `The token ${JWT} is not valid`, [JWT, JWT.split('.')[1] ?? '']],
  ['a call token whose end is cut off', `token ${JWT.slice(0, 60)}`, [JWT.slice(0, 60)]],
  ['what a newer page asks to enter with', 'GET /rtc/v1?join_request=CgIIEBIIZm9vYmFyYmF6', ['CgIIEBIIZm9vYmFyYmF6']],
  ['a header', `authorization: Bearer ${SYT}`, [SYT]],
  ['an OpenID token in an address', `GET /_matrix/federation/v1/openid/userinfo?access_token=${OPENID} failed`, [OPENID]],
  ['an OpenID token in JSON', JSON.stringify({ openid_token: { access_token: OPENID } }), [OPENID]],
  ['JSON in JSON', JSON.stringify({ body: JSON.stringify({ access_token: OPENID, password: 'sesamo' }) }), [OPENID, 'sesamo']],
  ['a token of the homeserver by itself', `M_UNKNOWN_TOKEN: ${SYT} is not known`, [SYT]],
  ['a secret as the launcher makes them', `Unknown as_token ${OURS}`, [OURS]],
  ['people, rooms, aliases and events', `@anna:comune.example:DEVICE cannot join ${ROOM} (#anagrafe:localhost:8448) by ${EVENT}`, ['anna', 'AbCdEf', 'anagrafe', EVENT.slice(1)]],
  ['a room without a server', 'No room !AbCdEfGhIjKlMnOpQrStUvWxYz0123456789 here', ['AbCdEf']],
  ['ids in an address', `PUT /_matrix/client/v3/rooms/${encodeURIComponent(ROOM)}/redact/${encodeURIComponent(EVENT)}/t?user_id=${encodeURIComponent('@ospite-4f2a:comune.example')}`, ['AbCdEf', 'ospite', EVENT.slice(1)]],
])('%s does not stand in the log', (_what, words, hidden) => {
  const text = logged(({ logger }) => {
    logger.warn({ error: words, deep: { deeper: [words] } }, words);
    logger.error({ err: new Error('outside', { cause: new Error(words) }) });
    logger.fatal(new TypeError(words));
  });
  for (const secret of hidden) {
    expect(text).not.toContain(secret);
    expect(scrub(words)).not.toContain(secret);
  }
});

test('what is said to be a secret is taken out whatever its form', () => {
  const text = logged((log) => {
    log.hide(['un segreto d’altra forma']);
    log.logger.warn('It said: un segreto d’altra forma.');
  });
  expect(text).toContain('It said: [secret].');
});

test('what says where it went wrong stays', () => {
  for (const words of [
    'at Porter.#declare (file:///srv/portineria/bot/src/porter.ts:214:18)',
    'at Object.<anonymous> (/srv/node_modules/@fastify/http-proxy/index.js:10:5)',
    'PUT /_matrix/client/v3/rooms/!/state/it.portineria.queue: 500 M_UNKNOWN: database or disk is full',
    'PUT /_matrix/client/v3/user/@/rooms/!/account_data/it.portineria.book: no answer',
    'the changed configuration is not applied: offices[1].id: "anagrafe" is used twice',
    'https://comune.example/o/anagrafe#orari',
    'access token missing',
  ]) expect(scrub(words)).toBe(words);
});
