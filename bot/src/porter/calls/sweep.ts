/**
 * Ends what goes on at the calls' server and may not. The porter ends a visit's call with the visit; but the calls' server may be away just
 * then, and when it is back nobody may remember that call: the room was deleted meanwhile, or the bot was started anew. So what goes on
 * there is looked at from time to time, whatever is remembered.
 */
import type { RoomId } from '@portineria/config/ids';
import { sfuRoom, type Sfu, type SfuGrant } from '../../servers/sfu.ts';

/**
 * Looks at all calls but those of running visits, whose own looks see to them.
 * @param running the rooms of running visits
 * @param mayStay whether somebody may be in the call of a room; rejects when that cannot be told now
 * @returns how many calls were ended, or rid of somebody
 * @throws SfuError when the calls' server does not answer
 */
export async function sweep(sfu: Sfu, running: () => Iterable<RoomId>, mayStay: (pass: SfuGrant) => Promise<boolean>): Promise<number> {
  const names = await sfu.names();
  // Asked afterwards, so that a visit that has just begun is among them.
  const known = new Set([...running()].map(sfuRoom));
  let swept = 0;
  for (const name of names) {
    if (known.has(name)) continue;
    const inside = await sfu.grantsIn(name);
    const strays: SfuGrant[] = [];
    for (const pass of inside) if (!(await mayStay(pass))) strays.push(pass);
    const [first] = strays;
    if (first === undefined) continue;
    if (strays.length === inside.length) await sfu.end(first.room);
    else await sfu.putOut(first.room, strays.map(({ user }) => user));
    swept += 1;
  }
  return swept;
}
