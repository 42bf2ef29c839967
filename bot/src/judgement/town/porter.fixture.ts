/** The porter at work in a town: who may miss, doubt, and die. */
import { DOOR } from '@portineria/config/events';
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import type { Action } from '../actions.ts';
import { after } from '../after.ts';
import { decide } from '../decide.ts';
import { deferrableFor } from '../../porter/cycle/deferral.ts';
import { hear, hearLate } from '../hear.ts';
import { dated, ownDate, type RoomEvent } from '../../ground/matrix.ts';
import { account, OFFICE_ROOM, PORTER } from '../situation.fixture.ts';
import { bookContent, put, type Situation } from '../situation.ts';
import type { Town } from './town.fixture.ts';

/** The porter at work in a town. */
export class Porter {
  readonly town: Town;
  situation: Situation;
  readonly heard = new Set<EventId>();
  /** Done, in order. */
  readonly done: Action[] = [];
  /** Many knock: what is patient is put off. */
  hurried = false;
  #doubts = false;

  constructor(town: Town, begin: Situation) {
    this.town = town;
    this.situation = begin;
  }

  /** Hears the next events of the stream. */
  hear(count: number): void {
    for (const { room, event } of this.town.stream.splice(0, count)) this.#take(room, event);
  }

  /** Hears an event once more. */
  hearAgain(index: number): void {
    const again = this.town.history[index % Math.max(1, this.town.history.length)];
    if (again !== undefined) this.#take(again.room, again.event);
  }

  #take(room: RoomId, event: RoomEvent): void {
    if (this.heard.has(event.event_id)) return;
    this.heard.add(event.event_id);
    const at = ownDate(event, PORTER, this.town.now);
    const isOf = event.state_key === undefined;
    if (at === null ? !isOf : at < this.situation.readAt) {
      this.situation = hearLate(this.situation, room, dated(structuredClone(event), PORTER, this.town.now));
      this.#doubts = true;
    } else this.situation = hear(this.situation, room, dated(structuredClone(event), PORTER, this.town.now));
  }

  async doubt(early = 0): Promise<void> {
    this.situation = await this.town.read(this.situation, early);
    this.#doubts = false;
  }

  /** Dies, and begins anew. */
  async die(): Promise<void> {
    // A start finds what stands at a door, and what was there before it. Where two have taken something's place just then, only the stream had told it.
    const found = this.town.doors.flatMap((door) => this.town.facts(door).state.flatMap(({ event_id, unsigned }) => [event_id, unsigned?.replaces_state]));
    for (const event of this.situation.leftWords.keys()) if (!found.includes(event)) this.town.lost += 1;
    this.heard.clear();
    this.hurried = false;
    this.situation = await this.town.read(null);
    this.#doubts = false;
  }

  /**
   * Does the first thing to do.
   * @param meanwhile how many events come while it is being done
   * @param dies after it is done, before it is known to be
   * @returns false when there was nothing to do
   */
  async work(meanwhile = 0, dies = false): Promise<boolean> {
    if (this.#doubts) await this.doubt();
    const action = decide(this.situation, this.town.now).actions.find((one) => !this.hurried || deferrableFor(one) === 0);
    if (action === undefined) return false;
    this.done.push(action);
    const done = this.town.act(this.situation, action);
    if (dies) {
      await this.die();
      return true;
    }
    this.hear(meanwhile);
    this.situation = after(this.situation, action, done, this.town.now);
    return true;
  }

  /** Makes an account, as the HTTP side does. */
  receive(who: UserId): void {
    if (this.town.accounts.has(who)) return;
    this.town.accounts.set(who, { seen: this.town.now, erased: false });
    this.#note(who, false);
  }

  /** A goodbye over HTTP. */
  goodbye(who: UserId): void {
    if (this.situation.visitors.has(who)) this.#note(who, true);
    else if (this.town.taken.has(who)) this.town.erase(who);
  }

  #note(who: UserId, leaving: boolean): void {
    const made = this.situation.visitors.get(who)?.made_at ?? this.town.now;
    this.situation = { ...this.situation, visitors: put(this.situation.visitors, who, account(who, made, { leaving })) };
    const book = { ...bookContent(this.situation), at: this.town.now };
    this.town.book = structuredClone(book);
    this.situation = { ...this.situation, written: { ...this.situation.written, book } };
  }

  setDoor(by: UserId, content: Record<string, unknown>): void {
    this.town.write(OFFICE_ROOM, DOOR, '', by, content);
  }
}
