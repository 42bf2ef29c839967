/**
 * Temporary accounts of ours whose visitors are at a neighbour's office. All that concerns the visit is the neighbour's; ours is the
 * account: it is written down before it is made, tells the neighbour that its page is still there, and is erased once all is over there,
 * the visitor has gone, or nobody can tell any more.
 */
import type { Comune } from '@portineria/config/comune';
import { OUTGOING, OutgoingContent, type OutgoingVisitor } from '@portineria/config/book';
import type { VisitorBody } from '@portineria/config/api';
import { serverOf, type NeighbourId, type UserId } from '@portineria/config/ids';
import { SignBody } from '@portineria/config/knocks';
import { Backlog } from '../ground/backlog.ts';
import { asked, isOver, roundOf, UNSEEN, WITHDRAWAL_MS, type OutgoingSigns } from '../judgement/outgoing.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import type { OpenidToken } from '../servers/openid.ts';
import type { AskReception } from '../servers/receptions.ts';

/** How soon other limits are heard of, in milliseconds. */
const CHANGE_MS = 5_000;
/** How many are at once, and the pauses after what failed, in milliseconds. */
const AT_ONCE = 8;
const PAUSES = [2_000, 60_000] as const;
/** How many accounts may be at neighbours' at once. */
const MOST_OUTGOING = 500;
/** So long before it runs out a token is not shown any more, in milliseconds. */
const TOKEN_RESERVE_MS = 5 * 60_000;

