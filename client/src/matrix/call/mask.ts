/**
 * The name by which a frame knows the visit's room. It is given to the frame while its visitor still waits, before there is a room;
 * the frame never learns the room's own name. Pure.
 */

/** A name for a room that is not known yet: of the form of a room's id, and nobody's. */
export function maskFor(unique: string): string {
  return `!portineria-${unique}:mask.invalid`;
}

/** One name in place of another, wherever it stands in what is said: content of events as of messages. */
export function renamed<T>(said: T, from: string, to: string): T {
  const [one, other] = [from, to].map((name) => JSON.stringify(name).slice(1, -1));
  return JSON.parse(JSON.stringify(said).replaceAll(one ?? from, () => other ?? to)) as T;
}
