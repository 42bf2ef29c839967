/** From what an office's room holds to what its desk shows. Pure. Only the porter's own word counts: anybody of the office could post what looks like it. */
import type { DoorBody } from '@portineria/config/api';
import { CARD, CardContent, OfficeContent, QueueContent, type TodayContent } from '@portineria/config/events';
import { plainLine, plainText } from '@portineria/config/harmless';
import type { OfficeFacts, RoomEvent, RoomState } from './port.ts';
import { zoneOf } from './words.ts';

/** Somebody who waits. */
export interface Waiting {
  readonly number: number;
  /** What answers are put under; null where the card is not there. */
  readonly card: string | null;
  /** The name that was given; null until the porter says it. */
  readonly name: string | null;
  readonly topic: string;
  /** A BCP 47 tag; null where nobody knows it. */
  readonly language: string | null;
  readonly voice: boolean | null;
  readonly since: number;
  /** When staff said that it takes but a moment. */
  readonly soon: number | null;
  /** Where the visit will be. */
  readonly visit: string | null;
}

/** A visit that runs. */
export interface Running {
  readonly number: number;
  readonly name: string | null;
  readonly topic: string;
  readonly since: number;
  /** Who opened, as they are called. */
  readonly by: string;
  readonly mine: boolean;
  /** Who of the staff is inside, as they are called. */
  readonly inside: readonly string[];
  /** How many are inside whom the staff asked in, as an interpreter. */
  readonly guests: number;
  readonly visit: string | null;
}

/** A line of what became of somebody today. */
interface Past {
  readonly id: string;
  readonly at: number;
  readonly words: string;
}

/** How it ended with somebody. */
export type Ending = Exclude<keyof TodayContent, 'day' | 'cards'>;
const ENDINGS: readonly Ending[] = ['received', 'passed', 'declined', 'withdrawn', 'never_came', 'not_received'];

/** What a desk shows. */
export interface OfficeView {
  /** The office's definition, where the porter has written it. */
  readonly office: OfficeContent | null;
  readonly door: DoorBody | null;
  readonly waiting: readonly Waiting[];
  /** How many wait beside these. */
  readonly more: number;
  readonly visits: readonly Running[];
  /** The latest first. */
  readonly today: readonly Past[];
  /** With how many of today it ended how, without what happened to nobody. */
  readonly counts: readonly { readonly ending: Ending; readonly n: number }[];
  /** How many of them have no line here: it is in the room, further back than what is read. */
  readonly earlier: number;
}

/** What a desk shows of an office at an instant, in milliseconds since 1970. */
export function viewOf(facts: OfficeFacts, now: number): OfficeView {
  const { porter, names } = facts;
  const office = OfficeContent.safeParse(contentOf(facts.office, porter)).data ?? null;
  const queue = QueueContent.safeParse(contentOf(facts.queue, porter)).data ?? { waiting: [], visits: [], more: 0 };
  const { described, over } = cardsOf(facts);
  const dateOf = datesIn(zoneOf(office));
  const date = dateOf(now);
  const today = over.filter(({ at }) => dateOf(at) === date).toSorted((a, b) => b.at - a.at);
  const told = queue.today?.day === date ? queue.today : undefined;
  const counts = ENDINGS.map((ending) => ({ ending, n: told?.[ending] ?? 0 })).filter(({ n }) => n > 0);
  // A line comes just after its number; and whatever is named is read.
  const lines = new Set([...today.map(({ id }) => id), ...(told?.cards ?? [])]).size;
  // The card tells that it is over just before the queue does.
  const isOver = new Set(over.map(({ id }) => id));
  const stands = ({ card }: { card?: string | undefined }): boolean => card === undefined || !isOver.has(card);
  return {
    office,
    door: facts.door,
    more: queue.more ?? 0,
    waiting: queue.waiting.filter(stands).map(({ number, since, card, soon }) => {
      const told = card === undefined ? undefined : described.get(card);
      return { number, since, soon: soon ?? null, card: card ?? null, language: told?.language ?? null, voice: told?.voice ?? null, ...toldOf(told) };
    }),
    visits: queue.visits.filter(stands).map(({ number, since, card, by, inside, guests = 0 }) => ({
      number, since, guests, mine: by === facts.me, by: nameOf(by, names), inside: inside.map((one) => nameOf(one, names)), ...toldOf(card === undefined ? undefined : described.get(card)),
    })),
    today,
    counts,
    earlier: Math.max(0, counts.reduce((sum, { n }) => sum + n, 0) - lines),
  };
}

