/** The configuration file as a clerk writes it: its schema. `src/comune.ts` makes of it what the rest works with. */
import * as z from 'zod';
import { AnyDay, Colour, Count, Day, Flag, Language, list, Minutes, MonthDay, Phone, Rule, ServerName, shaped, Spans, strict, textOf, upTo, Url, ZoneName } from './fields.ts';
import { OfficeId, UserId } from './ids.ts';

const Name = textOf(200);
const Reason = textOf(200);

const Id = shaped('small letters, digits and hyphens, a letter first', /^[a-z][a-z0-9-]{0,62}$/u).pipe(OfficeId);
const Staff = shaped('a Matrix user id such as "@anna:comune.example"', /^@[^:\s]{1,250}:[^\s:]+(:\d{1,5})?$/u).pipe(UserId);

const Hours = strict(
  { mon: Spans.optional(), tue: Spans.optional(), wed: Spans.optional(), thu: Spans.optional(), fri: Spans.optional(), sat: Spans.optional(), sun: Spans.optional() },
  'the hours of a week such as { mon: ["09:00-12:00"] }',
);

const Office = strict(
  {
    id: Id.describe("The local part of the door's alias, and its page /o/ID."),
    name: Name,
    description: textOf(1000).default('').describe('What one can settle here.'),
    hours: Hours.default({}).describe('The week.'),
    rules: list(strict({ rrule: Rule, hours: Spans }, 'a rule such as { rrule: "FREQ=MONTHLY;BYDAY=1SA", hours: ["09:00-12:00"] }'), 'a list of rules')
      .default([])
      .describe('Whatever a week cannot say. Adds to the week.'),
    exceptions: list(strict({ date: Day, hours: Spans, reason: Reason.optional() }, 'an exception such as { date: 2026-12-09, hours: [] }'), 'a list of exceptions')
      .default([])
      .describe('Dates with hours of their own; [] is closed. They beat closures and holidays.'),
    appointment: Flag.default(false).describe('Received by appointment only: no hours and no rules, but exceptions.'),
    phone: Phone.optional(),
    call: z.enum(['element-call', 'jitsi', 'none'], { error: 'one of element-call, jitsi, none' }).default('element-call').describe('How a visit is spoken; none is in writing only.'),
    staff: list(Staff, 'a list of Matrix user ids such as ["@anna:comune.example"]').default([]).describe('Who is invited into the office.'),
  },
  'an office such as { id: anagrafe, name: Anagrafe }',
);

const Closure = strict(
  {
    from: AnyDay.describe('The first day: a date, or MM-DD for every year.'),
    to: AnyDay.optional().describe('The last day, included. The same as `from` when left out.'),
    reason: Reason.optional(),
  },
  'a closure such as { from: 2026-12-24, to: 2027-01-06 }',
);

const Limits = strict(
  {
    retention: Minutes.default(5).describe("How long a visit's room stays after its end."),
    silence: Minutes.default(10).describe("No sign of life from a visitor's page for so long, and the visitor is taken as gone."),
    unused: Minutes.default(5).describe('How long an account lives that never knocks.'),
    join: Minutes.default(3).describe('How long an admitted visitor has to come in.'),
    recall: list(Minutes, 'a list of numbers of minutes').max(20, 'at most 20 calls').default([2, 5]).describe('After so many minutes an unanswered knock calls the staff again.'),
    unanswered: Minutes.default(10).describe('After which the visitor of an unanswered knock is told the ways on.'),
    longest: Minutes.default(60).describe('How long a visit lasts at most.'),
    warning: Minutes.default(5).describe("How long before that the staff are told of the visit's end."),
    host: Minutes.default(5).describe('How long whoever opened has to come into the visit; then the knock is back at its place.'),
    history: Minutes.default(43_200).describe("How long the office's room keeps what is said there; 43200 is thirty days."),
    addresses: Minutes.default(1440).describe('How long the homeserver keeps the IP addresses of accounts.'),
    door_visits: upTo(10_000).default(10).describe("A count, not minutes: once so many have knocked, the door's room is made anew, as soon as nobody waits."),
  },
  'limits such as { retention: 5 }',
);

