/** Passing somebody on, as either office decides it. */
import { describe, expect, test } from 'vitest';
import type { Visitor } from '@portineria/config/book';
import { OfficeId, type UserId } from '@portineria/config/ids';
import type { Action } from './actions.ts';
import { after } from './after.ts';
import { decide } from './decide.ts';
import { atDoor, inOffice, member, message, reply, tap } from './hearing.fixture.ts';
import { isAwaited, passedRecord } from './passing.ts';
import { tellings, waitingTickets } from './queue.ts';
import { account, ANNA, BRUNO, COMUNE, event, knock, MINUTE, NOON, OFFICE, room, settle, situation, ticket, user, visit } from './situation.fixture.ts';
import { put, type Situation } from './situation.ts';
import type { Presence } from './visit.ts';

/** With an account of their own, and one that was made for the visit. */
const [LUCA, OSPITE] = [user('luca:altrove.example'), user('ospite-1')];
const THERE = OfficeId.parse('anagrafe');

/** Each office is called as its id. */
const NAMED = COMUNE.offices.map((office) => ({ ...office, name: { it: office.id } }));

/** Whoever has a temporary account (1) and somebody from elsewhere (2) wait. */
const waiting = (different: Partial<Situation> = {}): Situation => situation({
  knocks: new Map([[OSPITE, knock(OSPITE, 'k1', NOON - 2 * MINUTE)], [LUCA, knock(LUCA, 'k2', NOON - MINUTE)]]),
  book: { day: '2026-11-24', last: 2, tickets: [ticket(1, OSPITE, 'k1', NOON - 2 * MINUTE), ticket(2, LUCA, 'k2', NOON - MINUTE)], heard: [] },
  visitors: new Map([[OSPITE, account(OSPITE, NOON - 3 * MINUTE)]]),
  offices: NAMED,
  ...different,
});
const visiting = (): Situation => waiting({ visits: new Map([[event('k1'), visit(OSPITE, 'k1', NOON - MINUTE)]]) });
const later = (body: string, sender = ANNA, at = NOON) => message(sender, body, {}, { origin_server_ts: at });
const of = <K extends Action['kind']>(s: Situation, kind: K, now = NOON) => decide(s, now).actions.flatMap((action) => (action.kind === kind ? [action as Extract<Action, { kind: K }>] : []));
const texts = (s: Situation): string[] => s.remarks.map(({ text }) => text);

/** What the other office is asked, and answers. */
function answered(s: Situation, refused: { why: 'shut' | 'full' | 'unserved'; stands: string } | null): Situation {
  const [action] = of(s, 'pass-on');
  if (action === undefined) throw new Error('Nobody is passed on');
  return after(s, action, { refused }, NOON);
}

describe('an order to pass somebody on', () => {
  test('is taken with the number, in reply, and for the only one who can be meant; of the first nothing else is told, and the second reads who was first', () => {
    for (const heard of [inOffice(waiting(), later('!passa anagrafe 1 ha la foto')), inOffice(waiting(), reply(ANNA, '!pass Anagrafe ha la foto', 'card-k1')), inOffice(waiting({ book: { day: '2026-11-24', last: 1, tickets: [ticket(1, OSPITE, 'k1', NOON - 2 * MINUTE)], heard: [] } }), later('!passa anagrafe ha la foto'))]) {
      expect(heard.book.tickets[0]?.pass).toMatchObject({ office: THERE, by: ANNA, note: 'ha la foto' });
      expect(heard.remarks).toEqual([]);
    }
    const first = inOffice(waiting(), later('!passa anagrafe 1'));
    for (const second of [later('!apri 1', BRUNO), later('!passa mai 1', BRUNO), tap(BRUNO, 'card-k1')]) {
      const heard = inOffice(first, second);
      expect(texts(heard)).toEqual(['Il n. 1 l’ha già passato Anna a anagrafe, alle 11:00.']);
      expect(heard.book.tickets).toEqual(first.book.tickets);
    }
  });

  test('of whom it is, where several can be meant, is asked with an example', () => {
    expect(texts(inOffice(waiting(), later('!passa anagrafe')))).toEqual(['Può riferirsi a più persone. Indichi il numero, per esempio: !passa anagrafe 1']);
    expect(texts(inOffice(waiting(), later('!passa anagrafe 7')))).toEqual(['Nessuno aspetta con il n. 7.']);
  });

  test('to no other office is answered with the nearest, or with what there is', () => {
    expect(texts(inOffice(waiting(), later('!passa anagrave 1')))[0]).toBe('Non conosco l’ufficio «anagrave». Forse: !passa anagrafe 1');
    expect(texts(inOffice(waiting(), later('!passa')))[0]).toContain('Gli uffici: mai, anagrafe, notte');
    expect(texts(inOffice(waiting(), later(`!passa ${OFFICE.id} 1`)))[0]).toContain('È già qui');
    expect(texts(inOffice(waiting({ offices: [OFFICE] }), later('!passa anagrafe 1')))[0]).toContain('un solo ufficio');
  });

  test('that the other office refuses changes nothing but that whoever ordered it is told; read again, it does not count', () => {
    const order = later('!passa anagrafe 1');
    const before = inOffice(waiting(), order);
    const then = answered(before, { why: 'shut', stands: 'La porta è chiusa fino alle 15:30.' });
    expect(texts(then)).toEqual(['Il n. 1 resta qui: anagrafe ora non riceve. La porta è chiusa fino alle 15:30. Può scegliere un altro ufficio, oppure scrivergli: !scrivi 1 testo']);
    expect(waitingTickets(then).map(({ number }) => number)).toEqual([1, 2]);
    expect(inOffice(then, order).book.tickets.every(({ pass }) => pass === undefined)).toBe(true);
    expect(inOffice(then, later('!passa anagrafe 1', ANNA, NOON + 1)).book.tickets[0]?.pass?.at).toBe(NOON + 1);
  });
});

