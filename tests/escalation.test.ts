/** A knock that nobody answers: another office is called, mail goes out, a program is told; each once, without a word of anybody, and without holding up anybody. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { BOOK, type BookContent } from '@portineria/config/book';
import { DOOR } from '@portineria/config/events';
import { stateIn } from './rig/administrator.ts';
import { until, type Person } from './rig/matrix.ts';
import { arrive, cardsIn, CONFIG, startReception, type Card, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, porterOf, ringOf, seeOff, told, visitOf, visitsOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

/** What a mail server has taken. */
const mails: string[] = [];
/** How it takes what comes: well, not at all, never with a word, or so that the bot dies before it has the answer. */
let taking: 'well' | 'refusing' | 'hanging' | (() => Promise<void>) = 'well';
/** Connections to it that have come and gone. */
const lines = { come: 0, gone: 0 };
/** What a program was told. */
const words: { headers: IncomingHttpHeaders; body: string }[] = [];

const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  closeTimeout: 100,
  onConnect: (_session, greet) => {
    lines.come += 1;
    if (taking !== 'hanging') greet();
  },
  onClose: () => {
    lines.gone += 1;
  },
  onData: (stream, _session, answer) => {
    let mail = '';
    stream.on('data', (part: Buffer) => { mail += part.toString('utf8'); });
    stream.on('end', () => {
      if (taking === 'refusing') return answer(Object.assign(new Error('urp@comune.example is not known'), { responseCode: 554 }));
      mails.push(mail);
      if (typeof taking === 'function') void taking().then(() => answer());
      else answer();
    });
  },
});
// Whoever was killed leaves without a word.
mailServer.on('error', () => undefined);
const program = createServer((asked, answer) => {
  let body = '';
  asked.on('data', (part: Buffer) => { body += part.toString('utf8'); });
  asked.on('end', () => {
    words.push({ headers: asked.headers, body });
    answer.writeHead(204).end();
  });
});

let reception: Reception;
let anna: Person;
/** Of the other office alone. */
let carla: Person;
let office: string;
stage(async () => {
  const inner = mailServer.listen(0, '127.0.0.1');
  program.listen(0, '127.0.0.1');
  await Promise.all([once(inner, 'listening'), once(program, 'listening')]);
  const [mailPort, hookPort] = [(inner.address() as AddressInfo).port, (program.address() as AddressInfo).port];
  const steps = `[{ after: 0.02, office: sindaco }, { after: 0.02, people: ["@bruno:localhost"] }, { after: 0.02, mail: ["urp@comune.example"] }, { after: 0.02, webhook: "http://127.0.0.1:${hookPort}/avvisi" }]`;
  const open = /hours: .*\n/u.exec(CONFIG)?.[0] ?? '';
  const config = CONFIG.replace('"@bruno:localhost"]', `"@bruno:localhost"]\n    escalation: ${steps}`).replace('    hours: {}\n', `    ${open}`).replace('staff: ["@anna:localhost"]', 'staff: ["@anna:localhost", "@carla:localhost"]');
  reception = await startReception({ config: `${config}mail: { host: 127.0.0.1, port: ${mailPort}, from: portineria@comune.example }\n` });
  anna = reception.anna;
  carla = await reception.person('carla');
  await carla.join(reception.rooms.sindaco);
  office = reception.rooms.anagrafe;
}, async () => {
  await reception.stop();
  mailServer.close();
  program.close();
});

const wishes = { name: 'Ermenegilda Rossi', topic: 'per il Wolframio' };
const idOf = (mail: string): string => /^Message-ID: (<\S+>)/imu.exec(mail)?.[1] ?? '';
/** What the porter has said in the other office, the latest last. */
const saidElsewhere = (): string[] => anna.timeline.flatMap(({ room, event: { sender, content } }) => (room === reception.rooms.sindaco && sender.startsWith('@portineria:') && typeof content['body'] === 'string' ? [content['body']] : []));

/** Since the last look. */
function forgetAll(): void {
  mails.length = 0;
  words.length = 0;
}

