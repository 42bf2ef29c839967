import { OfficeBody } from '@portineria/config/api';
import type { Comune } from '@portineria/config/comune';
import type { OfficeId } from '@portineria/config/ids';
import { comuneOf } from '@portineria/config/testing';
import { timetable } from '@portineria/config/timetable';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Attendance } from '../porter/cycle/attendance.ts';
import { Crowd } from '../porter/cycle/crowd.ts';
import { Cycle } from '../porter/cycle/cycle.ts';
import { Homeserver } from '../servers/homeserver.ts';
import { running } from './http.fixture.ts';
import { HttpRefusal } from './problem.ts';
import { Neighbours } from '../porter/neighbours.ts';
import { openReception } from './reception.ts';
import { Served } from '../porter/served.ts';
import { sumOf } from '../porter/cycle/remains.ts';
import { Outgoing } from '../porter/outgoing.ts';
import { askingReceptions } from '../servers/receptions.ts';
import { Outside } from '../servers/outside.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { twoWaiting } from '../judgement/hearing.fixture.ts';
import { NOON, settle, situation } from '../judgement/situation.fixture.ts';
import type { Situation } from '../judgement/situation.ts';

const NO_NEIGHBOURS = new Neighbours({ declared: () => [], own: 'comune.example', near: [], now: Date.now, told: () => undefined });

const ALWAYS = { mon: ['00:00-24:00'], tue: ['00:00-24:00'], wed: ['00:00-24:00'], thu: ['00:00-24:00'], fri: ['00:00-24:00'], sat: ['00:00-24:00'], sun: ['00:00-24:00'] };
const comune: Comune = comuneOf({
  comune: { zone: 'Europe/Rome', languages: ['it', 'en'], server: 'comune.example', phone: '+39 099 000 0000' },
  offices: [{ id: 'anagrafe', hours: ALWAYS, topics: ['IMU', { it: 'Rate', en: 'Instalments' }] }, { id: 'sindaco', hours: ALWAYS, show_place: false }],
});
const settings = settingsOf();
const homeserver = new Homeserver(settings);

/** A reception with two offices at rest, of which the first is changed. */
function receptionWith(change: Partial<Situation>) {
  const said: string[] = [];
  const cycles = new Map(comune.offices.map((office, index): [OfficeId, Cycle] => {
    const rest = settle(situation({ office: office.id, timetable: timetable(comune, office) }), NOON).situation;
    const hands = { homeserver, comune, office, sfu: null, conference: () => 'conference', guestAddress: () => 'https://comune.example/ospite#secret', elsewhere: () => null, passing: { take: async () => null, give: () => undefined }, abroad: { answers: async () => true, stalled: () => undefined }, outside: new Outside('comune.yaml') };
    return [office.id, new Cycle({ ...rest, ...(index === 0 ? change : {}), readAt: NOON }, hands, {
      now: Date.now, crowd: new Crowd(), attendance: new Attendance(Date.now), reread: (before) => Promise.resolve(before), done: () => undefined, failed: (what) => said.push(what),
    })];
  }));
  const offices = {
    comune,
    cycle: (id: OfficeId) => cycles.get(id),
    officeOf: () => undefined,
    served: new Served('comune.example'),
    isDeaf: false,
    get heldUp() { return [...cycles.values()].filter(({ isHeldUp }) => isHeldUp).length; },
    get stuck() { return [...cycles.values()].filter(({ isStuck }) => isStuck).length; },
    get remains() { return sumOf([...cycles.values()].map(({ remains }) => remains)); },
    failingOutside: [],
    report: (what: string) => said.push(`reported ${what}`),
    progress: { unreached: 0, unclosed: 0, faults: [], since: null },
  };
  return { reception: openReception(offices, new Outgoing({ homeserver, comune: () => comune, ask: askingReceptions([]), now: Date.now, failed: (what) => said.push(what) }), homeserver, null, settings, Date.now, () => ({ fault: null, lost: 0 }), NO_NEIGHBOURS), cycles: [...cycles.values()], said };
}

