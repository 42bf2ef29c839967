/** The configuration file as a clerk writes it: its schema. `src/comune.ts` makes of it what the rest works with. */
import * as z from 'zod';
import { AnyDay, BrandColour, Count, Day, Flag, Hook, Id as NameInAddresses, Language, list, MailAddress, Minutes, MonthDay, MOST_TOPICS, Phone, ReceptionUrl, Rule, SecureUrl, ServerGlob, ServerName, shaped, Spans, strict, textOf, TOPIC_LENGTH, upTo, Url, ZoneName } from './fields.ts';
import { NeighbourId, OfficeId, UserId } from './ids.ts';

const Name = textOf(200);
const Reason = textOf(200);
const Address = textOf(200);

const Id = NameInAddresses.pipe(OfficeId);
const Staff = shaped('a Matrix user id such as "@anna:comune.example"', /^@[^:\s]{1,250}:[^\s:]+(:\d{1,5})?$/u).pipe(UserId);

const Hours = strict(
  { mon: Spans.optional(), tue: Spans.optional(), wed: Spans.optional(), thu: Spans.optional(), fri: Spans.optional(), sat: Spans.optional(), sun: Spans.optional() },
  'the hours of a week such as { mon: ["09:00-12:00"] }',
);

const Step = strict(
  {
    after: Minutes.describe('So many minutes after the knock.'),
    office: Id.optional().describe('Calls the staff of another office, in their own room.'),
    people: list(Staff, 'a list of Matrix user ids such as ["@anna:comune.example"]').min(1, 'one person at least').max(50, 'at most 50 people').optional().describe("Calls these of the office's staff by name."),
    mail: list(MailAddress, 'a list of e-mail addresses such as ["urp@comune.example"]').min(1, 'one address at least').max(20, 'at most 20 addresses').optional().describe('Writes to them by e-mail. It names nobody.'),
    webhook: Hook.optional().describe('Tells a program there, by a POST of JSON. It names nobody.'),
  },
  'a step such as { after: 6, mail: ["urp@comune.example"] }',
);

