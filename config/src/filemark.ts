/** What pages call the files that they send to a visit, so that the porter, which cannot read the visit, finds them when it is over. */

/** Of a room's id, with nothing in it that any client encodes in an address: matrix-js-sdk encodes it twice. */
export function fileMark(room: string): string {
  return `visit-${room.replace(/[^\w-]/gu, '-')}`;
}
