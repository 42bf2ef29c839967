/** Which language to answer in. Matching follows RFC 4647 lookup; the header is RFC 9110, section 12.5.4. */
import Negotiator from 'negotiator';

/**
 * The reader's best language among those available; the first of them where none fits.
 * @param header `Accept-Language`, untrusted
 * @param available BCP 47 tags, the fallback first
 * @param asked a language named in the address, which beats the header when it is available
 */
export function readerLanguage(header: string | undefined, available: readonly string[], asked?: string): string {
  const fallback = available[0] ?? 'it';
  const wished = asked?.toLowerCase();
  const named = available.find((tag) => tag.toLowerCase() === wished);
  if (named !== undefined) return named;
  if (header === undefined || header.length > 200) return fallback;
  const [best] = new Negotiator({ headers: { 'accept-language': header } }).languages([...available]);
  return best ?? fallback;
}

/** A text of the configuration in a language, else in the comune's first, else in whichever there is. */
export function localised(text: Readonly<Record<string, string>>, language: string, fallback: string): string {
  return text[language] ?? text[fallback] ?? Object.values(text)[0] ?? '';
}