describe('the office that passes on', () => {
  test('keeps the ticket until the other has answered, also where a crash came after its answer: else the knock that stands would be a new one', () => {
    const pass = { office: THERE, by: ANNA, at: NOON, command: event('pass'), taken: NOON };
    const [one, two] = waiting().book.tickets;
    if (one === undefined || two === undefined) throw new Error('Expected two tickets');
    const book = { day: '2026-11-24', last: 2, tickets: [{ ...one, pass }, two], heard: [] };
    const s = waiting({ book, written: { book: { ...book, tickets: [...book.tickets], visitors: [account(OSPITE, NOON - 3 * MINUTE)], at: NOON }, queue: null } });
    expect(of(s, 'pass-on')).toHaveLength(1);
    expect(of(s, 'forget')).toEqual([]);
    const then = answered(s, null);
    expect(then.visitors.has(OSPITE)).toBe(false);
    expect(settle(then, NOON).steps.map(({ action }) => action.kind)).toContain('forget');
    expect(settle(then, NOON).situation.book.tickets.map(({ number }) => number)).toEqual([2]);
  });

  test('writes down the order before it asks, and that it was taken before the card is closed; then nothing of the visitor is left there', () => {
    const { situation: then, steps } = settle(inOffice(waiting(), later('!passa anagrafe 1')), NOON);
    const kinds = steps.map(({ action }) => action.kind);
    expect(kinds.indexOf('write-book')).toBeLessThan(kinds.indexOf('pass-on'));
    const forget = steps.find(({ action }) => action.kind === 'forget');
    expect(forget?.before.written.book?.visitors).toEqual([]);
    expect(forget?.action).toMatchObject({ outcome: { kind: 'passed', office: 'anagrafe', by: 'Anna' } });
    expect([then.visitors.size, then.knocks.has(OSPITE), then.book.tickets.map(({ number }) => number)]).toEqual([0, false, [2]]);
  });

  test('goes on where a crash came after the other office had taken them, and before it let go of them itself', () => {
    const ordered = inOffice(waiting(), later('!passa anagrafe 1'));
    const s = { ...ordered, book: { ...ordered.book, tickets: ordered.book.tickets.map((one) => (one.pass === undefined ? one : { ...one, pass: { ...one.pass, taken: NOON } })) } };
    expect(settle(s, NOON).situation.visitors.size).toBe(0);
  });

  test('tells whoever has an account of their own where to knock', () => {
    const { steps, situation: then } = settle(inOffice(waiting(), later('!passa anagrafe 2')), NOON);
    expect(steps.find(({ action }) => action.kind === 'pass-on')?.action).toMatchObject({ visitor: null });
    expect(steps.find(({ action }) => action.kind === 'refuse')?.action).toMatchObject({ why: 'passed', knock: { user: LUCA } });
    expect(then.book.tickets.map(({ number }) => number)).toEqual([1]);
  });

  test('gives a visit’s room along, empty of its clerks, unless either office speaks by Jitsi', () => {
    const ordered = inOffice(visiting(), later('!passa anagrafe 1'));
    expect(of(ordered, 'pass-on')[0]?.visitor?.passed).toMatchObject({ room: room('visit-k1'), since: NOON });
    const { steps, situation: then } = settle(ordered, NOON);
    expect(steps.find(({ action }) => action.kind === 'hand-over')?.action).toMatchObject({ office: THERE, remove: [{ user: ANNA }] });
    expect([then.visits.size, then.visitors.size]).toEqual([0, 0]);
    const jitsi = settle({ ...ordered, offices: ordered.offices.map((one) => (one.id === THERE ? { ...one, call: 'jitsi' as const } : one)) }, NOON);
    expect(jitsi.steps.find(({ action }) => action.kind === 'end-visit')?.action).toMatchObject({ outcome: 'passed', remove: [] });
    expect(jitsi.situation.visitors.size).toBe(0);
  });

  test('leaves with the visitor whom staff asked in by id, who are guests there unless they are of its staff; by a link only whose account that office has', () => {
    const [dora, byLink] = [user('dora:altrove.example'), user('ospite-9')];
    const there: Presence = { membership: 'join', at: NOON, by: ANNA };
    const one = visit(OSPITE, 'k1', NOON - MINUTE, { guests: new Set([dora, byLink, BRUNO]) });
    const s = waiting({ visits: new Map([[event('k1'), { ...one, members: new Map([...one.members, [dora, there], [byLink, there], [BRUNO, there]]) }]]) });
    const { steps } = settle(inOffice(s, later('!passa anagrafe 1')), NOON);
    expect(steps.find(({ action }) => action.kind === 'hand-over')?.action).toMatchObject({ remove: [{ user: ANNA }, { user: byLink }] });
    // There.
    const guests = new Set([dora, BRUNO]);
    const prepared = { room: room('visit-k1'), knock: event('k3'), visitor: OSPITE, members: new Map([[OSPITE, there], [dora, there], [BRUNO, there]]), guests };
    const admitted = { ...ticket(1, OSPITE, 'k3', NOON), answer: { kind: 'admit' as const, by: BRUNO, at: NOON } };
    const next = situation({ office: THERE, knocks: new Map([[OSPITE, knock(OSPITE, 'k3', NOON)]]), book: { day: '2026-11-24', last: 1, tickets: [admitted], heard: [] }, visitors: new Map([[OSPITE, account(OSPITE, NOON)]]), prepared: new Map([[event('k3'), prepared]]) });
    expect([...(settle(next, NOON).situation.visits.get(event('k3'))?.guests ?? [])]).toEqual([dora]);
  });

  describe('with whoever came by a link', () => {
    const DORA = user('ospite-dora');
    const there: Presence = { membership: 'join', at: NOON, by: ANNA };
    const dora = account(DORA, NOON, { name: 'Dora, interprete', guest_of: event('k1') });
    const { members } = visit(OSPITE, 'k1', NOON - MINUTE);
    const withDora = (): Situation => {
      const s = waiting({ visits: new Map([[event('k1'), visit(OSPITE, 'k1', NOON - MINUTE, { guests: new Set([DORA]), members: put(members, DORA, there) })]]) });
      return inOffice({ ...s, visitors: put(s.visitors, DORA, dora) }, later('!passa anagrafe 1'));
    };

    test('gives their account along, and never erases it', () => {
      expect(of(withDora(), 'pass-on')[0]?.guests).toEqual([{ ...dora, guest_in: room('visit-k1') }]);
      const { steps, situation: then } = settle(withDora(), NOON);
      expect(steps.find(({ action }) => action.kind === 'hand-over')?.action).toMatchObject({ guests: new Set([DORA]), remove: [{ user: ANNA }] });
      expect([then.visitors.size, steps.some(({ action }) => action.kind === 'erase')]).toEqual([0, false]);
    });

    test('lets go of both where a crash came after the room was given', () => {
      const taken = answered(withDora(), null);
      const [one] = taken.book.tickets;
      expect(one?.pass?.guests).toEqual([DORA]);
      const { steps, situation: then } = settle({ ...taken, visits: new Map() }, NOON + 30 * MINUTE);
      expect([then.visitors.size, steps.some(({ action }) => action.kind === 'erase' && action.user === DORA)]).toEqual([0, false]);
    });

    test('puts them out where the room does not go along, or they were written down by nobody there', () => {
      const jitsi = { ...withDora(), offices: NAMED.map((one) => ({ ...one, call: 'jitsi' as const })) };
      expect(of(jitsi, 'pass-on')[0]?.guests).toEqual([]);
      const { situation: then } = settle(jitsi, NOON);
      expect([...then.visitors.keys()]).toEqual([DORA]);
      expect(settle(then, NOON + 5 * MINUTE).situation.visitors.size).toBe(0);
    });

    test('has them wait there with the visitor, and no longer than the visitor', () => {
      const comes = account(OSPITE, NOON, { passed: { from: OFFICE.id, by: 'Anna', at: NOON, number: 1, since: NOON, first: true, room: room('visit-k3'), knock: event('k3') } });
      const here = { ...dora, guest_in: room('visit-k3') };
      const prepared = { room: room('visit-k3'), knock: event('k3'), visitor: OSPITE, members: new Map([[OSPITE, there], [DORA, there]]), guests: new Set([DORA]) };
      const s = situation({ office: THERE, knocks: new Map([[OSPITE, knock(OSPITE, 'k3', NOON)]]), book: { day: '2026-11-24', last: 1, tickets: [ticket(1, OSPITE, 'k3', NOON)], heard: [] }, visitors: new Map([[OSPITE, comes], [DORA, here]]), prepared: new Map([[event('k3'), prepared]]) });
      const erased = (one: Situation, now = NOON + 4 * MINUTE) => of(one, 'erase', now).map(({ user: who }) => who);
      expect([erased(s), erased({ ...s, prepared: new Map() }), of(s, 'bring')]).toEqual([[], [], []]);
      const opened = settle(inOffice(s, later('!apri 1')), NOON).situation;
      expect([...(opened.visits.get(event('k3'))?.guests ?? [])]).toEqual([DORA]);
      expect(erased(opened)).toEqual([]);
      // And passed on once more they go along again.
      expect(of({ ...inOffice(opened, later('!passa sempre 1')), offices: NAMED }, 'pass-on')[0]?.guests).toEqual([here]);
      expect(erased({ ...s, visitors: put(s.visitors, OSPITE, { ...comes, leaving: true }) }, NOON)).toContain(DORA);
      expect(erased({ ...s, prepared: new Map([[event('k3'), { ...prepared, guests: new Set<UserId>() }]]) }, NOON)).toEqual([DORA]);
    });
  });

  test('passes nobody on who has said goodbye', () => {
    const s = inOffice(waiting({ visitors: new Map([[OSPITE, account(OSPITE, NOON - 3 * MINUTE, { leaving: true })]]) }), later('!passa anagrafe 1'));
    expect(of(s, 'pass-on')).toEqual([]);
    expect(of(s, 'erase')).toHaveLength(1);
  });
});

