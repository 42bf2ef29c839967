/** The demo's staff: two accounts for each office whose configuration names nobody. */
import { createHash } from 'node:crypto';

/** First names that people in Puglia bear. */
const NAMES = ['anna', 'antonio', 'caterina', 'cosimo', 'elena', 'francesco', 'giulia', 'giuseppe', 'lucia', 'marco', 'maria', 'matteo', 'paola', 'pietro', 'rosa', 'vito'] as const;

/** One account of the demo. */
export interface DemoStaff { office: string; localpart: string; user_id: string; displayname: string }

function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** Two names, always the same for an office, whatever stands beside it in the file. */
function namesFor(office: string): [string, string] {
  const [first = 0, second = 0] = createHash('sha256').update(office).digest();
  const at = first % NAMES.length;
  // Between 1 and all but one further on: never the same name twice.
  const other = (at + 1 + (second % (NAMES.length - 1))) % NAMES.length;
  return [NAMES[at] ?? NAMES[0], NAMES[other] ?? NAMES[1]];
}

/** The demo's staff of a comune. */
export function demoStaff(server: string, offices: readonly { id: string; staff: readonly string[] }[]): DemoStaff[] {
  return offices.filter(({ staff }) => staff.length === 0).flatMap(({ id }) => namesFor(id).map((name) => {
    const localpart = `${name}.${id}`;
    return { office: id, localpart, user_id: `@${localpart}:${server}`, displayname: capital(name) };
  }));
}

/** Whom somebody plays who tries the demo: of an office that is always open, if there is one. Undefined where all staff are declared. */
export function playerOf(offices: readonly { id: string; always: boolean }[], staff: readonly DemoStaff[]): DemoStaff | undefined {
  return staff.find(({ office }) => offices.some(({ id, always }) => id === office && always)) ?? staff[0];
}