const doors = (body: { offices: readonly { id: string; door: { state: string } }[] }) => body.offices.map(({ id, door }) => [id, door]);
/** No border lets such a door through: it stands for any value that we did not think of. */
const ABSURD = { state: 'closed' as const, until: Number.MAX_SAFE_INTEGER };
const OPEN = { state: 'open', until: null, next: null };
const TROUBLE = { state: 'closed', until: null, next: null, by: 'trouble' };

describe('one office’s trouble', () => {
  beforeEach(() => { vi.useFakeTimers({ now: NOON, toFake: ['Date'] }); });
  afterEach(() => { vi.useRealTimers(); });

  test('is that office’s: the others are shown as they are, and served; that one says so, and sends nobody an account', async () => {
    const { reception, said } = receptionWith({ hand: ABSURD });
    const body = reception.comune(NOON);
    expect(doors(body)).toEqual([['anagrafe', TROUBLE], ['sindaco', OPEN]]);
    expect(OfficeBody.parse(body.offices[0])).toMatchObject({ phone: '+39 099 000 0000' });
    const wish = { office: comune.offices[0]?.id ?? ('' as OfficeId), name: 'Maria', topic: '', language: 'it', voice: false, consent: true as const };
    await expect(reception.receive(wish, null)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    // Said once, however often the page is asked for, and in the readiness as long as it lasts.
    reception.comune(NOON + 1000);
    expect(said).toEqual(['reported door']);
    expect(reception.ailing(NOON).map(({ part }) => part)).toEqual(['offices']);
  });

  test('answers nothing with a 500: /, /o/* and /api/comune go on', async () => {
    const { reception } = receptionWith({ hand: ABSURD });
    await using server = await running({ reception, now: () => NOON });
    for (const path of ['/', '/o/anagrafe', '/o/sindaco', '/api/comune', '/api/offices/anagrafe']) expect([path, (await server.ask(path)).status]).toEqual([path, 200]);
    expect((await server.ask('/health/ready')).status).toBe(503);
  });

  test('of the porter’s judgement shows as well, and is over when it is', async () => {
    const { reception, cycles } = receptionWith({ hand: ABSURD });
    const [first] = cycles;
    first?.wake();
    await vi.waitFor(() => expect(first?.isStuck).toBe(true));
    first?.change((s) => ({ ...s, hand: null }));
    expect(doors(reception.comune(NOON))).toEqual([['anagrafe', TROUBLE], ['sindaco', OPEN]]);
    const wish = { office: comune.offices[0]?.id ?? ('' as OfficeId), name: 'Maria', topic: '', language: 'it', voice: false, consent: true as const };
    const refused: unknown = await reception.receive(wish, null).catch((error: unknown) => error);
    expect(refused instanceof HttpRefusal && refused.code).toBe('unavailable');
    expect(reception.ailing(NOON).map(({ part }) => part)).toEqual(['porter']);
    await vi.waitFor(() => expect(first?.isStuck).toBe(false), { timeout: 10_000 });
    expect(doors(reception.comune(NOON))).toEqual([['anagrafe', OPEN], ['sindaco', OPEN]]);
    expect(reception.ailing(NOON)).toEqual([]);
    await Promise.all(cycles.map((cycle) => cycle.stop()));
  });
});

test('A door that staff closed without an end is told as that', () => {
  const { reception } = receptionWith({ hand: { state: 'closed' } });
  expect(reception.comune(NOON).offices[0]?.door).toEqual({ state: 'closed', until: null, next: null, by: 'staff' });
});

test('What an office suggests as topics is told, and nothing of it where it suggests none', () => {
  expect(receptionWith({}).reception.comune(NOON).offices.map(({ topics }) => topics)).toEqual([[{ it: 'IMU' }, { it: 'Rate', en: 'Instalments' }], undefined]);
});

test('How many wait is told, but for an office that tells nobody their place', () => {
  const { reception, cycles } = receptionWith({});
  for (const cycle of cycles) cycle.change((s) => ({ ...twoWaiting(), office: s.office, timetable: s.timetable }));
  expect(reception.comune(NOON).offices.map(({ waiting, place_hidden: hidden }) => [waiting, hidden])).toEqual([[2, undefined], [0, true]]);
});