describe('a neighbour’s citizen, whose page goes along', () => {
  const known = { ...account(LUCA, NOON - 3 * MINUTE), home: 'https://altrove.example' };
  const both = (different: Partial<Situation> = {}): Situation => waiting({ visitors: new Map([[OSPITE, account(OSPITE, NOON - 3 * MINUTE)], [LUCA, known]]), ...different });
  const ordered = inOffice(both(), later('!passa anagrafe 2'));
  const record = (): Visitor => of(ordered, 'pass-on')[0]?.visitor ?? known;
  const there = (different: Partial<Situation> = {}): Situation => situation({ office: THERE, offices: NAMED, visitors: new Map([[LUCA, record()]]), ...different });

  test('is let go of with one silent kick, is told nowhere to knock, and only then forgotten', () => {
    const then = answered(ordered, null);
    expect(then.visitors.has(LUCA)).toBe(false);
    expect([...of(then, 'refuse'), ...of(then, 'forget')]).toEqual([]);
    const [clear] = of(then, 'clear-knock');
    expect(clear).toEqual({ kind: 'clear-knock', knock: then.knocks.get(LUCA), why: 'entered' });
    if (clear !== undefined) expect(settle(after(then, clear, null, NOON), NOON).situation.book.tickets.map(({ visitor }) => visitor)).toEqual([OSPITE]);
    // Read again meanwhile, the knock that still stands is nobody's new one.
    expect(of(atDoor(then, member(LUCA, 'knock', LUCA, {}, { event_id: event('k2') })), 'number')).toEqual([]);
  });

  test('is awaited at the other office until their own reception has knocked, whoever they are; that knock counts, and none is made for them', () => {
    const s = there();
    expect(isAwaited(s, record())).toBe(true);
    expect(of(s, 'bring')).toEqual([]);
    const heard = atDoor(s, member(LUCA, 'knock', LUCA, {}, { event_id: event('k9') }));
    expect(heard.visitors.get(LUCA)?.passed?.knock).toBe('$k9');
    expect(isAwaited(heard, heard.visitors.get(LUCA) ?? known)).toBe(false);
    expect(settle(heard, NOON).situation.book.tickets).toMatchObject([{ visitor: LUCA, knock: '$k9' }]);
  });

  test('is not taken for gone where they left the office once before', () => {
    expect(of(there({ departures: new Map([[LUCA, NOON - 30 * MINUTE]]) }), 'erase')).toEqual([]);
    expect(of(there({ departures: new Map([[LUCA, NOON + MINUTE]]) }), 'erase', NOON + 10 * MINUTE)).toHaveLength(1);
  });
});

