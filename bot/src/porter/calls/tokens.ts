/**
 * Who is let into a call: whoever is joined to the room of a visit that runs now, and nobody else. Asked twice: when somebody wants a
 * token, and when somebody shows one, since a token outlives a visit's end and a person's leaving.
 */
import { RoomAlias, serverOf, type RoomId, type UserId } from '@portineria/config/ids';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cycle } from '../cycle/cycle.ts';
import type { Homeserver } from '../../servers/homeserver.ts';
import { conferenceOf, signJitsi } from '../../servers/jitsi.ts';
import { asking } from '../../servers/neighbour.ts';
import { AnswerError } from '../../servers/neighbour.ts';
import { whose, type OpenidToken } from '../../servers/openid.ts';
import type { Porter } from '../porter.ts';
import { HomeserverError } from '../../servers/request.ts';
import type { Settings } from '../../ground/settings.ts';
import { sfuIdentity, type Sfu, type SfuGrant } from '../../servers/sfu.ts';
import { put } from '../../judgement/situation.ts';
import { NOBODY_IN_CALL, type Visit } from '../../judgement/visit.ts';
import { CALL_END_AGAIN_MS, entered } from '../../judgement/deciding/talks.ts';
import { Uses } from './uses.ts';

/** What somebody asks for a token with. */
export interface TokenWish {
  readonly room: RoomId | RoomAlias;
  readonly openid: OpenidToken;
  /** Null where calls know no devices. */
  readonly device: string | null;
  /** The member id of the newer memberships; null in the older request. */
  readonly member: string | null;
  /** Who the sender claims to be; null where nothing is claimed. */
  readonly claimed: string | null;
}

/** Why nobody is let in. The words of /metrics. */
export type CallFault = 'bad_request' | 'not_a_visit' | 'not_joined' | 'not_yours' | 'device' | 'reused' | 'token' | 'too_many' | 'away' | 'no_server';

/** A refusal as Matrix clients read it (client-server API, "Standard error response"). */
export class CallRefusal extends Error {
  override readonly name = 'CallRefusal';
  readonly fault: CallFault;
  readonly status: number;
  readonly errcode: string;

  constructor(fault: CallFault, status: number, errcode: string, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.fault = fault;
    this.status = status;
    this.errcode = errcode;
  }
}

const notAVisit = (): CallRefusal => new CallRefusal('not_a_visit', 403, 'M_FORBIDDEN', 'This room is not that of a visit that is running now');
const notJoined = (): CallRefusal => new CallRefusal('not_joined', 403, 'M_FORBIDDEN', 'Only who has joined the visit may speak in it: accept the invitation first');

export interface Calls {
  /** Where the calls' server is; null where there is none. */
  readonly sfu: Sfu | null;
  /** Gives a token. @throws CallRefusal */
  token(wish: TokenWish): Promise<{ url: string; jwt: string }>;
  /** Where a visit's Jitsi is, and what lets in there; the token is null where that Jitsi asks for none. @throws CallRefusal */
  jitsi(wish: TokenWish): Promise<{ domain: string; conference: string; jwt: string | null }>;
  /** Looks at a token that is shown at the door of a call. @throws CallRefusal */
  admit(jwt: string): Promise<void>;
  /** Whether somebody may be in the call of a room now. @throws CallRefusal when that cannot be told */
  mayStay(pass: SfuGrant): Promise<boolean>;
}

