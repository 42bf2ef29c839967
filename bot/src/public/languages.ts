/** Which language to answer in. Matching follows RFC 4647 lookup; the header is RFC 9110, section 12.5.4. */
import Negotiator from 'negotiator';

/**
 * The reader's best language among those available; the first of them where none fits.
 * @param header `Accept-Language`, untrusted
 * @param available BCP 47 tags, the fallback first
 */
export function readerLanguage(header: string | undefined, available: readonly string[]): string {
  const fallback = available[0] ?? 'it';
  if (header === undefined || header.length > 200) return fallback;
  const [best] = new Negotiator({ headers: { 'accept-language': header } }).languages([...available]);
  return best ?? fallback;
}