const Office = strict(
  {
    id: Id.describe("The local part of the door's alias, and its page /o/ID."),
    name: Name,
    description: textOf(1000).default('').describe('What one can settle here.'),
    topics: list(textOf(TOPIC_LENGTH), 'a list of texts such as [Identity card, Residence]').max(MOST_TOPICS, `at most ${MOST_TOPICS} topics`).default([]).describe('What people come for most: the form suggests it for the topic.'),
    hours: Hours.default({}).describe('The week.'),
    rules: list(strict({ rrule: Rule, hours: Spans }, 'a rule such as { rrule: "FREQ=MONTHLY;BYDAY=1SA", hours: ["09:00-12:00"] }'), 'a list of rules')
      .default([])
      .describe('Whatever a week cannot say. Adds to the week.'),
    exceptions: list(strict({ date: Day, hours: Spans, reason: Reason.optional() }, 'an exception such as { date: 2026-12-09, hours: [] }'), 'a list of exceptions')
      .default([])
      .describe('Dates with hours of their own; [] is closed. They beat closures and holidays.'),
    appointment: Flag.default(false).describe('Received by appointment only: no hours and no rules, but exceptions.'),
    always: Flag.default(false).describe('Open at any hour, on closures and holidays too: no hours, rules or exceptions, and not by appointment.'),
    at_closing: z.enum(['serve', 'dismiss'], { error: 'one of serve, dismiss' }).default('dismiss').describe('Whoever waits when the door closes: serve keeps their places, dismiss sends them away kindly.'),
    phone: Phone.optional(),
    address: Address.optional().describe('Where one goes in person, on one line.'),
    booking: SecureUrl.optional().describe('Where one books an appointment: offered to whoever waits and is not answered.'),
    front_desk: Flag.default(false).describe('For whoever does not know which office: the page offers it as that, and its staff pass on.'),
    passed: z.enum(['head', 'tail'], { error: 'one of head, tail' }).default('head').describe('Where somebody waits whom another office has passed on to this one: before all others, or after them.'),
    show_staff: z.enum(['name', 'office'], { error: 'one of name, office' }).default('name').describe('What citizens read in place of a clerk: their name, or the name of the office.'),
    show_place: Flag.default(true).describe('Whoever waits reads their place in the queue and how long it may take. Where not, nobody is told how many wait.'),
    call: z.enum(['element-call', 'jitsi', 'none'], { error: 'one of element-call, jitsi, none' }).default('element-call').describe('How a visit is spoken; none is in writing only.'),
    staff: list(Staff, 'a list of Matrix user ids such as ["@anna:comune.example"]').default([]).describe('Who is invited into the office.'),
    escalation: list(Step, 'a list of steps such as [{ after: 3, office: protocollo }]').max(20, 'at most 20 steps').default([]).describe('Who else is told of a knock that nobody answers, and when. Each step says one of office, people, mail, webhook.'),
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

const Neighbour = strict(
  {
    id: shaped('small letters, digits and hyphens, a letter first', /^[a-z][a-z0-9-]{0,62}$/u).pipe(NeighbourId).describe('Its page here is /n/ID.'),
    url: ReceptionUrl,
    server: ServerName.optional().describe('Its homeserver: needed where federation lets in the accounts of neighbours. What the reception says of itself must agree.'),
    name: Name.optional().describe('How it is called until its own reception has said so.'),
  },
  'a neighbour such as { id: avetrana, url: https://reception.avetrana.example }',
);

const Limits = strict(
  {
    retention: Minutes.default(5).describe("How long a visit's room stays after its end."),
    silence: Minutes.default(10).describe("No sign of life from a visitor's page for so long, and the visitor is taken as gone. At least 3: the homeserver tells when a page was last seen with a delay."),
    elsewhere: Minutes.default(60).describe('The same for an account of another homeserver, whose page we cannot see, and whose going away its homeserver does not tell: so long after their last knock, or the last word of the reception that made it. Our visitors at a neighbour wait as long for one that does not answer.'),
    unused: Minutes.default(5).describe('How long an account lives that never knocks.'),
    join: Minutes.default(3).describe('How long an admitted visitor has to come in.'),
    recall: list(Minutes, 'a list of numbers of minutes').max(20, 'at most 20 calls').default([1, 5]).describe('After so many minutes an unanswered knock calls the staff again.'),
    unanswered: Minutes.default(10).describe('After which the visitor of an unanswered knock is told the ways on.'),
    longest: Minutes.default(60).describe('How long a visit lasts at most.'),
    warning: Minutes.default(5).describe("How long before that the staff are told of the visit's end."),
    host: Minutes.default(5).describe('How long whoever opened has to come into the visit; then the knock is back at its place.'),
    alone: Minutes.default(2).describe('How long a visitor may be alone in a call that the staff were in, until the colleagues are called.'),
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
    pushes_per_minute: Count.default(600).describe('Notifications of one homeserver for browsers whose desk is closed, in a minute; a knock takes one for each.'),
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

const VISITORS = 'any, neighbours, none, or a list of homeservers such as [comune.example]';
const Federation = strict(
  {
    visitors: z
      .union([z.enum(['any', 'neighbours', 'none'], { error: VISITORS }), list(ServerName, VISITORS).min(1, 'one homeserver at least').max(500, 'at most 500 homeservers')], { error: VISITORS })
      .default('any')
      .describe('Whose accounts may knock beside those of our own homeserver: of any server that it reaches, of the neighbours, of these, or of none.'),
    deny: list(ServerGlob, 'a list of homeservers such as ["*.spam.example"]').max(1000, 'at most 1000 homeservers').default([]).describe('Whose accounts may never knock; * stands for anything, ? for one character. One without a port stands for all ports.'),
    waiting: Count.default(10).describe('How many of one other homeserver may wait at one office at once; the next is asked to knock again later.'),
    visitors_per_hour: Count.default(60).describe('How many of one other homeserver one office takes in an hour.'),
  },
  'federation such as { visitors: neighbours }',
);

const Jitsi = strict(
  {
    domain: shaped('the domain of a Jitsi such as meet.comune.example', /^[a-z0-9.-]{1,253}(:\d{1,5})?$/u),
    app_id: shaped('the app_id of its token authentication', /^[\w.-]{1,100}$/u).optional().describe('With secret_file: only members of a running visit are let in.'),
    secret_file: shaped('the path of a file', /^[^\0\n]{1,1000}$/u).optional().describe("The file that holds the app's secret, beside this one unless the path says otherwise."),
  },
  'a Jitsi such as { domain: meet.comune.example }',
);

const Mail = strict(
  {
    host: shaped('the name of a mail server such as smtp.comune.example', /^[a-zA-Z0-9.:-]{1,253}$/u),
    port: upTo(65_535).default(587),
    secure: Flag.default(false).describe('TLS from the beginning, as on port 465. Otherwise the connection becomes secure where the server offers that, and always before a password is sent.'),
    user: shaped('the name that the mail server knows', /^[^\0\n]{1,200}$/u).optional().describe('With password_file.'),
    password_file: shaped('the path of a file', /^[^\0\n]{1,1000}$/u).optional().describe('The file that holds the password, beside this one unless the path says otherwise.'),
    from: MailAddress.describe('Whom the mail is from.'),
  },
  'a mail server such as { host: smtp.comune.example, from: portineria@comune.example }',
);

export const ComuneFile = strict(
  {
    comune: strict(
      {
        id: NameInAddresses,
        server: ServerName.default('localhost').describe("The homeserver's name, the part after the colon of its user ids."),
        name: Name,
        zone: ZoneName.describe('Of the IANA database.'),
        languages: list(Language, 'a list of languages such as [it, en]').min(1, 'one language at least').default(['it']).describe('The first is the fallback.'),
        phone: Phone.optional(),
        address: Address.optional().describe('Where one goes in person, for offices that name no address of their own.'),
        booking: SecureUrl.optional().describe('Where one books an appointment, for offices that name no page of their own.'),
        privacy: Url.optional().describe('The privacy notice.'),
        accessibility: Url.optional().describe('The accessibility statement.'),
        colour: BrandColour.optional(),
        arms_file: shaped('the path of a file', /^[^\0\n]{1,1000}$/u).optional().describe('The coat of arms: an SVG or a PNG of at most 200 kB, beside this file unless the path says otherwise. The page shows it on white, beside the name.'),
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
    neighbours: list(Neighbour, 'a list of neighbours').max(500, 'at most 500 neighbours').default([]).describe('Other comuni whose offices the page shows as well.'),
    jitsi: Jitsi.optional().describe('The Jitsi of offices that prefer it.'),
    mail: Mail.optional().describe('The mail server (SMTP) by which steps of escalation write.'),
    calls: Calls.prefault({}),
    federation: Federation.prefault({}).describe('Who of other homeservers may knock.'),
    limits: Limits.prefault({}).describe('In minutes, unless a number says otherwise.'),
    traffic: Traffic.prefault({}).describe('How much one address may ask for and hold at once. IPv6 counts by /64, which is what one connection gets.'),
  },
  'a configuration with comune and offices',
);
/** What a good file says, defaults filled in. */
export type ComuneFile = z.output<typeof ComuneFile>;