/** What the judgement asks: the porter for visits, the homeserver where the porter may not have heard yet. */
export interface CallOptions {
  readonly porter: Pick<Porter, 'comune' | 'served'>;
  readonly homeserver: Homeserver;
  readonly settings: Settings;
  readonly sfu: Sfu | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds that the making of a visit's room is waited for before somebody is told that there is none. */
const VISIT_ROOM_TIMEOUT_MS = 5_000;
/** Milliseconds that somebody who may enter, and asks already, is given to do so; and the door, to be opened for whoever answers. */
const JOIN_TIMEOUT_MS = 2_000;

type CallType = 'livekit' | 'jitsi';

/** A wish whose room is known. */
type Wish = TokenWish & { readonly room: RoomId };

interface Running {
  readonly cycle: Cycle;
  readonly visit: Visit;
}

export function openCalls({ porter, homeserver, settings, sfu, now }: CallOptions): Calls {
  const uses = new Uses();

  const running = (room: RoomId, type: CallType): Running | null => {
    const found = porter.served.visitIn(room);
    return found?.visit.endedAt === null && found.visit.transport?.type === type ? found : null;
  };
  const knows = ({ visit }: Running, user: UserId): boolean => visit.members.get(user)?.membership === 'join';
  /** Who has joined by the homeserver's word: joining and asking at once must succeed. */
  const joined = async (room: RoomId): Promise<ReadonlySet<UserId>> => new Set(await asked(homeserver.joinedMembers(room)));

  /** Whether the staff may call in rooms of their own, and this is one. */
  const isElsewhere = (room: RoomId): boolean => porter.comune.calls.otherRooms === 'staff' && !porter.served.knows(room);

  /** A server that nobody of the room is of is not asked anything: whoever writes a name there cannot make us go and look. */
  const mayAsk = async (wish: Wish, found: Running | null): Promise<boolean> => {
    const server = wish.openid.matrix_server_name;
    const isTheirs = (user: UserId): boolean => serverOf(user) === server;
    if (found === null) return porter.served.staff.some(isTheirs);
    return [...found.visit.members.keys()].some(isTheirs) || [...(await joined(wish.room))].some(isTheirs);
  };

  const isMember = async (room: RoomId, found: Running | null, user: UserId): Promise<boolean> => {
    if (found !== null) return knows(found, user) || (await joined(room)).has(user);
    if (!porter.served.staff.includes(user)) return false;
    // The porter is not in rooms of the staff's own. Without an administrator's token nobody can tell who is.
    return homeserver.administrator === null || (await asked(homeserver.administrator.membersOf(room))).includes(user);
  };

  /**
   * The room that is meant. Whoever opens a door asks for it by its alias, before we have opened it; and whoever is invited with the making
   * of a room may ask before the homeserver has told us that it is made. @throws CallRefusal where no visit's room has that alias
   */
  const resolveRoom = async (room: RoomId | RoomAlias): Promise<RoomId> => {
    const alias = RoomAlias.safeParse(room).data;
    if (alias !== undefined) {
      const named = porter.served.visitNamed(alias);
      if (named === undefined) throw notAVisit();
      await named.cycle.until(({ visits }) => visits.has(named.visit.knock), JOIN_TIMEOUT_MS);
      return named.visit.room;
    }
    const id = room as RoomId;
    if (porter.served.visitIn(id) === undefined) await Promise.race([porter.served.opened(), sleep(VISIT_ROOM_TIMEOUT_MS, undefined, { ref: false })]);
    return id;
  };

  /** @throws CallRefusal when the room is none to speak in, now */
  const place = (room: RoomId, type: CallType = 'livekit'): Running | null => {
    const found = running(room, type);
    if (found === null && (type !== 'livekit' || !isElsewhere(room))) throw notAVisit();
    return found;
  };

  /** Pages ask while they enter, so as not to lose the time of one question: of whoever is invited, or may come in as a colleague, we wait to hear it. */
  const hasEntered = async (room: RoomId, type: CallType, user: UserId): Promise<boolean> => {
    const found = place(room, type);
    await found?.cycle.until(({ visits, joined: staff }) => {
      const membership = visits.get(found.visit.knock)?.members.get(user)?.membership;
      return membership !== 'invite' && (membership !== undefined || !staff.has(user));
    }, JOIN_TIMEOUT_MS);
    return isMember(room, place(room, type), user);
  };

  /** Who asks, and that they may speak in that room. @throws CallRefusal */
  const authenticate = async (wish: Wish, type: CallType): Promise<UserId> => {
    if (!(await mayAsk(wish, place(wish.room, type)))) throw notJoined();
    const user = await userOf(wish, settings);
    if (wish.claimed !== null && wish.claimed !== user) throw new CallRefusal('not_yours', 401, 'M_UNAUTHORIZED', 'The OpenID token is somebody else’s');
    // Asked at once, judged in this order.
    const hasDevice = wish.device === null ? true : asked(homeserver.accounts.hasDevice(user, wish.device));
    const [member, device] = await Promise.allSettled([hasEntered(wish.room, type, user), hasDevice]);
    if (!granted(member)) throw notJoined();
    if (!granted(device)) throw new CallRefusal('device', 403, 'M_FORBIDDEN', 'The device is not one of this user’s');
    if (!uses.allow(wish.openid.access_token, `${user} ${wish.room} ${wish.device ?? ''}`, now())) {
      throw new CallRefusal('reused', 403, 'M_FORBIDDEN', 'The OpenID token was used for another call or device: ask for a new one');
    }
    return user;
  };

  /**
   * From now on the porter takes somebody for being in the call.
   * @param before the visit as it was when the question came
   * @throws CallRefusal when the user was put out of the visit, or left it, while others were asked
   */
  const markInside = ({ cycle, visit }: Running, user: UserId, before: Running | null): void => {
    const presence = visit.members.get(user);
    const isOut = presence?.membership === 'leave' || presence?.membership === 'ban';
    if (isOut && presence.at !== before?.visit.members.get(user)?.at) throw notJoined();
    const talk = cycle.situation.talks.get(visit.knock) ?? NOBODY_IN_CALL;
    // Each entry asks several times.
    if (talk.inside.has(user) && presence?.membership === 'join' && now() < (talk.entered.get(user) ?? 0) + CALL_END_AGAIN_MS) return;
    const at = now();
    cycle.change((s) => {
      const known = s.visits.get(visit.knock);
      // Purged, or read anew meanwhile: whoever was put out since stays out.
      if (known === undefined) return s;
      const then = known.members.get(user);
      if ((then?.membership === 'leave' || then?.membership === 'ban') && then.at !== presence?.at) return s;
      // The join may not have been heard yet; the homeserver has told of it, and somebody who is inside by our own word is not put out.
      const members = put(known.members, user, { membership: 'join', at, by: user });
      return { ...s, visits: put(s.visits, visit.knock, { ...known, members }), talks: put(s.talks, visit.knock, entered(s.talks.get(visit.knock) ?? NOBODY_IN_CALL, user, at, s.roster.has(user))) };
    });
  };

  return {
    sfu,
    token: async (wish) => {
      if (sfu === null) throw new CallRefusal('no_server', 503, 'M_UNKNOWN', 'There are no calls here, visits are in writing');
      const room = await resolveRoom(wish.room);
      const before = place(room);
      const user = await authenticate({ ...wish, room }, 'livekit');
      // It may have ended, or the person left, while others were asked.
      const found = place(room);
      if (found !== null) markInside(found, user, before);
      const jwt = await sfu.sign({ user, room }, sfuIdentity(user, wish.device ?? '', wish.member));
      return { url: sfu.publicUrl, jwt };
    },
    jitsi: async (wish) => {
      const room = await resolveRoom(wish.room);
      const user = await authenticate({ ...wish, room }, 'jitsi');
      const found = place(room, 'jitsi');
      const { jitsi } = porter.comune;
      if (found === null || jitsi === null) throw notAVisit();
      const { visit, cycle } = found;
      const conference = conferenceOf(settings.porter.hs_token, visit.knock);
      const until = visit.endsAt ?? visit.openedAt + cycle.situation.limits.longest;
      const pass = { conference, user, isStaff: cycle.situation.roster.has(user), now: now(), until };
      const jwt = await signJitsi(jitsi, settings.config, pass).catch((error: unknown) => {
        throw new CallRefusal('away', 503, 'M_UNKNOWN', 'The token for Jitsi cannot be signed', error);
      });
      return { domain: jitsi.domain, conference, jwt };
    },
    admit: async (jwt) => {
      const pass: SfuGrant | null = (await sfu?.read(jwt)) ?? null;
      if (pass === null) throw new CallRefusal('token', 401, 'M_UNAUTHORIZED', 'The token is not valid, or has run out');
      const found = place(pass.room);
      if (!(await isMember(pass.room, found, pass.user))) throw notJoined();
      const still = place(pass.room);
      if (still !== null) markInside(still, pass.user, found);
    },
    mayStay: async ({ user, room }) => {
      const found = running(room, 'livekit');
      return (found !== null || isElsewhere(room)) && isMember(room, found, user);
    },
  };
}

async function userOf({ openid }: TokenWish, settings: Settings): Promise<UserId> {
  try {
    return await whose(openid, settings.homeserver, asking(settings.near_servers));
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw error.isAway ? new CallRefusal('away', 503, 'M_UNKNOWN', error.message, error) : new CallRefusal('not_yours', 401, 'M_UNAUTHORIZED', error.message, error);
  }
}

/** @throws the answer's own error, where none came */
function granted(answer: PromiseSettledResult<boolean>): boolean {
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}

/** What only the homeserver knows: when it is away, it is worth trying again. @throws CallRefusal */
async function asked<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof HomeserverError)) throw error;
    throw new CallRefusal('away', 503, 'M_UNKNOWN', 'The homeserver does not answer', error);
  }
}
