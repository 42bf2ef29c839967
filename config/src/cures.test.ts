/** What a clerk writes by habit is told with what to write instead: for each kind of slip more than one example. */
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';

const faults = (file: string | Uint8Array): string[] => {
  const read = readComune(file);
  return 'faults' in read ? read.faults.map(sentence) : [];
};
/** The faults of an office that has these lines beside id and name; they begin in line 5. */
const ofOffice = (lines: string): string[] => faults(`comune: { id: c, name: C, zone: Europe/Rome }\noffices:\n  - id: o\n    name: O\n${lines.split('\n').map((line) => `    ${line}\n`).join('')}`);
const ofComune = (lines: string): string[] => faults(`comune:\n  zone: Europe/Rome\n${lines.split('\n').map((line) => `  ${line}\n`).join('')}offices: [{ id: o, name: O }]\n`);

describe('hours', () => {
  test.each([
    ['["8.30-12.00 e 14.30-16.00"]', 'write each for itself: "08:30-12:00", "14:30-16:00"'],
    ['["9-12, 15-17"]', 'write each for itself: "09:00-12:00", "15:00-17:00"'],
    ['["dalle 8.30 alle 12.00"]', 'write "08:30-12:00"'],
    ['["dalle ore 9 alle ore 12,30"]', 'write "09:00-12:30"'],
    ['["from 9 to 12"]', 'write "09:00-12:00"'],
    ['[“09:00-12:00”]', 'write "09:00-12:00"'],
    ['"09:00-12:00"', 'write ["09:00-12:00"]'],
    ['8.30-12.00 e 14.30-16.00', 'write ["08:30-12:00", "14:30-16:00"]'],
    ['[chiuso]', 'on a day that is closed leave the day out'],
    ['Closed', 'on a day that is closed leave the day out'],
  ])('mon: %s', (hours, cure) => {
    const [fault = '', ...more] = ofOffice(`hours:\n  mon: ${hours}`);
    expect([fault.split('; ').slice(1).join('; '), fault.includes('(line 6)'), more]).toEqual([cure, true, []]);
  });

  test('closed on a date is an empty list', () => {
    expect(ofOffice('exceptions: [{ date: 2026-12-09, hours: chiuso }]')[0]).toMatch(/; closed is written \[\]$/u);
    expect(ofOffice('exceptions: [{ date: 2026-12-09, hours: ["-"] }]')[0]).toMatch(/; closed is written \[\]$/u);
  });

  test.each(['su appuntamento', '8-12 solo il primo del mese', '8', '25-26', ''])('what does not say hours plainly is not guessed at: "%s"', (text) => {
    expect(ofOffice(`hours: { mon: ["${text}"] }`)[0]).not.toMatch(/write/u);
  });
});

describe('dates', () => {
  test.each([['25/12/2026', 'write 2026-12-25'], ['07-11-2026', 'write 2026-11-07'], ['1.5.2027', 'write 2027-05-01']])('an exception on %s', (date, cure) => {
    expect(ofOffice(`exceptions: [{ date: ${date}, hours: [] }]`)[0]).toMatch(new RegExp(`; ${cure}$`, 'u'));
  });

  test.each([['25-12', '"12-25"'], ['25/12', '"12-25"'], ['"24-6"', '"06-24"']])('a closure on %s', (date, cure) => {
    expect(faults(`comune: { id: c, name: C, zone: UTC }\nclosures: [{ from: ${date} }]\noffices: [{ id: o, name: O }]`)[0]).toBe(
      `closures[0].from: expected a date that exists such as 2026-12-24, or a day of every year such as "12-24", came "${date.replaceAll('"', '')}" (line 2); first the month, then the day: ${cure}`,
    );
  });

  test('a date that is none in either order is not guessed at', () => {
    expect(ofOffice('exceptions: [{ date: 31/11/2026, hours: [] }]')[0]).not.toMatch(/write/u);
  });
});

