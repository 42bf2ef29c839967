/** Instants and languages as the desk's reader writes them. */

/** `13:00`, with the day in front where it is another one. */
export function timeOf(instant: string | number, now: number, zone: string, language: string): { time: string; day: string | null } {
  const locale = localeOf(language);
  const at = new Date(instant);
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return {
    time: new Intl.DateTimeFormat(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at),
    day: date.format(at) === date.format(now) ? null : new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long' }).format(at).replace(/,(?! \d+\.)/u, ''),
  };
}

/** A language as the reader calls it: `en` is "inglese" to whoever reads Italian. What is no language tag stands as it is. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames(localeOf(language), { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Where the office's times are: where the reader is, as long as the office does not say. */
export function zoneOf(office: { readonly zone: string } | null): string {
  return office?.zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** English is written as in Europe, as on the visitors' pages. */
function localeOf(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}