/** The steps that the book says are done for somebody's knock. */
async function stepsFor({ person }: Guest): Promise<number> {
  const porter = porterOf(reception);
  const book: BookContent = await porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(office)}/account_data/${BOOK}`);
  return book.tickets.find(({ visitor }) => visitor === person.user)?.escalated?.length ?? 0;
}

async function figure(way: string, outcome: string): Promise<number> {
  const text = await (await fetch(reception.metrics)).text();
  return Number(new RegExp(`^escalations_total\\{way="${way}",outcome="${outcome}"\\} (\\d+)$`, 'mu').exec(text)?.[1] ?? 0);
}

async function notes(): Promise<string> {
  const response = await fetch(`${reception.url}/health/ready`);
  expect(response.status).toBe(200);
  return response.text();
}

/** Anna opens. */
async function opened(guest: Guest): Promise<void> {
  await anna.react(office, (await cardOf(reception, office, guest.person.user)).event_id, '✅');
  await visitOf(guest.person, office);
}

/** Anna opens, and both go. */
async function served(guest: Guest): Promise<void> {
  await opened(guest);
  await seeOff(reception, guest);
}

test('brings one mail and one word to the program, which name nobody, and calls people by name and another office, which is told who answered', async () => {
  forgetAll();
  const guest = await arrive(reception, 'anagrafe', wishes);
  const { number } = await cardOf(reception, office, guest.person.user);
  await until('all steps are in the book', async () => (await stepsFor(guest)) === 4);
  expect([mails.length, words.length]).toEqual([1, 1]);
  const [mail = '', word] = [mails[0], words[0]];
  expect(mail).toContain(`Subject: Anagrafe: il n. ${number} aspetta da un minuto`);
  expect(mail).toMatch(/^From: portineria@comune\.example\r$/mu);
  expect(mail).toContain(`${reception.url}/desk`);
  expect(JSON.parse(word?.body ?? '')).toEqual({ comune: 'prova', office: 'anagrafe', number, minutes: 1, desk: `${reception.url}/desk` });
  expect(word?.headers['idempotency-key']).toMatch(/^"[\w-]{22}"$/u);
  for (const text of [mail, word?.body ?? '']) expect(text).not.toMatch(/Ermenegilda|Wolframio|ospite|\$|!/u);
  await anna.until('the other office is called', () => saidElsewhere().some((body) => body.startsWith(`🔔 N. ${number} · Anagrafe: qualcuno aspetta da un minuto`) && body.includes(anna.user)));
  await anna.until('bruno is called by name', () => anna.timeline.some(({ room, event: { content } }) => room === office && String(content['body']).startsWith(`🔔 ${reception.bruno.user} il n. ${number} aspetta`)));
  await served(guest);
  await anna.until('the other office knows', () => saidElsewhere().includes(`* N. ${number} · Anagrafe: ha risposto anna`));
  expect([mails.length, words.length]).toEqual([1, 1]);
  expect([await figure('mail', 'done'), await figure('webhook', 'done'), await figure('office', 'done'), await figure('people', 'done')]).toEqual([1, 1, 1, 1]);
});

test('brings the same mail once more at most where the bot is killed just after sending it, and none after that', async () => {
  forgetAll();
  const killed = Promise.withResolvers<void>();
  taking = () => {
    taking = 'well';
    const dead = reception.killBot();
    dead.then(killed.resolve, killed.reject);
    return dead;
  };
  const guest = await arrive(reception, 'anagrafe', wishes);
  await killed.promise;
  await reception.startBot();
  await until('all steps are in the book', async () => (await stepsFor(guest)) === 4);
  expect([mails.length, new Set(mails.map(idOf)).size]).toEqual([2, 1]);
  expect(new Set(words.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  const before = [mails.length, words.length];
  await reception.killBot();
  await reception.startBot();
  await served(guest);
  expect([mails.length, words.length]).toEqual(before);
  await anna.sync();
  expect(saidElsewhere().filter((body) => body.startsWith('🔔'))).toHaveLength(2);
});

test('holds up nobody where the mail server hangs; what is answered meanwhile brings no mail, and what waits on is written of once the server takes mail again', { timeout: paced(120_000) }, async () => {
  forgetAll();
  const [come, gone] = [lines.come, lines.gone];
  taking = 'hanging';
  const first = await arrive(reception, 'anagrafe', wishes);
  await cardOf(reception, office, first.person.user);
  await until('mail is on its way', () => lines.come > come);
  const second = await arrive(reception, 'anagrafe', { ...wishes, name: 'Zefirino' });
  await ringOf(reception, office, second.person.user);
  expect([await figure('mail', 'failed'), lines.gone - gone], 'the first mail hangs still').toEqual([0, 0]);
  taking = 'refusing';
  await opened(first);
  await until('the first mail was stopped', () => lines.gone > gone);
  await until('the second was refused', async () => (await figure('mail', 'failed')) > 0, 60_000);
  expect(await notes()).toContain('escalation');
  taking = 'well';
  await until('the second is written of', async () => (await stepsFor(second)) === 4, 60_000);
  expect(mails).toHaveLength(1);
  expect(await notes()).not.toContain('escalation');
  await opened(second);
  await seeOff(reception, first, second);
  expect(reception.log()).not.toMatch(/comune\.example|Ermenegilda|Zefirino/u);
});

/** Somebody knocks at the registry, and the other office is called: the call there, and the card here. */
async function calledThere(): Promise<{ guest: Guest; card: Card; call: string }> {
  const guest = await arrive(reception, 'anagrafe', wishes);
  const card = await cardOf(reception, office, guest.person.user);
  const call = await carla.until('the call', () => carla.timeline.find(({ room, event: { content } }) => room === reception.rooms.sindaco && String(content['body']).startsWith(`🔔 N. ${card.number} · Anagrafe`))?.event);
  expect(call.content['body']).toContain('✅ sotto questo messaggio, oppure risponda !apri');
  return { guest, card, call: call.event_id };
}
const inReply = (to: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } });
/** What the porter says to carla under a message. */
const toCarla = (under: string): Promise<unknown> =>
  carla.until('an answer', () => carla.timeline.findLast(({ room, event: { sender, content } }) => room === reception.rooms.sindaco && sender.startsWith('@portineria:') && (content['m.relates_to'] as { 'm.in_reply_to'?: { event_id: string } } | undefined)?.['m.in_reply_to']?.event_id === under)?.event.content['body']);

test('is answered from the other office: ✅ under the call takes the visitor over, who is let in there at once; where that office is closed, or more is asked than to open, whoever answers reads what to do', { timeout: paced(180_000) }, async () => {
  const { sindaco } = reception.rooms;
  const { guest, card, call } = await calledThere();
  const declined = await carla.send(sindaco, 'm.room.message', inReply(call, '!rifiuta'));
  expect(await toCarla(declined)).toMatch(/^Chi bussa è a un altro ufficio: da qui può solo aprire/u);
  await carla.say(sindaco, '!chiudi');
  const doorSet = async (): Promise<unknown> => (await stateIn(reception, sindaco)).find(({ type }) => type === DOOR)?.content['state'];
  await until('it is closed', async () => (await doorSet()) === 'closed');
  const early = await carla.send(sindaco, 'm.room.message', inReply(call, `!apri ${card.number}`));
  expect(await toCarla(early)).toMatch(new RegExp(`^Il n\\. ${card.number} resta da Anagrafe: qui ora non si riceve\\.`, 'u'));
  await carla.say(sindaco, '!riapri');
  await until('it is open', async () => (await doorSet()) === undefined);
  await carla.react(sindaco, call, '✅');
  const opened = await told(guest.person, 'the visit there', ({ office: at, state }) => at === 'sindaco' && state === 'opened');
  await carla.until('an invitation', () => carla.invites.has(opened.visit ?? ''));
  await guest.person.until('an invitation', () => guest.person.invites.has(opened.visit ?? ''));
  await anna.until('the card here is over', () => cardsIn(anna, office).some(({ event_id, over, body }) => event_id === card.event_id && over && body.includes('passato a Il Sindaco da carla')));
  await anna.until('the call says who has answered', () => saidElsewhere().includes(`* N. ${card.number} · Anagrafe: ha risposto carla`));
  expect((await visitsOf(reception)).filter(({ visit }) => visit.ended_at === undefined).map(({ visit }) => [visit.office, visit.opened_by])).toEqual([['sindaco', carla.user]]);
  await seeOff(reception, guest);
});

test('is answered from the other office by whoever is of both: the visit is that of the office where somebody knocked', { timeout: paced(120_000) }, async () => {
  const { guest, call } = await calledThere();
  await anna.send(reception.rooms.sindaco, 'm.room.message', inReply(call, '!apri'));
  const { visit } = await told(guest.person, 'the visit', ({ office: at, state }) => at === 'anagrafe' && state === 'opened');
  await anna.until('an invitation', () => anna.invites.has(visit ?? ''));
  await seeOff(reception, guest);
});

test('is answered from the other office just before the bot is killed, with nothing written down yet: the answer is read again, and counts', { timeout: paced(180_000) }, async () => {
  const { sindaco } = reception.rooms;
  const { guest, card, call } = await calledThere();
  await until('all steps are in the book', async () => (await stepsFor(guest)) === 4);
  const writing = /^PUT .*\/account_data\/it\.portineria\.book/u;
  const written = reception.toll.note(writing);
  const release = reception.toll.stall(writing, 'before');
  await carla.react(sindaco, call, '✅');
  await until('it is to be written down', () => written.length > 0);
  // Events are delivered in order: once the next is answered, the homeserver does not send the reaction again.
  const asked = await carla.say(sindaco, '!orario');
  expect(await toCarla(asked)).toBeDefined();
  await reception.killBot();
  release();
  await reception.startBot();
  await told(guest.person, 'the visit there', ({ office: at, state }) => at === 'sindaco' && state === 'opened');
  await anna.until('the card here is over', () => cardsIn(anna, office).some(({ event_id, over, body }) => event_id === card.event_id && over && body.includes('passato a Il Sindaco da carla')));
  await seeOff(reception, guest);
});
