/** The bodies of the public HTTP interface, as the bot sends and the pages read them. Instants are ISO 8601 with offset. */
import * as z from 'zod/mini';
import { CallKind, LocalText } from './events.ts';
import { NeighbourId, OfficeId, RoomAlias, RoomId, UserId } from './ids.ts';
import { wordsFault, type WordsFault } from './shown.ts';

const IsoInstant = z.iso.datetime({ offset: true });

/** A door as a visitor sees it. */
export const DoorBody = z.object({
  state: z.enum(['open', 'paused', 'closed']),
  /** Until when this state lasts, where that is known. */
  until: z.nullable(IsoInstant),
  /** The next opening; null when there is none in the next 12 months, or the door is open. */
  next: z.nullable(IsoInstant),
  /** Why it is closed or paused, where somebody said so. */
  reason: z.optional(LocalText),
  /**
   * What it follows instead of the timetable: `staff`, who set it by hand, and closed without an end only they open it again; or
   * `trouble`, while the porter cannot tell, and nobody is let in. Absent where the timetable rules.
   */
  by: z.optional(z.enum(['staff', 'trouble'])),
});
export type DoorBody = z.infer<typeof DoorBody>;

export const OfficeBody = z.object({
  id: OfficeId,
  alias: RoomAlias,
  name: LocalText,
  description: LocalText,
  /** What people come for most, as suggestions for the topic; absent where there are none. */
  topics: z.optional(z.array(LocalText)),
  door: DoorBody,
  /** How many wait now; 0 where that is not told. */
  waiting: z.int(),
  /** Nobody is told how many wait, nor their own place; absent where they are. */
  place_hidden: z.optional(z.boolean()),
  call: CallKind,
  /** Received by appointment only: it has no hours of its own. */
  appointment: z.boolean(),
  phone: z.nullable(z.string()),
  /** Where one goes in person; absent where nobody says. */
  address: z.optional(LocalText),
  /** Where one books an appointment. */
  booking: z.optional(z.url()),
  /** Whoever is received now is in writing: the server for calls does not answer, or is still being built. Voice joins by itself. Absent where that is not so. */
  voice_later: z.optional(z.boolean()),
  /** For whoever does not know which office; absent where it is not. */
  front_desk: z.optional(z.boolean()),
  /** Its staff are shown to citizens as the office; absent where they are shown by name. */
  staff_as_office: z.optional(z.boolean()),
  /** The week's hours as a clerk writes them, for people to read: `{mon: ["09:00-12:00"]}`. */
  hours: z.record(z.string(), z.array(z.string())),
  /** Hours that a week cannot say, each with its days as a sentence: "first Saturday of the month". Absent where there are none. */
  rules: z.optional(z.array(z.object({ when: LocalText, hours: z.array(z.string()) }))),
  /**
   * What is not as usual in the coming thirty days: exceptions, closures, holidays. `from` and `to` are days in the comune, both included;
   * no hours is closed. Absent where all is as usual.
   */
  changes: z.optional(z.array(z.object({ from: z.iso.date(), to: z.iso.date(), when: LocalText, hours: z.array(z.string()), reason: z.optional(LocalText) }))),
});
export type OfficeBody = z.infer<typeof OfficeBody>;

/** What a comune's own page and a neighbour's say alike. */
const OfComune = {
  phone: z.nullable(z.string()),
  privacy: z.nullable(z.url()),
  accessibility: z.nullable(z.url()),
  colour: z.nullable(z.string()),
  /** The data are samples: nobody of the real comune answers. */
  sample: z.boolean(),
};

/**
 * Another comune's reception, as it last described itself: its words are its own, made harmless. Until it has answered once, its name is the
 * configuration's, and what it is reached by is absent.
 */
export const NeighbourBody = z.object({
  /** Ours for it, of the configuration: its pages here are below `/n/ID`. */
  id: NeighbourId,
  name: LocalText,
  /** Where its own reception is. */
  url: z.url(),
  /** Seconds since its reception answered; null while it never has. */
  age_s: z.nullable(z.int()),
  /** It answered of late. Where it did not, all its doors are closed by `trouble`. */
  reachable: z.boolean(),
  /** The name of its homeserver. */
  homeserver: z.optional(z.string()),
  /** Its bot's user id: tickets and invitations from anybody else are not heard. */
  porter: z.optional(UserId),
  /** The base of its interface: `visitors` and the others follow. */
  api: z.optional(z.url()),
  zone: z.string(),
  languages: z.array(z.string()),
  ...OfComune,
  /** Their `id` and `alias` are what to knock with there; the alias leads to the door's room of the moment. */
  offices: z.array(OfficeBody),
  /** When this was told, where it is asked for by itself; among others the comune's `now` says it. */
  now: z.optional(IsoInstant),
});
export type NeighbourBody = z.infer<typeof NeighbourBody>;