const Traffic = strict(
  {
    visitors_per_minute: Count.default(6).describe('Accounts that one address may ask for in a minute; asking again for the same knock counts once.'),
    visitors_per_hour: Count.default(30).describe('The same in an hour.'),
    api_per_minute: Count.default(120).describe('Questions of one address to the rest of /api in a minute.'),
    pages_per_minute: Count.default(120).describe('Pages and calendars for one address in a minute.'),
    files_per_minute: Count.default(1200).describe('Files of the pages for one address in a minute; a first visit takes some fifteen.'),
    calls_per_minute: Count.default(300).describe('Questions of one address for call tokens, and entries to calls, in a minute; a join takes some five.'),
    connections: Count.default(3000).describe('Connections that one address may hold open. Not those of a trusted proxy.'),
    connections_in_all: Count.default(10_000).describe('Connections of all addresses together; fewer where the system allows fewer open files.'),
    polls: Count.default(1200).describe('Requests of one address that wait for news from the homeserver at once: one for each open page.'),
    polls_per_person: Count.default(20).describe('The same for one account.'),
    polls_in_all: Count.default(6000).describe('The same of all together; fewer where the system allows fewer open files.'),
    requests: Count.default(300).describe('Other requests of one address to the homeserver at once.'),
    uploads: Count.default(12).describe('Files that one address may send at once.'),
    uploads_in_all: Count.default(60).describe('The same of all together.'),
    call_lines: Count.default(300).describe('Lines of one address to the server for calls at once: one for each person in a call.'),
  },
  'traffic such as { visitors_per_minute: 6 }',
);

const Calls = strict(
  {
    other_rooms: z
      .enum(['refuse', 'staff'], { error: 'one of refuse, staff' })
      .default('refuse')
      .describe('Whether the staff may use the server for calls in rooms that are no visit.'),
  },
  'calls such as { other_rooms: staff }',
);

const Jitsi = strict(
  {
    domain: shaped('the domain of a Jitsi such as meet.comune.example', /^[a-z0-9.-]{1,253}(:\d{1,5})?$/u),
    app_id: shaped('the app_id of its token authentication', /^[\w.-]{1,100}$/u).optional().describe('With secret_file: only members of a running visit are let in.'),
    secret_file: shaped('the path of a file', /^[^\0\n]{1,1000}$/u).optional().describe("The file that holds the app's secret, beside this one unless the path says otherwise."),
  },
  'a Jitsi such as { domain: meet.comune.example }',
);

export const ComuneFile = strict(
  {
    comune: strict(
      {
        id: shaped('small letters, digits and hyphens, a letter first', /^[a-z][a-z0-9-]{0,62}$/u),
        server: ServerName.default('localhost').describe("The homeserver's name, the part after the colon of its user ids."),
        name: Name,
        zone: ZoneName.describe('Of the IANA database.'),
        languages: list(Language, 'a list of languages such as [it, en]').min(1, 'one language at least').default(['it']).describe('The first is the fallback.'),
        phone: Phone.optional(),
        privacy: Url.optional().describe('The privacy notice.'),
        accessibility: Url.optional().describe('The accessibility statement.'),
        colour: Colour.optional(),
        sample: Flag.default(false).describe('The data are samples: nobody of the real comune answers.'),
      },
      'the comune: { id, name, zone, ... }',
    ),
    holidays: strict(
      { country: z.literal('IT', { error: 'IT, the only country so far' }).default('IT'), patron: MonthDay.optional().describe("The patron saint's day, MM-DD.") },
      'holidays such as { country: IT, patron: "06-24" }',
    )
      .optional()
      .describe('Public holidays to keep. Without this, none.'),
    closures: list(Closure, 'a list of closures').default([]).describe('Days on which all offices are closed.'),
    offices: list(Office, 'a list of offices').min(1, 'one office at least').max(5000, 'at most 5000 offices'),
    jitsi: Jitsi.optional().describe('The Jitsi of offices that prefer it.'),
    calls: Calls.prefault({}),
    limits: Limits.prefault({}).describe('In minutes, unless a number says otherwise.'),
    traffic: Traffic.prefault({}).describe('How much one address may ask for and hold at once. IPv6 counts by /64, which is what one connection gets.'),
  },
  'a configuration with comune and offices',
);
/** What a good file says, defaults filled in. */
export type ComuneFile = z.output<typeof ComuneFile>;