export interface OutgoingOptions {
  readonly homeserver: Pick<Homeserver, 'accounts' | 'kept' | 'name'>;
  /** The comune as its configuration stands now. */
  readonly comune: () => Pick<Comune, 'neighbours' | 'limits'>;
  /** Asks a neighbour's reception. */
  readonly ask: AskReception;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly failed: (what: string, error: unknown, attempts: number) => void;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #visitors = new Map<UserId, OutgoingVisitor>();
  readonly #signs = new Map<UserId, OutgoingSigns>();
  readonly #tokens = new Map<UserId, { token: OpenidToken; until: number }>();
  readonly #work: Backlog<UserId>;
  #listensSince = 0;
  #writing: Promise<void> = Promise.resolve();
  #rounds: NodeJS.Timeout | undefined;
  #roundAt = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#work = new Backlog<UserId>({ work: (user) => this.#see(user), atOnce: AT_ONCE, pauses: PAUSES, failed: (_user, error, attempts) => options.failed('outgoing', error, attempts) });
  }

  /** Reads who is at neighbours', and looks after them from now on. */
  async begin(): Promise<void> {
    const { homeserver, now } = this.#options;
    this.#listensSince = now();
    const kept = OutgoingContent.safeParse((await homeserver.kept.own(OUTGOING)) ?? { visitors: [] });
    if (!kept.success) this.#options.failed('outgoing', new Error('What is kept of visitors at neighbours’ offices cannot be read: their accounts stay'), 1);
    for (const visitor of kept.data?.visitors ?? []) this.#visitors.set(visitor.user_id, visitor);
    this.#round();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#rounds);
    await this.#work.stop();
    await this.#writing;
  }

  /** Whether somebody's account was made for a neighbour's office. */
  knows(user: UserId): boolean {
    return this.#visitors.has(user);
  }

  /** Whether an account has served, and is not to be given again. */
  isLeaving(user: UserId): boolean {
    return this.#visitors.get(user)?.leaving_at !== undefined;
  }

  get isFull(): boolean {
    return this.#visitors.size >= MOST_OUTGOING;
  }

  /** Writes somebody down whose account is about to be made. Safe to repeat. */
  async add(user: UserId, neighbour: NeighbourId): Promise<void> {
    if (this.#visitors.has(user)) return;
    this.#visitors.set(user, { user_id: user, neighbour, made_at: this.#options.now() });
    await this.#write();
  }

  /** The visitor says goodbye, or the neighbour would not have them. Safe to repeat. */
  async leave(user: UserId): Promise<void> {
    const visitor = this.#visitors.get(user);
    if (visitor === undefined) return;
    if (visitor.leaving_at === undefined) {
      this.#visitors.set(user, { ...visitor, leaving_at: this.#options.now() });
      await this.#write();
    }
    this.#work.order(user);
  }

  /** There is something to ask of somebody at the neighbour's. Said again and again, it is asked once more after the question that is under way. */
  nudge(user: UserId): void {
    if (this.#visitors.has(user)) this.#work.order(user);
  }

  /** A token that shows to others whose words are told. */
  async tokenOf(user: UserId): Promise<OpenidToken> {
    const known = this.#tokens.get(user);
    if (known !== undefined && this.#options.now() < known.until) return known.token;
    const { access_token, matrix_server_name, expires_in } = await this.#options.homeserver.accounts.openidToken(user);
    const token = { access_token, matrix_server_name };
    this.#tokens.set(user, { token, until: this.#options.now() + expires_in * 1000 - TOKEN_RESERVE_MS });
    return token;
  }

  /** Looks after everybody when it is time again, by the limits as they are declared then. */
  #round(): void {
    const { now, comune } = this.#options;
    const period = roundOf(comune().limits);
    if (Math.abs(now() - this.#roundAt) >= period) {
      this.#roundAt = now();
      for (const user of this.#visitors.keys()) this.#work.order(user);
    }
    this.#rounds = setTimeout(() => this.#round(), Math.min(period, CHANGE_MS));
  }

  async #see(user: UserId): Promise<void> {
    const visitor = this.#visitors.get(user);
    if (visitor === undefined) return;
    if (visitor.leaving_at === undefined) {
      if (!(await this.#isOver(visitor))) return;
      await this.leave(user);
    }
    await this.#withdraw(user);
    await this.#options.homeserver.accounts.erase(user);
    for (const map of [this.#visitors, this.#signs, this.#tokens]) map.delete(user);
    await this.#write();
  }

  async #isOver(visitor: OutgoingVisitor): Promise<boolean> {
    const { homeserver, now, comune } = this.#options;
    const { user_id: user } = visitor;
    const before = this.#signs.get(user) ?? UNSEEN;
    const signs = { ...before, seen: await homeserver.accounts.lastSeen(user) };
    const { limits } = comune();
    if (isOver(visitor, signs, this.#listensSince, now(), limits)) return true;
    // A neighbour that does not answer is asked again with the next round: the visitor waits there, if anywhere.
    const known = await this.#tell(visitor, false).catch((error: unknown) => {
      this.#options.failed('neighbour', error, 1);
      return null;
    });
    const then = asked(signs, known, now(), limits);
    this.#signs.set(user, then);
    return isOver(visitor, then, this.#listensSince, now(), limits);
  }

  /** Has the neighbour end what still stands of somebody there. @throws ReceptionError where it could not be told, and it is still to be tried */
  async #withdraw(user: UserId): Promise<void> {
    const visitor = this.#visitors.get(user);
    const { known, unheard } = this.#signs.get(user) ?? UNSEEN;
    // One that was not heard for so long has let go by itself, or will.
    if (visitor === undefined || known === false || unheard >= this.#options.comune().limits.elsewhere) return;
    try {
      await this.#tell(visitor, true);
      this.#signs.set(user, { ...UNSEEN, known: false });
    } catch (error) {
      if (this.#options.now() - (visitor.leaving_at ?? 0) < WITHDRAWAL_MS) throw error;
      this.#options.failed('neighbour', error, 1);
    }
  }

  /** @returns whether the neighbour knows the visitor; false where it is none of ours any more */
  async #tell({ user_id: user, neighbour }: OutgoingVisitor, leaving: boolean): Promise<boolean> {
    const { neighbours } = this.#options.comune();
    const at = neighbours.find(({ id }) => id === neighbour);
    if (at === undefined) return false;
    const { known, knock } = await this.#options.ask(at.url, '/api/knocks/signs', { openid: await this.tokenOf(user), leaving }, SignBody, 'en');
    // Passed on to another office there: until the knock is heard, each answer says so.
    if (!leaving && knock !== undefined) await this.#knock(user, knock);
    return known;
  }

  /** Knocks for a visitor at a neighbour's other door. @throws HomeserverError */
  async #knock(user: UserId, { room_id, alias, via: [via = serverOf(alias)], reason }: VisitorBody['knock']): Promise<void> {
    const { homeserver } = this.#options;
    if (serverOf(alias) === homeserver.name) throw new Error('A neighbour would have its visitor knock at a door of ours');
    await homeserver.accounts.knock(user, room_id, reason, via);
  }

  /** In the order of the changes, each with all that is known then. @throws HomeserverError */
  #write(): Promise<void> {
    const write = (): Promise<void> => this.#options.homeserver.kept.setOwn(OUTGOING, { visitors: [...this.#visitors.values()] } satisfies OutgoingContent);
    const written = this.#writing.then(write);
    // The next write says all of it again; whoever waits for this one is told.
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