/** `GET /api/comune` */
export const ComuneBody = z.object({
  id: z.string(),
  name: LocalText,
  zone: z.string(),
  /** The first is the fallback. */
  languages: z.array(z.string()).check(z.minLength(1)),
  ...OfComune,
  /** Where one goes in person; absent where nobody says. */
  address: z.optional(LocalText),
  /** The path of the coat of arms at this origin, another one for another image; absent where there is none. */
  arms: z.optional(z.string()),
  offices: z.array(OfficeBody),
  /** Other comuni whose citizens' doors are shown here as well; absent where it is asked for without (`?neighbours=false`). */
  neighbours: z.optional(z.array(NeighbourBody)),
  /** When this was true. */
  now: IsoInstant,
});
export type ComuneBody = z.infer<typeof ComuneBody>;

/** What the staff's page is told beside the comune: whom it may believe, and at which homeservers its staff may log in. */
export interface DeskBody {
  /** The bot's user id: offices and visits are what it says. Anybody can make a room that looks like one. */
  porter: UserId;
  /** The name of our own. */
  server: string;
  /** Another one, by the name that the page asked for: where it is, or why nobody can be led there. */
  other: null | { server: string; base_url: string } | { server: string; fault: 'stranger' | 'lost' };
  /** How a browser is called while the desk is closed: the key that push services know the porter by (VAPID, RFC 8292), and the gateway's address; null where it is not. */
  push: null | { key: string; gateway: string };
}

/** How long a visitor's words may be, in code points. */
export const NAME_LENGTH = 80;
export const TOPIC_LENGTH = 500;

const FAULTS: Record<WordsFault, string> = {
  broken: 'Holds half of a character (a lone surrogate)',
  unseen: 'Shows nothing: none of its characters can be seen',
  long: 'Is too long',
};

/** A visitor's words. What is left out or blank is `''`; anything else must be something that can be shown. @param most in code points */
const words = (most: number) =>
  z.string().check(
    z.trim(),
    z.superRefine((text: string, context) => {
      const fault = text === '' ? null : wordsFault(text, most);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault === 'long' ? `${FAULTS.long}: at most ${most} characters` : FAULTS[fault], input: text });
    }),
    z.meta({ maxLength: most }),
  );

/** `POST /api/visitors`, what the visitor tells. */
export const VisitorRequest = z.strictObject({
  office: OfficeId,
  /** Whose office it is; left out for one of this comune. */
  neighbour: z.optional(NeighbourId),
  name: words(NAME_LENGTH).check(z.minLength(1, 'Is missing')),
  topic: words(TOPIC_LENGTH),
  language: z.string().check(z.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/u)),
  /** Wants to speak, rather than only to write. */
  voice: z.boolean(),
  /** The privacy notice was accepted. */
  consent: z.literal(true),
});
export type VisitorRequest = z.infer<typeof VisitorRequest>;

/** `201` of `POST /api/visitors`: an account made for one visit, and what to knock with. */
export const VisitorBody = z.object({
  user_id: UserId,
  device_id: z.string(),
  access_token: z.string(),
  /** The homeserver's base URL. */
  homeserver: z.url(),
  /** The bot's user id: tickets and invitations from anybody else are not heard. */
  porter: UserId,
  knock: z.object({ room_id: RoomId, alias: RoomAlias, via: z.array(z.string()), reason: z.string() }),
  /** What one may say once with how easy it was (`POST /api/feedback`): nobody but the porter can tell whose it is. Absent in what was kept from before there was one. */
  feedback: z.optional(z.string()),
});
export type VisitorBody = z.infer<typeof VisitorBody>;

/** `201` of `POST /api/visitors/me/device`: another device of the same account, in place of one whose keys are lost. */
export const DeviceBody = z.pick(VisitorBody, { device_id: true, access_token: true });
export type DeviceBody = z.infer<typeof DeviceBody>;

/** A public key that devices are signed with, signed itself (client-server API, "Cross-signing"). */
const SigningKey = z.looseObject({ user_id: UserId });

/** `POST /api/visitors/me/signing`: the keys that another device of the account is signed with. */
export const SigningRequest = z.strictObject({ master_key: SigningKey, self_signing_key: SigningKey, user_signing_key: SigningKey });
export type SigningRequest = z.infer<typeof SigningRequest>;

