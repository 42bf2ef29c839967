/** How much of anything an event holds: whatever is more was not written by the porter. */
import * as z from 'zod/mini';

/**
 * The latest instant that anybody can mean here, in milliseconds since 1970: the end of the year 2199. A date can hold it, and the year
 * after it as well, which the timetable looks ahead.
 */
export const LATEST_INSTANT = Date.UTC(2200, 0, 1) - 1;
export const Instant = z.int().check(z.nonnegative(), z.maximum(LATEST_INSTANT));
/** How many of something there are, or which one it is. */
export const Count = z.int().check(z.nonnegative(), z.maximum(1_000_000));
/** More than any office ever has of anything: beyond it, a list was not written by the porter. */
export const MOST = 10_000;
/** Characters of a word, of a sentence, and of what people write in a few sentences. */
export const [WORD, SENTENCE, WORDS] = [100, 1000, 4000] as const;