test.each([['Ufficio Tributi', 'ufficio-tributi'], ['città', 'citta'], ['uff_tecnico', 'uff-tecnico'], ['2-piano', 'piano-2'], ['anagrafe ', 'anagrafe']])('an id "%s" is proposed as %s', (id, cure) => {
  expect(faults(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: "${id}", name: O }]`)[0]).toMatch(new RegExp(`; write ${cure}$`, 'u'));
});

test.each([['“Anagrafe”', 'Anagrafe'], ['«Tributi»', 'Tributi'], ['„Standesamt“', 'Standesamt']])('quotes of a text processor around a name, %s, are named', (name, cure) => {
  expect(ofOffice(`description: { it: ${name} }`)).toEqual([`offices[0].description.it: expected a text in straight quotes, or in none, came "${name}" (line 5); write "${cure}"`]);
});

test('quotes inside a text are fine', () => {
  expect(ofOffice('description: "Presso la scuola “Don Bosco”, 2° piano"')).toEqual([]);
});

test.each(['099 000 0001 / 099 000 0002', '099 000 0001 int. 3', '099 000 0001 e 099 000 0002'])('of "%s" the first is a number', (phone) => {
  expect(ofOffice(`phone: "${phone}"`)[0]).toMatch(/; write "099 000 0001" alone; another number or an extension can stand in the description$/u);
});

test.each(['+39 099 000 0000', '099/0000001', '099 000-0000'])('%s is one number', (phone) => {
  expect(ofOffice(`phone: "${phone}"`)).toEqual([]);
});

test('a colour that white cannot be read on is told with its contrast and a darker shade', () => {
  expect(ofComune('id: c\nname: C\ncolour: "#ffcc00"')).toEqual(['comune.colour: expected a colour that white can be read on, came "#ffcc00" (line 5); its contrast is 1.5:1, and 4.5:1 is needed; a darker shade of it is "#8d6f00"']);
  expect(ofComune('id: c\nname: C\ncolour: "#767676"')).toEqual([]);
  expect(ofComune('id: c\nname: C\ncolour: verde')[0]).toMatch(/expected a colour such as "#0066cc"/u);
});

test('a value that # has made a comment of is told with its quotes', () => {
  expect(ofComune('id: c\nname: C\ncolour: #00aa00')).toEqual(['comune.colour: expected a colour such as "#0066cc", came nothing (line 5); # begins a comment: put it in quotes, "#00aa00"']);
  expect(ofComune('id: c\nname:   #uno')[0]).toMatch(/; # begins a comment: put it in quotes, "#uno"$/u);
  expect(ofComune('id: c\nname: C\nphone:')[0]).toMatch(/; write a value, or leave the name out$/u);
});

describe('YAML that is none is one fault, with its line, what came, and a cure', () => {
  test.each([
    ['a tab', 'comune:\n\tid: c\n\tname: C\n', /^line 2, column 1: expected blanks at the beginning of a line, came "id: c"; replace the tab/u],
    ['a tab in a list', 'offices:\n  - id: o\n\t  name: O\n', /^line 3.*expected blanks at the beginning of a line/u],
    ['a name twice', 'comune:\n  id: a\n  name: C\n  id: b\n', /^line 4, column 3: expected each name once, came "id"; it stands in line 2 already: take one of the two out$/u],
    ['a part twice', 'offices: []\ncomune: {}\noffices: []\n', /^line 3, column 1: expected each name once, came "offices"; it stands in line 1 already/u],
    ['an alias of nothing', 'comune:\n  id: c\n  phone: *uno\n', /^line 3, column 10: expected a value, came "\*uno"; \* and & are signs of their own in YAML: put the value in quotes$/u],
    ['an alias of nothing in a list', 'offices:\n  - id: o\n    staff: [*anna]\n', /^line 3, column 13: expected a value, came "\*anna"; \* and & are signs/u],
    ['a second document', 'comune: {}\n---\noffices: []\n', /^line 2, column 1: expected one configuration in a file, came "---"; take the line --- out$/u],
    ['a --- at the end of a file that begins with one', '---\ncomune: {}\noffices: []\n---\n', /^line 4, column 1: expected one configuration in a file, came "---"; take the line --- out$/u],
    ['an id without quotes', 'staff: [@anna:comune.example]\n', /^line 1, column 9: expected a value that does not begin with @.*; put it in quotes, as in \["@anna:comune.example"\]$/u],
    ['an id without quotes in a line of its own', 'staff:\n  - @anna:comune.example\n  - @bruno:comune.example\n', /^line 2, column 5: expected a value that does not begin with @.*; put it in quotes, as in \["@anna:comune.example"\]$/u],
    ['<< in braces', 'comune: { <<: { id: c }, name: C }\n', /^line 1, column 11: expected the name of a setting, came "<<"; nothing is taken over from elsewhere: write the lines out$/u],
    ['<< with a part that is named', 'offices:\n  - &uno { id: o, name: O }\n  - <<: *uno\n    id: p\n', /^line 3, column 5: expected the name of a setting, came "<<"; nothing is taken over/u],
    ['a colon in a text', 'a:\n  description: Aperto: il lunedì\n', /^line 2, column 16: .*put a value with a colon in it in quotes/u],
    ['a quote that is not closed', 'name: "Anagrafe\n', /^line \d+, column \d+: expected a quote or a bracket that is closed/u],
  ])('%s', (_what, yaml, told) => {
    const [fault = '', ...more] = faults(yaml);
    expect(fault).toMatch(told);
    expect(more).toEqual([]);
  });
});

describe('a file that is not in UTF-8 is refused, with the place and how to save it', () => {
  const yaml = 'comune:\n  id: c\n  name: Città di Prova\n  zone: Europe/Rome\noffices: [{ id: o, name: Perché no }]\n';

  test('saved as Windows-1252', () => {
    expect(faults(Buffer.from(yaml, 'latin1'))).toEqual(['the file: expected text in UTF-8, came another encoding, perhaps Windows-1252: "name: Città di Prova" (line 3); save it as UTF-8: in the editor, “Save as”, encoding UTF-8']);
  });

  test('saved as Windows-1252 with a sign that no other encoding of Western Europe has there', () => {
    const bytes = Buffer.from(yaml.replace('Perché no', 'costa 16 X'), 'latin1');
    bytes[bytes.indexOf('X')] = 0x80;
    expect(faults(bytes)).toEqual([expect.stringContaining('(line 3)')]);
  });

  test('saved as UTF-16, of either order of bytes, with or without its mark', () => {
    const little = Buffer.from(yaml, 'utf16le');
    for (const bytes of [Buffer.concat([Buffer.from([0xff, 0xfe]), little]), little, Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()])]) {
      expect(faults(bytes)).toEqual(['the file: expected text in UTF-8, came UTF-16; save it as UTF-8: in the editor, “Save as”, encoding UTF-8']);
    }
  });

  test('UTF-8 is read, with a mark at its beginning or without', () => {
    expect(faults(Buffer.from(yaml))).toEqual([]);
    expect(faults(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(yaml)]))).toEqual([]);
  });
});

test('a check prints names and descriptions as people will read them', () => {
  const { out } = check(['file', '--days', '1'], () => 'comune: { id: c, name: C, zone: UTC }\noffices:\n  - id: o\n    name: Ufficio #1\n    description: Stanza 3 #piano terra', 0);
  expect(out).toContain('Ufficio (o)\n  Stanza 3\n');
});