/** A knock or a visit as its page knows it, which is to go on at another device. */
const Going = {
  /** Whose office it is; absent for one of ours. */
  neighbour: z.optional(NeighbourId),
  office: OfficeId,
  /** How far it has come: it has knocked, the door was opened to it, it has been inside. */
  stage: z.enum(['knocked', 'admitted', 'inside']),
  /** The place in the queue, as it was told last. */
  queue: z.nullable(z.object({ number: z.int(), place: z.int(), wait: z.nullable(z.int()) })),
};

/** `POST /api/visitors/me/code`: what the page that asks for a code knows of its knock or visit. */
export const CodeRequest = z.strictObject({ ...Going, knock: VisitorBody.shape.knock });
export type CodeRequest = z.infer<typeof CodeRequest>;

/** `201` of `POST /api/visitors/me/code`: by what one goes on at another device, once, and for how many seconds. */
export const CodeBody = z.object({ code: z.string(), seconds: z.int() });
export type CodeBody = z.infer<typeof CodeBody>;

/** `POST /api/visitors/resume`: the code as somebody has typed it. Case, spaces and dashes mean nothing. */
export const ResumeRequest = z.strictObject({ code: z.string().check(z.trim(), z.minLength(1, 'Is missing'), z.maxLength(40, 'Is too long')) });
export type ResumeRequest = z.infer<typeof ResumeRequest>;

/** `201` of `POST /api/visitors/resume`: the knock or the visit, and its account with a device of its own. */
export const ResumedBody = z.object({ ...Going, account: VisitorBody });
export type ResumedBody = z.infer<typeof ResumedBody>;

/** `200` of `GET /api/visitors/me/device`: whether another device goes on in place of this one. */
export const MovedBody = z.object({ moved: z.boolean() });
export type MovedBody = z.infer<typeof MovedBody>;

/** What stands behind the `#` of a link by which a third person comes into a visit. */
const LinkSecret = z.string().check(z.regex(/^[A-Za-z0-9_-]{22,64}$/u));

/** `POST /api/invitations`, the link that somebody holds. */
export const InvitationRequest = z.strictObject({ link: LinkSecret });
export type InvitationRequest = z.infer<typeof InvitationRequest>;

/** `200` of `POST /api/invitations`: whose visit it is, and until when the link is good. */
export const InvitationBody = z.object({ office: OfficeId, until: IsoInstant });
export type InvitationBody = z.infer<typeof InvitationBody>;

/** `POST /api/guests`, what a third person tells who comes by a link. */
export const GuestRequest = z.strictObject({
  link: LinkSecret,
  /** By which the others call them. */
  name: words(NAME_LENGTH).check(z.minLength(1, 'Is missing')),
  language: z.string().check(z.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/u)),
  /** The privacy notice was accepted. */
  consent: z.literal(true),
});
export type GuestRequest = z.infer<typeof GuestRequest>;

/** `201` of `POST /api/guests`: an account made for this visit, and the room into which it is invited. */
export const GuestBody = z.object({
  user_id: UserId,
  device_id: z.string(),
  access_token: z.string(),
  /** The homeserver's base URL. */
  homeserver: z.url(),
  /** The bot's user id: invitations from anybody else are not heard. */
  porter: UserId,
  room: RoomId,
  office: OfficeId,
});
export type GuestBody = z.infer<typeof GuestBody>;

/** The fixed answers of PNRR C.SE.1.7, the same in praise and in complaint: clear, complete, sure to be going right, nothing technical, something else. */
export const FEEDBACK_CHOICES = ['clear', 'complete', 'sure', 'technical', 'other'] as const;
/** From so many stars of five on, one is asked what was good; below, what was hard. */
export const GOOD_STARS = 4;
export const FEEDBACK_LENGTH = 200;

/** `POST /api/feedback`: how easy it was, once for each visit. */
export const FeedbackRequest = z.strictObject({
  /** What came with the account. */
  ticket: z.string().check(z.regex(/^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}$/u)),
  stars: z.int().check(z.minimum(1), z.maximum(5)),
  choice: z.optional(z.enum(FEEDBACK_CHOICES)),
  /** Told the office's staff, without a name. */
  words: z.optional(z.strictObject({ office: OfficeId, text: words(FEEDBACK_LENGTH).check(z.minLength(1, 'Is missing')) })),
});
export type FeedbackRequest = z.infer<typeof FeedbackRequest>;

/** RFC 9457. `type` is `about:blank` or a path of this origin. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What to do, in the reader's language. */
  detail: z.optional(z.string()),
  /** One of a fixed set of words that a page can act upon. */
  code: z.enum(['bad_request', 'not_found', 'closed', 'too_many', 'full', 'used', 'not_yours', 'unavailable', 'too_large', 'method']),
  faults: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
});
export type Problem = z.infer<typeof Problem>;
