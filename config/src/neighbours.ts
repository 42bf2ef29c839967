/**
 * What one reception reads of another: the document that says what it is (`/.well-known/portineria`), and its description
 * (`GET /api/comune`). Both are strangers' words: bounded, made harmless, and taken whole or not at all.
 */
import * as z from 'zod';
import { CallKind } from './events.ts';
import { Colour, Language, MOST_SPANS, MOST_TOPICS, Phone, ServerName, TOPIC_LENGTH, Url } from './fields.ts';
import { plainLine } from './harmless.ts';
import { OfficeId, RoomAlias, serverOf, UserId } from './ids.ts';
import { isZone } from './zone.ts';

/** Where a reception says what it is. */
export const RECEPTION_DOCUMENT = '/.well-known/portineria';
/** The version of what receptions ask of each other. A change that an older one could not follow raises it. */
export const RECEPTION_VERSION = 1;

/** Bytes of a neighbour's description, and how many offices of it are taken. */
export const LONGEST_DESCRIPTION = 512 * 1024;
const MOST_OFFICES = 300;
const MOST_LANGUAGES = 20;
/** Code points of names, of sentences. What is longer is cut. */
const [NAME, SENTENCE] = [200, 1000] as const;

const line = (most: number) => z.string().transform((text) => plainLine(text, most));
const wordsOf = (most: number) =>
  z.record(Language, line(most)).refine((text) => Object.keys(text).length <= MOST_LANGUAGES, `a text in at most ${MOST_LANGUAGES} languages`);
const Address = Url.max(1000);
const Instant = z.iso.datetime({ offset: true }).max(40);
const ComuneId = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/u);

/** `GET /.well-known/portineria`: what a reception is, so that another, or a region's list, finds all the rest. */
export const ReceptionDocument = z.object({
  version: z.int().positive(),
  /** Where people reach it: scheme, host, port. */
  reception: Address,
  /** The base of its interface, at the same origin; `comune`, `visitors` and the others follow. */
  api: Address,
  /** The name of its homeserver: all its aliases, rooms and staff of its own are there. */
  homeserver: ServerName,
  /** The bot's user id: tickets and invitations from anybody else are not to be heard. */
  porter: UserId,
  comune: z.object({ id: ComuneId, name: wordsOf(NAME) }),
});
export type ReceptionDocument = z.infer<typeof ReceptionDocument>;

const Door = z.object({
  state: z.enum(['open', 'paused', 'closed']),
  until: Instant.nullable(),
  next: Instant.nullable(),
  reason: wordsOf(NAME).optional(),
  by: z.enum(['staff', 'trouble']).optional(),
});

const MOST_LINES = 100;
const Spans = z.array(z.string().regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/u)).max(MOST_SPANS);
const Day = z.iso.date();

const NeighbourOffice = z.object({
  id: OfficeId,
  alias: RoomAlias,
  name: wordsOf(NAME),
  description: wordsOf(SENTENCE),
  topics: z.array(wordsOf(TOPIC_LENGTH)).max(MOST_TOPICS).optional(),
  door: Door,
  waiting: z.int().nonnegative().max(1_000_000),
  place_hidden: z.boolean().optional(),
  call: CallKind,
  appointment: z.boolean(),
  phone: Phone.nullable(),
  booking: Address.optional(),
  front_desk: z.boolean().optional(),
  staff_as_office: z.boolean().optional(),
  hours: z.partialRecord(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), Spans),
  rules: z.array(z.object({ when: wordsOf(SENTENCE), hours: Spans })).max(MOST_LINES).optional(),
  changes: z.array(z.object({ from: Day, to: Day, when: wordsOf(NAME), hours: Spans, reason: wordsOf(NAME).optional() })).max(MOST_LINES).optional(),
});

/** A neighbour's answer to `GET /api/comune`, as far as it is taken. */
export const Description = z.object({
  name: wordsOf(NAME),
  zone: z.string().max(100).refine(isZone),
  languages: z.array(Language).min(1).max(MOST_LANGUAGES),
  phone: Phone.nullable(),
  privacy: Address.nullable(),
  accessibility: Address.nullable(),
  colour: Colour.nullable(),
  sample: z.boolean(),
  offices: z.array(NeighbourOffice).max(MOST_OFFICES).refine((offices) => new Set(offices.map(({ id }) => id)).size === offices.length, 'offices of different ids'),
});
export type Description = z.infer<typeof Description>;

/** A sentence of what is not right in what a neighbour said, without any of its words; null where all is. @param origin where it was asked @param own the name of our homeserver @param declared the homeserver that the configuration names, if it does */
export function documentFault({ version, reception, api, homeserver, porter }: ReceptionDocument, origin: string, own: string, declared: string | null = null): string | null {
  if (version !== RECEPTION_VERSION) return `it speaks version ${version} of what receptions ask of each other, and this one version ${RECEPTION_VERSION}`;
  if (new URL(reception).origin !== origin || new URL(api).origin !== origin) return 'it says that it is somewhere else: the configuration must name that address';
  if (homeserver === own) return 'it says that its homeserver is ours';
  if (declared !== null && homeserver !== declared) return 'its homeserver is not the one that the configuration names';
  return serverOf(porter) === homeserver ? null : 'its porter is not of its homeserver';
}

/** The same of its description: an alias on another server would lead people to somebody else's door. */
export function descriptionFault({ offices }: Description, homeserver: string): string | null {
  return offices.every(({ alias }) => serverOf(alias) === homeserver) ? null : 'an office of it is not on its homeserver';
}
