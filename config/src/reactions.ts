/** The signs by which staff answer a card and end a visit: reactions (docs/events.md, "From the knock to the visit"). No schema library here, since the pages use it too. */

/** What opens a door, what declines, and what says "in a moment", under its card. The porter offers the first of each. */
const ANSWERS = { admit: ['✅', '👍'], soon: ['⏳', '⌛'], decline: ['❌', '👎'] } as const;

/** What a sign under a card says. */
export type Sign = keyof typeof ANSWERS;

/** What the porter puts under a card, to be tapped. */
export const OFFERS = [ANSWERS.admit[0], ANSWERS.soon[0], ANSWERS.decline[0]] as const;
/** What ends a visit under the porter's first line in its room. */
export const END = '🚪';
const ENDS: readonly string[] = [END, ANSWERS.decline[0]];

const SIGNS: ReadonlyMap<string, Sign> = new Map((Object.keys(ANSWERS) as Sign[]).flatMap((sign) => ANSWERS[sign].map((key) => [key, sign])));

/** What a reaction's key says under a card; null where it is no answer. */
export function signOf(key: string): Sign | null {
  return SIGNS.get(bare(key)) ?? null;
}

/** Whether a reaction's key ends a visit. */
export function isEnd(key: string): boolean {
  return ENDS.includes(bare(key));
}

/** Emoji pickers add a colour of skin to some, and the variation selector U+FE0F. */
function bare(key: string): string {
  return key.replace(/\uFE0F|\p{Emoji_Modifier}/gu, '');
}
