/** Doors that staff set by hand: one that nobody can read is told to them, and one without an end to citizens as that. */
import { expect, test } from 'vitest';
import type { OfficeBody, Problem } from '@portineria/config/api';
import { DOOR } from '@portineria/config/events';
import { until, type Event } from './rig/matrix.ts';
import { arrive, askForAccount, startReception, type Reception } from './rig/reception.ts';
import { cardOf, seeOff } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let office: string;
stage(async () => {
  reception = await startReception();
  office = reception.rooms.anagrafe;
}, () => reception.stop());

/** Anna writes a door. @returns its event */
async function set(content: Record<string, unknown>): Promise<string> {
  const { event_id } = await reception.anna.ask<{ event_id: string }>('PUT', `/rooms/${encodeURIComponent(office)}/state/${DOOR}/`, content);
  return event_id;
}

/** What the porter has said in reply to a door. */
async function repliesTo(door: string): Promise<Event[]> {
  const { chunk } = await reception.anna.ask<{ chunk: Event[] }>('GET', `/rooms/${encodeURIComponent(office)}/messages?dir=b&limit=100`);
  return chunk.filter(({ content }) => JSON.stringify(content['m.relates_to'] ?? {}).includes(door));
}

const shown = async (): Promise<OfficeBody> => (await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as OfficeBody;

test('One that nobody can read counts as none, is told to who set it, once, also after a restart, and troubles nobody else', async () => {
  const unread: [content: Record<string, unknown>, said: string][] = [
    [{ state: 'closed', until: Number.MAX_SAFE_INTEGER }, '9007199254740991'],
    [{ state: 'closed', until: 'tomorrow' }, '“tomorrow”'],
    [{ state: 'closed', reason: 'x'.repeat(5000) }, '5000 caratteri'],
  ];
  const doors: string[] = [];
  for (const [content, said] of unread) {
    const door = await set(content);
    doors.push(door);
    const [reply] = await until('the porter says so', async () => {
      const replies = await repliesTo(door);
      return replies.length > 0 ? replies : null;
    });
    expect(reply?.content).toMatchObject({ msgtype: 'm.notice', 'm.mentions': { user_ids: [reception.anna.user] } });
    expect(reply?.content['body']).toContain(said);
    expect(String(reply?.content['body']).length).toBeLessThan(600);
    for (const path of ['/', '/o/anagrafe', '/o/sindaco', '/api/comune']) expect((await fetch(`${reception.url}${path}`)).status).toBe(200);
    expect((await shown()).door.state).toBe('open');
    expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
  }
  await reception.killBot();
  await reception.startBot();
  // The office is served as ever, and the next one is told of.
  const guest = await arrive(reception, 'anagrafe');
  await cardOf(reception, office, guest.person.user);
  const next = await set({ state: 'ajar' });
  await until('the porter says so', async () => (await repliesTo(next)).length > 0);
  for (const door of [...doors, next]) expect(await repliesTo(door)).toHaveLength(1);
  await set({});
  await seeOff(reception, guest);
});

test('One that is closed without an end is told to citizens as that: in the list, on the page, and when they knock', async () => {
  await set({ state: 'closed' });
  await until('the office is closed', async () => (await shown()).door.state === 'closed');
  expect((await shown()).door).toEqual({ state: 'closed', until: null, next: null, by: 'staff' });
  const page = await (await fetch(`${reception.url}/o/anagrafe`, { headers: { 'accept-language': 'it', accept: 'text/html' } })).text();
  expect(page).toContain('dal personale, finché non riapre');
  expect(page).not.toContain('12 mesi');
  const refused = await askForAccount(reception, { office: 'anagrafe', name: 'Luca', topic: '', language: 'it', voice: false, consent: true });
  expect(refused.status).toBe(409);
  expect(((await refused.json()) as Problem).detail).toBe('Anagrafe ora è chiuso.\nL’ha chiuso il personale, finché non lo riapre.\nTelefono: +39 099 000 0000.');
  await set({});
  await until('the office is open again', async () => (await shown()).door.state === 'open');
});
