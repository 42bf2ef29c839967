/** A closed door stays closed, whoever knocks and however; and the configuration decides, also when it changes while running. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ComuneBody, Problem } from '@portineria/config/api';
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { officeRoom, stands } from './rig/administrator.ts';
import { Failure, until, type Person } from './rig/matrix.ts';
import { arrive, askForAccount, cardsIn, startReception, type Reception } from './rig/reception.ts';
import { atDoor, cardOf, knockOf, membershipsOf, reasonOf, roomsOf, seeOff, settled, strangerAt, ticketsOf, told, visitOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof WEEK)[number];
const DAY = 24 * 60 * 60 * 1000;
/** The weekday three days from now: closed today, open within the week. */
const later = new Date(Date.now() + 3 * DAY);
const weekday = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'Europe/Rome' }).format(later).toLowerCase() as Weekday;
const weekdayIt = new Intl.DateTimeFormat('it', { weekday: 'short', timeZone: 'Europe/Rome' }).format(later);
const dayIt = new Intl.DateTimeFormat('it', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'Europe/Rome' }).format(later);

const always = Object.fromEntries(WEEK.map((day) => [day, ['00:00-24:00']]));
const ANNA = '@anna:localhost';
const BRUNO = '@bruno:localhost';
interface Office {
  readonly id: string;
  readonly hours: Partial<Record<Weekday, string[]>>;
  readonly staff: readonly string[];
}
const anagrafe: Office = { id: 'anagrafe', hours: always, staff: [ANNA, BRUNO] };
const sindaco: Office = { id: 'sindaco', hours: { [weekday]: ['11:00-13:00'] }, staff: [ANNA] };

/** A configuration; JSON is YAML. */
function declared(...offices: readonly Office[]): string {
  return JSON.stringify({
    comune: { id: 'prova', name: { it: 'Comune di Prova' }, zone: 'Europe/Rome', languages: ['it', 'en'], phone: '+39 099 000 0000' },
    offices: offices.map((office) => ({ ...office, name: { it: `Ufficio ${office.id}` } })),
    limits: { retention: 0.01 },
  });
}

let reception: Reception;
let anna: Person;
stage(async () => {
  reception = await startReception({ config: declared(anagrafe, sindaco) });
  anna = reception.anna;
}, () => reception.stop());

/** Rewrites the configuration and awaits that it is in force. */
async function declare(...offices: readonly Office[]): Promise<void> {
  const times = (): number => reception.log().split('the changed configuration is in force').length;
  const before = times();
  writeFileSync(reception.configFile, declared(...offices));
  await until('the configuration is in force', () => times() > before);
}

/** What the list shows. It is made anew at most once a second. */
async function listed(): Promise<string[]> {
  const { offices } = (await (await fetch(`${reception.url}/api/comune`)).json()) as ComuneBody;
  return offices.map(({ id }) => id);
}

describe('a closed office', () => {
  test('gives nobody an account, and says its hours and when it opens', async () => {
    const response = await askForAccount(reception, { office: 'sindaco', name: 'Maria', topic: 'Un saluto', language: 'it', voice: false, consent: true });
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as Problem;
    expect(problem.code).toBe('closed');
    expect(problem.detail).toContain(`${weekdayIt} 11:00-13:00`);
    expect(problem.detail).toContain(dayIt);
    expect(problem.detail).toContain('+39 099 000 0000');
  });

  test('refuses a knock by any Matrix client, with the same in the reason', async () => {
    const rosa = await reception.person('rosa');
    await rosa.knock('#sindaco:localhost', 'sono solo una passante');
    await rosa.until('a refusal', () => reasonOf(rosa, rosa.door) !== undefined);
    const reason = reasonOf(rosa, rosa.door);
    expect(reason).toContain(`${weekdayIt} 11:00-13:00`);
    expect(reason).toContain(dayIt);
    expect(ticketsOf(rosa)).toMatchObject([{ state: 'closed', message: reason }]);
    await anna.sync();
    expect(cardsIn(anna, reception.rooms.sindaco)).toEqual([]);
  });

  test('opens to nobody by a command, and at its door the staff let in nobody', async () => {
    const { sindaco: office } = reception.rooms;
    const ugo = await reception.person('ugo');
    // Staff answer as fast as they can; now and then they are faster than the refusal.
    await ugo.knock('#sindaco:localhost');
    await Promise.all([anna.say(office, '!apri'), anna.say(office, '!apri 1'), expect(anna.invite(ugo.door, ugo.user)).rejects.toMatchObject({ status: 403 })]);
    await until('the knock is turned away', async () => (await atDoor(reception, ugo.user, 'sindaco')) === 'leave');
    for (const room of [ugo.door, office]) await expect(ugo.join(room)).rejects.toMatchObject({ status: 403 });
    await anna.until('an answer to the commands', () => anna.timeline.filter(({ room, event }) => room === office && event.content['msgtype'] === 'm.notice').length >= 2);
    expect(await roomsOf(reception)).toEqual([]);
    expect([...ugo.invites.keys()]).toEqual([]);
  });
});

