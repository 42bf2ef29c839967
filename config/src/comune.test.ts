import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXAMPLE, faults } from './comune.fixture.ts';
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';
import { text } from './text.ts';

const DEMO = readFileSync(new URL('../maruggio.yaml', import.meta.url), 'utf8');
function good(yaml: string) {
  const result = readComune(yaml);
  if ('faults' in result) throw new Error(result.faults.map(sentence).join('\n'));
  return result.comune;
}

/** The faults of a comune whose one office says this. */
const ofOffice = (office: string, rest = ''): string[] =>
  faults(`comune: { id: c, name: C, zone: UTC }\noffices:\n  - { id: o, name: O, ${office} }\n${rest}`).map((fault) => fault.replace(/ \(line \d+\)/u, ''));
const ofComune = (comune: string, rest = ''): string[] =>
  faults(`comune: { id: c, name: C, zone: UTC, ${comune} }\noffices: [{ id: o, name: O }]\n${rest}`).map((fault) => fault.replace(/ \(line \d+\)/u, ''));

describe('a good file', () => {
  test('the example of the design is one, and needs no more', () => {
    const comune = good(EXAMPLE);
    expect(comune).toMatchObject({ id: 'maruggio', server: 'localhost', sample: false, colour: null, accessibility: null, holidays: { country: 'IT', patron: '06-24' } });
    expect(comune.offices.map(({ id, call, appointment }) => ({ id, call, appointment }))).toEqual([
      { id: 'sindaco', call: 'element-call', appointment: false },
      { id: 'anagrafe', call: 'element-call', appointment: false },
    ]);
    expect(comune.closures).toEqual([{ from: '2026-12-24', to: '2027-01-06', reason: { it: 'Chiusura natalizia' } }]);
  });

  test('the demo is one: an office that is always open, the mayor and seven at least, one by appointment only, marked as sample data', () => {
    const comune = good(DEMO);
    expect(comune.sample).toBe(true);
    expect(comune.offices.slice(0, 2)).toMatchObject([{ id: 'prova', always: true }, { id: 'sindaco', hours: { tue: ['11:00-13:00'], thu: ['11:00-13:00'] } }]);
    expect(comune.offices.length).toBeGreaterThanOrEqual(8);
    expect(comune.offices.filter(({ appointment }) => appointment)).toHaveLength(1);
    expect(comune.offices.some(({ hours }) => Object.values(hours).some((spans) => spans.length > 1))).toBe(true);
    for (const { name, description, topics } of comune.offices) {
      for (const language of comune.languages) for (const t of [name, description, ...topics]) expect(text(t, [language])).toBe(t[language]);
    }
  });

  test('a text without languages is in the first one', () => {
    expect(good('comune: { id: c, name: C, zone: UTC, languages: [sl, it] }\noffices: [{ id: o, name: O }]').offices[0]?.name).toEqual({ sl: 'O' });
  });

  test('traffic has a default for each of its numbers, and takes what the file says', () => {
    const usual = good('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]').traffic;
    expect(usual).toMatchObject({ visitorsPerMinute: 6, visitorsPerHour: 30, apiPerMinute: 120, pagesPerMinute: 120, filesPerMinute: 1200, callsPerMinute: 300, pushesPerMinute: 600 });
    // A town hall of some hundred people behind one address, and a thousand people in all.
    expect(usual.polls).toBeGreaterThanOrEqual(500);
    expect(usual.pollsInAll).toBeGreaterThanOrEqual(5000);
    const { traffic } = good('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\ntraffic: { visitors_per_minute: 20, polls: 40, connections_in_all: 100, call_lines: 7 }');
    expect(traffic).toEqual({ ...usual, visitorsPerMinute: 20, polls: 40, connectionsInAll: 100, callLines: 7 });
    expect(faults('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\ntraffic: { polls: 0, uploads: 1.5 }')).toEqual([
      'traffic.polls: expected a whole number above 0, came 0 (line 3)',
      'traffic.uploads: expected a whole number, came 1.5 (line 3)',
    ]);
  });

  test('limits are minutes in the file and milliseconds after it, but for a count, each with its default', () => {
    expect(good('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nlimits: { retention: 0.5, recall: [1] }').limits).toEqual({ retention: 30_000, silence: 600_000, elsewhere: 3_600_000, unused: 300_000, join: 180_000, recall: [60_000], unanswered: 600_000, longest: 3_600_000, warning: 300_000, host: 300_000, alone: 120_000, history: 2_592_000_000, addresses: 86_400_000, doorVisits: 10 });
    const visits = (count: number): string[] => faults(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nlimits: { door_visits: ${count} }`);
    expect([visits(0), visits(20_000)]).toEqual([['limits.door_visits: expected a whole number above 0, came 0 (line 3)'], ['limits.door_visits: expected a whole number, at most 10000, came 20000 (line 3)']]);
  });

  test('nobody else is told of a knock that nobody answers unless the file says so, and by which mail server', () => {
    const file = 'comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O, staff: ["@anna:c.it"] }]';
    expect([good(file).mail, good(file).offices[0]?.escalation, good(file).limits.recall]).toEqual([null, [], [60_000, 300_000]]);
    const { mail, offices } = good('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O, staff: ["@anna:c.it"], escalation: [{ after: 0.5, people: ["@anna:c.it"] }, { after: 6, mail: ["urp@c.it"] }] }]\nmail: { host: smtp.c.it, from: p@c.it }');
    expect(mail).toEqual({ host: 'smtp.c.it', port: 587, secure: false, user: null, passwordFile: null, from: 'p@c.it' });
    expect(offices[0]?.escalation).toEqual([{ after: 30_000, way: 'people', people: ['@anna:c.it'] }, { after: 360_000, way: 'mail', to: ['urp@c.it'] }]);
  });

  test('calls in rooms that are no visit are refused unless the file says otherwise', () => {
    const file = 'comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]';
    expect(good(file).calls).toEqual({ otherRooms: 'refuse' });
    expect(good(`${file}\ncalls: { other_rooms: staff }`).calls).toEqual({ otherRooms: 'staff' });
  });

  test('an office that prefers Jitsi needs one, and an app its secret', () => {
    const paths = (jitsi: string): string[] => {
      const read = readComune(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O, call: jitsi }]\n${jitsi}`);
      return 'faults' in read ? read.faults.map(({ path }) => path) : [];
    };
    expect(paths('')).toEqual(['offices[0].call']);
    expect(paths('jitsi: { domain: meet.example, app_id: a }')).toEqual(['jitsi.app_id']);
    expect(paths('jitsi: { domain: meet.example, secret_file: f }')).toEqual(['jitsi.secret_file']);
    expect(paths('jitsi: { domain: "https://meet.example" }')).toEqual(['jitsi.domain']);
    expect(paths('jitsi: { domain: meet.example }')).toEqual([]);
  });

  test('no homeserver is denied that is our own or the staff’s, and who may knock is said in one of four ways', () => {
    const file = (federation: string): string[] => faults(`comune: { id: c, name: C, zone: UTC, server: c.example }\noffices: [{ id: o, name: O, staff: ["@anna:unione.example"] }]\nfederation: ${federation}`).map((fault) => fault.replace(/ \(line \d+\)/u, ''));
    expect(file('{ visitors: [a.example, "b.example:8448"], deny: ["*.spam.example"] }')).toEqual([]);
    expect(file('{ visitors: some }')).toEqual(['federation.visitors: expected any, neighbours, none, or a list of homeservers such as [comune.example], came "some"']);
    expect(file('{ deny: ["*.example"] }')).toEqual(['federation.deny[0]: expected homeservers other than our own "c.example", came "*.example"']);
    expect(file('{ deny: ["unione.*"] }')).toEqual(['federation.deny[0]: expected no homeserver of the staff, came "unione.*"; offices[0].staff[0] is of one']);
  });
  test('a warning as long as the visit itself is a fault', () => {
    const read = readComune('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nlimits: { longest: 10, warning: 10 }');
    expect('faults' in read ? read.faults.map(({ path }) => path) : []).toEqual(['limits.warning']);
  });

  test('an office suggests topics, each in one language or several, and no more than a telephone shows', () => {
    const topics = (list: string): unknown => good(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O${list} }]`).offices[0]?.topics;
    expect([topics(''), topics(', topics: [IMU, { it: Rate, en: Instalments }]')]).toEqual([[], [{ it: 'IMU' }, { it: 'Rate', en: 'Instalments' }]]);
    expect(ofOffice(`topics: [${Array.from({ length: 9 }, (_, i) => `t${i}`).join(', ')}]`)[0]).toMatch(/^offices\[0\]\.topics: expected at most 8 topics, came /u);
    expect(ofOffice(`topics: [${'a'.repeat(61)}]`)[0]).toMatch(/^offices\[0\]\.topics\[0\]: expected a text of at most 60 characters, came /u);
    expect(ofOffice('topics: IMU')).toEqual(['offices[0].topics: expected a list of texts such as [Identity card, Residence], came "IMU"']);
  });

  test('a closure without an end is one day', () => {
    expect(good('comune: { id: c, name: C, zone: UTC }\nclosures: [{ from: 08-16 }]\noffices: [{ id: o, name: O }]').closures).toEqual([{ from: '08-16', to: '08-16', reason: null }]);
  });

  test('JSON is YAML too', () => {
    expect(good(JSON.stringify({ comune: { id: 'c', name: 'C', zone: 'UTC' }, offices: [{ id: 'o', name: 'O' }] })).id).toBe('c');
  });
});

describe('a fault says where, what was expected, what came and what to do', () => {
  test('an interval that is none', () => {
    expect(ofOffice('hours: { tue: ["9-12"] }')).toEqual(['offices[0].hours.tue[0]: expected an interval such as "09:00-12:00", came "9-12"; write "09:00-12:00"']);
    expect(ofOffice('hours: { tue: ["mattina"] }')).toEqual(['offices[0].hours.tue[0]: expected an interval such as "09:00-12:00", came "mattina"']);
    expect(ofOffice('hours: { tue: ["09:00-25:00"] }')).toHaveLength(1);
  });

  test('an end before the start, where it is no night', () => {
    expect(ofOffice('hours: { tue: ["12:00-09:00"] }')[0]).toMatch(/^offices\[0\]\.hours\.tue\[0\]: expected an end after the start, came "12:00-09:00"; /u);
    expect(ofOffice('hours: { tue: ["09:00-09:00"] }')[0]).toMatch(/expected an end after the start, came "09:00-09:00"; a whole day is "00:00-24:00"/u);
    expect(ofOffice('hours: { tue: ["22:00-02:00", "20:00-08:00"] }')[0]).toMatch(/overlap/u);
    expect(ofOffice('hours: { tue: ["22:00-02:00"], wed: ["20:00-08:00", "18:00-20:00"] }')).toEqual([]);
  });

  test("an overlap within one day's own list, of a week, a rule and an exception", () => {
    const expected = 'expected an interval that does not overlap "09:00-12:00" of the same day, came "11:00-13:00"';
    const hours = '["09:00-12:00", "11:00-13:00"]';
    expect(ofOffice(`hours: { tue: ${hours} }`)).toEqual([`offices[0].hours.tue[1]: ${expected}`]);
    expect(ofOffice(`rules: [{ rrule: FREQ=DAILY, hours: ${hours} }]`)).toEqual([`offices[0].rules[0].hours[1]: ${expected}`]);
    expect(ofOffice(`exceptions: [{ date: 2026-01-01, hours: ${hours} }]`)).toEqual([`offices[0].exceptions[0].hours[1]: ${expected}`]);
    expect(ofOffice('hours: { tue: ["09:00-12:00", "12:00-13:00"] }')).toEqual([]);
    expect(ofOffice('hours: { tue: ["22:00-02:00", "01:00-03:00"] }')).toEqual([]);
  });

  test('an unknown key, with the nearest right name', () => {
    expect(ofComune('langauges: [it]')[0]).toMatch(/^comune\.langauges: expected one of id, server, .*, came "langauges"; did you mean languages\?$/u);
    expect(ofOffice('hours: { lun: [] }')[0]).toMatch(/did you mean mon\?$/u);
    expect(ofOffice('hours: { monday: [] }')[0]).toMatch(/did you mean mon\?$/u);
    expect(ofOffice('exeptions: []')[0]).toMatch(/did you mean exceptions\?$/u);
    expect(ofComune('', 'ofices: []')[0]).toMatch(/^ofices: .*did you mean offices\?$/u);
    expect(ofComune('zzzzzz: 1')[0]).not.toMatch(/did you mean/u);
    expect(ofComune('__proto__: {}')).toHaveLength(1);
  });

  test('an unknown zone, with the nearest right name', () => {
    expect(faults('comune: { id: c, name: C, zone: Europe/Roma }\noffices: [{ id: o, name: O }]')).toEqual([
      'comune.zone: expected a time zone such as Europe/Rome, came "Europe/Roma" (line 1); did you mean Europe/Rome?',
    ]);
  });

  test('a bad recurrence rule, and one that never gives a day', () => {
    expect(ofOffice('rules: [{ rrule: FREQ=MONTLY, hours: [] }]')).toEqual(['offices[0].rules[0].rrule: expected FREQ as one of YEARLY, MONTHLY, WEEKLY, DAILY, came "FREQ=MONTLY"']);
    expect(ofOffice('rules: [{ rrule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", hours: [] }]')[0]).toMatch(/expected a recurrence rule that gives a day now and then/u);
  });

  test('ids, dates and staff that stand twice', () => {
    expect(faults('comune: { id: c, name: C, zone: UTC }\noffices:\n  - { id: o, name: O }\n  - { id: o, name: P }')).toEqual([
      'offices[1].id: expected an id that no other office has, came "o" (line 4); it stands at offices[0].id already',
    ]);
    expect(ofOffice('exceptions: [{ date: 2026-12-08, hours: [] }, { date: 2026-12-08, hours: ["09:00-10:00"] }]')[0]).toMatch(/^offices\[0\]\.exceptions\[1\]\.date: expected a date that no other exception/u);
    expect(ofOffice('staff: ["@a:b", "@a:b"]')[0]).toMatch(/^offices\[0\]\.staff\[1\]: expected each member of staff once/u);
    expect(ofComune('languages: [it, it]')[0]).toMatch(/^comune\.languages\[1\]: expected each language once/u);
  });

  test('more staff than the power levels of a room hold', () => {
    const staff = (count: number): string => `staff: [${Array.from({ length: count }, (_, i) => `"@impiegato-${i}:comune.example"`).join(', ')}]`;
    expect(ofOffice(staff(1500))).toEqual([]);
    expect(ofOffice(staff(2000))).toEqual(['offices[0].staff: expected as many staff as an office’s room can hold, came "2000 ids of 70890 bytes"; at most 60000 bytes: make several offices of it']);
  });

  test('staff who are no Matrix ids', () => {
    for (const id of ['anna', '@anna', 'anna:comune.example', '@an na:x', '@:x']) expect(ofOffice(`staff: ["${id}"]`)[0]).toBe(`offices[0].staff[0]: expected a Matrix user id such as "@anna:comune.example", came "${id}"`);
    expect(ofOffice('staff: ["@anna:comune.example", "@b:localhost:8448"]')).toEqual([]);
  });

  test('dates that do not exist', () => {
    expect(ofOffice('exceptions: [{ date: 2026-02-30, hours: [] }]')).toEqual(['offices[0].exceptions[0].date: expected a date that exists, came "2026-02-30"']);
    expect(ofOffice('exceptions: [{ date: 2027-02-29, hours: [] }]')).toHaveLength(1);
    expect(ofOffice('exceptions: [{ date: 24/12/2026, hours: [] }]')).toEqual(['offices[0].exceptions[0].date: expected a date such as 2026-12-24, came "24/12/2026"; write 2026-12-24']);
    expect(ofComune('', 'holidays: { patron: "24-06" }')[0]).toMatch(/^holidays\.patron: expected a day of the year such as "06-24", came "24-06"; first the month/u);
  });

  test('a closure that ends before it begins, or that mixes dates with days of every year', () => {
    expect(ofComune('', 'closures: [{ from: 2026-12-24, to: 2026-01-06 }]')).toEqual(['closures[0].to: expected a date not before "2026-12-24", came "2026-01-06"']);
    expect(ofComune('', 'closures: [{ from: 2026-12-24, to: 01-06 }]')[0]).toMatch(/^closures\[0\]\.to: expected a date where from is one/u);
  });

  test('hours in an office by appointment only', () => {
    expect(ofOffice('appointment: true, hours: { mon: ["09:00-12:00"] }')[0]).toMatch(/^offices\[0\]\.hours\.mon: expected no hours in an office by appointment only/u);
    expect(ofOffice('appointment: true, exceptions: [{ date: 2026-12-08, hours: ["09:00-10:00"] }]')).toEqual([]);
  });

  test('values of the wrong kind, with what YAML made of them', () => {
    expect(ofComune('phone: 0990000000')[0]).toMatch(/^comune\.phone: expected a telephone number .*, came 990000000; put it in quotes$/u);
    expect(ofOffice('description: { it: 5 }')).toEqual(['offices[0].description.it: expected a text in quotes, came 5; put it in quotes']);
    expect(ofOffice('hours: { mon: "09:00-12:00" }')[0]).toMatch(/expected a list of intervals such as \["09:00-12:00"\], came "09:00-12:00"/u);
    expect(ofOffice('hours:')[0]).toMatch(/came nothing; write a value, or leave the name out$/u);
    expect(ofOffice('call: zoom')).toEqual(['offices[0].call: expected one of element-call, jitsi, none, came "zoom"']);
    expect(ofComune('privacy: "javascript:alert(1)"')[0]).toMatch(/^comune\.privacy: expected an address/u);
    for (const silence of [2, 0.5]) {
      expect(ofComune('', `limits: { silence: ${silence} }`)).toEqual([
        `limits.silence: expected 3 minutes or more, came ${silence}; the homeserver tells when a page was last seen with a delay of minutes: people who are there would be thrown out`,
      ]);
    }
    expect(ofComune('', 'limits: { silence: 3 }')).toEqual([]);
    expect(ofComune('', 'limits: { silence: -1, recall: [5, 2] }')).toEqual([
      'limits.silence: expected a number of minutes above 0, came -1',
      'limits.recall[1]: expected more minutes than the 5 before, came 2',
    ]);
  });

  test('steps of escalation that say nothing, too much, or what is not there', () => {
    const steps = (list: string, more = ''): string[] => faults(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O, staff: ["@anna:c.it"], escalation: ${list} }, { id: p, name: P }]\n${more}`);
    expect(steps('[{ after: 3 }]')).toEqual(['offices[0].escalation[0]: expected one of office, people, mail, webhook in each step, came {"after":3} (line 2)']);
    expect(steps('[{ after: 3, office: p, webhook: "https://c.it/x" }]')).toEqual(['offices[0].escalation[0]: expected one of office, people, mail, webhook in each step, came "office and webhook" (line 2); make a step of each']);
    expect(steps('[{ after: 3, office: o }, { after: 4, office: q }]').map((one) => one.split(', came')[0])).toEqual(['offices[0].escalation[0].office: expected the id of another office', 'offices[0].escalation[1].office: expected the id of another office']);
    expect(steps('[{ after: 3, people: ["@dora:c.it"] }]')).toEqual(['offices[0].escalation[0].people[0]: expected somebody of the office\'s staff, came "@dora:c.it" (line 2); name them at offices[0].staff as well']);
    expect(steps('[{ after: 6, mail: ["urp@c.it"] }]')[0]).toMatch(/^offices\[0\]\.escalation\[0\]\.mail: expected no mail where no mail server is named, came .*; name one: mail: \{/u);
    expect(steps('[{ after: 6, mail: ["urp"] }]', 'mail: { host: smtp.c.it, from: p@c.it, user: p }')).toEqual([
      'offices[0].escalation[0].mail[0]: expected an e-mail address such as urp@comune.example, came "urp" (line 2)',
      'mail.user: expected mail.password_file beside it, came "p" (line 3)',
    ]);
    expect(steps('[{ after: 3, office: p }, { after: 3, people: ["@anna:c.it"] }, { after: 6, mail: ["urp@c.it"] }, { after: 6, webhook: "https://c.it/x" }]', 'mail: { host: smtp.c.it, from: p@c.it }')).toEqual([]);
  });

  test('what is missing', () => {
    expect(faults('offices: []')).toEqual(expect.arrayContaining([expect.stringMatching(/^comune: expected the comune.*came nothing/u), expect.stringMatching(/^offices: expected one office at least, came \[\]/u)]));
    expect(faults('')).toEqual(['the file: expected a configuration with comune and offices, came nothing (line 1)']);
  });

  test('all faults come at once, in the order of the file, each once', () => {
    const found = faults('comune:\n  id: C!\n  name: 5\n  zone: Mars\nclosures: [{ from: 2026-02-30 }]\noffices:\n  - id: o\n    nome: O\n    hours: { mon: ["9-12", "09:00-11:00", "10:00-12:00"] }\n  - id: o\n    name: P\nextra: 1\n');
    expect(found.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'comune.id', 'comune.name', 'comune.zone', 'closures[0].from', 'offices[0].name', 'offices[0].nome', 'offices[0].hours.mon[0]', 'offices[0].hours.mon[2]', 'offices[1].id', 'extra',
    ]);
  });

  test('YAML that is none, with its line and column', () => {
    expect(faults('comune:\n  id: a\n  id: b\n')).toEqual(['line 3, column 3: expected each name once, came "id"; it stands in line 2 already: take one of the two out']);
    expect(faults('a: [1\nb: 2')[0]).toMatch(/^line 2, column 1: /u);
    expect(faults('a: *nowhere')).toHaveLength(1);
  });
});