function toldOf(card: CardContent | undefined): { name: string | null; topic: string; visit: string | null } {
  const name = plainLine(card?.name ?? '');
  return { name: name === '' ? null : name, topic: plainLine(card?.topic ?? '', 500), visit: card?.visit ?? null };
}

/** What a member is called: their own name, or the first part of the user id. */
export function nameOf(user: string, names: ReadonlyMap<string, string>): string {
  const given = plainLine(names.get(user) ?? '');
  return given === '' ? plainLine(user.slice(1).split(':')[0] ?? user) : given;
}

function contentOf(state: RoomState | null, porter: string): unknown {
  return state?.sender === porter ? state.content : undefined;
}

/** The part of a message that a desk reads. */
interface Said {
  readonly body: unknown;
  readonly card: CardContent;
  /** The card that it edits; undefined for a card itself. */
  readonly edits: string | undefined;
}

type Loose = Readonly<Record<string, unknown>>;
const isLoose = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

/** What messages were found to be: they never change, a day has thousands of them, and all are looked at anew whenever one comes. */
const readings = new WeakMap<Loose, Said | null>();

/** A card of the porter's or an edit of one; null for all else, as for what calls again in reply to a card. */
function saidBy({ type, sender, content }: RoomEvent, porter: string): Said | null {
  if (type !== 'm.room.message' || sender !== porter || !isLoose(content)) return null;
  let said = readings.get(content);
  if (said === undefined) {
    said = readMessage(content);
    readings.set(content, said);
  }
  return said;
}

function readMessage(content: Loose): Said | null {
  const relation = content['m.relates_to'];
  const edits = isLoose(relation) && relation['rel_type'] === 'm.replace' ? relation['event_id'] : undefined;
  if (isLoose(relation) && typeof edits !== 'string') return null;
  const shown = edits === undefined ? content : content['m.new_content'];
  if (!isLoose(shown)) return null;
  const card = CardContent.safeParse(shown[CARD]).data;
  return card === undefined ? null : { body: shown['body'], card, edits: typeof edits === 'string' ? edits : undefined };
}

/** What stands in the room's cards: what the porter says of each by the card's id, and the lines of those that are over. */
function cardsOf({ timeline, porter }: OfficeFacts): { described: ReadonlyMap<string, CardContent>; over: readonly Past[] } {
  const redacted = new Set(timeline.flatMap(({ type, redacts }) => (type === 'm.room.redaction' && redacts !== undefined ? [redacts] : [])));
  const described = new Map<string, CardContent>();
  const over = new Map<string, Past>();
  for (const event of timeline) {
    const said = redacted.has(event.id) ? null : saidBy(event, porter);
    if (said === null) continue;
    const id = said.edits ?? event.id;
    if (said.card.over === true) over.set(id, { id, at: event.at, words: plainText(String(said.body), 500) });
    // Later edits, as the one that says who opened, name nobody: what was told before them stands until it is redacted.
    else if (said.card.name !== undefined || !described.has(id)) described.set(id, said.card);
  }
  return { described, over: [...over.values()] };
}

/** The date of an instant where the office is, YYYY-MM-DD. */
function datesIn(zone: string): (at: number) => string {
  // Made once, as it takes longer than all else that is done with a line.
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => date.format(at);
}

/** From when on a wait is long, and very long, in milliseconds. */
const [LONG_MS, VERY_LONG_MS] = [5 * 60_000, 15 * 60_000];

export interface Wait {
  /** Whole minutes. */
  readonly minutes: number;
  readonly level: 'short' | 'long' | 'very_long';
}

/** How long somebody has waited. */
export function waitSince(since: number, now: number): Wait {
  const waited = Math.max(0, now - since);
  return { minutes: Math.floor(waited / 60_000), level: waited < LONG_MS ? 'short' : waited < VERY_LONG_MS ? 'long' : 'very_long' };
}