describe('the office to which somebody is passed on', () => {
  /** As it has taken the visitor of another office; and somebody waits there already. */
  function taken(different: Partial<NonNullable<Visitor['passed']>> = {}): Situation {
    const ordered = inOffice(visiting(), later('!passa anagrafe 1'));
    const [one] = ordered.book.tickets;
    const record = one?.pass === undefined ? null : passedRecord(ordered, one, one.pass, 'Anna');
    if (record?.passed === undefined) throw new Error('Nobody is passed on');
    const { room: _kept, ...passed } = record.passed;
    const visitors = new Map([[OSPITE, { ...record, passed: { ...passed, first: true, ...different } }]]);
    return situation({ office: THERE, offices: NAMED, knocks: new Map([[LUCA, knock(LUCA, 'k2', NOON - MINUTE)]]), book: { day: '2026-11-24', last: 4, tickets: [ticket(4, LUCA, 'k2', NOON - MINUTE)], heard: [] }, visitors });
  }

  test('knocks for them, writes the knock down before it gets a number, and serves them before the others, or after', () => {
    for (const [first, order] of [[true, [5, 4]], [false, [4, 5]]] as const) {
      const { steps, situation: then } = settle(taken({ first }), NOON);
      const kinds = steps.map(({ action }) => action.kind);
      expect(kinds.slice(0, 3)).toEqual(['bring', 'write-book', 'number']);
      expect(waitingTickets(then).map(({ number }) => number)).toEqual(order);
      expect(tellings(then, NOON).get(OSPITE)).toMatchObject({ from: OFFICE.id, number: 5, place: first ? 1 : 2, message: 'sempre L’ha passata a questo ufficio, anagrafe. Resti qui: il posto è già Suo.' });
    }
  });

  test('hears no other knock of theirs that still stands, also where they were once before', () => {
    const s = taken();
    expect(atDoor(s, member(OSPITE, 'knock')).knocks.has(OSPITE)).toBe(false);
    const { situation: then } = settle(s, NOON);
    expect(atDoor(then, member(OSPITE, 'knock')).knocks.get(OSPITE)).toEqual(then.knocks.get(OSPITE));
  });

  test('waits for the room that is on its way, keeps it, and has it stand ready for their ticket here', () => {
    const kept = room('visit-k1');
    const s = taken({ room: kept });
    expect(of(s, 'bring')).toEqual([]);
    const prepared = { room: kept, knock: event('k1'), visitor: OSPITE, members: new Map<UserId, Presence>([[OSPITE, { membership: 'join', at: NOON, by: OSPITE }]]) };
    const { situation: then, steps } = settle({ ...s, prepared: put(s.prepared, event('k1'), prepared) }, NOON);
    expect(steps.some(({ action }) => action.kind === 'discard' || (action.kind === 'prepare' && action.ticket.visitor === OSPITE && action.ready === null))).toBe(false);
    const mine = then.knocks.get(OSPITE)?.event;
    expect([...then.prepared.values()].filter(({ visitor }) => visitor === OSPITE)).toMatchObject([{ room: kept, knock: mine }]);
  });

  test('that finds the account gone is done with it; and one who never comes is erased in time', () => {
    const s = taken();
    const [action] = of(s, 'bring');
    if (action === undefined) throw new Error('Nobody is brought');
    expect(settle(after(s, action, { knock: null }, NOON), NOON).situation.visitors.size).toBe(0);
    const waits = taken({ room: room('never') });
    expect(of(waits, 'erase', NOON + waits.limits.unused - 1)).toEqual([]);
    expect(of(waits, 'erase', NOON + waits.limits.unused)).toHaveLength(1);
  });

  test('is closed meanwhile: they are told so, from where their page still is', () => {
    const { steps } = settle({ ...taken(), hand: { state: 'closed' } }, NOON);
    expect(steps.find(({ action }) => action.kind === 'refuse' && action.knock.user === OSPITE)?.action).toMatchObject({ why: 'closed', from: OFFICE.id });
  });
});
