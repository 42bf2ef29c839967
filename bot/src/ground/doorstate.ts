/** The state that a door is brought to, by the types of its events: hands write each of them, and the stream passes each on. */
import { OFFICE } from '@portineria/config/events';

/** Whoever changes one of these at a door is heard, and it is put right. A door's print goes by their order. */
export const DOOR_STATE = [
  'm.room.power_levels', 'm.room.name', 'm.room.topic', 'm.room.join_rules', 'm.room.history_visibility', 'm.room.guest_access', 'm.room.server_acl', OFFICE, 'm.room.canonical_alias',
] as const;