describe('a door that closes while people wait', () => {
  test('because the hours end refuses those who wait, each with the next opening', async () => {
    const { anagrafe: office } = reception.rooms;
    const guests = [await arrive(reception, 'anagrafe'), await arrive(reception, 'anagrafe', { language: 'en' })] as const;
    const passer = await strangerAt(reception);
    for (const { user } of [...guests.map(({ person }) => person), passer]) await cardOf(reception, office, user);
    await declare({ ...anagrafe, hours: { [weekday]: ['09:00-12:00'] } }, sindaco);
    await passer.until('the knock is turned away', () => reasonOf(passer, passer.door)?.includes(dayIt));
    const [italian, english] = await Promise.all(guests.map(({ person }) => told(person, 'the door is closed', ({ state }) => state === 'closed')));
    expect(italian?.message).toContain(dayIt);
    expect(english?.message).toContain('09:00-12:00');
    expect(english?.message).not.toContain('Orari');
    await anna.say(office, '!apri');
    await settled(reception);
    expect(await roomsOf(reception)).toEqual([]);
    await declare(anagrafe, sindaco);
    await seeOff(reception, ...guests);
  });

  test('because staff close it by hand refuses those who wait; a pause keeps them, and takes no others', async () => {
    const { anagrafe: office } = reception.rooms;
    const door = (state: string): Promise<unknown> => anna.ask('PUT', `/rooms/${encodeURIComponent(office)}/state/${DOOR}/`, { state });
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    await door('paused');
    await until('the page shows the pause', async () => (await askForAccount(reception, { office: 'anagrafe', name: 'Luca', topic: '', language: 'it', voice: false, consent: true })).status === 409);
    const passer = await reception.person('paolo');
    await passer.knock('#anagrafe:localhost');
    await passer.until('a refusal', () => reasonOf(passer, passer.door)?.includes('sospeso'));
    // It is written once nobody has come for a moment.
    await until('the queue holds whoever waited before, and nobody else', async () => String((await waitingIn(reception, office)).map(({ number }) => number)) === String(card.number));
    await door('closed');
    await told(guest.person, 'the door is closed', ({ state }) => state === 'closed');
    await settled(reception);
    await door('open');
    await until('the queue is open again', async () => (await (await fetch(`${reception.url}/api/offices/anagrafe`)).json() as ComuneBody['offices'][number]).door.state === 'open');
    await seeOff(reception, guest);
  });
});

describe('a configuration that changes', () => {
  test('brings a new office, which receives at once', async () => {
    await declare(anagrafe, sindaco, { id: 'tributi', hours: always, staff: [BRUNO] });
    await expect.poll(listed, { timeout: paced(5_000) }).toEqual(['anagrafe', 'sindaco', 'tributi']);
    const { bruno } = reception;
    const tributi = await officeRoom(reception, 'tributi');
    await bruno.join(tributi);
    const guest = await arrive(reception, 'tributi');
    const card = await bruno.until('a card', () => cardsIn(bruno, tributi)[0]);
    await bruno.react(tributi, card.event_id, '✅');
    await guest.person.join(await visitOf(guest.person, tributi));
    await seeOff(reception, guest);
  });

  test('takes the room from whoever is of the staff no longer, whose answers count no more', async () => {
    const { bruno, rooms } = reception;
    await declare({ ...anagrafe, staff: [ANNA] }, sindaco, { id: 'tributi', hours: always, staff: [BRUNO] });
    await bruno.until('the room is lost', () => bruno.left.has(rooms.anagrafe));
    await expect(bruno.say(rooms.anagrafe, '!apri')).rejects.toThrow(Failure);
    await anna.sync();
    expect(membershipsOf(anna, rooms.anagrafe, BRUNO).at(-1)).toBe('leave');
    await declare(anagrafe, sindaco, { id: 'tributi', hours: always, staff: [BRUNO] });
    await bruno.until('an invitation back', () => bruno.invites.has(rooms.anagrafe));
  });

  test('takes an office away: who waits there is let go, nobody can knock there, and it may come back', async () => {
    const { bruno } = reception;
    const tributi = await officeRoom(reception, 'tributi');
    const guest = await arrive(reception, 'tributi');
    await bruno.until('a card', () => cardsIn(bruno, tributi).some(({ over }) => !over));
    await declare(anagrafe, sindaco);
    await expect.poll(listed, { timeout: paced(5_000) }).toEqual(['anagrafe', 'sindaco']);
    await until('the account is erased', () => guest.person.ask('GET', '/account/whoami').then(() => false, () => true));
    await until('its door is gone', async () => !(await stands(reception, guest.person.door)));
    const rosa = await reception.person('carla');
    for (const room of [guest.person.door, tributi]) await expect(rosa.knock(room)).rejects.toThrow(Failure);
    await expect(rosa.knock('#tributi:localhost')).rejects.toThrow(Failure);
    expect((await askForAccount(reception, { office: 'tributi', name: 'Maria', topic: '', language: 'it', voice: false, consent: true })).status).toBe(404);
    await declare(anagrafe, sindaco, { id: 'tributi', hours: always, staff: [BRUNO] });
    await rosa.knock('#tributi:localhost');
    await declare(anagrafe, sindaco);
  });

  test('is not applied when it is broken: what runs stays in force, and the log says why', async () => {
    writeFileSync(reception.configFile, declared(anagrafe, { ...sindaco, id: 'anagrafe' }).replace('Europe/Rome', 'Europe/Roma'));
    await until('the log says why', () => reception.log().includes('the changed configuration is not applied'));
    const line = reception.log().split('\n').find((one) => one.includes('the changed configuration is not applied')) ?? '';
    expect(line).toContain('Europe/Roma');
    expect(line).toContain('offices[1].id');
    await expect.poll(listed, { timeout: paced(5_000) }).toEqual(['anagrafe', 'sindaco']);
    const guest = await arrive(reception, 'anagrafe');
    await knockOf(reception, reception.rooms.anagrafe, guest.person.user);
    await cardOf(reception, reception.rooms.anagrafe, guest.person.user);
    await seeOff(reception, guest);
  });
});
