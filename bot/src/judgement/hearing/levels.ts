/** Power levels, as far as anything goes by them. Pure. */
import { UserId } from '@portineria/config/ids';
import { PowerLevels } from '../../ground/matrix.ts';
import { STAFF_LEVEL } from '../situation.ts';

export function readLevels(content: unknown): ReadonlyMap<UserId, number> {
  const levels = PowerLevels.safeParse(content);
  return new Map(
    Object.entries(levels.success ? levels.data.users : {}).flatMap(([user, level]) => {
      const id = UserId.safeParse(user);
      return id.success ? [[id.data, level]] : [];
    }),
  );
}

/** Who beside the porter has the staff's power in a visit's room, by its power levels. */
export function hostsOf(levels: unknown, porter: UserId): ReadonlySet<UserId> {
  return new Set([...readLevels(levels)].flatMap(([user, level]) => (user !== porter && level >= STAFF_LEVEL ? [user] : [])));
}
